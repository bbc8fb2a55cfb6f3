"""A peer whose every message is written by the test: what real phones do, and what only attackers do."""

from __future__ import annotations

from typing import TypeVar

from sip.core import UserAgentCore
from sip.dialog.session import InviteSession
from sip.errors import DropReason
from sip.events import Event, IncomingInvite, MessageDropped
from sip.flow import Flow
from sip.message.build import new_branch, response
from sip.message.envelope import Message, Request, Response
from sip.message.intake import parse
from sip.message.values import NameAddr, Uri
from sip.testing.parts import OFFER, TO_ALICE
from sip.testing.recorder import Recorder

E = TypeVar("E")
Headers = list[tuple[str, object]]
SDP = "application/sdp"


class ScriptedPeer:
    """One core, and a peer at the other end of ``flow`` (as the core sees it) that does what the test says.

    ``tag`` and ``call_id`` are the peer's for requests of its own. What the core sent is taken with ``next``.
    """

    def __init__(self, core: UserAgentCore, flow: Flow = TO_ALICE) -> None:
        self.core = core
        self.flow = flow
        self.now = 0.0
        self.tag = "peer"
        self.call_id = "call-1"
        self.cseq = 0
        self.recorder = Recorder(("peer", "core"))
        self._sent: list[Message] = []
        self._events: list[Event] = []

    # --- what the core does -----------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Take note of what the core has sent and told."""
        for action in self.core.take_actions(self.now):
            self.recorder.packet(self.now, "core", "peer", action.data)
            self._sent.append(parse(action.data))
        self._events += self.core.take_events()

    def sent(self) -> list[Message]:
        """All that the core has sent and that was not taken yet."""
        self.drain()
        taken, self._sent = self._sent, []
        return taken

    def next_request(self, method: str) -> Request:
        """The next message the core sent, which must be this request; fails with the ladder."""
        message = self._next(method)
        assert isinstance(message, Request), self._story(method, message)
        assert message.method == method, self._story(method, message)
        return message

    def next_response(self, status: int) -> Response:
        """The next message the core sent, which must be a response of this status; fails with the ladder."""
        message = self._next(str(status))
        assert isinstance(message, Response), self._story(str(status), message)
        assert message.status == status, self._story(str(status), message)
        return message

    def sends_nothing(self) -> None:
        """Fails if the core has sent anything that was not taken."""
        left = self.sent()
        assert not left, self._story("nothing", left[0])

    def _next(self, expected: str) -> Message:
        self.drain()
        assert self._sent, self._story(expected, None)
        return self._sent.pop(0)

    def _story(self, expected: str, got: Message | None) -> str:
        return f"expected {expected}, got {got}\n{self.recorder.ladder()}"

    def events(self) -> list[Event]:
        """All events that were not taken yet."""
        self.drain()
        taken, self._events = self._events, []
        return taken

    def drops(self) -> list[DropReason]:
        """Why messages were dropped; takes these events, and leaves all others."""
        self.drain()
        dropped = [event for event in self._events if isinstance(event, MessageDropped)]
        self._events = [event for event in self._events if not isinstance(event, MessageDropped)]
        return [event.reason for event in dropped]

    def told(self, kind: type[E]) -> E:
        """Take the only event of this kind; fails if there is none or more."""
        self.drain()
        found = [event for event in self._events if isinstance(event, kind)]
        assert len(found) == 1, f"{kind.__name__} {len(found)} times: {self._events}\n{self.recorder.ladder()}"
        self._events = [event for event in self._events if not isinstance(event, kind)]
        return found[0]

    # --- time -------------------------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let time pass, stopping at each deadline of the core."""
        until = self.now + seconds
        self.drain()
        while (at := self.core.next_deadline()) is not None and at <= until:
            self.now = max(self.now, at)
            self.core.handle_timer(self.now)
            self.drain()
        self.now = until

    # --- what the peer does -----------------------------------------------------------------------------------------

    def send(self, message: Message | bytes, flow: Flow | None = None) -> None:
        """Send a message, or bytes that may be none."""
        data = message if isinstance(message, bytes) else message.encode()
        self.recorder.packet(self.now, "peer", "core", data)
        self.core.receive(data, flow or self.flow, self.now)
        self.drain()

    def request(
        self,
        method: str,
        *,
        to_tag: str | None = None,
        cseq: int | None = None,
        uri: str = "sip:desk@bakery.example",
        branch: str | None = None,
        headers: Headers | None = None,
        body: bytes = b"",
        content_type: str | None = None,
        contact: str | None = "<sip:peer@192.0.2.1:5060>",
    ) -> Request:
        """A request as this peer writes it; ``cseq`` counts up unless given. Not sent yet."""
        if cseq is None:
            self.cseq = cseq = self.cseq + 1
        host, port = self.flow.remote
        transport = self.flow.transport.upper()
        lines: Headers = [
            ("Via", f"SIP/2.0/{transport} {host}:{port};rport;branch={branch or new_branch()}"),
            ("Max-Forwards", 70),
            ("From", f"<sip:peer@example.net>;tag={self.tag}"),
            ("To", f"<sip:desk@bakery.example>{f';tag={to_tag}' if to_tag else ''}"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
        ]
        if contact is not None and method in ("INVITE", "UPDATE"):
            lines.append(("Contact", contact))
        if body:
            lines.append(("Content-Type", content_type or SDP))
        made = Request(method, Uri.parse(uri), lines, body)
        for name, value in headers or []:
            made = made.with_header(name, value)
        return made

    def invite(self, body: bytes = OFFER, **more: object) -> Request:
        """Send an INVITE."""
        invite = self.request("INVITE", body=body, **more)  # type: ignore[arg-type]
        self.send(invite)
        return invite

    def call(self, body: bytes = OFFER, **more: object) -> InviteSession:
        """Send an INVITE that is let in: the session it makes."""
        self.invite(body, **more)
        return self.told(IncomingInvite).session

    def ack(self, answer: Response, body: bytes = b"") -> Request:
        """Send the ACK to a 2xx."""
        ack = self.request("ACK", to_tag=answer.to_tag, cseq=answer.cseq.number, body=body)
        self.send(ack)
        return ack

    def cancel(self, invite: Request, headers: Headers | None = None) -> Request:
        """Send the CANCEL of an INVITE."""
        branch = invite.via.branch
        cancel = self.request("CANCEL", cseq=invite.cseq.number, branch=branch, headers=headers)
        self.send(cancel)
        return cancel

    def respond(
        self,
        request: Request,
        status: int,
        *,
        tag: str = "peer",
        headers: Headers | None = None,
        body: bytes = b"",
        contact: str | None = "<sip:peer@192.0.2.1:5060>",
    ) -> Response:
        """Answer a request of the core."""
        lines = list(headers or [])
        if contact is not None and request.method in ("INVITE", "UPDATE") and status < 300:
            lines.append(("Contact", contact))
        answer = response(request, status, to_tag=tag, headers=lines, body=body, content_type=SDP if body else None)
        self.send(answer)
        return answer

    # --- calls of the core ------------------------------------------------------------------------------------------

    def be_called(self, offer: bytes | None = OFFER, **more: object) -> tuple[InviteSession, Request]:
        """Have the core call this peer: its session and the INVITE it sent."""
        session = self.core.invite(
            Uri.parse("sip:peer@example.net"),
            self.flow,
            from_=NameAddr.parse("<sip:desk@bakery.example>"),
            to=NameAddr.parse("<sip:peer@example.net>"),
            offer=offer,
            now=self.now,
            **more,  # type: ignore[arg-type]
        )
        return session, self.next_request("INVITE")
