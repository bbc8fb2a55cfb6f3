"""A core with something to watch, and a phone that watches it."""

from __future__ import annotations

from sip.core import UserAgentCore
from sip.flow import Flow
from sip.gate import Admit
from sip.message.envelope import Request, Response
from sip.testing.parts import ScriptedGate, new_core
from sip.testing.scripted import ScriptedPeer
from sip.testing.watched import KeptInMemory, OneWord

ME = "101@bakery.example"


class Office:
    """A core with something to watch, and a phone."""

    def __init__(self, store: KeptInMemory | None = None, gate: ScriptedGate | None = None) -> None:
        self.gate = gate or ScriptedGate(Admit(identity=ME, aor=ME))
        self.core: UserAgentCore = new_core(gate=self.gate)
        self.watched = OneWord()
        self.table = self.core.subscriptions
        self.table.notifier = self.watched
        self.store = store or KeptInMemory()
        self.table.store = self.store
        self.phone = ScriptedPeer(self.core)

    def ask(
        self, expires: int | None = 600, *, to_tag: str | None = None, flow: Flow | None = None, **headers: object
    ) -> Request:
        lines = [("Event", headers.pop("event", "dialog")), ("Contact", "<sip:101@192.0.2.1:5060>")]
        if expires is not None:
            lines.append(("Expires", expires))
        lines += [(name.capitalize(), value) for name, value in headers.items() if value]
        request = self.phone.request("SUBSCRIBE", to_tag=to_tag, headers=lines)
        self.phone.send(request, flow)
        return request

    def subscribe(self, expires: int | None = 600, **more: object) -> Response:
        self.ask(expires, **more)  # type: ignore[arg-type]
        return self.phone.next_response(200)

    def told(self, status: int = 200, **more: object) -> Request:
        """The next NOTIFY, answered."""
        notify = self.phone.next_request("NOTIFY")
        self.phone.respond(notify, status, **more)  # type: ignore[arg-type]
        return notify

    def change(self, word: str) -> None:
        self.watched.word = word
        for subscription in list(self.watched.subscriptions):
            self.table.changed(subscription, self.phone.now)

    @property
    def empty(self) -> bool:
        return not (len(self.table) or self.watched.subscriptions or self.store.kept or self.table._of_source)
