"""How a person is reached who is called directly: their phones, follow-me, and where their calls go otherwise.

Nobody's forward is followed twice in one turn of a call, so that no two people send a caller to and fro. None of this
holds for members of groups: whoever does not want to be disturbed is busy there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.call.protocol import Busy, Call, Declined, NoAnswer, NotRegistered, RingOutcome, RingPlan, RingTarget
from engine.call.ring_plan import Acceptance, Diversion, OutsideTarget, Target
from engine.dialplan.calling_out import bill_of
from engine.dialplan.forwards import (
    FollowMe,
    Leads,
    ToNumber,
    ToPerson,
    ToVoicemail,
    Why,
    forward_of,
    name_of,
    undisturbed,
)
from engine.dialplan.model import Exit
from engine.dialplan.outside import CALLER, number_shown
from engine.dialplan.path import Path
from engine.dialplan.sound import ALL, Announcement
from engine.dialplan.values import e164
from engine.forward_events import Forwarded
from engine.office.standing import Standing
from media.commands import Sound

if TYPE_CHECKING:
    from engine.dialplan.account import Account, Person

DEFAULT_RING_SECONDS = 25.0
FORWARDED_SECONDS = 30.0
"""How long a telephone outside rings to which calls are forwarded."""

_WHYS: dict[type[object], Why] = {
    Busy: "busy",
    Declined: "busy",
    NoAnswer: "no_answer",
    NotRegistered: "not_registered",
}
_REASONS: dict[Why, str] = {
    "always": "unconditional",
    "busy": "user-busy",
    "no_answer": "no-answer",
    "not_registered": "unavailable",
}
"""What RFC 5806 calls them."""


def ring_seconds(person: Person) -> float:
    """How long it rings for a person where nothing else is said: long enough for all of follow-me."""
    if person.ring_time is not None:
        return person.ring_time
    return max([DEFAULT_RING_SECONDS, *(step.after + step.seconds for step in person.follow_me)])


def target_of(
    account: Account,
    person: str,
    standing: Standing | None = None,
    *,
    after: float = 0.0,
    seconds: float | None = None,
    skip_busy: bool = False,
    diversions: tuple[Diversion, ...] = (),
) -> RingTarget:
    """A person of the account as a target; who wants no call waiting is never rung while on the phone.

    Without ``standing`` they are rung even if they want not to be disturbed: a call that they parked comes back.
    """
    entry = account.people[person]
    return RingTarget(
        person,
        entry.extension,
        after,
        seconds,
        unless_busy=skip_busy or not entry.call_waiting,
        undisturbed=standing is not None and undisturbed(account, person, standing),
        diversions=diversions,
        codecs=account.codecs_of(person),
        encryption=account.encryption_of(person),
    )


async def reach(call: Call, path: Path, person: str, seconds: float | None) -> RingOutcome | Exit:
    """Ring a person, or whoever their calls go to: what came of it, or the exit by which the caller leaves all phones.

    ``seconds`` is how long it rings; None for what suits the person.
    """
    account = path.account
    while True:
        why: Why | None = "always"
        leads = _forward(call, path, person, "always")
        if leads is None:
            outcome = await call.ring(_plan(call, path, person, seconds))
            why, seconds = _WHYS.get(type(outcome)), None
            leads = _forward(call, path, person, why) if why is not None else None
        if leads is None or why is None:
            return outcome
        _divert(call, path, person, leads, why)
        match leads:
            case ToPerson(person=other):
                person = other
            case ToNumber(number=number):
                bill = bill_of(account, person, call.now())
                target = OutsideTarget(number, shows=_shown(call, path), diversions=_diversions(path), bill=bill)
                return await call.ring(RingPlan.one(target, seconds or FORWARDED_SECONDS, path.shown))
            case ToVoicemail():
                return Exit("forwarded", account.voicemail_of(person), open_ended=True)
            case _:
                return Exit(f"forwarded_{why}", leads)


def _forward(call: Call, path: Path, person: str, why: Why) -> Leads | None:
    """Where a person's calls go, unless the caller has been sent on from there, or calls from just there."""
    leads = forward_of(path.account, person, why, call.office.standing)
    if leads is None or person in path.diverted:
        return None
    match leads:
        case ToPerson(person=other) if other in path.diverted or other in (person, call.caller.person):
            return None
        case ToNumber(number=number) if number == e164(call.caller.number, path.account.country):
            return None
        case _:
            return leads


def _divert(call: Call, path: Path, person: str, leads: Leads, why: Why) -> None:
    """Note, and tell, that the call goes on to somebody else."""
    quiet = why == "busy" and undisturbed(path.account, person, call.office.standing)
    path.diverted[person] = _diversion(path.account, person, "do-not-disturb" if quiet else _REASONS[why])
    to = name_of(leads)
    call.emit(lambda c, t: Forwarded(c, t, person, to, why))


def _plan(call: Call, path: Path, person: str, seconds: float | None) -> RingPlan:
    """The person's phones, and from when on follow-me rings others as well."""
    account, standing = path.account, call.office.standing
    entry, before = account.people[person], _diversions(path)
    own = target_of(account, person, standing, diversions=before)
    follows = () if own.undisturbed else entry.follow_me
    mine = (_diversion(account, person, "follow-me"), *before)
    others = tuple(_followed(call, path, person, step, mine) for step in follows if not _calls_from(call, path, step))
    in_all = seconds or ring_seconds(entry)
    return RingPlan((own, *others), in_all, shown=path.shown, in_call=account.in_call)


def _calls_from(call: Call, path: Path, step: FollowMe) -> bool:
    """Whether the caller calls from the very phone that a step would ring."""
    if step.dial is not None:
        return step.dial == e164(call.caller.number, path.account.country)
    return step.ring == call.caller.person


def _followed(call: Call, path: Path, person: str, step: FollowMe, mine: tuple[Diversion, ...]) -> Target:
    if step.dial is None:
        assert step.ring is not None
        standing = call.office.standing
        return target_of(path.account, step.ring, standing, after=step.after, seconds=step.seconds, diversions=mine)
    return OutsideTarget(
        step.dial,
        step.after,
        step.seconds,
        shows=_shown(call, path),
        accept=Acceptance(question(path.account, path.account.people[person])) if step.accept else None,
        diversions=mine,
        bill=bill_of(path.account, person, call.now()),
    )


def question(account: Account, person: Person | None = None) -> tuple[Sound, ...]:
    """What somebody hears who answers a telephone outside: for whom the call is, and which key takes it."""
    name = account.sounds.get(spoken(person).source(account.languages, account.language)) if person else None
    if name is None:
        return account.prompt("accept-call")
    return (*account.prompt("accept-for"), name, *account.prompt("accept-press"))


def spoken(person: Person) -> Announcement:
    """A person's name."""
    return Announcement(say={ALL: person.name or ""})


def asks_by_name(person: Person) -> bool:
    """Whether their name is heard by somebody who is asked to take their calls."""
    return bool(person.name) and any(step.dial is not None and step.accept for step in person.follow_me)


def _shown(call: Call, path: Path) -> str:
    return number_shown(path.account, call.caller, CALLER)


def _diversion(account: Account, person: str, reason: str) -> Diversion:
    entry = account.people[person]
    return Diversion(entry.name or person, entry.number or entry.extension, reason)


def _diversions(path: Path) -> tuple[Diversion, ...]:
    """Those by whom the call has come here, the last one first."""
    return tuple(reversed(path.diverted.values()))
