"""An account as a graph of boxes and arrows: the one thing that every format of the picture is made from.

It is made from ``Node.exits()`` and ``Node.caption()`` alone, so that a new kind of node is drawn without a line here.

The graph is nearly a tree, since that reads best. Boxes stand in layers, each as far from the caller's number as the
shortest way there; where people park callers, it begins once more. A menu is a box once, and where else it is led to
stands its name. What several ways of a menu lead to is one box where these ways are neighbours, and is drawn again
elsewhere. So every arrow leads to the next layer, and no two cross. What needs no box (hang up, repeat, back) is a
*mark*, written in the row that leads there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import phonenumbers

from engine.dialplan.account import Account
from engine.dialplan.caption import IN_PLACE, TALKS, Caption, Shape
from engine.dialplan.default_codes import DEFAULT_CODES
from engine.dialplan.model import Exit, Node
from engine.dialplan.path import Path
from engine.dialplan.values import MENU_KEYS

NUMBERS_SHOWN = 8
THE_END = "end of the call"
ANYBODY = "whoever has it"


@dataclass(frozen=True, slots=True)
class Mark:
    """A way's end that needs no box: an end, a way back, or the name of box ``to`` that stands elsewhere."""

    shape: Shape
    text: str
    tip: str = ""
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One way out of a box: the exits that lead there, and to which box, or the mark that stands for the way's end.

    ``key`` is what the caller presses for it. A row that goes without saying is not shown: somebody answered.
    """

    exits: tuple[str, ...]
    label: str
    notes: tuple[str, ...] = ()
    key: str = ""
    to: int | None = None
    mark: Mark | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Box:
    """What happens to a caller at one place. ``layer`` counts from the caller; ``number`` is its place in the graph."""

    number: int
    layer: int
    shape: Shape
    title: str
    badge: str
    notes: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A person in the list of people, or a star code in the list of codes, by what is dialled."""

    dialled: str
    name: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """The boxes in the order of their layers, and from top to bottom within one; everybody by extension; star codes."""

    title: str
    boxes: tuple[Box, ...]
    people: tuple[Listed, ...]
    codes: tuple[Listed, ...]

    def layers(self) -> list[list[Box]]:
        """The boxes of each layer, from top to bottom."""
        layers: list[list[Box]] = [[] for _ in range(self.boxes[-1].layer + 1)]
        for box in self.boxes:
            layers[box.layer].append(box)
        return layers

    def arrows(self) -> Iterator[tuple[Box, Row, Box]]:
        """Every arrow with the box and the row it leaves and the box it leads to, in the order of the boxes."""
        for box in self.boxes:
            for row in box.rows:
                if row.to is not None:
                    yield box, row, self.boxes[row.to]


def graph_of(account: Account) -> Graph:
    """The picture of an account: what callers of its numbers can come to, its people and its star codes."""
    people = sorted(account.people.items(), key=lambda item: (len(item[1].extension), item[1].extension))
    return Graph(
        title=account.name,
        boxes=tuple(_Grower(account).grow()),
        people=tuple(
            Listed(person.extension, person.name or name, _number(person.number) if person.number else "")
            for name, person in people
        ),
        codes=tuple(_codes(account)),
    )


def _codes(account: Account) -> Iterator[Listed]:
    """The star codes that the file names, and those that are there for entries of its sections."""
    each = {default.code for default in DEFAULT_CODES if default.each}
    for code, node in sorted(account.features.items()):
        if code in account.features.places or code[:-1] in each:
            caption = node.caption(account)
            yield Listed(code, caption.title, caption.badge)


def _number(e164: str) -> str:
    parsed = phonenumbers.parse(e164, None)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


# --- what a node and all that is behind it look like ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Landmark:
    """A node that others lead to by its name, such as a menu: drawn once."""

    number: int


@dataclass(frozen=True, slots=True)
class _Way:
    exits: tuple[str, ...]
    label: tuple[str, ...]
    key: str
    to: _Sketch | _Landmark | Mark
    shown: bool = True


@dataclass(frozen=True, slots=True)
class _Sketch:
    """A node as it is drawn, up to the next landmarks. Equal sketches are the same to a reader."""

    shape: Shape
    title: str
    badge: str
    notes: tuple[str, ...]
    ways: tuple[_Way, ...]


class _Sketcher:
    """Turns nodes into sketches. ``landmarks`` are those met so far, with whether a menu is above them."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._numbers: dict[int, int] = {}
        self.landmarks: list[tuple[Node, bool]] = []

    def target(self, node: Node | None, *, in_menu: bool, way: Exit | None = None) -> _Sketch | _Landmark | Mark:
        """Where an exit leads, as a row shows it."""
        if node is None:
            anybody = way is not None and way.open_ended
            return Mark(Shape.PERSON, ANYBODY) if anybody else Mark(Shape.END, THE_END)
        if node.shape is Shape.BACK and in_menu:
            return Mark(node.shape, node.caption(self._account).title)
        there = node.arrive(Path(self._account))
        if there.shape in IN_PLACE:
            caption = there.caption(self._account)
            return Mark(there.shape, caption.title, ", ".join(caption.notes))
        if there is not node or there.shape is Shape.MENU:
            return self._landmark(there, in_menu=in_menu)
        return self.sketch(node, in_menu=in_menu)

    def _landmark(self, node: Node, *, in_menu: bool) -> _Landmark:
        if id(node) not in self._numbers:
            self._numbers[id(node)] = len(self.landmarks)
            self.landmarks.append((node, in_menu))
        return _Landmark(self._numbers[id(node)])

    def sketch(self, node: Node, *, in_menu: bool) -> _Sketch:
        """The node itself, and all behind it."""
        caption = node.caption(self._account)
        in_menu = in_menu or node.shape is Shape.MENU
        ways = [self._way(way, node, caption, in_menu=in_menu) for way in node.exits() if not way.apart]
        return _Sketch(node.shape, caption.title, caption.badge, caption.notes, tuple(_joined(ways, caption)))

    def _way(self, way: Exit, node: Node, caption: Caption, *, in_menu: bool) -> _Way:
        to = self.target(way.to, in_menu=in_menu, way=way)
        key = way.name if way.name and set(way.name) <= set(MENU_KEYS) else ""
        label = caption.ways.get(way.name) or (self._title(to) if key else way.name.replace("_", " "),)
        shown = way.to is not None or node.shape not in TALKS
        return _Way((way.name,), label, key, to, shown)

    def _title(self, to: _Sketch | _Landmark | Mark) -> str:
        match to:
            case _Sketch(title=title):
                return title
            case _Landmark(number):
                return self.landmarks[number][0].caption(self._account).title
            case Mark():
                return ""


def _joined(ways: list[_Way], caption: Caption) -> Iterator[_Way]:
    """The ways, those that lead to the same as one; each key stands alone, and what is called the rest comes last."""
    groups: dict[object, list[_Way]] = {}
    for way in ways:
        groups.setdefault((way.key or way.shown, _seen(way.to)), []).append(way)
    ordered = sorted(groups.values(), key=len) if caption.rest else list(groups.values())
    for group in ordered:
        if len(group) == 1:
            yield group[0]
            continue
        labels = (caption.rest,) if caption.rest and group is ordered[-1] else _together(group)
        yield replace(group[0], exits=tuple(way.exits[0] for way in group), label=labels)


def _together(group: list[_Way]) -> tuple[str, ...]:
    """The labels of ways that lead to the same, in one."""
    return (", ".join(way.label[0] for way in group), *(note for way in group for note in way.label[1:]))


def _seen(to: _Sketch | _Landmark | Mark) -> object:
    """What a reader sees of a way's end: not the tip of a mark."""
    return (to.shape, to.text) if isinstance(to, Mark) else to


# --- from sketches to boxes -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Planted:
    """A box whose rows are still to be drawn; ``of_landmark`` is the box of the menu it belongs to."""

    number: int
    layer: int
    of_landmark: int
    what: _Sketch | _Landmark
    sketch: _Sketch


class _Grower:
    """Gives every sketch its box, layer by layer, so that a landmark is drawn where it is nearest to the caller."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._sketcher = _Sketcher(account)
        self._waiting: deque[_Planted] = deque()
        self._lowest: dict[int, _Planted] = {}
        self._of_landmark: dict[int, int] = {}
        self._count = 0

    def grow(self) -> Iterator[Box]:
        """All boxes, in their order."""
        self._plant(self._numbers(), 0, 0)
        if self._account.parked_calls is not None:
            parked = self._sketcher.sketch(self._account.parked_calls, in_menu=False)
            self._plant(parked, 0, self._count)
        while self._waiting:
            planted = self._waiting.popleft()
            sketch = planted.sketch
            rows = tuple(self._row(way, planted) for way in sketch.ways)
            yield Box(planted.number, planted.layer, sketch.shape, sketch.title, sketch.badge, sketch.notes, rows)

    def _numbers(self) -> _Sketch:
        """Where callers begin: the account's numbers, but for those that are somebody's own."""
        own = {person.number for person in self._account.people.values()}
        all_numbers = dict.fromkeys((self._account.numbers.main, *self._account.numbers_at))
        numbers = [_number(number) for number in all_numbers if number not in own]
        shown = tuple(numbers[:NUMBERS_SHOWN])
        more = (f"and {len(numbers) - NUMBERS_SHOWN} more",) if len(numbers) > NUMBERS_SHOWN else ()
        first = _Way(("called",), ("",), "", self._sketcher.target(self._account.main, in_menu=False))
        return _Sketch(Shape.NUMBER, "Callers dial", "", (*shown, *more), (first,))

    def _plant(self, what: _Sketch | _Landmark, layer: int, of_landmark: int) -> int:
        """A new box for ``what``, below all others of the layer; its number."""
        number, sketch = self._count, what
        self._count += 1
        if isinstance(what, _Landmark):
            self._of_landmark[what.number] = of_landmark = number
            node, in_menu = self._sketcher.landmarks[what.number]
            sketch = self._sketcher.sketch(node, in_menu=in_menu)
        assert isinstance(sketch, _Sketch)
        self._lowest[layer] = _Planted(number, layer, of_landmark, what, sketch)
        self._waiting.append(self._lowest[layer])
        return number

    def _row(self, way: _Way, of: _Planted) -> Row:
        row = Row(way.exits, way.label[0], tuple(way.label[1:]), way.key, shown=way.shown)
        if isinstance(way.to, Mark):
            return replace(row, mark=way.to)
        beside = self._lowest.get(of.layer + 1)
        if beside and beside.what == way.to and beside.of_landmark in (of.of_landmark, beside.number):
            return replace(row, to=beside.number)
        if isinstance(way.to, _Landmark) and way.to.number in self._of_landmark:
            node, _ = self._sketcher.landmarks[way.to.number]
            there = self._of_landmark[way.to.number]
            return replace(row, mark=Mark(node.shape, node.caption(self._account).title, to=there))
        return replace(row, to=self._plant(way.to, of.layer + 1, of.of_landmark))
