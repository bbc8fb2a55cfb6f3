"""What is sent to an address that the peer's SDP names, before the peer has shown to be there: it might be a victim's.

A phone that is where its SIP comes from has shown it; so has one from whose host a packet has come, of RTP or RTCP. To
all others goes what opens a router's way for them and lets a peer that waits for us first know where we are, and no
more: less than the answers that SIP itself repeats to an address that is made up.
"""

from __future__ import annotations

from collections.abc import Callable

FIRST_PACKETS = 25
"""Sent at once; an ACK or the peer's first packet takes no longer than these on any but the longest ways."""
THEN_ONE_IN = 50
"""A second of audio each."""


class Trial:
    """What a leg may send unproved, for as long as it lives: new addresses begin nothing anew."""

    __slots__ = ("asked",)

    def __init__(self) -> None:
        self.asked = 0

    def holding(self, send: Callable[[bytes | memoryview], object]) -> Callable[[bytes | memoryview], object]:
        """``send``, for the few packets that may go."""

        def emit(packet: bytes | memoryview) -> object:
            self.asked += 1
            if self.asked <= FIRST_PACKETS or self.asked % THEN_ONE_IN == 0:
                return send(packet)
            return None

        return emit
