"""People set by phone where their calls go, and hear what is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator, model_validator

from engine.call.protocol import Call, DigitPlan, NoInput, Sound
from engine.dialplan.calling_out import may_send_calls
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.forwards import (
    WHYS,
    Leads,
    ToNumber,
    ToPerson,
    ToVoicemail,
    Why,
    forward_fact_of,
    forward_of,
    name_of,
    set_forward,
)
from engine.dialplan.lamp import Lamp
from engine.dialplan.model import Destination, Exit, Node
from engine.dialplan.nodes.words import WayHome
from engine.dialplan.outside import may_be_set_by_phone
from engine.dialplan.path import Path
from engine.dialplan.reading import shown
from engine.dialplan.spoken import spoken_digits
from engine.dialplan.values import e164
from engine.forward_events import ForwardSet

if TYPE_CHECKING:
    from engine.dialplan.account import Account

ALL = "all"
CASES = (*WHYS, ALL)
VOICEMAIL = "0"
"""What is dialled for one's own voicemail; so is one's own extension."""
TRIES = 3
MOST_DIGITS = 20
EXITS = {"on": "set", "off": "cleared", "tell": "told"}


class Forward(Node):
    """Let the calling person's calls go to somebody else, from now on. They hear what is set now.

    ```yaml
    {forward: no_answer, then: repeat, refused: hang_up}
    ```
    The value is ``always``, ``busy`` (they are on the phone, decline or want not to be disturbed), ``no_answer`` or
    ``not_registered`` (no phone of theirs is there). Where to is what was dialled after the star code that led here, or
    what they enter, ended by ``#``: an extension, ``0`` or their own extension for their voicemail, or a number
    outside, which only those may set who have ``outside_forward: yes``. ``set: off`` ends it, and ``set: tell`` says
    how it stands; these two also know ``all``.

    Only the account's own phones can do so: everybody else hears that they are not allowed to, and goes where
    ``refused`` says, else where ``then`` does. So does whoever enters what cannot be. It outlives restarts.
    """

    kind = "forward"
    keys = ("forward",)

    forward: Literal["always", "busy", "no_answer", "not_registered", "all"] = Field(
        description="Which calls: always, busy, no_answer, not_registered; for off and tell also all"
    )
    set: Literal["on", "off", "tell"] = Field(default="on", description="on, off, or tell")
    then: Destination = Field(default_factory=WayHome, description="Where the caller goes afterwards")
    refused: Destination | None = Field(
        default=None, description="Where a caller goes who may not set it; else where `then` says"
    )

    @field_validator("forward", mode="before")
    @classmethod
    def _case(cls, value: Any) -> str:
        if value not in CASES:
            raise Wrong(f"{shown(value)} is no case in which calls are forwarded",
                        did_you_mean(str(value), CASES, f"expected {', '.join(CASES)}"))  # fmt: skip
        return str(value)

    @field_validator("set", mode="before")
    @classmethod
    def _how(cls, value: Any) -> str:
        word = {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value
        if word not in tuple(EXITS):
            raise Wrong(f"{shown(value)} is no way to set a forward",
                        did_you_mean(str(value), EXITS, f"expected {', '.join(EXITS)}"))  # fmt: skip
        return str(word)

    @model_validator(mode="after")
    def _which(self) -> Forward:
        if self.forward == ALL and self.set == "on":
            raise Wrong("'all' is to end forwards or to hear them", "expected one of " + ", ".join(WHYS))
        return self

    @property
    def name(self) -> str:
        return self.forward if self.set == "on" else f"{self.forward}: {self.set}"

    @property
    def takes_digits(self) -> bool:
        return self.set == "on"

    @property
    def _whys(self) -> tuple[Why, ...]:
        return tuple(why for why in WHYS if self.forward in (why, ALL))

    def lamp(self, account: Account, person: str) -> Lamp | None:
        """Lit while the person's calls go elsewhere in this case."""
        if self.forward == ALL:
            return None
        why = self._whys[0]
        return Lamp(
            forward_fact_of(person, why), lambda standing: forward_of(account, person, why, standing) is not None
        )

    def exits(self) -> Iterable[Exit]:
        return (Exit(EXITS[self.set], self.then), Exit("refused", self.refused or self.then))

    async def run(self, call: Call, path: Path) -> Exit:
        done, refused = self.exits()
        person = call.caller.person
        if person is None:
            await call.play(path.prompt("not-allowed"))
            return refused
        if self.set == "on":
            leads = await self._asked(call, path, person)
            if leads is None:
                return refused
            self._put(call, path, person, self._whys[0], leads)
        elif self.set == "off":
            for why in self._whys:
                self._put(call, path, person, why, None)
        await call.play(tuple(self._told(call, path, person)))
        return done

    def _put(self, call: Call, path: Path, person: str, why: Why, leads: Leads | None) -> None:
        standing = call.office.standing
        before = forward_of(path.account, person, why, standing)
        set_forward(path.account, person, why, leads, standing)
        to = name_of(leads) if leads is not None else ""
        if leads is not None or before is not None:
            call.emit(lambda c, t: ForwardSet(c, t, person, why, to))

    async def _asked(self, call: Call, path: Path, person: str) -> Leads | None:
        """Where the calls are to go; None if the caller cannot say so, or may not."""
        dialled = path.dialled_rest.strip("*#")
        if dialled:
            leads = self._meant(dialled, path, person)
            if leads is None:
                await call.play(path.prompt("forward-wrong"))
            return leads
        before: tuple[Sound, ...] = ()
        for _ in range(TRIES):
            entered = await call.collect_digits((*before, *path.prompt("forward-where")), DigitPlan(MOST_DIGITS))
            leads = None if isinstance(entered, NoInput) else self._meant(entered.digits, path, person)
            if leads is not None:
                return leads
            before = () if isinstance(entered, NoInput) else path.prompt("forward-wrong")
        await call.play(before)
        return None

    def _meant(self, digits: str, path: Path, person: str) -> Leads | None:
        account = path.account
        if digits in (VOICEMAIL, account.people[person].extension):
            return ToVoicemail(person)
        if digits in account.person_by_extension:
            return ToPerson(account.person_by_extension[digits])
        number = e164(digits, account.country)
        if number is None or not account.people[person].outside_forward:
            return None
        allowed = may_be_set_by_phone(number, account) and may_send_calls(account, person, number)
        return ToNumber(number) if allowed else None

    def _told(self, call: Call, path: Path, person: str) -> Iterator[Sound]:
        """What is set now, in words."""
        standing = call.office.standing
        there = {why: leads for why in self._whys if (leads := forward_of(path.account, person, why, standing))}
        if not there:
            yield from path.prompt("forward-none" if self.forward == ALL else f"forward-{_word(self._whys[0])}")
            yield from () if self.forward == ALL else path.prompt("forward-off")
        for why, leads in there.items():
            yield from path.prompt(f"forward-{_word(why)}")
            yield from _said(leads, path)


def _word(why: Why) -> str:
    return why.replace("_", "-")


def _said(leads: Leads, path: Path) -> Iterator[Sound]:
    match leads:
        case ToPerson(person=person):
            yield from path.prompt("forward-to")
            yield from spoken_digits(path.account.people[person].extension, path.prompt)
        case ToNumber(number=number):
            yield from path.prompt("forward-to")
            yield from spoken_digits(number, path.prompt)
        case ToVoicemail():
            yield from path.prompt("forward-voicemail")
        case _:
            yield from path.prompt("forward-elsewhere")
