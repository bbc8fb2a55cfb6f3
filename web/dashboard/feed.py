"""What viewers are sent: the pieces of a page that change, each with the version in which it last did.

All who look at an account in one language share a feed: pieces are made once for all of them, and two changes are
MERGE_SECONDS apart at least. Who comes late, or reads slowly, gets what has changed since the version they have.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from typing import Final

import structlog

from engine.control.messages import CallOver, LookAgain, MailboxNews, News, PlansNews
from web.dashboard.live import Live
from web.dashboard.view import Sight, View, happening_shown
from web.shell.languages import catalogues
from web.shell.rendering import environment

log = structlog.get_logger()

MERGE_SECONDS: Final = 0.5
RECORDED_SECONDS: Final = 1.5
"""How long it takes until a call that is over is found in the database."""
PIECES: Final = "dashboard/pieces.html"
NO_ZONE: Final = "UTC"


class Feed:
    """The pieces of one account in one language, by the id of the element they fill."""

    def __init__(self) -> None:
        self.version = 0
        self._pieces: dict[str, str] = {}
        self._changed: dict[str, int] = {}
        self._written: dict[int, bytes] = {}

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
        self._feeds: dict[str, Feed] = {}
        self._waiting: set[asyncio.Future[None]] = set()
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
            self._feeds[language] = Feed()
            self._dirty.set()
        return self._feeds[language]

    def changed(self) -> asyncio.Future[None]:
        """Done at the next change of any piece."""
        waiting = self._loop.create_future()
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)
        return waiting

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
        for language, feed in self._feeds.items():
            changed |= feed.put(pieces_of(self._view, language))
        if changed:
            self._tell()

    def _tell(self) -> None:
        for waiting in tuple(self._waiting):
            if not waiting.done():
                waiting.set_result(None)

    async def _look(self) -> None:
        before = self._view
        if self._look_at_plan or self._look_at_records or self._look_at_messages:
            self._view = await asyncio.to_thread(self._looked_up, before)
        now = self._live.of(self.account)
        phones = [phone for theirs in now.phones.values() for phone in theirs]
        people, calls, number = happening_shown(self._view.plan, phones, now.calls.values())
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


def pieces_of(view: View, language: str) -> dict[str, str]:
    """The pieces of a page, by the ids that its elements have."""
    zone = str(view.plan.info.timezone) if view.plan is not None else NO_ZONE
    context = {"catalogue": catalogues()[language], "language": language, "zone": zone}
    made = environment().get_template(PIECES).make_module(context)
    pieces = {name: str(getattr(made, name)(view)) for name in ("running", "figures", "calls", "last", "warnings")}
    states = {f"state-{each.extension}": str(made.state(each)) for each in view.people}  # type: ignore[attr-defined]
    return {f"live-{name}": piece for name, piece in pieces.items()} | states
