"""Record the greeting of a menu by phone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationInfo, WithJsonSchema, field_validator

from engine.call.protocol import Call, Key, KeyPlan, Sound
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.greeting import variant_now
from engine.dialplan.greetings import fact_of, shelf_name
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.menu import Menu
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.pin_entry import knows_pin
from engine.dialplan.reading import Reading
from engine.dialplan.recording import LEAVE, Outcome, record_by_phone
from engine.dialplan.sound import Source
from engine.dialplan.source import SourceList
from engine.dialplan.values import Pin, refer
from engine.events import PromptRecorded

if TYPE_CHECKING:
    from engine.dialplan.account import Account, Dialplan

EVERY = ("yes", "true")
"""What stands for all menus."""
MOST_OFFERED = 9
"""Each menu has a key."""
CHOOSES = 3
"""How often menus are offered to somebody who chooses none."""
PROTECTED = "greetings"
"""What a PIN here protects: wrong ones are counted together, for all greetings."""

_MENU: dict[str, Any] = {"type": ["string", "integer"]}
_MENUS_SCHEMA = WithJsonSchema(
    {"anyOf": [{"const": True}, _MENU, {"type": "array", "items": _MENU, "minItems": 1, "maxItems": MOST_OFFERED}]}
)


class RecordPrompt(Node):
    """Record the greeting of a menu by phone. It is heard from the next call on, without a reload.

    ```yaml
    {record_prompt: welcome, pin: "4711"}
    ```
    Whoever comes here enters the `pin`, speaks after the beep, presses `#` and hears the recording: 1 keeps it, 2
    records it again, 3 goes back to what the file says, `*` leaves everything as it is. A list of menus
    (`record_prompt: [welcome, closed]`), or `yes` for all of them, has the caller choose first, among nine at
    most. After a star code, a digit chooses at once: with `*77`, `*772` is the second menu.

    A recording takes the place of the `greeting` in the language that the caller hears; `short_greeting` and `notice`
    stay as they are. Of a greeting that varies by hours it takes the place of what is heard at that moment, and only
    while those hours last. What was recorded is trimmed and made as loud as other recordings. `belplan greetings`
    lists recordings and removes them.

    Only the account's own phones can record, and after ten wrong PINs within an hour nobody can for a while; everybody
    else hears that they are not allowed to, and goes where `refused` says, else where `then` does.
    """

    kind = "record_prompt"
    keys = ("record_prompt",)
    shape = Shape.SOUND

    record_prompt: Annotated[tuple[str, ...], _MENUS_SCHEMA] = Field(
        description="The menu whose greeting it is, a list of menus, or yes for all of them"
    )
    pin: Pin | None = Field(default=None, description="4 to 12 digits that must be entered first")
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")
    refused: Destination | None = Field(
        default=None, description="Where a caller goes who may not record; else where `then` says"
    )

    @field_validator("record_prompt", mode="before")
    @classmethod
    def _menus(cls, value: Any, info: ValidationInfo) -> tuple[str, ...]:
        reading = info.context
        if not isinstance(reading, Reading):
            return value if isinstance(value, tuple) else (str(value),)
        if str(value).lower() in EVERY and str(value) not in reading.names["menus"]:
            return ()
        named = value if isinstance(value, SourceList) else [value]
        if not 1 <= len(named) <= MOST_OFFERED:
            raise Wrong("this list of menus is empty or too long", f"expected 1 to {MOST_OFFERED}")
        return tuple(refer("menus", one, reading) for one in named)

    @classmethod
    def prepare(cls, dialplan: Dialplan, reading: Reading) -> None:
        if len(dialplan.menus) > 1:
            for name, menu in dialplan.menus.items():
                source = _spoken(name, reading.languages[0])
                reading.heard.setdefault(source, menu.at)
                reading.dispensable.add(source)

    @property
    def name(self) -> str:
        return ", ".join(self.record_prompt)

    @property
    def takes_digits(self) -> bool:
        return len(self.record_prompt) != 1

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        of = f": {self.name}" if self.name else "s"
        notes = ("with a PIN",) if self.pin else ()
        return Caption(f"Record the greeting{of}", notes=notes, rest="then")

    def exits(self) -> Iterable[Exit]:
        yield Exit("recorded", self.then)
        yield Exit("unchanged", self.then)
        yield Exit("refused", self.refused or self.then)

    def doubts(self, account: Account) -> Iterable[Doubt]:
        if not account.menus:
            effect = "whoever comes here hears that nothing was changed"
            yield Doubt(self.place("record_prompt"), "there is no menu to record a greeting of", effect, "add 'menus'")

    async def run(self, call: Call, path: Path) -> Exit:
        recorded, unchanged, refused = self.exits()
        if not await self._admits(call, path):
            await call.play(path.prompt("not-allowed"))
            return refused
        menu = await self._choose(call, path)
        if menu is None:
            await call.play(path.prompt("record-unchanged"))
            return unchanged
        done = await _Greeting(menu, call, path).record()
        await call.play(path.prompt(f"record-{done}"))
        return unchanged if done in (UNCHANGED, FAILED) else recorded

    async def _admits(self, call: Call, path: Path) -> bool:
        if call.caller.person is None:
            return False
        return self.pin is None or await knows_pin(call, path, self.pin, PROTECTED)

    async def _choose(self, call: Call, path: Path) -> Menu | None:
        """The menu whose greeting it is to be; None for a caller who chooses none."""
        account = path.account
        named = (self.record_prompt or tuple(account.menus))[:MOST_OFFERED]
        keys = {str(number): account.menus[name] for number, name in enumerate(named, 1)}
        if len(keys) == 1:
            return keys["1"]
        if path.dialled_rest:
            return keys.get(path.dialled_rest)
        before: tuple[Sound, ...] = ()
        offers = tuple(sound for key, menu in keys.items() for sound in _offer(key, menu.name, path))
        for _ in range(CHOOSES):
            pressed = await call.collect((*before, *offers), KeyPlan(frozenset({*keys, LEAVE})))
            if isinstance(pressed, Key):
                return keys.get(pressed.key)
            before = path.prompt("invalid-choice")
        return None


KEPT, RESET, UNCHANGED, FAILED = "kept", "reset", "unchanged", "failed"
"""What came of a recording; there is a prompt for each."""


class _Greeting:
    """The greeting of a menu that somebody records: the variant of this moment, in the caller's language."""

    def __init__(self, menu: Menu, call: Call, path: Path) -> None:
        variant = variant_now(menu.greeting, call, path)
        self._call = call
        self._path = path
        self._menu = menu.name
        self._during = variant.during if variant is not None else None

    async def record(self) -> str:
        """Have it recorded; what came of it."""
        standing = self._call.office.standing
        fact = fact_of(self._menu, self._path.language, self._during)
        try:
            take = await record_by_phone(self._call, self._path, can_reset=standing.get(fact) is not None)
            match take.outcome:
                case Outcome.LEFT:
                    return UNCHANGED
                case Outcome.RESET:
                    standing.put(fact, None)
                case Outcome.KEPT:
                    name = shelf_name(self._menu, self._path.language, self._during)
                    standing.put(fact, self._call.office.shelf.keep(take.draft, name))
        except OSError:
            return FAILED
        self._call.office.shelf.sweep()
        file, language = standing.get(fact) or "", self._path.language
        self._call.emit(lambda c, t: PromptRecorded(c, t, self._menu, language, self._during or "", file, take.seconds))
        return KEPT if file else RESET


def _spoken(menu: str, language: str) -> Source:
    """A menu's name as the account's voice says it."""
    return "say", menu.replace("-", " ").replace("_", " "), language


def _offer(key: str, menu: str, path: Path) -> Sequence[Sound]:
    """``For <menu> press <key>``; without the name where nobody can speak it."""
    name = path.account.sounds.get(_spoken(menu, path.account.language))
    said = (*path.prompt("directory-for"), name) if name is not None else ()
    return (*said, *path.prompt("directory-press"), *path.prompt(f"digit-{key}"))
