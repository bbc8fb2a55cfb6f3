"""Where a person's calls go: forwarding, do not disturb and follow-me, as the file says and as they set it by phone.

What is set by phone goes before the file. It is kept as facts of the office: ``person/anna/forward/always`` is
``extension 102``, ``voicemail``, ``number +31612345678`` or ``off``, ``person/anna/do_not_disturb`` is on or off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from engine.dialplan.durations import RingTime
from engine.dialplan.findings import Wrong
from engine.dialplan.model import REFERENCE, Node, Section, read_destination
from engine.dialplan.outside import OutsideNumber, may_be_set_by_phone
from engine.dialplan.reading import Reading
from engine.dialplan.source import SourceList, SourceMapping
from engine.dialplan.values import PersonName, Truth, read_number, refer
from engine.office.standing import Standing

if TYPE_CHECKING:
    from engine.dialplan.account import Account, Person

Why = Literal["always", "busy", "no_answer", "not_registered"]
WHYS: tuple[Why, ...] = ("always", "busy", "no_answer", "not_registered")
MAX_FOLLOWED = 10
"""Steps of one person's follow-me."""
FOLLOWED_SECONDS = 25.0
"""How long a step of follow-me rings that says nothing of its own."""

OFF = "off"
_NUMBER = re.compile(r"\+?[0-9][0-9 ()/.-]{5,}")


# --- where calls can go -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToPerson:
    """To somebody else of the account."""

    person: str

    def __str__(self) -> str:
        return self.person


@dataclass(frozen=True, slots=True)
class ToNumber:
    """To a telephone outside (E.164)."""

    number: str

    def __str__(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class ToVoicemail:
    """To the person's own voicemail."""

    person: str

    def __str__(self) -> str:
        return "voicemail"


Leads = ToPerson | ToNumber | ToVoicemail | Node


def name_of(leads: Leads) -> str:
    """What events call it."""
    return f"{leads.kind} {leads.name}".strip() if isinstance(leads, Node) else str(leads)


def _leads(value: Any, info: ValidationInfo) -> Leads:
    """A person, an extension, a number outside, or any destination. Raises Wrong."""
    if isinstance(value, ToPerson | ToNumber | Node):
        return value
    reading = info.context
    if not isinstance(reading, Reading):
        raise Wrong("forwards are read from a file")
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    elsewhere = any(text in reading.names[section] for section in ("menus", "groups"))
    if text in reading.people_by_extension or (text in reading.names["people"] and not elsewhere):
        return ToPerson(refer("people", text, reading))
    if _NUMBER.fullmatch(text):
        return ToNumber(read_number(text, reading.country))
    return read_destination(value, reading)


ForwardedTo = Annotated[
    Any,
    BeforeValidator(_leads),
    WithJsonSchema({"anyOf": [{"type": ["string", "integer"]}, {REFERENCE: "Destination"}]}),
]


class Forwards(Section):
    """Where a person's calls go instead. Each is a person, an extension, a number outside, or any destination.

    ```yaml
    forward: {busy: front-desk, no_answer: {voicemail: orders}}
    ```
    """

    always: ForwardedTo | None = Field(default=None, description="Where all calls go; their own phones do not ring")
    busy: ForwardedTo | None = Field(
        default=None, description="Where calls go while they are on the phone, decline or want not to be disturbed"
    )
    no_answer: ForwardedTo | None = Field(default=None, description="Where calls go that nobody answers in time")
    not_registered: ForwardedTo | None = Field(default=None, description="Where calls go while no phone is there")

    def to(self, why: Why) -> Leads | None:
        leads: Leads | None = getattr(self, why)
        return leads


class FollowMe(Section):
    """Whom to ring as well, from some moment on: somebody of the account, or a telephone outside.

    ```yaml
    {after: 15s, dial: "+31 6 1234 5678", for: 20s, accept: yes}
    ```
    """

    after: Annotated[RingTime, Field()] = Field(description="How long their own phones ring before, such as 15s")
    ring: PersonName | None = Field(default=None, description="Somebody of the account")
    dial: OutsideNumber | None = Field(default=None, description="A telephone number outside")
    seconds: RingTime = Field(default=FOLLOWED_SECONDS, alias="for", description="How long it rings")
    accept: Truth = Field(
        default=True, description="Whether whoever answers outside must press 1, so that no voicemail takes the call"
    )

    @model_validator(mode="after")
    def _one(self) -> FollowMe:
        if (self.ring is None) == (self.dial is None):
            raise Wrong("a step of follow-me rings one telephone", "write either 'ring' or 'dial'")
        return self


def _steps(value: Any) -> Any:
    if isinstance(value, SourceMapping | str):
        raise Wrong("this is no list of steps", "expected such as [{after: 15s, ring: orders}]")
    if isinstance(value, SourceList) and len(value) > MAX_FOLLOWED:
        raise Wrong("there are too many steps of follow-me", f"at most {MAX_FOLLOWED}")
    return value


FollowMeSteps = Annotated[tuple[FollowMe, ...], BeforeValidator(_steps)]


# --- what holds at the moment -----------------------------------------------------------------------------------------


def forward_of(account: Account, person: str, why: Why, standing: Standing) -> Leads | None:
    """Where a person's calls go in case of ``why``; None if nowhere. What by now may not be any more is passed over."""
    said = standing.get(forward_fact_of(person, why))
    if said == OFF:
        return None
    return _of_fact(account, person, said or "") or in_file(account.people[person], why)


def in_file(person: Person, why: Why) -> Leads | None:
    """Where the file sends a person's calls in case of ``why``."""
    return person.forward.to(why) if person.forward is not None else None


def _of_fact(account: Account, person: str, said: str) -> Leads | None:
    kind, _, value = said.partition(" ")
    match kind:
        case "extension":
            other = account.person_by_extension.get(value)
            return ToPerson(other) if other is not None and other != person else None
        case "voicemail":
            return ToVoicemail(person)
        case "number" if account.people[person].outside_forward and may_be_set_by_phone(value, account):
            return ToNumber(value)
        case _:
            return None


def set_forward(account: Account, person: str, why: Why, leads: Leads | None, standing: Standing) -> None:
    """Let a person's calls go elsewhere in case of ``why``, or (None) nowhere, also where the file says otherwise."""
    match leads:
        case ToPerson(person=other):
            said: str | None = f"extension {account.people[other].extension}"
        case ToNumber(number=number):
            said = f"number {number}"
        case ToVoicemail():
            said = "voicemail"
        case _:
            said = OFF if in_file(account.people[person], why) is not None else None
    standing.put(forward_fact_of(person, why), said)


def undisturbed(account: Account, person: str, standing: Standing) -> bool:
    """Whether a person wants not to be disturbed: callers find them busy."""
    said = standing.get(disturb_fact_of(person))
    return account.people[person].do_not_disturb if said is None else said == "on"


def set_undisturbed(person: str, on: bool, standing: Standing) -> None:
    """Let a person be disturbed no longer, or again."""
    standing.put(disturb_fact_of(person), "on" if on else "off")


def forward_fact(person: str, why: str, value: str) -> tuple[str, str]:
    """A forward as a fact, for scenarios: ``extension 102``, ``voicemail``, ``number +31612345678`` or ``off``."""
    return forward_fact_of(person, why), value


def disturb_fact(person: str, value: str) -> tuple[str, str]:
    """Whether somebody wants not to be disturbed, as a fact: ``on`` or ``off``."""
    return disturb_fact_of(person), value


def forward_fact_of(person: str, why: str) -> str:
    """The name of the fact that says where a person's calls go in case of ``why``."""
    return f"person/{person}/forward/{why}"


def disturb_fact_of(person: str) -> str:
    """The name of the fact that says whether a person wants not to be disturbed."""
    return f"person/{person}/do_not_disturb"
