"""Paging: speak to many of the account's phones at once, which answer by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from engine.call.protocol import Call, PagePlan, RingTarget, Tone
from engine.dialplan.caption import Caption
from engine.dialplan.durations import PageTime
from engine.dialplan.findings import Wrong
from engine.dialplan.forwards import undisturbed
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.path import Path
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList
from engine.dialplan.values import Truth, refer
from engine.office.standing import Standing

if TYPE_CHECKING:
    from engine.dialplan.account import Account

MAX_NAMES = 50
DEFAULT_SECONDS = 60.0
REASONS = {"nobody": "nobody to page", "refused": "not allowed"}
PAGED = HangUp(hang_up="page over")


def _whom(value: Any, info: ValidationInfo) -> tuple[str, ...]:
    """Groups and people by name. Raises Wrong."""
    names = list(value) if isinstance(value, SourceList | tuple) else [value]
    if not 1 <= len(names) <= MAX_NAMES:
        raise Wrong("this is nobody to be paged", f"expected 1 to {MAX_NAMES} groups and people")
    reading = info.context
    return tuple(_named(name, reading) if isinstance(reading, Reading) else str(name) for name in names)


def _named(value: Any, reading: Reading) -> str:
    if isinstance(value, str) and value.strip() in reading.names["groups"]:
        return refer("groups", value, reading)
    if isinstance(value, str | int) and not isinstance(value, bool):
        text = str(value).strip()
        known = [*reading.names["people"], *reading.names["groups"]]
        if text not in known and text not in reading.people_by_extension:
            raise Wrong(f"no person and no group is called {shown(value)}",
                        reading.guess(text, known, "expected a group, or people"))  # fmt: skip
    return refer("people", value, reading)


Whom = Annotated[
    tuple[str, ...],
    BeforeValidator(_whom),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "integer"]},
                {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1, "maxItems": MAX_NAMES},
            ]
        }
    ),
]


class Page(Node):
    """Speak to all phones of a group or of several people. They answer by themselves, aloud; after a tone they hear the
    caller, who does not hear them.

    ```yaml
    {page: sales, for: 30s, nobody: {play: busy.wav, then: hang_up}, refused: hang_up}
    ```
    `page: [orders, front-desk]` names people, or groups and people. It ends when the caller hangs up, presses `#`, or
    after `for`. People who are on the phone, or want not to be disturbed, are left out unless `interrupt: yes`. Phones
    that do not answer by themselves within three seconds are let go: most have a setting that allows it ("auto answer",
    "intercom"). At most 50 phones hear a page.

    Only the account's own phones can page, unless `from_outside: yes`: everybody else is refused and goes where
    `refused` says. `nobody` is where a caller goes when no phone has answered, `then` where they go afterwards.
    """

    kind = "page"
    keys = ("page",)

    page: Whom = Field(description="A group, a person, or a list of them")
    seconds: PageTime = Field(default=DEFAULT_SECONDS, alias="for", description="How long it may last, such as 30s")
    interrupt: Truth = Field(
        default=False, description="Whether people are called too who are on the phone or want not to be disturbed"
    )
    tone: Truth = Field(default=True, description="Whether a tone is heard before the caller")
    from_outside: Truth = Field(default=False, description="Whether callers from outside may page")
    then: Destination | None = Field(default=None, description="Where the caller goes afterwards; else the call ends")
    nobody: Destination | None = Field(default=None, description="Where to go when no phone has answered")
    refused: Destination | None = Field(default=None, description="Where a caller goes who may not page")

    @property
    def name(self) -> str:
        return ", ".join(self.page)

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption(f"Page: {self.name}", ways={"refused": ("not one of our phones",)})

    def exits(self) -> Iterable[Exit]:
        yield Exit("paged", self.then or PAGED)
        yield Exit("nobody", self.nobody or WayHome(reason=REASONS["nobody"]))
        if not self.from_outside:
            yield Exit("refused", self.refused or WayHome(reason=REASONS["refused"]))

    async def run(self, call: Call, path: Path) -> Exit:
        paged, nobody, *others = self.exits()
        if call.caller.person is None and others:
            if self.refused is None:
                await call.play(path.prompt("not-allowed"))
            return others[0]
        tone = (Tone("beep", path.account.country),) if self.tone else ()
        targets = tuple(self._targets(path.account, call.caller.person, call.office.standing))
        if targets and await call.page(PagePlan(targets, self.seconds, tone, path.shown)):
            return paged
        if self.nobody is None:
            await call.play(path.prompt("nobody-available"))
        return nobody

    def _targets(self, account: Account, caller: str | None, standing: Standing) -> Iterable[RingTarget]:
        """Everybody who is meant, once, without whoever pages and whoever wants not to be disturbed."""
        named = (account.groups[name].in_order if name in account.groups else (name,) for name in self.page)
        for person in dict.fromkeys(person for people in named for person in people):
            if person != caller and (self.interrupt or not undisturbed(account, person, standing)):
                yield RingTarget(
                    person,
                    account.people[person].extension,
                    unless_busy=not self.interrupt,
                    codecs=account.codecs_of(person),
                    encryption=account.encryption_of(person),
                )
