"""Take calls of the past through a changed dialplan, and tell which of them would have gone elsewhere.

What the phones did is known as far as the record tells: who was rung then reacts in the same way now, as often as they
ring. Of somebody who was not rung then nobody knows; they are taken to be there and not to answer. What people have set
(switches, forwards, who is signed in) is taken as it stands now, since records do not tell how it stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.call.accepting import ACCEPT
from engine.call.protocol import SECRET
from engine.call.ring_plan import is_outside
from engine.call.script import OtherCall, Phone
from engine.dialplan.account import Account
from engine.dialplan.nodes.conference import JoinConference
from engine.dialplan.nodes.mailbox import OpenMailbox
from engine.dialplan.nodes.pick_up import PickUp
from engine.dialplan.nodes.record_prompt import RecordPrompt
from engine.events import Side, Verdict
from engine.records import TRANSFERRED
from engine.rehearsal.given import REACTS_AFTER
from engine.rehearsal.rehearse import Rehearsal, Rehearser
from engine.rehearsal.situation import SPEAKS, InTurn, Situation
from engine.store.records import CallRecord

TAKE_PINS = frozenset({JoinConference.kind, OpenMailbox.kind, RecordPrompt.kind})
"""Kinds of node in which a caller may have to type a PIN."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a call went: the nodes it passed, who talked to the caller, how it ended."""

    path: tuple[str, ...]
    answered_by: str | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """A call of the past, and where it would go now."""

    record: CallRecord
    before: Course
    after: Course

    @property
    def same(self) -> bool:
        return self.before == self.after


def replay(
    records: Iterable[CallRecord], account: Account, standing: Mapping[str, str] | None = None
) -> list[Replayed]:
    """Where each call would go that can be replayed. ``standing`` are the facts that people have set."""
    found = []
    with Rehearser([account]) as rehearser:
        for record in filter(can_be_replayed, records):
            reactions = _reactions(record, account)
            situation = replace(_situation(record, account, reactions), standing=dict(standing or {}))
            rehearsal = rehearser.rehearse(situation, InTurn(reactions))
            before = Course(record.path, record.answered_by, record.verdict or "")
            found.append(Replayed(record, before, _course(rehearsal)))
    return found


def can_be_replayed(record: CallRecord) -> bool:
    """Not while it is under way, nor one that failed, nor one whose keys nobody knows, as a PIN is among them.

    Nor one that was transferred: no record tells when, nor which phones rang before and which after it.
    """
    ended = record.verdict is not None and record.verdict != Verdict.FAILED.value
    asked_for_pin = any(step.partition(":")[0] in TAKE_PINS for step in record.path)
    transferred = any(step.startswith(TRANSFERRED) for step in record.path)
    return ended and not transferred and not (asked_for_pin and any(key == SECRET for _, key in record.keys))


def _course(rehearsal: Rehearsal) -> Course:
    return Course(rehearsal.path, rehearsal.ended.answered_by, rehearsal.ended.verdict.value)


def _situation(record: CallRecord, account: Account, reactions: dict[str, list[Phone]]) -> Situation:
    """The call again. Who talked stays on the line as long as then; who did not, hangs up at the same moment.

    Who was served may have left a message; anybody else has said nothing after the beep.
    """
    person = account.people.get(record.person or "")
    hung_up = record.ended_by == Side.CALLER.value and record.answered_by is None
    return Situation(
        begins_at=record.started_at,
        caller=person.extension if person else record.caller,
        called=record.called,
        home=account.domain if person else None,
        keys=record.keys,
        phones={extension: phones[0] for extension, phones in reactions.items()},
        hangs_up_at=record.seconds if hung_up else None,
        others=_others(record, account),
        speaks=SPEAKS if record.verdict == Verdict.SERVED.value else 0.0,
    )


def _reactions(record: CallRecord, account: Account) -> dict[str, list[Phone]]:
    """What each person's phone did, ring by ring; the phones that were not there are left out."""
    told: dict[str, list[Phone]] = {}
    absent = set()
    for name, outcome, seconds in record.rings:
        if is_outside(name):
            told.setdefault(name, []).append(_phone(outcome, seconds, record.talked))
            continue
        if name not in account.people:
            continue
        if outcome == "not_registered":
            absent.add(account.people[name].extension)
        else:
            told.setdefault(account.people[name].extension, []).append(_phone(outcome, seconds, record.talked))
    if not record.rings and record.answered_by is not None and record.answered_by in account.people:
        told[account.people[record.answered_by].extension] = [Phone(REACTS_AFTER, talks=record.talked)]
    elsewhere = max((seconds for _, outcome, seconds in record.rings if outcome == "elsewhere"), default=None)
    if elsewhere is not None and all(outcome != "answered" for _, outcome, _ in record.rings):
        taker = account.people.get(record.answered_by or "")
        if taker is not None:
            told[taker.extension] = [Phone(picks_up_after=elsewhere, talks=record.talked)]
    unknown = account.person_by_extension.keys() - told.keys() - absent
    return told | {extension: [Phone()] for extension in unknown}


def _others(record: CallRecord, account: Account) -> tuple[OtherCall, ...]:
    """What the call took over, if it did: nothing tells whom that rang, so that it rings everybody."""
    if record.answered_by is None or not any(step.startswith(f"{PickUp.kind}:") for step in record.path):
        return ()
    slot = next((slot for slot in account.slots if record.called.endswith(slot)), "")
    return (OtherCall(tuple(account.people), slot, record.answered_by, record.talked),)


def _phone(outcome: str, seconds: float, talked: float) -> Phone:
    match outcome:
        case "answered":
            return Phone(answers_after=seconds, talks=talked, presses=(0.0, ACCEPT))
        case "busy":
            return Phone(busy=True)
        case "unreachable":
            return Phone(unreachable=True)
        case "declined":
            return Phone(declines_after=seconds)
        case _:
            return Phone()


def elsewhere(replayed: Sequence[Replayed]) -> list[Replayed]:
    """Those that would have gone elsewhere."""
    return [each for each in replayed if not each.same]
