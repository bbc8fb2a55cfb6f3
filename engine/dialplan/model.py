"""What a dialplan is made of: nodes, the exits they are left by, and where those lead.

A *node* is one thing that happens to a caller (a menu, ringing somebody, an announcement). It says with ``exits()``
which ways lead out of it and with ``run()`` which one a call takes; it never calls the next node. Loading, walking,
checking, simulating and drawing all work on these two.

A kind of node is one file in ``nodes/``: a subclass of ``Node`` that names its YAML key. Nothing else needs to know it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from engine.call.protocol import Call
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import START, Position, SourceList, SourceMapping, block_of, position_of
from engine.dialplan.values import MENU_KEYS

if TYPE_CHECKING:
    from engine.call.in_call import Request
    from engine.dialplan.account import Account, Dialplan
    from engine.dialplan.lamp import Lamp
    from engine.dialplan.path import Path

REFERENCE = "x-belplan-reference"
"""In a field's JSON Schema: refers to a definition that schema.py adds."""

_KEYS = frozenset(MENU_KEYS)

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".aiff", ".mp3", ".opus")


class Section(BaseModel):
    """A block of the file with fixed names in it. Unknown and missing names are findings, not exceptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    _at: Position = PrivateAttr(default_factory=lambda: START)  # a plain default would be copied for each block
    _places: dict[str, Position] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        reading = info.context
        if not isinstance(reading, Reading) or isinstance(value, cls):
            return handler(value)
        if not isinstance(value, SourceMapping):
            raise Wrong(f"{shown(value)} will not do here", f"expected {cls.expected()}")
        section = handler(cls._known(value, reading))
        section._at, section._places = value.at, value.value_at
        return section

    @classmethod
    def _known(cls, value: SourceMapping, reading: Reading) -> SourceMapping:
        """``value`` without what is no name of this block; unknown and missing names are reported."""
        names = cls.yaml_names()
        unknown = [key for key in value if key not in names]
        for key in unknown:
            known = ", ".join(names)
            reading.error(
                value.key_at[key], f"'{key[:60]}' means nothing here", reading.guess(key, names, f"known are: {known}")
            )
        for name in cls._required():
            if name not in value:
                reading.error(value.at, f"'{name}' is missing", cls._describe(name))
        return value.without(*unknown) if unknown else value

    @classmethod
    def yaml_names(cls) -> list[str]:
        """The names this block may hold, as the file spells them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @classmethod
    def _required(cls) -> list[str]:
        return [field.alias or name for name, field in cls.model_fields.items() if field.is_required()]

    @classmethod
    def _describe(cls, yaml_name: str) -> str:
        for name, field in cls.model_fields.items():
            if yaml_name == (field.alias or name):
                return field.description or ""
        return ""

    @classmethod
    def expected(cls) -> str:
        """What an admin should have written in place of something else altogether."""
        return f"a block with {', '.join(cls.yaml_names()[:4])}"

    @property
    def at(self) -> Position:
        """Where the block stands in its file."""
        return self._at

    def place(self, name: str = "") -> Position:
        """Where the block stands in its file, or the value of ``name`` in it."""
        return self._places.get(name, self._at)


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a node and where it leads; None ends the call.

    ``open_ended`` marks an exit whose destination only the call decides (an extension that is dialled), ``apart`` one
    that somebody else takes for the caller (who parks them), to where all nodes lead by it.
    """

    name: str
    to: Node | None = None
    open_ended: bool = False
    apart: bool = False

    @property
    def by_key(self) -> bool:
        """Whether a caller must press something to leave this way. Such an exit is named by its keys."""
        return self.open_ended or self.name == "wrong_input" or _KEYS.issuperset(self.name)


class Node(Section):
    """One thing that happens to a caller. Subclasses are the kinds; ``keys`` are the YAML names that announce them.

    ``words`` are bare texts that stand for a node of this kind, ``listed`` makes it what a YAML list means;
    ``shape`` is what it looks like in a picture. One that is ``unwritten`` stands in no file: calls come to it by
    themselves.
    """

    kind: ClassVar[str] = ""
    keys: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[tuple[str, ...]] = ()
    listed: ClassVar[bool] = False
    shape: ClassVar[Shape] = Shape.STEP
    unwritten: ClassVar[bool] = False

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        register(cls)

    @classmethod
    def from_word(cls, word: str) -> Node:
        """The node a bare word stands for."""
        raise NotImplementedError(word)

    @classmethod
    def from_list(cls, items: SourceList, reading: Reading) -> Node:
        """The node a YAML list stands for. Raises Wrong."""
        raise NotImplementedError

    @classmethod
    def prepare(cls, dialplan: Dialplan, reading: Reading) -> None:
        """Note what must be made before calls come; done once for each kind that a file without errors uses."""

    @property
    def name(self) -> str:
        """What the admin calls it: shown in events, records and drawings."""
        return ""

    def exits(self) -> Iterable[Exit]:
        """Every way out."""
        raise NotImplementedError

    async def run(self, call: Call, path: Path) -> Exit:
        """Do what the node is for and tell by which of its exits the call leaves."""
        raise NotImplementedError

    @property
    def takes_digits(self) -> bool:
        """Whether it is told what was dialled after the star code that led to it (``Path.dialled_rest``)."""
        return False

    def lamp(self, account: Account, person: str) -> Lamp | None:  # noqa: ARG002
        """What a key shows that dials the star code leading here, on a phone of ``person``."""
        return None

    def in_call(self, account: Account) -> Request | None:  # noqa: ARG002
        """What people ask for who press the star code that leads here while they talk; None if nothing."""
        return None

    def doubts(self, account: Account) -> Iterable[Doubt]:  # noqa: ARG002
        """What is allowed and yet probably not meant: told by ``belplan check``, once for each node of the file."""
        return ()

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        """The texts of its box in a picture of the account."""
        what = self.kind.replace("_", " ")
        return Caption(f"{what}: {self.name}" if self.name else what)

    def link(self, dialplan: Dialplan) -> None:
        """Take from other sections what this node needs of them; done for each node in ``Reading.to_link``."""

    def arrive(self, path: Path) -> Node:  # noqa: ARG002
        """The node a call really comes to: itself, unless it only stands for another one."""
        return self


# --- the registry -----------------------------------------------------------------------------------------------------

KINDS: dict[str, type[Node]] = {}
BY_KEY: dict[str, type[Node]] = {}
BY_WORD: dict[str, type[Node]] = {}


def register(kind: type[Node]) -> None:
    """Make a kind known by its YAML keys and words. Called for every subclass of Node that names its ``kind``."""
    if "kind" not in kind.__dict__ or kind.unwritten:
        return
    taken = [key for key in kind.keys if key in BY_KEY] + [word for word in kind.words if word in BY_WORD]
    if kind.kind in KINDS or taken:
        raise TypeError(f"{kind.__name__}: {kind.kind} or {taken} is taken")
    KINDS[kind.kind] = kind
    BY_KEY.update(dict.fromkeys(kind.keys, kind))
    BY_WORD.update(dict.fromkeys(kind.words, kind))


BARE_NAMES = (
    ("menu", "menus", "menu"),
    ("ring", "people", "person"),
    ("group", "groups", "group"),
    ("queue", "queues", "queue"),
)
"""What the bare name of an entry stands for: the key it is short for, the section it is in, and what that holds."""


class Unreadable(Node):
    """Stands in for a destination with errors, so that the rest of the file is still read. Never run."""


# --- where an exit leads, as the file writes it -----------------------------------------------------------------------


def read_destination(value: Any, reading: Reading) -> Node:
    """The node ``value`` describes: a block, a list of rules, a word, or the bare name of an entry (BARE_NAMES).

    Errors within a block are reported and an Unreadable returned; a value that is no destination at all raises Wrong.
    """
    if isinstance(value, SourceMapping):
        return _from_block(value, reading)
    if isinstance(value, SourceList):
        for kind in KINDS.values():
            if kind.listed:
                return kind.from_list(value, reading)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return _from_text(value if isinstance(value, str) else str(value), reading)
    raise Wrong("this leads nowhere" if value is None else f"{shown(value)} leads nowhere", _what_may_stand())


def _what_may_stand() -> str:
    return f"expected {{{' | '.join(BY_KEY)}: ...}}, a name, or one of {', '.join(BY_WORD)}"


def _from_block(block: SourceMapping, reading: Reading) -> Node:
    for condition in ("during", "from"):
        if condition in block:
            suggestion = f"write '- {{{condition}: ..., ...}}' lines, the last one without '{condition}'"
            reading.error(block.key_at[condition], f"'{condition}' stands in a list of ways only", suggestion)
            block = block.without(condition)
    announced = [key for key in block if key in BY_KEY]
    own = [key for key in announced if not any(key in BY_KEY[k].yaml_names() for k in announced if k != key)]
    kinds = {BY_KEY[key] for key in own or announced[:1]}
    if len(kinds) == 1:
        (kind,) = kinds
        reading.kinds.add(kind.kind)
        return reading.read(kind, block, block.at) or Unreadable()
    if kinds:
        where = block.key_at[own[1]]
        reading.error(where, f"'{own[0]}' and '{own[1]}' cannot happen at once", "say what comes after the first one")
        return Unreadable()
    first = next(iter(block), None)
    if first is None:
        raise Wrong("this leads nowhere", _what_may_stand())
    suggestion = reading.guess(first, BY_KEY, _what_may_stand())
    reading.error(block.key_at[first], f"'{first[:60]}' is nothing a caller can be led to", suggestion)
    return Unreadable()


def _from_text(text: str, reading: Reading) -> Node:
    if text in BY_WORD:
        reading.kinds.add(BY_WORD[text].kind)
        node = BY_WORD[text].from_word(text)
        node._at = position_of(text)
        return node
    if text.lower().endswith(AUDIO_SUFFIXES):
        return _stand_in("play", text, reading)
    found = [
        (key, noun)
        for key, section, noun in BARE_NAMES
        if text in reading.names[section] or (key == "ring" and text in reading.people_by_extension)
    ]
    if len(found) == 1:
        return _stand_in(found[0][0], text, reading)
    if found:
        nouns = " and ".join(f"a {noun}" for _, noun in found)
        raise Wrong(f"'{text}' is {nouns}", "write " + " or ".join(f"{{{key}: {text}}}" for key, _ in found))
    known = [*BY_WORD, *(name for _, section, _ in BARE_NAMES for name in reading.names[section])]
    raise Wrong(
        f"{shown(text)} is no menu, no person, no group, no queue and no word",
        reading.guess(text, known, _what_may_stand()),
    )


def _stand_in(key: str, text: str, reading: Reading) -> Node:
    """The node of kind ``key`` that the bare ``text`` stands for."""
    block = block_of(key, text)
    return reading.read(BY_KEY[key], block, block.at) or Unreadable()


class _Somewhere:
    """Makes ``Destination`` a field type: pydantic hands the raw value to ``read_destination``."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {REFERENCE: "Destination"}

    @staticmethod
    def _validate(value: Any, info: Any) -> Node:
        if isinstance(value, Node):
            return value
        if not isinstance(info.context, Reading):
            raise Wrong("destinations are read from a file")
        return read_destination(value, info.context)


Destination = Annotated[Node, _Somewhere()]
