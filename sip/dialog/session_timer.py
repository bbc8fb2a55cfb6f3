"""Session timers (RFC 4028): a call is up only as long as one side goes on saying so.

Whose business that is, is agreed in each INVITE, UPDATE and 2xx of the call: ``Session-Expires`` says how long it is
good for and who refreshes it. The refresher does so after half that time; whoever has not heard of it shortly before
the end hangs up (section 10). So a peer that vanished without a word ends a call that nothing else would: on hold
neither side may send media.

One side that knows the extension is enough (section 3): where the peer does not, we refresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sip.errors import ProtocolError
from sip.message.envelope import Message, Request, Response, parse_delta_seconds
from sip.message.grammar import bad_header, get_param, parse_params
from sip.transaction.timers import NEVER

TIMER = "timer"
"""The option tag."""
LEAST_SECONDS = 90
"""No interval may be shorter (section 4)."""
MOST_SECONDS = 86_400
"""A longer one than a day is as good as none."""
MAX_REFUSALS = 3
"""How often one request of ours is made anew with a longer interval, as its 422 asks."""
RETRY_SECONDS = 10.0
"""After which a refresh that was refused is tried once more."""


class Side(StrEnum):
    """Of the request at hand: whoever sent it, or whoever answers it."""

    UAC = "uac"
    UAS = "uas"


REFRESHERS: Mapping[tuple[bool, Side | None], Side] = {
    (False, None): Side.UAS,
    (False, Side.UAC): Side.UAS,
    (False, Side.UAS): Side.UAS,
    (True, None): Side.UAS,
    (True, Side.UAC): Side.UAC,
    (True, Side.UAS): Side.UAS,
}
"""Table 2: who refreshes, by whether the sender of the request knows the extension and whom it wants.

A sender that does not know it cannot refresh, whatever a proxy wrote. Where the table leaves it to us, we do it
ourselves: so we learn that the peer is gone in half the time.
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What we want: an interval in seconds, 0 for none of our own; and the shortest one that peers may ask for."""

    interval: int = 1800
    minimum: int = LEAST_SECONDS


@dataclass(frozen=True, slots=True)
class SessionExpires:
    """The value of Session-Expires (section 4)."""

    seconds: int
    refresher: Side | None = None

    @classmethod
    def of(cls, message: Message) -> SessionExpires | None:
        """That of a message. Raises ProtocolError(400, BAD_HEADER) for what is none."""
        text = message.header("Session-Expires")
        if text is None:
            return None
        digits, semicolon, params = text.partition(";")
        who = (get_param(parse_params(semicolon + params), "refresher") or "").lower()
        return cls(_seconds(digits), Side(who) if who in (Side.UAC, Side.UAS) else None)

    def __str__(self) -> str:
        return f"{self.seconds};refresher={self.refresher}" if self.refresher else str(self.seconds)


def least_of(message: Message) -> int:
    """What Min-SE of a message says (section 5), LEAST_SECONDS without it. Raises ProtocolError(400, BAD_HEADER)."""
    text = message.header("Min-SE")
    return LEAST_SECONDS if text is None else max(LEAST_SECONDS, _seconds(text.partition(";")[0]))


def _seconds(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        bad_header(f"not a number of seconds: {text[:40]!r}")
    return parse_delta_seconds(digits) or 0


def too_brief(request: Request, minimum: int) -> bool:
    """Whether an interval has to be refused with 422 (section 9); it can be only if the sender knows what that means.

    Raises ProtocolError(400, BAD_HEADER) for a Session-Expires or Min-SE that is none.
    """
    said, _ = SessionExpires.of(request), least_of(request)
    return said is not None and said.seconds < minimum and TIMER in request.supported


class SessionTimer:
    """The timer of one call. ``ours``: whether we refresh; None while it does not run.

    ``refresh_at`` is when we are to refresh, ``expires_at`` when whoever has not heard of a refresh hangs up.
    """

    __slots__ = ("_interval", "_minimum", "_refusals", "_wanted", "expires_at", "ours", "refresh_at")

    def __init__(self, terms: Terms) -> None:
        self._wanted = terms.interval > 0
        self._interval = min(terms.interval, MOST_SECONDS)
        self._minimum = terms.minimum
        self._refusals = 0
        self.ours: bool | None = None
        self.refresh_at = NEVER
        self.expires_at = NEVER

    @property
    def deadline(self) -> float:
        return min(self.refresh_at, self.expires_at)

    # --- our requests -----------------------------------------------------------------------------------------------

    @property
    def headers(self) -> list[tuple[str, object]]:
        """Of an INVITE or UPDATE of ours (sections 7.1 and 7.4): the first one leaves open who refreshes."""
        if not self._wanted and self.ours is None:
            return []
        who = None if self.ours is None else Side.UAC if self.ours else Side.UAS
        lines: list[tuple[str, object]] = [("Session-Expires", SessionExpires(self._interval, who))]
        if self._minimum > LEAST_SECONDS:
            lines.append(("Min-SE", self._minimum))
        return lines

    def lengthen(self, refusal: Response) -> bool:
        """Take the interval that a 422 asks for (section 7.3); False if there is no point in a further try."""
        try:
            least = least_of(refusal)
        except ProtocolError:
            return False
        self._refusals += 1
        if self._refusals > MAX_REFUSALS or not self._interval < least <= MOST_SECONDS:
            return False
        self._interval = self._minimum = least
        return True

    def take_success(self, answer: Response, now: float) -> None:
        """A 2xx to such a request (section 7.2). One that says nothing leaves the refreshing to us."""
        self._refusals = 0
        try:
            said = SessionExpires.of(answer)
        except ProtocolError:
            said = None
        if said is not None:
            self._run(said.seconds, said.refresher is not Side.UAS, now)
        elif self._wanted:
            self._run(self._interval, True, now)
        else:
            self.stop()

    # --- the peer's -------------------------------------------------------------------------------------------------

    def accept(self, request: Request, now: float) -> list[tuple[str, object]]:
        """Let the timer run as the peer's INVITE or UPDATE asks; the headers of the 2xx (section 9).

        The request has passed ``too_brief``, which has read its headers.
        """
        said, knows = SessionExpires.of(request), TIMER in request.supported
        if said is None and not self._wanted:
            self.stop()
            return []
        usual = max(self._interval, least_of(request)) if self._wanted else MOST_SECONDS
        who = said.refresher if said is not None else None
        if who is None and self.ours is not None:
            who = Side.UAS if self.ours else Side.UAC
        refresher = REFRESHERS[knows, who]
        seconds = self._run(max(self._minimum, min(said.seconds if said else usual, usual)), refresher is Side.UAS, now)
        lines: list[tuple[str, object]] = [("Session-Expires", SessionExpires(seconds, refresher))]
        if knows:
            lines.append(("Require", TIMER))
        return lines

    # --- time -------------------------------------------------------------------------------------------------------

    def _run(self, seconds: int, ours: bool, now: float) -> int:
        """Begin anew; the interval, which is never shorter or longer than the bounds, whatever the peer says."""
        self._interval = seconds = min(max(seconds, LEAST_SECONDS), MOST_SECONDS)
        self.ours = ours
        self.expires_at = now + seconds - min(32.0, seconds / 3)
        self.refresh_at = now + seconds / 2 if ours else NEVER
        return seconds

    def stop(self) -> None:
        """The call is good for ever, or over."""
        self.ours, self.refresh_at, self.expires_at = None, NEVER, NEVER

    def begin_refresh(self, now: float) -> bool:
        """True if it is time to refresh; ``refresh_failed`` or ``take_success`` follows."""
        if self.refresh_at > now:
            return False
        self.refresh_at = NEVER
        return True

    def refresh_failed(self, now: float) -> None:
        """It was refused, or could not be tried: once more in a while. The call ends if none succeeds in time."""
        if self.ours:
            self.refresh_at = now + RETRY_SECONDS
