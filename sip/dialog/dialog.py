"""A dialog (RFC 3261 section 12): who the two sides are, the way between them, and the numbers of their requests."""

from __future__ import annotations

from collections.abc import Iterable

from sip.errors import DropReason, ProtocolError
from sip.message.build import request as build_request
from sip.message.envelope import Message, Request, Response
from sip.message.values import CSeq, NameAddr, Uri

DialogKey = tuple[str, str, str]
"""Call-ID, local tag, remote tag."""

TARGET_SCHEMES = frozenset({"sip", "sips"})


class Dialog:
    """One dialog as one side sees it. ``local`` and ``remote`` bear their tags; ``target`` is where requests go.

    While it is early, ``settled`` says that the INVITE's offer has its answer for good (RFC 3262 section 5), so that
    UPDATE may change the session; ``answer`` is what the peer answered, if we offered, and ``changed`` says that an
    UPDATE has put something else in its place. ``pracks`` of ours have no final response yet.
    """

    __slots__ = (
        "answer",
        "call_id",
        "changed",
        "local",
        "local_cseq",
        "pracks",
        "remote",
        "remote_cseq",
        "routes",
        "settled",
        "target",
    )

    def __init__(
        self,
        call_id: str,
        local: NameAddr,
        remote: NameAddr,
        target: Uri,
        routes: tuple[NameAddr, ...] = (),
        *,
        local_cseq: int = 0,
        remote_cseq: int | None = None,
    ) -> None:
        self.call_id = call_id
        self.local = local
        self.remote = remote
        self.target = target
        self.routes = routes
        self.local_cseq = local_cseq
        self.remote_cseq = remote_cseq
        self.settled = False
        self.pracks = 0
        self.changed = False
        self.answer: bytes | None = None

    @classmethod
    def of_request(cls, invite: Request, local_tag: str) -> Dialog:
        """The called side (section 12.1.1). Raises ProtocolError if Contact or Record-Route cannot be used."""
        return cls(
            invite.call_id,
            invite.to.with_params(tag=local_tag),
            invite.from_,
            contact_of(invite) or invite.from_.uri,
            invite.record_routes,
            remote_cseq=invite.cseq.number,
        )

    @classmethod
    def of_response(cls, invite: Request, answer: Response) -> Dialog:
        """The calling side (section 12.1.2): the route set is the Record-Route reversed. Raises ProtocolError."""
        made = cls.to_nowhere(invite, answer)
        made.confirm(answer)
        return made

    @classmethod
    def to_nowhere(cls, invite: Request, answer: Response) -> Dialog:
        """The calling side's dialog with a peer whose Contact or Record-Route cannot be read: good for ACK and BYE."""
        return cls(invite.call_id, invite.from_, answer.to, invite.uri, local_cseq=invite.cseq.number)

    @property
    def key(self) -> DialogKey:
        return self.call_id, self.local.tag or "", self.remote.tag or ""

    @property
    def next_hop(self) -> Uri:
        """Where requests of this dialog go first."""
        return self.routes[0].uri if self.routes else self.target

    def confirm(self, answer: Response) -> None:
        """Way and target as the 2xx has them, whatever a 1xx said (section 13.2.2.4). Raises ProtocolError."""
        routes = tuple(reversed(answer.record_routes))
        self.target = contact_of(answer) or self.target
        self.routes = routes

    def in_order(self, request: Request) -> bool:
        """Take note of a request's CSeq; False for one that is older than what came before (section 12.2.2)."""
        if self.remote_cseq is not None and request.cseq.number < self.remote_cseq:
            return False
        self.remote_cseq = request.cseq.number
        return True

    def refresh_target(self, message: Message) -> None:
        """A new Contact in a target refresh request or its 2xx (section 12.2). Raises ProtocolError."""
        self.target = contact_of(message) or self.target

    def renumbered(self, request: Request) -> Request:
        """A request of this dialog that is sent once more, with a number of its own."""
        self.local_cseq += 1
        return request.with_header("CSeq", CSeq(self.local_cseq, request.method))

    def make(
        self,
        method: str,
        *,
        contact: NameAddr | None = None,
        headers: Iterable[tuple[str, object]] = (),
        body: bytes = b"",
        content_type: str | None = None,
        cseq: int | None = None,
    ) -> Request:
        """A request within the dialog (section 12.2.1.1). ``cseq`` is given for ACK, which repeats its INVITE's."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self.target, self.routes
        if routes and routes[0].uri.param("lr") is None:
            # the next hop is a strict router of RFC 2543: it wants itself in the Request-URI, the target goes last
            uri, routes = routes[0].uri.with_params(method=None), (*routes[1:], NameAddr("", self.target))
        return build_request(
            method,
            uri.without_headers(),
            from_=self.local,
            to=self.remote,
            call_id=self.call_id,
            cseq=cseq,
            routes=routes,
            contact=contact,
            headers=headers,
            body=body,
            content_type=content_type,
        )


def contact_of(message: Message) -> Uri | None:
    """Where the peer says it is, None if it does not say. Raises ProtocolError if that is no place for requests."""
    contacts = message.contacts
    if not contacts:
        return None
    uri = contacts[0].uri
    if uri.scheme not in TARGET_SCHEMES:
        raise ProtocolError(400, DropReason.BAD_HEADER, f"a Contact of scheme {uri.scheme}")
    return uri
