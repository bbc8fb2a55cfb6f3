"""What a user agent core needs around it, at its simplest: a gate that lets everybody in, bindings in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sip.core import CoreConfig, UserAgentCore
from sip.flow import Address, Flow
from sip.gate import Admit, Decision
from sip.message.envelope import Request
from sip.registrar import Binding, Registrar

OFFER = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
ANSWER = OFFER.replace(b"192.0.2.1", b"192.0.2.2")
ALICE: Address = ("192.0.2.1", 5060)
BOB: Address = ("192.0.2.2", 5060)
TO_BOB = Flow("udp", ALICE, BOB)
TO_ALICE = Flow("udp", BOB, ALICE)


class ScriptedGate:
    """Gives its ``decision`` on every request, and keeps the requests it was asked about."""

    def __init__(self, decision: Decision = Admit()) -> None:  # noqa: B008
        self.decision = decision
        self.asked: list[Request] = []

    def admit(self, request: Request, _flow: Flow, _now: float) -> Decision:
        self.asked.append(request)
        return self.decision


class MemoryBindings:
    """A BindingStore that forgets with the process."""

    def load(self) -> Iterable[Binding]:
        return ()

    def save(self, aor: str, bindings: Sequence[Binding]) -> None:
        pass


def new_core(config: CoreConfig | None = None, gate: ScriptedGate | None = None) -> UserAgentCore:
    """A core that lets everybody in, unless ``gate`` says otherwise."""
    return UserAgentCore(config or CoreConfig(), gate or ScriptedGate(), Registrar(MemoryBindings()))
