"""Where calls can go: the nodes of an account and the ways between them, followed as a walk would follow them.

What leads ``back`` or home depends on how the caller came. A place is therefore a node together with the menu the
caller is in and whether a key of theirs led on from there, which is all that the walk's path knows of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.dialplan.account import Account
from engine.dialplan.model import Exit, Node
from engine.dialplan.nodes.menu import Menu, ToMenu
from engine.dialplan.nodes.words import Word
from engine.dialplan.path import Path


def every_node(account: Account) -> Iterator[Node]:
    """Every node of the file, each once: also those of menus to which nobody comes."""
    return _reachable([account.main, *account.menus.values()], account)


def reachable(entry: Node, account: Account) -> Iterator[Node]:
    """Every node a call that begins at ``entry`` may come to, each once."""
    return _reachable([entry], account)


def _reachable(waiting: list[Node], account: Account) -> Iterator[Node]:
    seen: dict[int, Node] = {}
    while waiting:
        node = waiting.pop()
        if isinstance(node, ToMenu):
            node = account.menus[node.menu]
        if id(node) in seen:
            continue
        seen[id(node)] = node
        yield node
        waiting += [way.to for way in node.exits() if way.to is not None]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A node as a caller comes to it. ``menu`` is the one they are in; ``chosen``: their own key led on from there."""

    node: Node
    menu: str | None
    chosen: bool

    @property
    def key(self) -> tuple[int, str | None, bool]:
        return id(self.node), self.menu, self.chosen

    @property
    def label(self) -> str:
        """What an admin calls it, such as ``menu welcome``."""
        return f"{self.node.kind.replace('_', ' ')} {self.node.name}".strip()


@dataclass(frozen=True, slots=True)
class Way:
    """An exit of a place and all the places it may lead to; none is the end of the call."""

    exit: Exit
    to: tuple[Place, ...]


class Graph:
    """All places of an account. ``ways`` has those of each place.

    ``entry`` is where the main number leads, ``entries`` also has where calls to a person, to star codes and of blocked
    callers begin. ``nodes`` has every node of the file once, also those of menus to which nobody comes.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._places: dict[tuple[int, str | None, bool], Place] = {}
        self._parents: dict[str, set[str]] = {}
        self._first: set[str] = set()
        self.menus: Mapping[str, Place] = {name: Place(menu, name, True) for name, menu in account.menus.items()}
        self.entry = self._place(account.main, None, False) or Place(account.main, None, False)
        rings = [Place(account.ring_person(name), None, False) for name in account.people]
        others = [place for node in account.entries[1:] if (place := self._place(node, None, False))]
        self.entries = (self.entry, *rings, *others)
        self.nodes: list[Node] = []
        targets = self._discover()
        self.ways: Mapping[Place, tuple[Way, ...]] = {
            place: tuple(Way(way, self._meant(way, to, place)) for way, to in ways) for place, ways in targets.items()
        }

    def _place(self, node: Node, menu: str | None, chosen: bool) -> Place | None:
        """The place a caller comes to who is led to ``node`` from within ``menu``; None if that ends the call."""
        if type(node).arrive is Node.arrive:  # most are what they are, wherever callers come from
            itself = Place(node, menu, chosen)
            return self._places.setdefault(itself.key, itself)
        path = Path(self._account)
        if menu is not None:
            path.menus.append(self._account.menus[menu])
        path.chosen = chosen
        arrived = node.arrive(path)
        if isinstance(arrived, Menu):
            self._note_arrival(arrived.name, menu)
            return self.menus[arrived.name]
        if arrived is not node:
            return None  # a word that leads nowhere from here hangs up
        made = Place(arrived, menu, chosen)
        return self._places.setdefault(made.key, made)

    def _note_arrival(self, at: str, menu: str | None) -> None:
        if menu is None:
            self._first.add(at)
        elif menu != at:
            self._parents.setdefault(at, set()).add(menu)

    def _discover(self) -> dict[Place, list[tuple[Exit, Place | None]]]:
        found: dict[Place, list[tuple[Exit, Place | None]]] = {}
        nodes: dict[int, Node] = {id(node): node for node in (*self._account.entries, *self._account.menus.values())}
        waiting = [*self.entries, *self.menus.values()]
        while waiting:
            place = waiting.pop()
            if place in found:
                continue
            ways: list[tuple[Exit, Place | None]] = []
            for way in place.node.exits():
                if way.to is None:
                    ways.append((way, None))
                    continue
                nodes[id(way.to)] = way.to
                chosen = way.by_key if isinstance(place.node, Menu) else place.chosen
                ways.append((way, self._place(way.to, place.menu, chosen)))
            found[place] = ways
            waiting += [to for _, to in ways if to is not None]
        self.nodes = list(nodes.values())
        return found

    def _meant(self, way: Exit, to: Place | None, at: Place) -> tuple[Place, ...]:
        """The places of a way; ``back`` and ``top`` lead to one of several."""
        if to is None:
            return ()
        if at.menu is None or not isinstance(way.to, Word) or way.to.word == "repeat":
            return (to,)
        above = self._parents.get(at.menu, set()) if way.to.word == "back" else self._first
        stays = (to,) if at.menu in self._first or not above else ()
        return (*(self.menus[name] for name in sorted(above) if name != at.menu), *stays)

    def reached(self, start: Iterable[Place], through: Callable[[Exit], bool] = lambda _: True) -> set[Place]:
        """Every place a caller may come to from ``start`` by exits that ``through`` admits, those of start included."""
        seen: set[Place] = set()
        waiting = list(start)
        while waiting:
            place = waiting.pop()
            if place not in seen:
                seen.add(place)
                waiting += [to for way in self.ways[place] if through(way.exit) for to in way.to]
        return seen

    def with_a_way_out(self, through: Callable[[Exit], bool] = lambda _: True) -> set[Place]:
        """Every place from which exits that ``through`` admits lead to the end of the call or to who answers it."""
        before: dict[Place, list[Place]] = {}
        ends: list[Place] = []
        for place, ways in self.ways.items():
            for way in (way for way in ways if through(way.exit)):
                for to in way.to:
                    before.setdefault(to, []).append(place)
                if not way.to:
                    ends.append(place)
        out: set[Place] = set()
        while ends:
            place = ends.pop()
            if place not in out:
                out.add(place)
                ends += before.get(place, [])
        return out
