"""What comes of a call, or of an offer within it, for whoever waits for that."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """A call of ours was answered; ``sdp`` answers our offer."""

    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A call of ours was not: the final status, 408 without any, 487 when cancelled, 503 if unreachable."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a leg ended: by ``remote``, ``local`` or ``timeout``."""

    by: str
    reason: str


class ReofferRefused(Exception):
    """The peer did not take our offer within the call; the call goes on as it was."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the offer was refused with {status}")
        self.status = status
