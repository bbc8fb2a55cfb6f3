"""Runs the tables: feeds inputs and timers to transactions and carries out what the arrows say."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sip.message.build import ack_for_failure, response
from sip.message.envelope import Message, Request, Response
from sip.transaction.effects import (
    AckReceived,
    CancelReceived,
    Dropped,
    Effect,
    ResponseReceived,
    Send,
    TransactionEnded,
    TransactionFailed,
    TransactionTimedOut,
)
from sip.errors import DropReason
from sip.transaction.tables import INVITE_CLIENT, INVITE_SERVER, Action, Arrow, Input, Repeat, State
from sip.transaction.timers import NEVER, Timer, Timers, lengths
from sip.transaction.transaction import ClientTransaction, Running, ServerTransaction

AnyTransaction = ClientTransaction | ServerTransaction


class Machine:
    """The interpreter of the four automata; one for a whole table of transactions.

    It leaves what is to be sent and told in ``effects``, and in ``touched`` whose deadline or state has changed. Two
    things it cannot do itself: ``send_cancel`` starts the CANCEL's own transaction, ``forget`` takes an ended one out
    of the table.
    """

    def __init__(
        self,
        timers: Timers,
        *,
        send_cancel: Callable[[ClientTransaction, float], None],
        forget: Callable[[AnyTransaction], None],
    ) -> None:
        self.effects: list[Effect] = []
        self.touched: list[AnyTransaction] = []
        self._t2 = timers.t2
        self._send_cancel = send_cancel
        self._forget = forget
        self._lengths = {
            (reliable, invite): lengths(timers, reliable=reliable, invite=invite)
            for reliable in (False, True)
            for invite in (False, True)
        }
        self._do: dict[Action, Callable[[AnyTransaction, Message | None, float], None]] = {
            Action.SEND_REQUEST: self._repeat,
            Action.SEND_ACK: self._send_ack,
            Action.REPEAT_ACK: self._repeat,
            Action.HOLD_CANCEL: _hold_cancel,
            Action.RELEASE_CANCEL: self._release_cancel,
            Action.SEND_CANCEL: self._cancel,
            Action.SEND_RESPONSE: self._send_response,
            Action.REPEAT_RESPONSE: self._repeat,
            Action.SEND_TRYING: self._send_trying,
            Action.PASS_RESPONSE: self._pass_response,
            Action.PASS_ACK: self._pass_ack,
            Action.PASS_CANCEL: self._pass_cancel,
            Action.TELL_TIMED_OUT: self._tell_timed_out,
            Action.TELL_FAILED: self._tell_failed,
            Action.ABSORB: self._absorb,
        }

    def begin(self, transaction: AnyTransaction, now: float) -> None:
        """Bring a new transaction to life: the entry of its figure."""
        for action in transaction.automaton.first:
            self._do[action](transaction, None, now)
        self._start(transaction, transaction.automaton.start, now)

    def feed(self, transaction: AnyTransaction, on: Input | Timer, message: Message | None, now: float) -> bool:
        """Give a transaction an input; True if it has an arrow for it, False if that is ignored."""
        automaton = transaction.automaton
        arrow = automaton.moves.get((transaction.state, on))
        if arrow is None:
            ignored = automaton.ignored[transaction.state, on]
            if message is not None and ignored.drop is not None:
                self.effects.append(Dropped(ignored.drop, message))
            return False
        former, transaction.state = transaction.state, arrow.to
        for action in arrow.actions:
            self._do[action](transaction, message, now)
        if arrow.to is State.TERMINATED:
            self._end(transaction)
        elif transaction.state is arrow.to:
            self._set_timers(transaction, arrow, now, moved=former is not arrow.to)
        return True

    def fire(self, transaction: AnyTransaction, now: float) -> None:
        """Fire each timer of a transaction whose moment has come, the earliest first."""
        while transaction.deadline <= now:
            due = min(transaction.running)
            _run(transaction, tuple(running for running in transaction.running if running is not due))
            arrow = transaction.automaton.moves[transaction.state, due[1]]
            self.feed(transaction, due[1], None, now)
            if arrow.repeat is not None and not transaction.terminated:
                length = self._t2 if arrow.repeat is Repeat.T2 else due[2] * 2
                if arrow.repeat is Repeat.DOUBLE_TO_T2:
                    length = min(length, self._t2)
                _run(transaction, (*transaction.running, (now + length, due[1], length)))
        self.touched.append(transaction)

    # --- timers ---

    def _set_timers(self, transaction: AnyTransaction, arrow: Arrow, now: float, *, moved: bool) -> None:
        if moved:
            moves = transaction.automaton.moves
            if arrow.to not in transaction.automaton.repeats:
                transaction.data = b""
            _run(transaction, tuple(r for r in transaction.running if (arrow.to, r[1]) in moves))
            self.touched.append(transaction)
        if arrow.stop:
            _run(transaction, tuple(r for r in transaction.running if r[1] not in arrow.stop))
        if arrow.start:
            self._start(transaction, arrow.start, now)

    def _start(self, transaction: AnyTransaction, timers: tuple[Timer, ...], now: float) -> None:
        automaton = transaction.automaton
        invite = automaton is INVITE_SERVER or automaton is INVITE_CLIENT
        table = self._lengths[transaction.flow.reliable, invite]
        running = tuple(r for r in transaction.running if r[1] not in timers) if transaction.running else ()
        for timer in timers:
            length = table[timer]
            if length == 0:
                self.feed(transaction, timer, None, now)
                return
            if length is not None:
                running = (*running, (now + length, timer, length))
        _run(transaction, running)
        self.touched.append(transaction)

    def _end(self, transaction: AnyTransaction) -> None:
        _run(transaction, ())
        transaction.data = b""
        self.touched.append(transaction)
        self._forget(transaction)
        if not _private(transaction):
            self.effects.append(TransactionEnded(transaction))

    # --- actions: what the words of tables.Action mean ---

    def _repeat(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        if transaction.data:
            self.effects.append(Send(transaction.data, transaction.flow))

    def _send_ack(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        client = cast(ClientTransaction, transaction)
        transaction.data = ack_for_failure(client.request, cast(Response, message)).encode()
        self._repeat(transaction, None, now)

    def _release_cancel(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        if cast(ClientTransaction, transaction).cancelling is not None:
            self.feed(transaction, Input.CANCEL_WANTED, None, now)

    def _cancel(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        client = cast(ClientTransaction, transaction)
        if not client.cancelled:
            client.cancelled = True
            self._send_cancel(client, now)

    def _send_response(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        server, answer = cast(ServerTransaction, transaction), cast(Response, message)
        data = answer.encode()
        self.effects.append(Send(data, server.flow))
        server.local_tag = answer.to_tag or server.local_tag
        if server.state in server.automaton.repeats:
            server.data = data
        if answer.status >= 200:
            server.request = None

    def _send_trying(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        server = cast(ServerTransaction, transaction)
        transaction.data = response(cast(Request, server.request), 100).encode()
        self._repeat(transaction, None, now)

    def _pass_response(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        client = cast(ClientTransaction, transaction)
        if not client.private:
            self.effects.append(ResponseReceived(cast(Response, message), client))

    def _pass_ack(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        self.effects.append(AckReceived(cast(Request, message), transaction.flow))

    def _pass_cancel(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        self.effects.append(CancelReceived(cast(ServerTransaction, transaction), cast(Request, message)))

    def _tell_timed_out(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        if not _private(transaction):
            self.effects.append(TransactionTimedOut(transaction))

    def _tell_failed(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        if not _private(transaction):
            self.effects.append(TransactionFailed(transaction))

    def _absorb(self, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        self.effects.append(Dropped(DropReason.RETRANSMISSION, cast(Message, message)))


def _hold_cancel(transaction: AnyTransaction, message: Message | None, now: float) -> None:
    """Nothing to do yet: ``cancelling`` is set, and the first provisional response releases it (section 9.1)."""


def _run(transaction: AnyTransaction, running: tuple[Running, ...]) -> None:
    transaction.running = running
    transaction.deadline = min(running)[0] if running else NEVER


def _private(transaction: AnyTransaction) -> bool:
    return isinstance(transaction, ClientTransaction) and transaction.private
