"""Calls as people read them: those in progress, and those of the past with their way through the menu."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.cli.welcome import readable_number as _readable_number
from engine.control.messages import Call, CallState
from engine.dialplan.account import Account
from engine.records import TRANSFERRED
from engine.store.records import CallRecord, Wanted
from web.words import Sentence, say

MAX_STEPS: Final = 8
"""Steps of a call's path that are shown; of more the last ones."""

readable_number: Final = lru_cache(maxsize=4096)(_readable_number)
"""As people write it; reading a number takes a tenth of a millisecond."""

TALKED, SERVED = "talked", "served"
MISSED: Final = ("abandoned", "unanswered")
FAILED: Final = ("refused", "failed")
OUTCOMES: Final[Mapping[str, tuple[Sentence, tuple[str, ...]]]] = {
    "": (say("All calls"), ()),
    "talked": (say("Talked to somebody"), (TALKED,)),
    "missed": (say("Reached nobody"), MISSED),
    "served": (say("Announcement or voicemail"), (SERVED,)),
    "failed": (say("Refused or failed"), FAILED),
}
"""What one may look for, in words, and the verdicts that it means."""

OVER: Final = (TALKED, SERVED, *MISSED, *FAILED)
"""Every verdict: a call that goes on has none."""

_NOW: Final[Mapping[CallState, Sentence]] = {
    CallState.OFFERED: say("coming in"),
    CallState.NODE: say("hears {where}"),
    CallState.RINGING: say("rings {whom}"),
    CallState.TALKING: say("talks to {whom}"),
    CallState.QUEUE: say("waits in {whom}"),
    CallState.PARKED: say("is parked in {whom}"),
    CallState.CONFERENCE: say("is in conference {whom}"),
}
_STEPS: Final[Mapping[str, Sentence]] = {
    "menu": say("menu {name}"),
    "voicemail": say("voicemail {name}"),
    "play": say("announcement {name}"),
    "queue": say("queue {name}"),
    "conference": say("conference {name}"),
    "mailbox": say("mailbox {name}"),
    "call": say("outside {name}"),
    "directory": say("directory"),
    "hang_up": say("end"),
}
"""Kinds of node that are told beside their name; others by their name alone, as a person's or a group's."""


@dataclass(frozen=True, slots=True)
class CallNow:
    """A call in progress; ``ours`` if a person of ours has made it.

    ``since`` is when it came in, ``state_since`` when it came to where it ``is_``.
    """

    id: str
    caller: str
    ours: bool
    called: str
    since: float
    state_since: float
    state: CallState
    path: tuple[Sentence, ...]
    is_: Sentence


@dataclass(frozen=True, slots=True)
class CallPast:
    """A call of the past. ``seconds`` and ``talked`` are durations; ``kind`` is that of a tag."""

    id: str
    caller: str
    ours: bool
    called: str
    at: float
    path: tuple[Sentence, ...]
    keys: str
    outcome: Sentence
    kind: str
    seconds: float | None
    talked: float


def now_shown(call: Call, account: Account | None) -> CallNow:
    """A call in progress, as people of the account read it."""
    path = steps(call.path, account)
    whom = ", ".join(name_of(each, account) for each in call.with_whom)
    where: Sentence | str = path[-1] if path else ""
    return CallNow(
        call.id,
        caller_of(call.person, call.caller, account),
        call.person is not None,
        readable_number(call.called),
        call.since,
        call.state_since,
        call.state,
        path,
        say(_NOW[call.state].text, whom=whom, where=where),
    )


def past_shown(record: CallRecord, account: Account | None) -> CallPast:
    """A call record, as people of the account read it."""
    outcome, kind = _outcome(record, account)
    return CallPast(
        record.id,
        caller_of(record.person, record.caller, account),
        record.person is not None,
        readable_number(record.called),
        record.started_at,
        steps(record.path, account),
        "".join(key for _, key in record.keys),
        outcome,
        kind,
        record.seconds,
        record.talked,
    )


def _outcome(record: CallRecord, account: Account | None) -> tuple[Sentence, str]:
    match record.verdict:
        case None:
            return say("goes on"), "careful"
        case "talked" if record.answered_by:
            return say("talked to {whom}", whom=name_of(record.answered_by, account)), "good"
        case "talked":
            return say("talked to somebody"), "good"
        case "served":
            return say("was served"), "good"
        case "abandoned":
            return say("hung up before"), "bad"
        case "unanswered":
            return say("nobody answered"), "bad"
        case "refused":
            return say("refused"), "plain"
        case _:
            return say("failed"), "bad"


def steps(path: Iterable[str], account: Account | None = None) -> tuple[Sentence, ...]:
    """A path of ``kind:name`` in words."""
    shown = []
    for step in path:
        kind, _, name = step.partition(":")
        if step.startswith(TRANSFERRED):
            by, _, to = name.partition(" to ")
            shown.append(say("transferred by {by} to {to}", by=name_of(by, account), to=to))
        elif kind in _STEPS:
            shown.append(say(_STEPS[kind].text, name=name_of(name, account)))
        else:
            shown.append(say("{name}", name=name_of(name, account) or kind))
    return tuple(shown[-MAX_STEPS:])


def name_of(who: str, account: Account | None) -> str:
    """A person by their name, a number as people write it."""
    person = account.people.get(who) if account is not None else None
    return (person.name or who) if person is not None else readable_number(who)


def caller_of(person: str | None, caller: str, account: Account | None) -> str:
    return readable_number(caller) if person is None else name_of(person, account)


def wanted(
    text: str, outcome: str, account: Account | None, since: float | None = None, until: float | None = None
) -> Wanted:
    """What to look for, as it was chosen: a number, as people write it, or a part of a person's name."""
    _, verdicts = OUTCOMES.get(outcome, OUTCOMES[""])
    sought = text.strip().lower()
    if all(sign.isdigit() or sign in " +-()./" for sign in sought):
        digits = "".join(sign for sign in sought if sign.isdigit() or sign == "+")
        digits = digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
        return Wanted(digits, None, verdicts, since, until)
    people = account.people.items() if account is not None else ()
    named = tuple(key for key, person in people if sought in key.lower() or sought in (person.name or "").lower())
    return Wanted("", named, verdicts, since, until)
