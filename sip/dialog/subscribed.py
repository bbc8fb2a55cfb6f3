"""One subscription to something of ours: runs the table of ``subscription`` and sends its NOTIFYs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sip.dialog.dialog import Dialog
from sip.dialog.subscription import MOVES, OVER, Action, Input, State
from sip.flow import Flow
from sip.message.build import new_tag
from sip.message.envelope import Request, Response, parse_delta_seconds
from sip.message.values import NameAddr, Uri
from sip.notifier import Wish
from sip.transaction.timers import NEVER

if TYPE_CHECKING:
    from sip.dialog.subscriptions import SubscriptionTable

RESTART_STEP: Final = 100_000
"""So much higher is the CSeq after a restart: no phone can have seen it, though only SUBSCRIBEs are kept."""
LONGEST_RETRY_AFTER: Final = 60
"""Seconds that a phone may have its next NOTIFY wait by Retry-After."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A subscription as a store keeps it. ``expires_at`` is seconds since 1970."""

    wish: Wish
    call_id: str
    local: NameAddr
    remote: NameAddr
    target: Uri
    flow: Flow
    expires_at: float
    local_cseq: int
    remote_cseq: int
    routes: tuple[NameAddr, ...] = ()
    instance: str | None = None

    @property
    def key(self) -> str:
        """Our tag, which no other has."""
        return self.local.tag or ""


class Subscription:
    """``flow`` is where its peer last proved to be, ``instance`` its device as the Contact names it (RFC 5626).

    ``reason`` is why it ends, for Subscription-State. Moments are monotonic seconds.
    """

    __slots__ = (
        "again_at",
        "deadline",
        "dialog",
        "expires_at",
        "flow",
        "instance",
        "reason",
        "state",
        "table",
        "wake_at",
        "wish",
    )

    def __init__(
        self,
        table: SubscriptionTable,
        wish: Wish,
        dialog: Dialog,
        flow: Flow,
        expires_at: float,
        *,
        instance: str | None = None,
        state: State = State.ACTIVE,
    ) -> None:
        self.table = table
        self.wish = wish
        self.dialog = dialog
        self.flow = flow
        self.expires_at = expires_at
        self.instance = instance
        self.state = state
        self.reason = ""
        self.again_at = NEVER
        self.deadline = NEVER
        self.wake_at = NEVER

    @classmethod
    def of_request(
        cls, table: SubscriptionTable, wish: Wish, request: Request, flow: Flow, expires_at: float
    ) -> Subscription:
        """The one a SUBSCRIBE begins. Raises ProtocolError if it can make no dialog."""
        dialog = Dialog.of_request(request, new_tag())
        return cls(table, wish, dialog, flow, expires_at, instance=instance_of(request))

    @classmethod
    def of_kept(cls, table: SubscriptionTable, kept: Kept, expires_at: float) -> Subscription:
        """The one that a store has kept."""
        dialog = Dialog(
            kept.call_id,
            kept.local,
            kept.remote,
            kept.target,
            kept.routes,
            local_cseq=kept.local_cseq + RESTART_STEP,
            remote_cseq=kept.remote_cseq,
        )
        return cls(table, kept.wish, dialog, kept.flow, expires_at, instance=kept.instance, state=State.WAITING)

    def kept(self, epoch: float) -> Kept:
        """As a store keeps it; ``epoch`` is the wall clock minus ours."""
        dialog = self.dialog
        return Kept(
            self.wish,
            dialog.call_id,
            dialog.local,
            dialog.remote,
            dialog.target,
            self.flow,
            self.expires_at + epoch,
            dialog.local_cseq,
            dialog.remote_cseq or 0,
            dialog.routes,
            self.instance,
        )

    @property
    def over(self) -> bool:
        """True once it takes no SUBSCRIBE any more."""
        return self.state in OVER

    @property
    def version(self) -> int:
        """How many NOTIFYs went before the one being written, for documents that count (RFC 4235 section 4.1)."""
        return self.dialog.local_cseq

    # --- time -------------------------------------------------------------------------------------------------------

    def handle_timer(self, now: float) -> None:
        """Do what is due: the NOTIFY that had to wait, or the end."""
        if self.expires_at <= now:
            self.feed(Input.EXPIRED, now, "timeout")
        elif self.again_at <= now:
            self.feed(Input.DUE, now)
        self.set_deadline()

    def set_deadline(self) -> None:
        """To be called whenever something that waits has changed."""
        waits = self.again_at if self.state is State.WAITING else NEVER
        self.deadline = NEVER if self.over else min(self.expires_at, waits)
        self.table.wake(self)

    # --- the table's interpreter ------------------------------------------------------------------------------------

    def feed(self, on: Input, now: float, reason: str = "") -> None:
        """Give it an input; nothing happens where the table ignores that."""
        arrow = MOVES.get((self.state, on))
        if arrow is None:
            return
        self.reason = self.reason or reason
        for action in arrow.actions:
            self._perform(action, now)
        self.state = arrow.to
        if arrow.to is State.ENDED:
            self.table.forget(self)
        self.set_deadline()

    def _perform(self, action: Action, now: float) -> None:
        match action:
            case Action.KEEP:
                self.table.keep(self)
            case Action.SEND:
                self._send(f"active;expires={max(0, round(self.expires_at - now))}", now)
            case Action.SEND_LAST:
                self._send(f"terminated;reason={self.reason}", now)

    def _send(self, stands: str, now: float) -> None:
        document = self.table.notifier.document(self)
        event = self.wish.event + (f";id={self.wish.event_id}" if self.wish.event_id else "")
        notify = self.dialog.make(
            "NOTIFY",
            contact=self.table.around.contact(self.flow),
            headers=[("Event", event), ("Subscription-State", stands)],
            body=document or b"",
            content_type=self.table.notifier.packages.get(self.wish.event) if document else None,
        )
        self.table.around.send_request(notify, self.flow, self._on_response, now)

    def _on_response(self, answer: Response | None, status: int, now: float) -> None:
        if status < 200:
            return
        if status < 300:
            self.feed(Input.TAKEN, now)
        elif answer is None and status == 503:
            self.feed(Input.NO_WAY, now)
        elif answer is not None and (wait := answer.header("Retry-After")) is not None:
            seconds = parse_delta_seconds(wait.partition(";")[0].partition("(")[0].strip()) or 1
            self.again_at = now + min(seconds, LONGEST_RETRY_AFTER)
            self.feed(Input.TOO_EARLY, now)
        else:
            self.feed(Input.GONE, now)


def instance_of(request: Request) -> str | None:
    """The device a Contact names, if it does."""
    contacts = request.contacts
    return (contacts[0].param("+sip.instance") or None) if contacts else None
