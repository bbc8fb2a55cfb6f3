"""Directory: dial a person by their name on the keypad."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from pydantic import Field, field_validator

from engine.call.protocol import Call, DigitPlan, Key, KeyPlan, NoInput, Sound
from engine.dialplan.caption import Caption
from engine.dialplan.findings import Doubt, Wrong
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.names import begins_a_name, is_a_name
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.reach import spoken
from engine.dialplan.reading import Reading
from engine.dialplan.sound import Announcements
from engine.dialplan.values import Truth

if TYPE_CHECKING:
    from engine.dialplan.account import Account, Dialplan, Person

MOST_LETTERS = 20
MOST_OFFERED = 8
LEAVE = "*"
ANOTHER = "#"
OFFERS = 2
"""How often names are read out to somebody who chooses none of them."""


class Directory(Node):
    """Dial by name: the caller enters the first letters of somebody's first or last name on the keys 2 to 9.

    ```yaml
    {directory: yes, letters: 3, tries: 2, else: {ring: front-desk}}
    ```
    The word `directory` alone does the same with what is usual. In it are all people who have a `name`, but for those
    with `in_directory: no`; their names are spoken by the account's voice. Who has entered the letters presses `#` or
    waits. If one person's name begins so, the caller hears it and presses 1 to be connected (`confirm: no` connects at
    once). If several do, up to eight are read out, each with its key. `*` leaves the directory for the menu the caller
    came from. Accented letters are dialled without the accent; ü also as ue.
    """

    kind = "directory"
    keys = ("directory",)
    words = ("directory",)

    directory: Truth = Field(description="yes")
    greeting: Announcements | None = Field(default=None, description="What the caller hears first; else it is built in")
    letters: int = Field(
        default=3, ge=1, le=10, strict=True, description="How many letters are needed, or a whole name"
    )
    confirm: Truth = Field(default=True, description="Whether the caller presses 1 if just one name begins so")
    tries: int = Field(default=3, ge=1, le=10, strict=True, description="How often the caller may try")
    otherwise: Destination | None = Field(default=None, alias="else", description="Where to go if nobody was found")

    @field_validator("directory")
    @classmethod
    def _wanted(cls, value: bool) -> bool:
        if not value:
            raise Wrong("a directory that is none leads nowhere", "write 'directory: yes', or leave the line out")
        return value

    @classmethod
    def from_word(cls, word: str) -> Self:  # noqa: ARG003
        return cls(directory=True)

    @classmethod
    def prepare(cls, dialplan: Dialplan, reading: Reading) -> None:
        for person in listed(dialplan.people).values():
            source = spoken(person).source(reading.languages, reading.languages[0])
            reading.heard.setdefault(source, person.place("name"))

    def caption(self, account: Account) -> Caption:
        people = len(listed(account.people))
        ways = {"found": ("whom they dial",), "nobody": (f"nobody in {self.tries} tries",), "left": (f"key {LEAVE}",)}
        return Caption("Dial by name", notes=(f"{people} name{'' if people == 1 else 's'}",), ways=ways)

    def exits(self) -> Iterable[Exit]:
        yield Exit("found", open_ended=True)
        yield Exit("nobody", self.otherwise or WayHome(reason="nobody found"))
        yield Exit("left", WayHome(reason="left the directory"))

    def doubts(self, account: Account) -> Iterable[Doubt]:
        if not listed(account.people):
            effect = "whatever a caller enters, nobody is found"
            yield Doubt(self.place(), "nobody is in the directory", effect, "give people a 'name'")

    async def run(self, call: Call, path: Path) -> Exit:
        _, nobody, left = self.exits()
        people = listed(path.account.people)
        greeting = path.prompt("directory") if self.greeting is None else path.sounds_of(self.greeting)
        before: tuple[Sound, ...] = ()
        for _ in range(self.tries):
            entered = await call.collect_digits((*before, *greeting), DigitPlan(MOST_LETTERS, ends=LEAVE + ANOTHER))
            before = ()
            if isinstance(entered, NoInput):
                continue
            if entered.ended_by == LEAVE:
                return left
            found = self.find(entered.digits, people)
            if not 1 <= len(found) <= MOST_OFFERED:
                too_short = found or len(entered.digits) < self.letters
                before = path.prompt("directory-more-letters" if too_short else "directory-nobody")
                continue
            sure = len(found) == 1 and not self.confirm
            choice = "1" if sure else await self._offer(call, path, [people[name] for name in found])
            if choice == LEAVE:
                return left
            if choice.isdigit():
                return Exit("found", path.account.ring_person(found[int(choice) - 1]), open_ended=True)
        return nobody

    def find(self, keys: str, people: Mapping[str, Person]) -> list[str]:
        """Whose names begin with ``keys``; with fewer keys than are needed, who has a name of just these."""
        matches = is_a_name if len(keys) < self.letters else begins_a_name
        return [name for name, person in people.items() if keys and matches(keys, person.name or "")]

    async def _offer(self, call: Call, path: Path, people: Sequence[Person]) -> str:
        """Read out who it may be: the key that the caller presses, LEAVE or ANOTHER, or nothing."""
        names = [path.sounds_of([spoken(person)]) for person in people]
        if len(names) == 1:
            prompt = (*names[0], *path.prompt("directory-confirm"))
        else:
            before, press = path.prompt("directory-for"), path.prompt("directory-press")
            lines = [(*before, *name, *press, *path.prompt(f"digit-{key}")) for key, name in enumerate(names, 1)]
            prompt = (*(sound for line in lines for sound in line), *path.prompt("directory-another"))
        keys = frozenset((*(str(key) for key in range(1, len(names) + 1)), LEAVE, ANOTHER))
        for _ in range(OFFERS):
            pressed = await call.collect(prompt, KeyPlan(keys))
            if isinstance(pressed, Key):
                return pressed.key
        return ""


def listed(people: Mapping[str, Person]) -> dict[str, Person]:
    """Who is in the directory, in the order of their names."""
    there = [(name, person) for name, person in people.items() if person.name and person.in_directory]
    return dict(sorted(there, key=lambda item: (item[1].name or "").casefold()))
