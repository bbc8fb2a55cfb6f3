"""Recording something by phone: record, listen to it, keep it or do it again. What is recorded is its caller's concern.

The draft is tidied before it is heard: what one hears is what others will hear.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from engine.call.protocol import Call, File, Key, KeyPlan, NoInput, Recording, Sound, Tone
from engine.dialplan.path import Path

KEEP, AGAIN, RESET, LEAVE, GO = "1", "2", "3", "*", "#"
DRAFTS = 5
"""How often somebody may record it in one call."""
ASKED = 3
"""How often the choices are told to somebody who makes none."""
SHORTEST = 1.0
"""Seconds; less is no recording."""
LIMIT_SECONDS = 180.0
SILENCE_SECONDS = 5.0
"""So much silence ends a recording."""


class Outcome(Enum):
    """What somebody wants who was asked to record something."""

    KEPT = "the draft is to be kept"
    RESET = "what was there before all recordings is to be back"
    LEFT = "everything is to stay as it is"


@dataclass(frozen=True, slots=True)
class Take:
    """What came of it; ``draft`` is the path of what is to be kept, ``seconds`` how long it was when it was said."""

    outcome: Outcome
    draft: str = ""
    seconds: float = 0.0


LEFT = Take(Outcome.LEFT)


async def record_by_phone(call: Call, path: Path, intro: Sequence[Sound] = (), *, can_reset: bool = False) -> Take:
    """Let the caller record something until they are content; ``intro`` is heard before what there is to do.

    A draft that is KEPT is the caller's of this function: ``call.office.shelf`` keeps or drops it. A hang-up leaves
    nothing behind. Raises OSError where nothing can be recorded.
    """
    resets = frozenset({RESET}) if can_reset else frozenset()
    how = (*path.prompt("record-how"), *(path.prompt("record-how-reset") if can_reset else ()))
    for _ in range(DRAFTS):
        pressed = await call.collect((*intro, *how), KeyPlan(frozenset({LEAVE, GO}) | resets, first_digit=0.0))
        if isinstance(pressed, Key) and pressed.key != GO:
            return Take(Outcome.RESET) if pressed.key == RESET else LEFT
        with _draft_of(call) as draft:
            await call.play((Tone("beep", path.account.country),))
            recorded = await call.record(LIMIT_SECONDS, SILENCE_SECONDS, GO, _unless_gone, into=draft.path)
            if _said(recorded) < SHORTEST:
                intro = path.prompt("record-nothing")
                continue
            await call.office.shelf.tidy(draft.path)
            choice = await _choose(call, path, draft.path, resets)
            if choice == KEEP:
                draft.wanted = True
                return Take(Outcome.KEPT, draft.path, _said(recorded))
        if choice != AGAIN:
            return Take(Outcome.RESET) if choice == RESET else LEFT
        intro = ()
    return LEFT


async def _choose(call: Call, path: Path, draft: str, resets: frozenset[str]) -> str:
    """The key for what becomes of a draft; LEAVE for somebody who does not choose."""
    plan = KeyPlan(frozenset({KEEP, AGAIN, LEAVE}) | resets)
    choices = (*path.prompt("record-choices"), *(path.prompt("record-choices-reset") if resets else ()))
    hears: tuple[Sound, ...] = (File(draft), *choices)
    for _ in range(ASKED):
        pressed = await call.collect(hears, plan)
        if isinstance(pressed, Key):
            return pressed.key
        hears = choices if isinstance(pressed, NoInput) else (*path.prompt("invalid-choice"), *choices)
    return LEAVE


@dataclass(slots=True)
class _Draft:
    path: str
    wanted: bool = False


@contextmanager
def _draft_of(call: Call) -> Iterator[_Draft]:
    """A draft that is gone afterwards, unless it is wanted."""
    draft = _Draft(call.office.shelf.draft())
    try:
        yield draft
    finally:
        if not draft.wanted:
            call.office.shelf.drop(draft.path)


def _unless_gone(recording: Recording) -> bool:
    """Whether there is anybody left who might keep it."""
    return recording.why != "closed"


def _said(recording: Recording) -> float:
    """Seconds of the recording without the silence that ended it."""
    return recording.seconds - (SILENCE_SECONDS if recording.why == "silence" else 0.0)
