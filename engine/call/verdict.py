"""How a call ended, told from its own events: the same for live and simulated calls."""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import (
    Bridged,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallPickedUp,
    ConferenceJoined,
    DigitHeard,
    MailboxOpened,
    NodeLeft,
    Paged,
    PickUpEnded,
    QueueJoined,
    QueueLeft,
    Ringing,
    RingingEnded,
    Side,
    Unbridged,
    Verdict,
    VoicemailLeft,
)
from engine.outside_events import EmergencyCalled

NOBODY_FREE = frozenset({"busy", "declined", "not_registered", "unreachable"})
MAX_PRESSED = 64
"""The last keys of a call that are remembered."""


@dataclass(slots=True)
class Story:
    """What the verdict depends on, and the keys pressed so far, kept up to date with ``note``."""

    answered: bool = False
    talked: float = 0.0
    answered_by: str | None = None
    rang: bool = False
    rang_out: bool = False
    nobody_free: bool = False
    voicemail: bool = False
    conferred: bool = False
    paged: bool = False
    unserved: bool = False
    left_by_callee: bool = False
    emergency: bool = False
    pressed: str = ""

    def note(self, event: CallEvent) -> None:
        if not isinstance(event, NodeLeft):
            self.left_by_callee = isinstance(event, Unbridged | PickUpEnded) and event.by is Side.CALLEE
        match event:
            case CallAnswered():
                self.answered = True
            case Bridged(person=who) | CallPickedUp(caller=who):
                self.answered_by = self.answered_by or who
            case Unbridged(seconds=seconds) | PickUpEnded(seconds=seconds):
                self.talked += seconds
            case Ringing():
                self.rang = True
            case EmergencyCalled():
                self.emergency = True
            case RingingEnded(outcome=outcome):
                self.rang_out = self.rang_out or outcome == "no_answer"
                self.nobody_free = not self.rang_out and outcome in NOBODY_FREE
            case DigitHeard(digit=digit):
                self.pressed = (self.pressed + digit)[-MAX_PRESSED:]
            case VoicemailLeft() | MailboxOpened():
                self.voicemail = True
            case ConferenceJoined():
                self.conferred = True
            case Paged():
                self.paged = True
            case QueueJoined():
                # back in the line, as the agent's phone failed: they have not been served
                self.answered_by = None
            case QueueLeft(why=why):
                self.unserved = why in ("too_long", "nobody")
            case _:
                pass

    def ending(self) -> tuple[Side, str]:
        """Whose doing it was, and why, that the flow came to its own end."""
        return (Side.CALLEE, "hung up") if self.left_by_callee else (Side.SYSTEM, "the dialplan ended the call")

    def verdict(self, by: Side) -> Verdict:
        """The verdict of a call that ended without a failure of ours."""
        if self.answered_by is not None:
            return Verdict.TALKED
        if self.voicemail or self.conferred or self.paged:
            return Verdict.SERVED
        if by is Side.CALLER:
            return Verdict.ABANDONED
        if not self.answered:
            return Verdict.REFUSED if self.nobody_free or not self.rang else Verdict.UNANSWERED
        if self.rang or self.nobody_free or self.unserved:
            return Verdict.UNANSWERED
        return Verdict.SERVED

    def ended(
        self, call: str, at: float, *, started: float, by: Side, reason: str, status: int | None, failed: bool
    ) -> CallEnded:
        """The last event of the call. ``started`` and ``at`` are seconds since the epoch."""
        return CallEnded(
            call,
            at,
            verdict=Verdict.FAILED if failed else self.verdict(by),
            by=by,
            reason=reason,
            seconds=max(0.0, at - started),
            talked=self.talked,
            answered_by=self.answered_by,
            status=status,
        )
