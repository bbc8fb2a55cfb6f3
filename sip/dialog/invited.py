"""A call to us that is not answered yet: its 18x is repeated, and its INVITE may expire (RFC 3261 section 13.3.1)."""

from __future__ import annotations

from sip.dialog.tables import Cue
from sip.message.envelope import Request
from sip.transaction.timers import NEVER

REFRESH_SECONDS = 60.0
"""A proxy on the way gives a call up that it hears nothing of for three minutes (sections 13.3.1.1, 16.8)."""


class Invited:
    """What waits meanwhile. ``expires_at`` is when the INVITE's Expires has passed, NEVER if it has none."""

    __slots__ = ("_refresh_at", "_said", "expires_at")

    def __init__(self, invite: Request, now: float) -> None:
        self.expires_at = NEVER if invite.expires is None else now + invite.expires
        self._said: Cue | None = None
        self._refresh_at = NEVER

    @property
    def deadline(self) -> float:
        return min(self.expires_at, self._refresh_at)

    def note(self, said: Cue) -> None:
        """A provisional response has been sent."""
        if said.status > 100:
            self._said, self._refresh_at = said, said.now + REFRESH_SECONDS

    def due(self, now: float) -> Cue | None:
        """The provisional response that is to be sent again, if it is time."""
        if self._said is None or self._refresh_at > now:
            return None
        return Cue(now, self._said.status, sdp=self._said.sdp, headers=self._said.headers)
