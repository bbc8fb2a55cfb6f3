"""Scenarios beside a dialplan (``bakery.tests.yaml``): what is given, what the caller does, what must come of it.

They are read like dialplans: every mistake is told at once, with file, line, column and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo

from engine.call.script import OTHER_CALLER, Ahead, OtherCall, Phone
from engine.dialplan.account import Account
from engine.dialplan.durations import read_duration
from engine.dialplan.findings import DialplanErrors, Wrong, did_you_mean
from engine.dialplan.load import TESTS, read_block
from engine.dialplan.model import Section
from engine.dialplan.reading import Reading, shown
from engine.dialplan.source import SourceList, SourceMapping
from engine.dialplan.values import DuringName, MailboxName, PersonName, on_or_off, refer, refer_mailbox
from engine.events import Side, Verdict
from engine.office.messages import Count
from engine.rehearsal.given import (
    EXAMPLE_TIME,
    QUEUE_EXAMPLE,
    TALKS,
    read_ahead,
    read_messages,
    read_phone,
    read_time,
)
from engine.rehearsal.keys import KeyMoments, read_keys
from engine.rehearsal.owners import whose_phone
from engine.rehearsal.situation import SPEAKS
from engine.rehearsal.sounds import SpokenWords

MAX_SCENARIOS = 2000
MAX_TITLE = 120
NOBODY = "nobody"
EVERYBODY = "everybody"
LONGEST = 24 * 3600.0


class ScenarioReading(Reading):
    """Reads scenarios of one account: people, hours and sounds are those of its dialplan."""

    def __init__(self, file: str, account: Account) -> None:
        super().__init__(file)
        self.account = account
        self.words = SpokenWords(account)
        self.country = account.country
        self.names = {
            "people": frozenset(account.people),
            "menus": frozenset(account.menus),
            "hours": frozenset(account.hours),
            "switches": frozenset(account.switches),
            "queues": frozenset(account.queues),
            "mailboxes": frozenset(account.shared_mailboxes),
        }
        self.people_by_extension = account.person_by_extension


# --- the small values -------------------------------------------------------------------------------------------------


def _title(value: Any) -> str:
    if not isinstance(value, str | int) or len(str(value)) > MAX_TITLE or not str(value).strip():
        raise Wrong(f"{shown(value)} is no name of a scenario", f"expected a text of at most {MAX_TITLE} characters")
    return str(value)


def _time(value: Any, info: ValidationInfo) -> float:
    return read_time(value, info.context.account.info.timezone) if isinstance(info.context, ScenarioReading) else 0.0


def _keys(value: Any) -> KeyMoments:
    parts = value if isinstance(value, SourceList) else [value]
    return read_keys(", ".join(str(part) for part in parts))


def _duration(value: Any) -> float:
    text = str(value).strip().removeprefix("after ")
    seconds = read_duration(text)
    if seconds > LONGEST:
        raise Wrong(f"{shown(value)} is out of bounds", f"expected at most {LONGEST:g}s")
    return seconds


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, SourceList) else [value]


def _text(value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
        raise Wrong(f"{shown(value)} is no text")
    return " ".join(str(value).split())


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _list(value)))


def _audible(value: Any, info: ValidationInfo) -> tuple[str, ...]:
    """Sounds that this account has. Raises Wrong for one that no caller could ever hear."""
    wanted = _texts(value)
    words = info.context.words if isinstance(info.context, ScenarioReading) else SpokenWords(None)
    for one in wanted:
        if not words.can_be_heard(one):
            advice = did_you_mean(one, words.known(), "name a recording, or write some of the words that are spoken")
            raise Wrong(f"nobody ever hears {shown(one)} in this dialplan", advice)
    return wanted


def _phone_owner(value: Any, info: ValidationInfo) -> str:
    return whose_phone(value, info.context) if isinstance(info.context, Reading) else str(value)


def _person(value: Any, info: ValidationInfo) -> str:
    if value == NOBODY or not isinstance(info.context, Reading):
        return str(value)
    return whose_phone(value, info.context)


def _mailbox(value: Any, info: ValidationInfo) -> str:
    if value == NOBODY or not isinstance(info.context, Reading):
        return str(value)
    return refer_mailbox(value, info.context)


def _people(value: Any, info: ValidationInfo) -> tuple[str, ...]:
    if value == NOBODY:
        return ()
    reading = info.context
    assert isinstance(reading, ScenarioReading)
    if value == EVERYBODY:
        return tuple(reading.account.people)
    return tuple(whose_phone(one, reading) for one in _list(value))


def _rings(value: Any, info: ValidationInfo) -> tuple[tuple[str, float | None], ...]:
    if isinstance(value, SourceMapping):
        reading = info.context
        assert isinstance(reading, ScenarioReading)
        return tuple((whose_phone(name, reading), _duration(time)) for name, time in value.items())
    return tuple((name, None) for name in _people(value, info))


def _queues(value: Any, info: ValidationInfo) -> dict[str, Ahead]:
    reading = info.context
    if not isinstance(value, SourceMapping) or not isinstance(reading, ScenarioReading):
        raise Wrong(f"{shown(value)} will not do here", f"expected queues, such as {{support: {QUEUE_EXAMPLE}}}")
    ahead = {}
    for name, who in value.items():
        try:
            ahead[name] = read_ahead(refer("queues", name, reading), who)
        except Wrong as wrong:
            reading.error(value.value_at[name], wrong.what, wrong.suggestion)
    return ahead


def _menus(value: Any, info: ValidationInfo) -> tuple[str, ...]:
    reading = info.context
    return tuple(refer("menus", one, reading) for one in _list(value)) if isinstance(reading, Reading) else ()


def _on(value: Any) -> str:
    word = on_or_off(value)
    if word not in ("on", "off"):
        raise Wrong(f"{shown(value)} will not do here", "a switch is on or off")
    return str(word)


def _verdict(value: Any) -> Verdict:
    if isinstance(value, Verdict):
        return value
    known = [verdict.value for verdict in Verdict]
    if value not in known:
        advice = did_you_mean(str(value), known, f"known are {', '.join(known)}")
        raise Wrong(f"{shown(value)} is no end of a call", advice)
    return Verdict(value)


Title = Annotated[str, BeforeValidator(_title)]
Time = Annotated[float, BeforeValidator(_time)]
Keys = Annotated[KeyMoments, BeforeValidator(_keys)]
Duration = Annotated[float, BeforeValidator(_duration)]
Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Sounds = Annotated[tuple[str, ...], BeforeValidator(_audible)]
PhoneWords = Annotated[Phone | None, BeforeValidator(read_phone)]
PhoneOwner = Annotated[str, BeforeValidator(_phone_owner)]
Somebody = Annotated[str, BeforeValidator(_person)]
SomeMailbox = Annotated[str, BeforeValidator(_mailbox)]
InMailbox = Annotated[Count, BeforeValidator(read_messages)]
People = Annotated[tuple[str, ...], BeforeValidator(_people)]
Rings = Annotated[tuple[tuple[str, float | None], ...], BeforeValidator(_rings)]
Waiting = Annotated[dict[str, Ahead], BeforeValidator(_queues)]
MenuNames = Annotated[tuple[str, ...], BeforeValidator(_menus)]
OnOff = Annotated[str, BeforeValidator(_on)]
Case = Literal["always", "busy", "no_answer", "not_registered"]
How = Annotated[Verdict, BeforeValidator(_verdict)]


# --- the blocks -------------------------------------------------------------------------------------------------------


class WaitingCall(Section):
    """Another call, which can be picked up: it rings people or is parked."""

    rings: People = Field(default=(), description="Whose phones ring for it")
    slot: Text = Field(default="", description="The parking slot it is in, such as 701")
    caller: Text = Field(default=OTHER_CALLER, description="Its caller's number")
    talks: Duration = Field(default=TALKS, description="How long its caller talks to whoever picks it up")

    @property
    def call(self) -> OtherCall:
        return OtherCall(self.rings, self.slot, self.caller, self.talks)


def _waiting(value: Any) -> Any:
    return list(value) if isinstance(value, SourceList) else [value]


class Given(Section):
    """What is so before the call comes."""

    time: Time | None = Field(default=None, description=f"When the call comes, such as {EXAMPLE_TIME}")
    caller: Text | None = Field(default=None, description="Who calls: a number, or a person of the account")
    calls: Text | None = Field(default=None, description="The number called; the main number if left out")
    registered: People | None = Field(default=None, description="Whose phones are there; everybody's if left out")
    phones: dict[PhoneOwner, PhoneWords] = Field(
        default_factory=dict,
        description="What each phone does when it rings, such as {orders: answers after 5s}; outside ones by number",
    )
    forwards: dict[PersonName, dict[Case, Text]] = Field(
        default_factory=dict, description="What people have set by phone, such as {orders: {busy: front-desk}}"
    )
    do_not_disturb: People = Field(default=(), description="Who has set by phone that they want not to be disturbed")
    switches: dict[DuringName, OnOff] = Field(default_factory=dict, description="Which switches are on: {night: on}")
    queues: Waiting = Field(default_factory=dict, description=f"Who waits already: {{support: {QUEUE_EXAMPLE}}}")
    recorded: MenuNames = Field(default=(), description="The menus whose greeting somebody has recorded by phone")
    voicemail: dict[MailboxName, InMailbox] = Field(
        default_factory=dict, description="What is in mailboxes, such as {orders: 2 new, 1 saved}; or full"
    )
    waiting: Annotated[tuple[WaitingCall, ...], BeforeValidator(_waiting)] = Field(
        default=(), description="Other calls that can be picked up, such as [{rings: orders}, {slot: 701}]"
    )
    standing: dict[Text, Text] = Field(default_factory=dict, description="Other facts that people have set, by name")


class When(Section):
    """What the caller does."""

    keys: Keys = Field(default=(), description="Keys and their moments: '1,,2#' or [1 at 8s, 2 at 20s]")
    hangs_up: Duration | None = Field(default=None, description="After how long the caller hangs up, such as after 30s")
    speaks: Duration = Field(default=SPEAKS, description="How long the caller talks when a message is taken")


class Ending(Section):
    """How the call ends, in detail."""

    how: How | None = Field(default=None, description="talked, served, abandoned, unanswered, refused or failed")
    by: Literal["caller", "callee", "system"] | None = Field(default=None, description="Who ended it")
    reason: Text | None = Field(default=None, description="Why, as the call record shows it")
    status: int | None = Field(default=None, strict=True, description="What the caller's network is told, such as 486")

    @property
    def side(self) -> Side | None:
        return Side(self.by) if self.by else None


def _ending(value: Any) -> Any:
    return value if isinstance(value, SourceMapping) else Ending(how=_verdict(value))


class Then(Section):
    """What must come of it."""

    hears: Sounds | None = Field(default=None, description="What the caller hears, in this order")
    does_not_hear: Texts | None = Field(default=None, description="What the caller must not hear")
    rings: Rings | None = Field(default=None, description="Who rings, in this order; {orders: 20s} says how long")
    does_not_ring: People | None = Field(default=None, description="Who must not be rung")
    forwarded_to: Texts | None = Field(default=None, description="Where forwards send the call, in this order")
    answered_by: Somebody | None = Field(default=None, description="Who talks to the caller, or nobody")
    voicemail_for: SomeMailbox | None = Field(
        default=None, description="Who gets a message, a person or a mailbox, or nobody"
    )
    ends: Annotated[Ending, BeforeValidator(_ending)] | None = Field(
        default=None, description="How it ends: talked, served, abandoned, unanswered, refused, failed; or a block"
    )
    within: Duration | None = Field(default=None, description="How long the whole call takes at most")
    path: Texts | None = Field(default=None, description="The menus and other places passed, in this order")


class Scenario(Section):
    """One call, and what must come of it."""

    given: Given = Field(default_factory=Given, description="What is so before the call comes")
    when: When = Field(default_factory=When, description="What the caller does")
    then: Then = Field(description="What must come of it: hears, rings, answered_by, ends ...")


class Scenarios(Section):
    """One file of scenarios."""

    given: Given = Field(default_factory=Given, description="What is so in every scenario that does not say otherwise")
    scenarios: dict[Title, Scenario] = Field(description="The scenarios by name: given, when, then")


@dataclass(frozen=True, slots=True)
class Suite:
    """The scenarios of one account."""

    file: str
    account: Account
    given: Given
    scenarios: dict[str, Scenario]


def tests_of(dialplan: Path) -> Path:
    """Where the scenarios of a dialplan are, if it has any."""
    return dialplan.with_name(f"{dialplan.stem}{TESTS}{dialplan.suffix}")


def dialplan_of(tests: Path) -> Path:
    """The dialplan that a file of scenarios is about."""
    return tests.with_name(tests.stem.removesuffix(TESTS) + tests.suffix)


def load_suite(path: Path, account: Account) -> Suite:
    """The scenarios at ``path``, of an account that is loaded. Raises DialplanErrors with all that is wrong."""
    reading = ScenarioReading(str(path), account)
    root = read_block(path, reading, "file of scenarios", Scenarios.yaml_names())
    read = reading.read(Scenarios, root, root.at) if root is not None else None
    if read is not None:
        if len(read.scenarios) > MAX_SCENARIOS:
            reading.error(read.place("scenarios"), f"there are more than {MAX_SCENARIOS} scenarios")
        for name, scenario in read.scenarios.items():
            if read.given.time is None and scenario.given.time is None:
                advice = f"add 'given: {{time: {EXAMPLE_TIME}}}' to the scenario, or to the whole file"
                reading.error(scenario.place(), f"'{name}' does not say when the call comes", advice)
            if not scenario.then.model_fields_set:
                advice = f"'then' holds {', '.join(Then.yaml_names())}"
                reading.error(scenario.place("then"), f"'{name}' checks nothing", advice)
    if read is None or reading.findings:
        raise DialplanErrors(reading.findings)
    return Suite(str(path), account, read.given, read.scenarios)
