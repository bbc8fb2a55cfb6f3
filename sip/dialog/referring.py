"""REFER within a call (RFC 3515): what a peer asks us to call, and the subscription that tells it what comes of it.

    none --REFER--> Asked --refuse--> Over
                      `--accept--> Telling --final NOTIFY answered, or refused--> Over

One REFER of a call at a time: the next one gets 491 until this one is over. The subscription has no clock of its own
(whoever accepted a REFER gives it its last word) and may outlive the call: a peer that hangs up at once is still told,
as long as it answers (RFC 5057). One NOTIFY is on its way at a time, so that none overtakes another (RFC 6665 section
4.2.2); of what happens meanwhile the latest is told. Without a subscription (RFC 4488) only the 2xx is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sip.errors import DropReason, ProtocolError
from sip.events import ReferTold
from sip.message.build import REASON_PHRASES
from sip.message.envelope import Request, Response
from sip.message.replaces import Replaces
from sip.message.values import NameAddr, Uri
from sip.transaction.transaction import ServerTransaction

if TYPE_CHECKING:
    from sip.dialog.dialog import Dialog
    from sip.dialog.session import InviteSession

MAX_REFER_TO = 1536
"""Characters of a Refer-To, the Replaces in it included."""
SCHEMES = frozenset({"sip", "sips", "tel"})
SIPFRAG = "message/sipfrag;version=2.0"
ACTIVE_SECONDS = 180
"""What our NOTIFYs say of how long the subscription lasts (RFC 3515 section 2.4.4); its last word may come sooner."""


class Standing(StrEnum):
    """Where a REFER stands."""

    ASKED = "Asked"
    TELLING = "Telling"
    OVER = "Over"


@dataclass(frozen=True, slots=True)
class Refer:
    """What is asked: to call ``target`` in place of the peer, or the dialog it ``replaces``.

    ``referred_by`` is who the peer says it is (RFC 3892): never more than that.
    """

    target: Uri
    replaces: Replaces | None = None
    referred_by: NameAddr | None = None
    subscribes: bool = True


def read_refer(request: Request) -> Refer:
    """What a REFER asks for. Raises ProtocolError with the status it deserves."""
    lines = request.items("Refer-To")
    if len(lines) != 1:
        raise ProtocolError(400, DropReason.BAD_HEADER, f"{len(lines)} Refer-To")
    if len(lines[0]) > MAX_REFER_TO:
        raise ProtocolError(400, DropReason.URI_TOO_LONG, lines[0][:40])
    uri = NameAddr.parse(lines[0]).uri
    if uri.scheme not in SCHEMES:
        raise ProtocolError(416, DropReason.UNSUPPORTED_SCHEME, uri.scheme)
    if (uri.param("method") or "INVITE").upper() != "INVITE":
        raise ProtocolError(403, DropReason.REFER_REFUSED, f"to send {uri.param('method')}")
    replaces, by = uri.header("Replaces"), request.header("Referred-By")
    return Refer(
        uri.without_headers(),
        Replaces.parse(replaces) if replaces is not None else None,
        NameAddr.parse(by) if by is not None else None,
        (request.header("Refer-Sub") or "true").strip().lower() != "false",
    )


class Referral:
    """One REFER of a peer and its subscription. Commands do nothing where they come too late."""

    __slots__ = (
        "_dialog",
        "_event",
        "_latest",
        "_request",
        "_session",
        "_telling",
        "_transaction",
        "refer",
        "standing",
    )

    def __init__(
        self, session: InviteSession, dialog: Dialog, request: Request, transaction: ServerTransaction, refer: Refer
    ) -> None:
        self.refer = refer
        self.standing = Standing.ASKED
        self._session = session
        self._dialog = dialog
        self._request = request
        self._transaction = transaction
        self._event = f"refer;id={request.cseq.number}"
        self._latest: tuple[int, bool] | None = None
        self._telling: bool | None = None
        """Whether the NOTIFY under way is the last one; None if none is."""

    @property
    def says_last(self) -> bool:
        """Whether the last word is on its way, or waits to be."""
        return self.standing is Standing.TELLING and bool(
            self._telling or (self._latest is not None and self._latest[1])
        )

    def accept(self, now: float) -> None:
        """202, and the NOTIFY that must follow at once (RFC 3515 section 2.4.4)."""
        if self.standing is not Standing.ASKED:
            return
        session, quiet = self._session, not self.refer.subscribes
        contact = ("Contact", session.around.contact(session.flow))
        headers = [contact, ("Refer-Sub", "false")] if quiet else [contact]
        session.respond(self._transaction, self._request, 202, now, headers=headers)
        self.standing = Standing.OVER if quiet else Standing.TELLING
        self.tell(100, now)

    def refuse(self, status: int, now: float) -> None:
        """A final refusal; nothing is told afterwards."""
        if self.standing is Standing.ASKED:
            self.standing = Standing.OVER
            self._session.respond(self._transaction, self._request, status, now)

    def tell(self, status: int, now: float, *, last: bool | None = None) -> None:
        """Tell how far it has come, as a status; a final one is the last unless ``last`` says otherwise."""
        if self.standing is not Standing.TELLING or self.says_last:
            return
        self._latest = (status, status >= 200 if last is None else last)
        if self._telling is None:
            self._send(now)

    def _send(self, now: float) -> None:
        assert self._latest is not None
        (status, self._telling), self._latest = self._latest, None
        state = "terminated;reason=noresource" if self._telling else f"active;expires={ACTIVE_SECONDS}"
        session, around = self._session, self._session.around
        flow = around.flow_of(session, self._dialog)
        notify = self._dialog.make(
            "NOTIFY",
            contact=around.contact(flow),
            headers=[("Event", self._event), ("Subscription-State", state)],
            body=f"SIP/2.0 {status} {REASON_PHRASES.get(status, 'Unknown')}\r\n".encode(),
            content_type=SIPFRAG,
        )
        around.send_request(notify, flow, self._on_response, now)

    def _on_response(self, _answer: Response | None, status: int, now: float) -> None:
        if status < 200 or self._telling is None:
            return
        was_last, self._telling = self._telling, None
        if was_last or status >= 300:
            # whoever refuses a NOTIFY wants to know no more: 481 ends the subscription, and not the call (RFC 5057)
            self.standing = Standing.OVER
            if not self._session.ended:
                self._session.around.tell(ReferTold(self._session))
        elif self._latest is not None:
            self._send(now)
