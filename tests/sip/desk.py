"""A registrar on a made-up clock, its store, and a phone's way to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sip.errors import DropReason
from sip.flow import Flow
from sip.message.envelope import Request, Response
from sip.message.intake import parse
from sip.registrar import Binding, Limits, Registrar

NOW = 1_790_000_000.0
AOR = "101@bakery.example"
PHONE = Flow("udp", ("192.0.2.1", 5060), ("203.0.113.9", 40123))
OVER_TCP = Flow("tcp", ("192.0.2.1", 5060), ("203.0.113.9", 40124), 7)
LIMITS = Limits()
OUTBOUND = ("Supported: path, outbound",)


class Store:
    """Remembers as a store does, and counts how often it was told."""

    def __init__(self, bindings: Iterable[Binding] = ()) -> None:
        self.kept: dict[str, list[Binding]] = {}
        self.saves = 0
        for binding in bindings:
            self.kept.setdefault(binding.aor, []).append(binding)

    def load(self) -> Iterable[Binding]:
        return [binding for bindings in self.kept.values() for binding in bindings]

    def save(self, aor: str, bindings: Sequence[Binding]) -> None:
        self.saves += 1
        if bindings:
            self.kept[aor] = list(bindings)
        else:
            del self.kept[aor]


class Desk:
    """A registrar and a phone's way to it; ``refused`` are the reasons it gave."""

    def __init__(self, limits: Limits = LIMITS, store: Store | None = None) -> None:
        self.store = store or Store()
        self.refused: list[DropReason] = []
        self.registrar = Registrar(self.store, limits, on_refused=lambda reason, _: self.refused.append(reason))
        self.now = NOW
        self.cseq = 0

    def register(
        self,
        *contacts: str,
        expires: str | None = None,
        call_id: str = "phone",
        cseq: int | None = None,
        flow: Flow = PHONE,
        headers: Sequence[str] = (),
        aor: str = AOR,
    ) -> Response:
        self.cseq = self.cseq + 1 if cseq is None else cseq
        return self.registrar.register(request(contacts, expires, call_id, self.cseq, headers), flow, aor, self.now)

    def phones(self, aor: str = AOR) -> list[str]:
        return [str(binding.contact) for binding in self.registrar.lookup(aor, self.now)]


def request(
    contacts: Sequence[str], expires: str | None, call_id: str = "phone", cseq: int = 1, headers: Sequence[str] = ()
) -> Request:
    lines = [
        "REGISTER sip:bakery.example SIP/2.0",
        "Via: SIP/2.0/UDP 203.0.113.9:40123;branch=z9hG4bK1",
        "From: <sip:101@bakery.example>;tag=1",
        "To: <sip:101@bakery.example>",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} REGISTER",
        *(f"Contact: {contact}" for contact in contacts),
        *([f"Expires: {expires}"] if expires is not None else []),
        *headers,
    ]
    message = parse(("\r\n".join(lines) + "\r\n\r\n").encode())
    assert isinstance(message, Request)
    return message


def listed(answer: Response) -> dict[str, int]:
    """The contacts of a 200 and the seconds each has left."""
    assert answer.status == 200
    return {str(contact.uri): int(contact.param("expires") or "") for contact in answer.contacts}
