"""Reliable provisional responses to an INVITE of ours, and the PRACKs we acknowledge them with (RFC 3262 section 4).

Each fork numbers its own. What comes again, or before its turn, is dropped: it is repeated until its PRACK arrives, and
the PRACK, a request like any other, until it is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.dialog.capabilities import sdp_body
from sip.dialog.dialog import Dialog
from sip.dialog.refreshing import send_within
from sip.dialog.reliable import RELIABLE
from sip.errors import DropReason, ProtocolError
from sip.message.envelope import Response
from sip.message.values import RAck, parse_rseq

if TYPE_CHECKING:
    from sip.dialog.session import InviteSession

MAX_RELIABLE = 100
"""Reliable responses of one fork that are acknowledged: each costs a request of ours."""


def number_of(answer: Response) -> int | None:
    """The RSeq of a provisional response that wants a PRACK, None for others. Raises ProtocolError(400, BAD_HEADER)."""
    text = answer.header("RSeq")
    return parse_rseq(text) if text is not None and RELIABLE in answer.require else None


class Pracks:
    """What has been acknowledged of each fork, by its tag."""

    __slots__ = ("_counts", "_last")

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def check_order(self, tag: str, number: int) -> None:
        """Raises ProtocolError for a response that is not the fork's next one."""
        last = self._last.get(tag)
        if last is not None and number <= last:
            raise ProtocolError(0, DropReason.RETRANSMISSION)
        if last is not None and number != last + 1:
            raise ProtocolError(0, DropReason.OUT_OF_ORDER)
        if self._counts.get(tag, 0) >= MAX_RELIABLE:
            raise ProtocolError(0, DropReason.TOO_MANY_PROVISIONALS)

    def note(self, tag: str, number: int) -> None:
        """It has been taken."""
        self._last[tag] = number
        self._counts[tag] = self._counts.get(tag, 0) + 1


def send_prack(session: InviteSession, dialog: Dialog, answer: Response, now: float, sdp: bytes | None = None) -> None:
    """Acknowledge it; ``sdp`` answers the offer it brought."""
    rack = RAck(parse_rseq(answer.required("RSeq")), answer.cseq)
    prack = dialog.make("PRACK", headers=[("RAck", rack)], **sdp_body(sdp))
    dialog.pracks += 1

    def note(_answer: Response | None, status: int, _now: float) -> None:
        dialog.pracks -= status >= 200

    send_within(session, dialog, prack, note, now)
