"""Who watches what: finds what a SUBSCRIBE means, and tells phones when that stands otherwise.

A change costs by the number of those who watch: it looks up its key in one table, and where nobody is found there, that
was all. Nothing polls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from engine.dialplan.account import Account
from engine.events import CallEvent, MailboxChanged
from engine.numbering import Numbering
from engine.office.messages import Count
from engine.office.office import Offices
from engine.watching.dialog_info import DialogInfo
from engine.watching.message_summary import MessageSummary
from engine.watching.package import Key, Package, Place, Seen
from engine.watching.presence_info import PresenceInfo
from sip.dialog.subscribed import Subscription
from sip.dialog.subscriptions import SubscriptionTable
from sip.gate import Refuse
from sip.message.values import Uri
from sip.notifier import Wish
from sip.rim.flows import is_address

PACKAGES: tuple[Package, ...] = (DialogInfo(), MessageSummary(), PresenceInfo())
A_TURN = 200
"""So many subscriptions are looked at in one turn of the event loop after a reload."""


@dataclass(slots=True, eq=False)
class Watch:
    """One subscription: what it sees, and how that stood when its phone was last told."""

    subscription: Subscription
    package: Package
    account: str
    seen: Seen | None = None
    told: Hashable = None


@dataclass(frozen=True, slots=True)
class Around:
    """What watching needs of the engine. ``drain`` sends what is to be sent, ``now`` is monotonic seconds."""

    subscriptions: SubscriptionTable
    offices: Offices
    numbering: Callable[[], Numbering]
    is_registered: Callable[[str], bool]
    waiting: Callable[[str, str], Count]
    now: Callable[[], float]
    drain: Callable[[], None]


class Watching:
    """The engine's ``sip.notifier.Notifier``; to be made in a running loop."""

    def __init__(self, around: Around) -> None:
        self.packages: Mapping[str, str] = {package.event: package.content_type for package in PACKAGES}
        self._packages = {package.event: package for package in PACKAGES}
        self._around = around
        self._loop = asyncio.get_running_loop()
        self._watches: dict[Subscription, Watch] = {}
        self._watchers: dict[tuple[str, Key], dict[Watch, None]] = {}
        self._heard: set[str] = set()
        self._draining = False
        around.subscriptions.notifier = self

    # --- the notifier -----------------------------------------------------------------------------------------------

    def refusal(self, wish: Wish) -> Refuse | None:
        account, person = self._watcher(wish)
        if account is None or person is None or _is_elsewhere(wish.uri, account, self._around.numbering()):
            return Refuse(403, "Not Yours To Watch")
        package = self._packages[wish.event]
        if package.find(self._place(account), person, number_of(wish.uri)) is None:
            return Refuse(404)
        return None

    def began(self, subscription: Subscription) -> None:
        account = subscription.wish.identity.rpartition("@")[2]
        found = self._around.numbering().by_domain(account)
        watch = Watch(subscription, self._packages[subscription.wish.event], found.key if found else "")
        self._watches[subscription] = watch
        self._look_again(watch)

    def ended(self, subscription: Subscription) -> None:
        watch = self._watches.pop(subscription, None)
        if watch is not None:
            self._turn_away(watch)

    def document(self, subscription: Subscription) -> bytes | None:
        watch = self._watches.get(subscription)
        if watch is None or watch.seen is None:
            return None
        watch.told = watch.seen.look()
        return watch.package.write(watch.told, entity_of(subscription.wish.uri), subscription.version)

    # --- what happens -----------------------------------------------------------------------------------------------

    def note(self, event: CallEvent) -> None:
        """A listener of the bus."""
        if isinstance(event, MailboxChanged):
            self._changed(event.account, ("mailbox", event.mailbox))

    def fact_changed(self, account: str, name: str) -> None:
        """Somebody has set something by phone or command; may be called from any thread."""
        if (account, ("fact", name)) in self._watchers:
            self._loop.call_soon_threadsafe(self._changed, account, ("fact", name))

    def phones_changed(self, aor: str) -> None:
        """A phone has registered, or is there no longer."""
        extension, _, domain = aor.rpartition("@")
        account = self._around.numbering().by_domain(domain)
        if account is not None:
            self._changed(account.key, ("phones", extension))

    def reloaded(self) -> None:
        """The dialplans are others: what is watched may be gone or mean something else, and so may who watches."""
        self._recheck(iter(tuple(self._watches.values())))

    def _recheck(self, left: Iterator[Watch]) -> None:
        some = list(islice(left, A_TURN))
        for watch in some:
            if watch.subscription in self._watches:
                self._look_again(watch)
                self._tell(watch)
        if some:
            self._drain_soon()
            self._loop.call_soon(self._recheck, left)

    def _changed(self, account: str, key: Key) -> None:
        watchers = self._watchers.get((account, key))
        if watchers:
            for watch in tuple(watchers):
                self._tell(watch)
            self._drain_soon()

    def _tell(self, watch: Watch) -> None:
        subscriptions, now = self._around.subscriptions, self._around.now()
        if watch.seen is None:
            subscriptions.close(watch.subscription, "noresource", now)
        elif watch.seen.look() != watch.told:
            subscriptions.changed(watch.subscription, now)

    def _drain_soon(self) -> None:
        """Once a turn of the loop, however much has changed in it."""
        if not self._draining:
            self._draining = True
            self._loop.call_soon(self._drain)

    def _drain(self) -> None:
        self._draining = False
        self._around.drain()

    # --- what is watched --------------------------------------------------------------------------------------------

    def _look_again(self, watch: Watch) -> None:
        """Find out anew what a subscription means."""
        self._turn_away(watch)
        account, person = self._watcher(watch.subscription.wish)
        if account is None or person is None:
            watch.seen = None
            return
        number = number_of(watch.subscription.wish.uri)
        watch.seen = watch.package.find(self._place(account), person, number)
        for key in watch.seen.keys if watch.seen is not None else ():
            self._watchers.setdefault((watch.account, key), {})[watch] = None

    def _turn_away(self, watch: Watch) -> None:
        for key in watch.seen.keys if watch.seen is not None else ():
            watchers = self._watchers[watch.account, key]
            del watchers[watch]
            if not watchers:
                del self._watchers[watch.account, key]

    def _watcher(self, wish: Wish) -> tuple[Account | None, str | None]:
        """The account and the person who watches, as far as they are there."""
        extension, _, domain = wish.identity.rpartition("@")
        account = self._around.numbering().by_domain(domain)
        return account, account.person_by_extension.get(extension) if account is not None else None

    def _place(self, account: Account) -> Place:
        around, key = self._around, account.key
        office = around.offices.of(key)
        if key not in self._heard:
            self._heard.add(key)
            office.extensions.on_change = lambda person: self._changed(key, ("person", person))
            office.slots.on_change = lambda slot: self._changed(key, ("slot", slot))
        return Place(
            account,
            office,
            lambda extension: around.is_registered(f"{extension}@{account.domain}"),
            lambda mailbox: around.waiting(key, mailbox),
        )


def number_of(uri: Uri) -> str:
    """What is watched, as it would be dialled."""
    return (uri.user or "").partition(";")[0]


def entity_of(uri: Uri) -> str:
    """The URI that a document is about: the one the phone asked for."""
    return str(Uri("sip", number_of(uri) or None, None, uri.host))


def _is_elsewhere(uri: Uri, account: Account, numbering: Numbering) -> bool:
    """Whether a URI's host names something other than the account."""
    named = numbering.by_domain(uri.host)
    if named is not None:
        return named.domain != account.domain
    return len(numbering.accounts) > 1 and not is_address(uri.host)
