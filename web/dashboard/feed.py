"""What viewers are sent: the pieces of a page that change, each with the version in which it last did.

All who look at an account in one language share a feed: pieces are made once for all of them, and two changes are
MERGE_SECONDS apart at least. Who comes late, or reads slowly, gets what has changed since the version they have.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from engine.control.messages import CallOver, LookAgain, MailboxNews, News, PlansNews
from web.dashboard.live import Live
from web.dashboard.people import Crowd
from web.dashboard.view import Sight, View, calls_shown
from web.shell.languages import catalogues
from web.shell.rendering import environment

log = structlog.get_logger()

MERGE_SECONDS: Final = 1.0
RECORDED_SECONDS: Final = 1.5
"""How long it takes until a call that is over is found in the database."""
PIECES: Final = "dashboard/pieces.html"
NO_ZONE: Final = "UTC"


MADE_OF: Final[Mapping[str, Callable[[View], object]]] = {
    "running": lambda view: view.running,
    "figures": lambda view: (view.ready, len(view.people), view.all_calls, view.messages),
    "calls": lambda view: (view.calls, view.all_calls),
    "last": lambda view: view.last,
    "warnings": lambda view: (view.known, view.plan is None),
}
"""The pieces that are there once, each with what it is made of."""


class Maker:
    """Makes the pieces of a page, as far as what they are made of is not what it was the time before."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._zone = ""
        self._macros: Any = None
        self._made_of: dict[str, object] = {}

    def changed(self, view: View) -> dict[str, str]:
        """Those that may be others than before, by the ids of their elements."""
        self._speak(str(view.plan.info.timezone) if view.plan is not None else NO_ZONE)
        wanted: dict[str, tuple[object, str, object]] = {
            f"live-{name}": (of(view), name, view) for name, of in MADE_OF.items()
        }
        wanted |= {f"state-{person.extension}": (person, "state", person) for person in view.people}
        return {
            element: str(getattr(self._macros, macro)(value))
            for element, (made_of, macro, value) in wanted.items()
            if self._is_new(element, made_of)
        }

    def _is_new(self, element: str, made_of: object) -> bool:
        if element in self._made_of and self._made_of[element] == made_of:
            return False
        self._made_of[element] = made_of
        return True

    def _speak(self, zone: str) -> None:
        if zone != self._zone:
            self._zone = zone
            context = {"catalogue": catalogues()[self._language], "language": self._language, "zone": zone}
            self._macros = environment().get_template(PIECES).make_module(context)
            self._made_of.clear()


class Feed:
    """The pieces of one account in one language, by the id of the element they fill."""

    def __init__(self, language: str) -> None:
        self.version = 0
        self._maker = Maker(language)
        self._pieces: dict[str, str] = {}
        self._changed: dict[str, int] = {}
        self._written: dict[int, bytes] = {}

    def show(self, view: View) -> bool:
        """Make the pieces of a view; whether any is another than before."""
        return self.put(self._maker.changed(view))

    def put(self, pieces: Mapping[str, str]) -> bool:
        """Take pieces as they are now; whether any is another than before."""
        changed = [name for name, piece in pieces.items() if self._pieces.get(name) != piece]
        if not changed:
            return False
        self.version += 1
        self._written.clear()
        for name in changed:
            self._pieces[name], self._changed[name] = pieces[name], self.version
        return True

    def since(self, version: int) -> bytes:
        """What has changed after a version, as one server-sent event."""
        if version not in self._written:
            pieces = {name: self._pieces[name] for name, changed in self._changed.items() if changed > version}
            self._written[version] = event("pieces", json.dumps(pieces, ensure_ascii=False))
        return self._written[version]


def event(name: str, data: str) -> bytes:
    """A server-sent event; the data is one line."""
    return f"event: {name}\ndata: {data}\n\n".encode()


class AccountFeed:
    """All feeds of an account, kept up to date as long as somebody looks."""

    def __init__(self, account: str, sight: Sight, live: Live) -> None:
        self.account = account
        self.viewers = 0
        self.outdated = 0
        """How often the page as a whole has become another one, as other people are in the plan."""
        self._sight = sight
        self._live = live
        self._view = View(account)
        self._crowd = Crowd()
        self._feeds: dict[str, Feed] = {}
        self._lookers: set[Callable[[], None]] = set()
        self._dirty = asyncio.Event()
        self._look_at_plan = self._look_at_records = self._look_at_messages = True
        self._loop = asyncio.get_running_loop()
        self._undo = live.listen(self._take)
        self._task = self._loop.create_task(self._keep(), name=f"feed of {account}")

    def close(self) -> None:
        self._undo()
        self._task.cancel()

    def feed(self, language: str) -> Feed:
        """The feed in a language; its pieces come with the next look."""
        if language not in self._feeds:
            self._feeds[language] = Feed(language)
            self._dirty.set()
        return self._feeds[language]

    def watch(self, looker: Callable[[], None]) -> Callable[[], None]:
        """Have somebody told of each change of any piece, until what is returned is called."""
        self._lookers.add(looker)
        return lambda: self._lookers.discard(looker)

    def checked(self) -> None:
        """The plan's findings are there: may be called from any thread."""
        self._loop.call_soon_threadsafe(self._dirty.set)

    def _take(self, account: str | None, news: News) -> None:
        if account not in (None, self.account):
            return
        match news:
            case PlansNews():
                self._look_at_plan = True
            case CallOver():
                self._loop.call_later(RECORDED_SECONDS, self._records_changed)
            case MailboxNews():
                self._look_at_messages = True
            case LookAgain():
                self._look_at_plan = self._look_at_records = self._look_at_messages = True
            case _:
                pass
        self._dirty.set()

    def _records_changed(self) -> None:
        self._look_at_records = self._look_at_messages = True
        self._dirty.set()

    async def _keep(self) -> None:
        """Make what has changed anew, again and again."""
        await self._live.known.wait()
        self._dirty.set()
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            try:
                await self._look()
                self._make()
            except Exception:
                log.exception("the live view of an account could not be made", account=self.account)
            await asyncio.sleep(MERGE_SECONDS)

    def _make(self) -> None:
        changed = False
        for feed in self._feeds.values():
            changed |= feed.show(self._view)
        if changed:
            self._tell()

    def _tell(self) -> None:
        for looker in tuple(self._lookers):
            looker()

    async def _look(self) -> None:
        before = self._view
        if self._look_at_plan or self._look_at_records or self._look_at_messages:
            self._view = await asyncio.to_thread(self._looked_up, before)
        now = self._live.of(self.account)
        phones = [phone for theirs in now.phones.values() for phone in theirs]
        people = self._crowd.now(self._view.plan, phones, now.calls.values())
        calls, number = calls_shown(self._view.plan, now.calls.values())
        if before.plan is not None and [each.key for each in before.people] != [each.key for each in people]:
            self.outdated += 1
        self._view = dataclasses.replace(
            self._view,
            running=self._live.running,
            people=people,
            calls=calls,
            all_calls=number,
            known=self._sight.checks.of(self.account),
        )

    def _looked_up(self, view: View) -> View:
        """The parts of a view that wait for files or the database."""
        if self._look_at_plan:
            self._look_at_plan = False
            view = dataclasses.replace(view, plan=self._sight.plan(self.account))
        if self._look_at_records:
            self._look_at_records = False
            view = dataclasses.replace(view, last=self._sight.last(self.account, view.plan))
        if self._look_at_messages:
            self._look_at_messages = False
            view = dataclasses.replace(view, messages=self._sight.messages(self.account))
        return view
