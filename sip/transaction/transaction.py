"""A transaction as it is kept: small, as tens of thousands that have ended linger to absorb what is still under way."""

from __future__ import annotations

from collections.abc import Sequence

from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.values import NameAddr
from sip.transaction.tables import Automaton, State
from sip.transaction.timers import NEVER, Timer

Running = tuple[float, Timer, float]
"""A timer that runs: the moment it fires, its letter, its present length (s)."""


class Transaction:
    """What client and server have in common. Its user reads ``flow`` and ``state`` and changes nothing.

    ``data`` is the message that is repeated, encoded once. ``deadline`` is when the earliest of ``running`` fires,
    ``wake_at`` belongs to the queue of deadlines, ``indexed`` says that the table finds it by its flow.
    """

    __slots__ = ("automaton", "data", "deadline", "flow", "indexed", "key", "running", "state", "wake_at")

    def __init__(self, automaton: Automaton, key: str, flow: Flow) -> None:
        self.automaton = automaton
        self.state = automaton.initial
        self.key = key
        self.flow = flow
        self.data = b""
        self.running: tuple[Running, ...] = ()
        self.deadline = NEVER
        self.wake_at = NEVER
        self.indexed = False

    @property
    def terminated(self) -> bool:
        return self.state is State.TERMINATED

    def __repr__(self) -> str:
        return f"<{self.automaton.name} {self.key} {self.state}>"


class ClientTransaction(Transaction):
    """A request of ours (RFC 3261 section 17.1); ``request`` is as it was sent, with our Via on top.

    ``cancelling`` are the headers a CANCEL is to carry (Reason), None while none is wanted. It is ``cancel_held`` until
    a provisional response allows it and ``cancelled`` once it is sent. ``private`` marks the CANCEL's own transaction,
    which the table keeps to itself.
    """

    __slots__ = ("cancel_held", "cancelled", "cancelling", "private", "request")

    def __init__(self, automaton: Automaton, key: str, flow: Flow, request: Request, *, private: bool = False) -> None:
        super().__init__(automaton, key, flow)
        self.request = request
        self.private = private
        self.cancelling: Sequence[tuple[str, str]] | None = None
        self.cancel_held = False
        self.cancelled = False


class ServerTransaction(Transaction):
    """A request of the peer (RFC 3261 section 17.2).

    ``request`` is None once the final response is sent: from then on only the encoded response is kept. ``local_to`` is
    the To of the last response. ``merge_key`` tells copies of one request on different paths (section 8.2.2.2), None
    inside a dialog.
    """

    __slots__ = ("_promised", "local_to", "merge_key", "request")

    def __init__(self, automaton: Automaton, key: str, flow: Flow, request: Request, merge_key: str | None) -> None:
        super().__init__(automaton, key, flow)
        self.request: Request | None = request
        self.merge_key = merge_key
        self.local_to: str | None = None
        self._promised: str | None = None

    def will_answer_with(self, tag: str) -> None:
        """The To tag that the responses will have: that of a CANCEL answered before them is the same (section 9.2)."""
        self._promised = tag

    @property
    def local_tag(self) -> str | None:
        """The To tag of our responses, None as long as none has one."""
        said = NameAddr.parse(self.local_to).tag if self.local_to else None
        return said or self._promised
