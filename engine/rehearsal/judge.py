"""Hold what came of a call against what was expected, and tell each difference in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.call.script import Heard
from engine.dialplan.source import Position
from engine.events import Bridged, Ringing, RingingEnded, VoicemailLeft
from engine.forward_events import Forwarded
from engine.rehearsal.rehearse import Rehearsal
from engine.rehearsal.scenarios import NOBODY, Then
from engine.rehearsal.timeline import SHORTEST_HEARD

TOLERANCE = 0.5
"""Seconds by which a ringing may be shorter or longer than expected."""

Wanted = TypeVar("Wanted")
Had = TypeVar("Had")


@dataclass(frozen=True, slots=True)
class Unmet:
    """An expectation that was not met, and where it stands in the file."""

    at: Position
    what: str


def judge(then: Then, rehearsal: Rehearsal) -> list[Unmet]:
    """Every expectation that the call did not meet; none if all is well."""
    return [Unmet(then.place(name), what) for name, judging in JUDGES.items() for what in judging(then, rehearsal)]


def _hears(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    if then.hears is None:
        return
    words, heard = rehearsal.words, _heard(rehearsal)
    missing = _first_missing(then.hears, heard, lambda one, wanted: words.matches(one.what, wanted))
    if missing is not None:
        after = f" after '{then.hears[missing - 1]}'" if missing else ""
        said = ", ".join(words.of(one.what) for one in heard) or "nothing"
        yield f"the caller does not hear '{then.hears[missing]}'{after}; what they hear is {said}"


def _does_not_hear(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    words = rehearsal.words
    for unwanted in then.does_not_hear or ():
        for one in _heard(rehearsal):
            if words.matches(one.what, unwanted):
                yield f"the caller hears {words.of(one.what)}, {one.at:.1f} s after the call came in"
                break


def _rings(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    if then.rings is None:
        return
    rung = _rung(rehearsal)
    names = [name for name, _ in rung]
    missing = _first_missing([name for name, _ in then.rings], names, lambda name, wanted: name == wanted)
    if not then.rings and names:
        yield f"somebody rings: {', '.join(names)}"
    elif missing is not None:
        yield f"{then.rings[missing][0]} does not ring; who rings is {', '.join(names) or NOBODY}"
    else:
        yield from _lengths(then.rings, rung)


def _lengths(wanted: Iterable[tuple[str, float | None]], rung: Sequence[tuple[str, float]]) -> Iterator[str]:
    for name, seconds in wanted:
        lasted = [each for who, each in rung if who == name]
        if seconds is not None and not any(abs(each - seconds) <= TOLERANCE for each in lasted):
            yield f"{name} rings for {' and '.join(f'{each:.1f} s' for each in lasted)}, not {seconds:g} s"


def _does_not_ring(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    rung = {name for name, _ in _rung(rehearsal)}
    for name in then.does_not_ring or ():
        if name in rung:
            yield f"{name} rings"


def _forwarded_to(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    if then.forwarded_to is None:
        return
    went = [event.to for event in rehearsal.events if isinstance(event, Forwarded)]
    if list(then.forwarded_to) != went:
        yield f"forwards send the call to {', '.join(went) or NOBODY}, not to {', '.join(then.forwarded_to)}"


def _answered_by(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    if then.answered_by is None:
        return
    talked = [event.person for event in rehearsal.events if isinstance(event, Bridged)]
    if then.answered_by == NOBODY:
        if talked:
            yield f"the call is answered by {', '.join(talked)}"
    elif then.answered_by not in talked:
        yield f"the call is answered by {', '.join(talked) or NOBODY}, not {then.answered_by}"


def _voicemail_for(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    if then.voicemail_for is None:
        return
    left = [event.mailbox for event in rehearsal.events if isinstance(event, VoicemailLeft)]
    if then.voicemail_for == NOBODY:
        if left:
            yield f"there is a message for {', '.join(left)}"
    elif then.voicemail_for not in left:
        yield f"there is a message for {', '.join(left) or NOBODY}, not for {then.voicemail_for}"


def _ends(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    wanted, ended = then.ends, rehearsal.ended
    if wanted is None:
        return
    if wanted.how is not None and wanted.how is not ended.verdict:
        yield f"the call ends as {ended.verdict.value}, not {wanted.how.value}"
    if wanted.side is not None and wanted.side is not ended.by:
        yield f"the call is ended by the {ended.by.value}, not by the {wanted.side.value}"
    if wanted.reason is not None and wanted.reason != ended.reason:
        yield f"the call ends for the reason '{ended.reason}', not '{wanted.reason}'"
    if wanted.status is not None and wanted.status != ended.status:
        yield f"the caller's network is told {ended.status or 'no status'}, not {wanted.status}"


def _within(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    if then.within is not None and rehearsal.ended.seconds > then.within:
        yield f"the call takes {rehearsal.ended.seconds:.1f} s, more than {then.within:g} s"


def _path(then: Then, rehearsal: Rehearsal) -> Iterator[str]:
    if then.path is None:
        return
    missing = _first_missing(then.path, rehearsal.path, lambda node, wanted: wanted in (node, node.partition(":")[2]))
    if missing is not None:
        went = " > ".join(rehearsal.path) or "nowhere"
        yield f"the call does not come to '{then.path[missing]}' there; it goes {went}"


JUDGES: dict[str, Callable[[Then, Rehearsal], Iterator[str]]] = {
    "path": _path,
    "hears": _hears,
    "does_not_hear": _does_not_hear,
    "rings": _rings,
    "does_not_ring": _does_not_ring,
    "forwarded_to": _forwarded_to,
    "answered_by": _answered_by,
    "voicemail_for": _voicemail_for,
    "ends": _ends,
    "within": _within,
}
"""How each expectation of ``then`` is judged."""


def _heard(rehearsal: Rehearsal) -> list[Heard]:
    return [one for one in rehearsal.heard if one.seconds >= SHORTEST_HEARD]


def _rung(rehearsal: Rehearsal) -> list[tuple[str, float]]:
    """Who rang and for how long, in the order in which they began to."""
    began = [event.person for event in rehearsal.events if isinstance(event, Ringing)]
    lasted: dict[str, list[float]] = {}
    for event in rehearsal.events:
        if isinstance(event, RingingEnded) and event.outcome != "not_registered":
            lasted.setdefault(event.person, []).append(event.seconds)
    return [(name, lasted[name].pop(0) if lasted.get(name) else 0.0) for name in began]


def _first_missing(wanted: Sequence[Wanted], had: Sequence[Had], matches: Callable[[Had, Wanted], bool]) -> int | None:
    """Which of ``wanted`` does not come in ``had`` after those before it; None if all do, in their order."""
    place = 0
    for number, each in enumerate(wanted):
        while place < len(had) and not matches(had[place], each):
            place += 1
        if place == len(had):
            return number
        place += 1
    return None
