"""A transaction table on a made-up clock, and the peer's messages for it."""

from typing import TypeVar

from sip.flow import Flow
from sip.message.build import response
from sip.message.envelope import Message, Request, Response
from sip.message.intake import parse
from sip.transaction.effects import Dropped, Effect, NewRequest, Send
from sip.transaction.matching import MAX_KEPT, TransactionTable
from sip.transaction.timers import Timers
from sip.transaction.transaction import ClientTransaction, ServerTransaction

T = TypeVar("T")
UDP = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.9", 5062))
TCP = Flow("tcp", ("192.0.2.1", 5060), ("192.0.2.9", 40000), 7)
OUR_ADDRESS = ("192.0.2.1", 5060)
TIMERS = Timers()


def request(
    method: str = "INVITE",
    branch: str | None = "z9hG4bKpeer1",
    *,
    to_tag: str = "",
    call_id: str = "call-1",
    cseq: int = 1,
    host: str = "192.0.2.9",
    transport: str = "UDP",
) -> Request:
    """A request as a peer sends it, read from bytes."""
    lines = [
        f"{method} sip:desk@bakery.example SIP/2.0",
        f"Via: SIP/2.0/{transport} {host}:5062" + (f";branch={branch}" if branch else ""),
        "Max-Forwards: 70",
        "From: <sip:caller@example.net>;tag=caller",
        "To: <sip:desk@bakery.example>" + (f";tag={to_tag}" if to_tag else ""),
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        "Content-Length: 0",
    ]
    message = parse(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert isinstance(message, Request)
    return message


def answer(to: Request | bytes, status: int, tag: str = "peer") -> Response:
    """A peer's response to what we sent, read from bytes."""
    sent = parse(to) if isinstance(to, bytes) else to
    assert isinstance(sent, Request)
    message = parse(response(sent, status, to_tag=tag if status > 100 else None).encode())
    assert isinstance(message, Response)
    return message


class Scene:
    """The table, its clock, and everything it has let out so far, with the moment."""

    def __init__(
        self, flow: Flow = UDP, *, max_transactions: int = 1000, max_kept: int = MAX_KEPT, timers: Timers = TIMERS
    ) -> None:
        self.table = TransactionTable(timers, max_transactions=max_transactions, max_kept=max_kept)
        self.flow = flow
        self.now = 0.0
        self.log: list[tuple[float, Effect]] = []

    def take(self) -> list[Effect]:
        taken = self.table.take()
        self.log += [(self.now, effect) for effect in taken]
        return taken

    def receive(self, message: Message) -> list[Effect]:
        effects = self.table.receive(message, self.flow, self.now)
        self.log += [(self.now, effect) for effect in effects]
        return effects

    def serve(self, message: Request) -> ServerTransaction:
        """Receive a request that is new."""
        (new,) = self.receive(message)
        assert isinstance(new, NewRequest)
        return new.transaction

    def respond(self, transaction: ServerTransaction, to: Request, status: int, tag: str = "desk") -> list[Effect]:
        self.table.respond(transaction, response(to, status, to_tag=tag if status > 100 else None), self.now)
        return self.take()

    def send(self, method: str = "INVITE") -> ClientTransaction:
        """Send a request of ours."""
        template = request(method).without("Via")
        transaction = self.table.send_request(template, self.flow, self.now, sent_by=OUR_ADDRESS)
        self.take()
        return transaction

    def advance(self, until: float) -> list[Effect]:
        """Let the clock run, stopping at each deadline; all effects of that time."""
        found: list[Effect] = []
        while (deadline := self.table.next_deadline()) is not None and deadline <= until:
            assert deadline >= self.now
            self.now = deadline
            self.table.handle_timer(deadline)
            found += self.take()
        self.now = until
        return found

    def sent_at(self) -> list[float]:
        """The moments at which something was sent."""
        return [round(at, 3) for at, effect in self.log if isinstance(effect, Send)]


def sends(effects: list[Effect]) -> list[bytes]:
    return [effect.data for effect in effects if isinstance(effect, Send)]


def first_lines(effects: list[Effect]) -> list[str]:
    return [data.split(b"\r\n", 1)[0].decode() for data in sends(effects)]


def drops(effects: list[Effect]) -> list[str]:
    return [effect.reason.name for effect in effects if isinstance(effect, Dropped)]


def of_kind(effects: list[Effect], kind: type[T]) -> list[T]:
    return [effect for effect in effects if isinstance(effect, kind)]
