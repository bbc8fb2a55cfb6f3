"""Callers from outside whom an account knows: lists of them, the names they are shown by, and those who are blocked.

```yaml
callers:
  vip: ["+31 6 1234 5678", "+44 20*"]
  customers: {file: customers.csv}
block: [anonymous, "+31 900*"]
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from engine.call.protocol import Caller
from engine.dialplan.findings import Wrong
from engine.dialplan.model import REFERENCE, Destination, Node, Section
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.phone_book import read_phone_book
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList, block_of
from engine.dialplan.values import e164, read_name
from engine.dialplan.who import WHO_SCHEMA, WORDS, Who, WhoField, read_who

NOBODY = Who()


def _listed(value: Any, info: ValidationInfo) -> Who:
    if not isinstance(info.context, Reading):
        raise Wrong("callers are read from a file")
    return read_who(value, info.context, in_list=True)


def _known(value: Any, info: ValidationInfo) -> Mapping[str, str]:
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{shown(value)} is no file", "expected the name of a CSV file, such as customers.csv")
    if not isinstance(info.context, Reading):
        raise Wrong("files are read for a dialplan")
    return read_phone_book(Path(info.context.file).parent / value, info.context)


class CallerList(Section):
    """Some callers under a name: written here, in a CSV file beside the dialplan, or both."""

    numbers: Annotated[Who, PlainValidator(_listed), WithJsonSchema(WHO_SCHEMA)] = Field(
        default=NOBODY, description='Numbers, beginnings of numbers such as "+3120*", or anonymous'
    )
    names: Annotated[Mapping[str, str], PlainValidator(_known), WithJsonSchema({"type": "string"})] = Field(
        default_factory=dict,
        alias="file",
        description="A CSV file beside the dialplan, a number and a name in each line; phones show that name",
    )

    @model_validator(mode="after")
    def _names_somebody(self) -> CallerList:
        if not self.model_fields_set:
            raise Wrong("this list names nobody", "expected a list of numbers, or {file: customers.csv}")
        return self

    @property
    def who(self) -> Who:
        return replace(self.numbers, numbers=self.numbers.numbers | frozenset(self.names))


class Block(Section):
    """Whose calls are refused before they are answered. Only calls from outside are; a person's phone always gets in.

    ```yaml
    block: {from: [anonymous, nuisance], except: customers, to: {say: "Please call with your number shown."}}
    ```
    """

    callers: WhoField = Field(alias="from", description="Whom: lists, numbers, beginnings, anonymous or everybody")
    allowed: WhoField = Field(default=NOBODY, alias="except", description="Who gets through all the same")
    to: Destination = Field(
        default_factory=lambda: HangUp(hang_up="blocked", cause="declined"),
        description="Where they are led instead of being refused (603)",
    )


@dataclass(frozen=True, slots=True)
class KnownCallers:
    """All that an account knows of callers from outside. ``country`` is the one whose national numbers are read.

    ``names`` are those of known numbers; one that several lists hold goes by its name in the first.
    """

    country: str
    lists: Mapping[str, CallerList] = field(default_factory=dict)
    block: Block | None = None
    names: Mapping[str, str] = field(init=False)
    _who: Mapping[str, Who] = field(init=False)

    def __post_init__(self) -> None:
        names: dict[str, str] = {}
        for one in self.lists.values():
            for number, name in one.names.items():
                if name:
                    names.setdefault(number, name)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "_who", {name: one.who for name, one in self.lists.items()})

    def includes(self, who: Who, caller: Caller) -> bool:
        """Whether ``caller`` is among those meant."""
        return who.includes(caller, self.country, self._who)

    def introduce(self, caller: Caller) -> Caller:
        """A caller from outside by the name they are known by; it replaces what they say to be called."""
        if not self.names or caller.person is not None:
            return caller
        name = self.names.get(e164(caller.number, self.country) or "")
        return replace(caller, name=name) if name else caller

    def entry(self, caller: Caller, entry: Node) -> Node:
        """Where a call begins that would begin at ``entry``: elsewhere if its caller is blocked."""
        block = self.block
        if block is None or caller.person is not None:
            return entry
        blocked = self.includes(block.callers, caller) and not self.includes(block.allowed, caller)
        return block.to if blocked else entry


# --- how the file writes them -----------------------------------------------------------------------------------------


def _list_name(value: Any, info: ValidationInfo) -> str:
    name = read_name(value)
    people = info.context.names.get("people", ()) if isinstance(info.context, Reading) else ()
    if name in WORDS or name in people:
        meaning = "a person" if name in people else "a word of its own"
        raise Wrong(f"'{name}' is {meaning}", "call the list something else")
    if not any(character.isalpha() for character in name):
        raise Wrong(f"'{name}' looks like a number", "a list needs a name with letters in it")
    return name


def _under(key: str) -> BeforeValidator:
    """Lets a block be written as the value of its name ``key`` alone."""

    def read(value: Any) -> Any:
        if not isinstance(value, str | int | SourceList) or isinstance(value, bool):
            return value
        return block_of(key, value)

    return BeforeValidator(read)


ListName = Annotated[str, BeforeValidator(_list_name), WithJsonSchema({"type": "string"})]
CallerLists = dict[
    ListName,
    Annotated[CallerList, _under("numbers"), WithJsonSchema({"anyOf": [WHO_SCHEMA, {REFERENCE: "CallerList"}]})],
]
BlockField = Annotated[Block, _under("from"), WithJsonSchema({"anyOf": [WHO_SCHEMA, {REFERENCE: "Block"}]})]
