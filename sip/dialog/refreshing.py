"""Requests of ours within a call that are made once more: with credentials, or with a longer interval; and refreshes.

A provider may challenge any request, and a proxy on the way may want a longer interval than we (RFC 4028 section 7.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sip.dialog.capabilities import ALLOW, EXTENSIONS, SDP
from sip.dialog.dialog import Dialog
from sip.dialog.surroundings import CHALLENGES, OnResponse
from sip.dialog.tables import State
from sip.message.envelope import Request, Response

if TYPE_CHECKING:
    from sip.dialog.session import InviteSession

INTERVAL_TOO_SMALL = 422
OFFER_REFUSED = frozenset({415, 488, 606})
"""What those say who cannot talk as they were offered to."""
NOT_KNOWN = frozenset({405, 420, 501})
"""What a peer says that has no UPDATE after all."""
_AUTHORIZATIONS = ("Authorization", "Proxy-Authorization")


def headers_of(session: InviteSession) -> list[tuple[str, object]]:
    """Of a re-INVITE or UPDATE of ours, besides its Contact."""
    return [("Allow", ALLOW), ("Supported", EXTENSIONS), *session.timer.headers]


def once_more(session: InviteSession, request: Request, answer: Response | None) -> Request | None:
    """The request that does what ``answer`` asks for, with the next CSeq; None if that cannot be done."""
    if answer is None:
        return None
    if answer.status == INTERVAL_TOO_SMALL and session.timer.lengthen(answer):
        again = request.without("Session-Expires", "Min-SE", *_AUTHORIZATIONS)
        for name, value in session.timer.headers:
            again = again.with_added(name, value)
        return again.with_header("CSeq", f"{request.cseq.number + 1} {request.method}")
    if answer.status in OFFER_REFUSED and session.otherwise is not None and session.dialog is None:
        other, session.otherwise = session.otherwise, None
        again = request.with_body(SDP, other).without(*_AUTHORIZATIONS)
        return again.with_header("CSeq", f"{request.cseq.number + 1} {request.method}")
    return authorized(session, request, answer)


def authorized(session: InviteSession, request: Request, answer: Response | None) -> Request | None:
    """The request with what a challenge asks for, with the next CSeq; None if it is none, or cannot be answered."""
    asked_already = any(request.header(name) is not None for name in _AUTHORIZATIONS)
    if answer is None or answer.status not in CHALLENGES or session.authorize is None or asked_already:
        return None
    return session.authorize(request, answer)


def send_within(session: InviteSession, dialog: Dialog, request: Request, on_response: OnResponse, now: float) -> None:
    """Send a request of ours in the dialog, and once more where it is challenged; ``on_response`` does not see that."""

    def take(answer: Response | None, status: int, at: float) -> None:
        again = authorized(session, request, answer)
        if again is None:
            on_response(answer, status, at)
        else:
            send_within(session, dialog, dialog.renumbered(again), on_response, at)

    session.around.send_request(request, session.around.flow_of(session, dialog), take, now)


class Refresh:
    """An UPDATE without offer: the call goes on (RFC 4028 section 7.4)."""

    __slots__ = ("dialog", "request", "session")

    def __init__(self, session: InviteSession, dialog: Dialog) -> None:
        self.session = session
        self.dialog = dialog
        contact = session.around.contact(session.around.flow_of(session, dialog), session.secure)
        self.request = dialog.make("UPDATE", contact=contact, headers=headers_of(session))

    def send(self, now: float) -> None:
        around = self.session.around
        around.send_request(self.request, around.flow_of(self.session, self.dialog), self._on_response, now)

    def _on_response(self, answer: Response | None, status: int, now: float) -> None:
        session = self.session
        if session.ended or status < 200:
            return
        again = once_more(session, self.request, answer)
        if again is not None:
            self.request = self.dialog.renumbered(again)
            self.send(now)
        elif answer is not None and status < 300:
            session.timer.take_success(answer, now)
            session.set_deadline()
        elif status in (408, 481):
            session.end_as_gone(status, answer, now)
        elif status in NOT_KNOWN:
            session.peer_allows = ""
            refresh(session, now)
        else:
            session.timer.refresh_failed(now)
            session.set_deadline()


def refresh(session: InviteSession, now: float) -> None:
    """Say that the call goes on: by UPDATE where the peer takes it, else by our last session description again."""
    dialog = session.dialog
    if dialog is None or session.state is not State.CONFIRMED:
        session.timer.refresh_failed(now)
    elif session.allows("UPDATE"):
        Refresh(session, dialog).send(now)
    else:
        session.offers.refresh(session, now)
