"""All subscriptions to what is ours: finds the one a SUBSCRIBE belongs to, bounds them, and outlives restarts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sip.dialog.dialog import DialogKey
from sip.dialog.matching import SessionTable
from sip.dialog.subscribed import Kept, Subscription
from sip.dialog.subscription import Input
from sip.flow import Flow
from sip.message.envelope import Request
from sip.message.values import Uri
from sip.notifier import NothingToWatch, Notifier
from sip.transaction.timers import Deadlines

GRACE: Final = 10.0
"""Seconds that a subscription lasts beyond what the phone was told, so that a refresh at the last moment finds it."""
RESTORED_A_SECOND: Final = 1000
"""So many subscriptions are told anew in a second after a restart."""


@dataclass(frozen=True, slots=True)
class SubscriptionLimits:
    """Seconds a subscription may last: below ``minimum`` it is refused with 423, above ``maximum`` cut.

    Beyond ``per_person`` the oldest of that person ends; beyond ``per_source`` (an office behind one router) or
    ``in_all`` further ones are refused with 503.
    """

    minimum: int = 60
    maximum: int = 3600
    default: int = 3600
    per_person: int = 400
    per_source: int = 25_000
    in_all: int = 50_000


class SubscriptionStore(Protocol):
    """Keeps subscriptions over a restart. ``save`` keeps one, or none, under its key; it must not block."""

    def load(self) -> Iterable[Kept]: ...

    def save(self, key: str, kept: Kept | None) -> None: ...


class Place(Protocol):
    """Where a phone is at the moment (``sip.bindings.Binding``)."""

    @property
    def contact(self) -> Uri: ...

    @property
    def flow(self) -> Flow: ...

    @property
    def instance(self) -> str | None: ...


class Forgetful:
    """A store that keeps nothing."""

    def load(self) -> Iterable[Kept]:
        return ()

    def save(self, key: str, kept: Kept | None) -> None: ...


class SubscriptionTable:
    """``around`` sends, ``lookup`` gives the phones of an address-of-record. ``notifier`` and ``store`` are set by the
    engine before anybody subscribes.
    """

    def __init__(self, around: SessionTable, lookup: Callable[[str, float], Sequence[Place]]) -> None:
        self.around = around
        self.notifier: Notifier = NothingToWatch()
        self.store: SubscriptionStore = Forgetful()
        self.limits = SubscriptionLimits()
        self.waiting: Deadlines[Subscription] = Deadlines()
        self._lookup = lookup
        self._dialogs: dict[DialogKey, Subscription] = {}
        self._of_person: dict[str, dict[Subscription, None]] = {}
        self._of_source: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._dialogs)

    def of(self, identity: str) -> tuple[Subscription, ...]:
        """What somebody watches, from any of their phones."""
        return tuple(self._of_person.get(identity, ()))

    def find(self, request: Request) -> Subscription | None:
        """The one a SUBSCRIBE within a dialog means."""
        found = self._dialogs.get((request.call_id, request.to_tag or "", request.from_tag or ""))
        return None if found is None or found.over else found

    # --- beginning and ending ---------------------------------------------------------------------------------------

    def full(self, source: str, identity: str) -> bool:
        """Whether no more can be taken from this address, or from any; or those of this person that end as they make
        room for others have not all been told so."""
        limits = self.limits
        return (
            len(self._dialogs) >= limits.in_all
            or self._of_source[source] >= limits.per_source
            or len(self._of_person.get(identity, ())) >= 2 * limits.per_person
        )

    def add(self, subscription: Subscription, now: float) -> None:
        """A new one. The oldest of its person makes room for it if need be: a phone that restarts again and again would
        lock itself out."""
        mine = self._of_person.setdefault(subscription.wish.identity, {})
        for oldest in tuple(mine)[: max(0, len(mine) - self.limits.per_person + 1)]:
            oldest.feed(Input.CLOSED, now, "rejected")
        self._enter(subscription)

    def _enter(self, subscription: Subscription) -> None:
        self._dialogs[subscription.dialog.key] = subscription
        self._of_person.setdefault(subscription.wish.identity, {})[subscription] = None
        self._count(subscription, 1)
        self.notifier.began(subscription)
        subscription.set_deadline()

    def forget(self, subscription: Subscription) -> None:
        """It is over."""
        if self._dialogs.pop(subscription.dialog.key, None) is None:
            return
        mine = self._of_person[subscription.wish.identity]
        mine.pop(subscription, None)
        if not mine:
            del self._of_person[subscription.wish.identity]
        self._count(subscription, -1)
        self.store.save(subscription.dialog.local.tag or "", None)
        self.notifier.ended(subscription)

    def keep(self, subscription: Subscription) -> None:
        """Let it outlive the process."""
        kept = subscription.kept(self.around.config.epoch)
        self.store.save(kept.key, kept)

    def restore(self, now: float) -> set[Flow]:
        """Take up what the store has kept; each is told anew how things stand, in turn. Where their phones are."""
        epoch = self.around.config.epoch
        for number, kept in enumerate(self.store.load()):
            if kept.expires_at - epoch <= now or len(self._dialogs) >= self.limits.in_all:
                self.store.save(kept.key, None)
                continue
            subscription = Subscription.of_kept(self, kept, kept.expires_at - epoch)
            subscription.again_at = now + number / RESTORED_A_SECOND
            self._enter(subscription)
        return {subscription.flow for subscription in self._dialogs.values()}

    # --- what happens -----------------------------------------------------------------------------------------------

    def changed(self, subscription: Subscription, now: float) -> None:
        """What it watches stands otherwise than it was told."""
        subscription.feed(Input.CHANGED, now)

    def close(self, subscription: Subscription, reason: str, now: float) -> None:
        """End it, with a reason of RFC 6665 section 4.1.3."""
        subscription.feed(Input.CLOSED, now, reason)

    def move(self, subscription: Subscription, flow: Flow) -> None:
        """Its peer has proved to be somewhere else."""
        self._count(subscription, -1)
        subscription.flow = flow
        self._count(subscription, 1)

    def reachable(self, identity: str, now: float) -> None:
        """A phone of this person has registered: what it watches goes over the way that the REGISTER came by."""
        mine = self._of_person.get(identity)
        if not mine:
            return
        bindings = self._lookup(identity, now + self.around.config.epoch)
        for subscription in tuple(mine):
            target, instance = subscription.dialog.target, subscription.instance
            ways = [
                binding.flow
                for binding in bindings
                if binding.contact == target or (instance is not None and binding.instance == instance)
            ]
            if ways:
                if subscription.flow not in ways:
                    self.move(subscription, ways[0])
                subscription.feed(Input.REACHABLE, now)

    # --- time -------------------------------------------------------------------------------------------------------

    def wake(self, subscription: Subscription) -> None:
        self.waiting.note((subscription,))

    def handle_timer(self, now: float) -> None:
        """Do all that is due at ``now``."""
        for subscription in self.waiting.due(now):
            subscription.handle_timer(now)

    def _count(self, subscription: Subscription, by: int) -> None:
        source = subscription.flow.remote[0]
        self._of_source[source] += by
        if not self._of_source[source]:
            del self._of_source[source]
