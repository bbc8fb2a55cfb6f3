"""Runs the tables: feeds inputs and timers to transactions and carries out what the arrows say."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sip.errors import DropReason
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
        self.kept = 0
        self._t2 = timers.t2
        self._send_cancel = send_cancel
        self._forget = forget
        self._lengths = {
            (reliable, invite): lengths(timers, reliable=reliable, invite=invite)
            for reliable in (False, True)
            for invite in (False, True)
        }

    def begin(self, transaction: AnyTransaction, now: float) -> None:
        """Bring a new transaction to life: the entry of its figure."""
        for action in transaction.automaton.first:
            self._perform(action, transaction, None, now)
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
            self._perform(action, transaction, message, now)
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
                self.keep(transaction, b"")
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
        self.keep(transaction, b"")
        self.touched.append(transaction)
        self._forget(transaction)
        if isinstance(transaction, ClientTransaction):
            self._tell(transaction, TransactionEnded(transaction))
        else:
            self.effects.append(TransactionEnded(transaction))

    # --- actions: what the words of tables.Action mean ---

    def _perform(self, action: Action, transaction: AnyTransaction, message: Message | None, now: float) -> None:
        if isinstance(transaction, ServerTransaction):
            self._perform_as_server(action, transaction, message)
        else:
            self._perform_as_client(action, transaction, message, now)

    def _perform_as_server(self, action: Action, transaction: ServerTransaction, message: Message | None) -> None:
        match action:
            case Action.SEND_RESPONSE:
                self._send_response(transaction, cast(Response, message))
            case Action.SEND_TRYING:
                self.keep(transaction, response(cast(Request, transaction.request), 100).encode())
                self._repeat(transaction)
            case Action.REPEAT_RESPONSE:
                self._repeat(transaction)
            case Action.ABSORB:
                self.effects.append(Dropped(DropReason.RETRANSMISSION, cast(Request, message)))
            case Action.PASS_ACK:
                self.effects.append(AckReceived(cast(Request, message), transaction.flow))
            case Action.PASS_CANCEL:
                self.effects.append(CancelReceived(transaction, cast(Request, message)))
            case Action.TELL_TIMED_OUT:
                self.effects.append(TransactionTimedOut(transaction))
            case Action.TELL_FAILED:
                self.effects.append(TransactionFailed(transaction))

    def _perform_as_client(
        self, action: Action, transaction: ClientTransaction, message: Message | None, now: float
    ) -> None:
        match action:
            case Action.SEND_REQUEST | Action.REPEAT_ACK:
                self._repeat(transaction)
            case Action.PASS_RESPONSE:
                self._tell(transaction, ResponseReceived(cast(Response, message), transaction))
            case Action.SEND_ACK:
                self.keep(transaction, ack_for_failure(transaction.request, cast(Response, message)).encode())
                self._repeat(transaction)
            case Action.ABSORB:
                self.effects.append(Dropped(DropReason.RETRANSMISSION, cast(Response, message)))
            case Action.HOLD_CANCEL:
                transaction.cancel_held = True
            case Action.RELEASE_CANCEL:
                if transaction.cancel_held:
                    self.feed(transaction, Input.CANCEL_WANTED, None, now)
            case Action.SEND_CANCEL:
                if not transaction.cancelled:
                    transaction.cancelled = True
                    self._send_cancel(transaction, now)
            case Action.TELL_TIMED_OUT:
                self._tell(transaction, TransactionTimedOut(transaction))
            case Action.TELL_FAILED:
                self._tell(transaction, TransactionFailed(transaction))

    def _repeat(self, transaction: AnyTransaction) -> None:
        """Send what is kept; nothing is, while an INVITE has had no response yet."""
        if transaction.data:
            self.effects.append(Send(transaction.data, transaction.flow))

    def _send_response(self, transaction: ServerTransaction, answer: Response) -> None:
        data = answer.encode()
        self.effects.append(Send(data, transaction.flow))
        transaction.local_to = answer.header("To")
        if transaction.state in transaction.automaton.repeats:
            self.keep(transaction, data)
        if answer.status >= 200:
            transaction.request = None

    def keep(self, transaction: AnyTransaction, data: bytes) -> None:
        """Let ``data`` be what the transaction repeats; ``kept`` counts the bytes of all."""
        self.kept += len(data) - len(transaction.data)
        transaction.data = data

    def _tell(self, transaction: ClientTransaction, news: Effect) -> None:
        if not transaction.private:
            self.effects.append(news)


def _run(transaction: AnyTransaction, running: tuple[Running, ...]) -> None:
    transaction.running = running
    transaction.deadline = min(running)[0] if running else NEVER
