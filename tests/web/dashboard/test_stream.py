"""The live view: one connection to the engine for all who look, who see calls and phones as they change."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from engine.control.door import Door
from engine.control.messages import CallNews
from engine.events import Bridged, CallEnded, CallOffered, MailboxChanged, NodeEntered, Ringing, Side, Verdict
from engine.store.records import CallRecord
from tests.watched_house import House
from tests.web.browsing import Browser
from tests.web.dashboard.conftest import signed_in_as
from web.app import guarded
from web.dashboard import feed as feed_room
from web.dashboard import reach, stream
from web.dashboard.feed import MERGE_SECONDS
from web.shell.visitor import Visitor

WAIT = 20.0


class Viewer:
    """A browser that looks at the live view. ``shown`` is what stands in each element now."""

    def __init__(self, app: FastAPI, language: str = "en") -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self.events: list[str] = []
        self.times: list[float] = []
        self._closed = asyncio.Event()
        self._asked = False
        self._news = asyncio.Event()
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/dashboard/live",
            "raw_path": b"/dashboard/live",
            "query_string": b"",
            "scheme": "http",
            "http_version": "1.1",
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 8080),
            "headers": [(b"host", b"localhost:8080"), (b"accept-language", language.encode())],
        }
        self.task = asyncio.create_task(guarded(app)(scope, self._receive, self._send))  # type: ignore[arg-type]

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._closed.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            for block in message["body"].decode().split("\n\n"):
                self._take(block)
        self._news.set()

    def _take(self, block: str) -> None:
        name, _, data = block.partition("\n")
        if name == "event: pieces":
            self.shown.update(json.loads(data.removeprefix("data: ")))
            self.times.append(time.monotonic())
        if name:
            self.events.append(name)

    async def sees(self, element: str, text: str) -> None:
        async with asyncio.timeout(WAIT):
            while text not in self.shown.get(element, ""):
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        self._closed.set()
        await asyncio.wait_for(self.task, WAIT)


@contextlib.asynccontextmanager
async def looking(app: FastAPI, language: str = "en") -> AsyncIterator[Viewer]:
    viewer = Viewer(app, language)
    try:
        await viewer.sees("live-figures", "sheet")
        yield viewer
    finally:
        await viewer.close()


async def test_calls_and_phones_are_seen_as_they_change(house: House, app: FastAPI) -> None:
    async with looking(app) as viewer, looking(app, "nl") as dutch:
        assert viewer.headers["content-type"].startswith("text/event-stream")
        assert viewer.headers["cache-control"] == "no-store"
        await viewer.sees("state-101", "No phone")
        await house.phone("101")
        await viewer.sees("state-101", "Ready")
        await dutch.sees("state-101", "Bereikbaar")
        house.emit(lambda c, t: CallOffered(c, t, "bakery", "+31701112233", "+31201234567"))
        house.emit(lambda c, t: NodeEntered(c, t, "menu", "welcome"))
        await viewer.sees("live-calls", "hears menu welcome")
        await dutch.sees("live-calls", "hoort menu welcome")
        house.emit(lambda c, t: Ringing(c, t, "anna", "101", 1))
        await viewer.sees("state-101", "Ringing")
        house.emit(lambda c, t: Bridged(c, t, "anna", "101"))
        await viewer.sees("state-101", "On the phone")
        record = CallRecord("call-1", "bakery", "+31701112233", "b", time.time(), answered_by="anna", verdict="talked")
        house.engine.store.records.put(record)
        house.engine.store.ledger.checkpoint()
        house.emit(lambda c, t: CallEnded(c, t, Verdict.TALKED, Side.CALLER, "hung up", 3.0))
        await viewer.sees("live-calls", "Nobody is on the phone.")
        await viewer.sees("state-101", "Ready")
        await viewer.sees("live-last", "talked to Anna de Vries")


async def test_updates_are_merged(house: House, app: FastAPI) -> None:
    async with looking(app) as viewer:
        await viewer.sees("live-warnings", "queue")
        sent = len(viewer.times)
        for number in range(40):
            house.emit(lambda c, t: CallOffered(c, t, "bakery", "+31701112233", "+31201234567"), f"c{number}")
            await asyncio.sleep(0.02)
        await viewer.sees("live-figures", ">40<")
        times = viewer.times[sent:]
        assert len(times) <= 5
        assert all(later - earlier > 0.8 * MERGE_SECONDS for earlier, later in itertools.pairwise(times))


async def test_twenty_viewers_share_one_connection_which_goes_when_they_do(
    house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.dashboard.live.LINGER_SECONDS", 0.0)
    monkeypatch.setattr(reach, "MAX_OF_ONE", 20)
    monkeypatch.setattr("engine.control.door.MAX_VISITS", 2)
    async with contextlib.AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(looking(app)) for _ in range(20)]
        house.emit(lambda c, t: CallOffered(c, t, "bakery", "+31701112233", "+31201234567"))
        for viewer in viewers:
            await viewer.sees("live-calls", "coming in")
        assert len(app.state.viewers) == 20
    assert len(app.state.viewers) == 0
    assert app.state.viewers._feeds == {}
    await asyncio.sleep(0.01)
    assert app.state.viewers.live._task is None


async def test_a_viewer_sees_their_own_account_only(house: House, app: FastAPI) -> None:
    async with looking(app) as viewer:
        signed_in_as(Visitor("x@other.example", "X", "other", "owner"), app)
        async with looking(app) as other:
            house.emit(lambda c, t: CallOffered(c, t, "other", "+31705550000", "b"), "c2", "other")
            await other.sees("live-calls", "555 0000")
            assert "555 0000" not in json.dumps(viewer.shown)


async def test_more_streams_than_one_may_have_are_refused(
    house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "MAX_OF_ONE", 1)
    async with looking(app):
        second = Viewer(app)
        await asyncio.wait_for(second.task, WAIT)
        assert second.status == 429
        monkeypatch.setattr(reach, "MAX_OF_ONE", 5)
        monkeypatch.setattr(reach, "MAX_VIEWERS", 1)
        third = Viewer(app)
        await asyncio.wait_for(third.task, WAIT)
        assert third.status == 503


async def test_a_stream_ends_after_a_while_so_that_sessions_end_too(
    house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STREAM_SECONDS", 0.2)
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.05)
    viewer = Viewer(app)
    await asyncio.wait_for(viewer.task, WAIT)
    assert "retry: 2000" in viewer.events
    assert ": all is well" in viewer.events


async def test_an_engine_that_stops_and_comes_back_is_seen(
    house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.dashboard.live.RETRY_SECONDS", 0.05)
    async with looking(app) as viewer:
        for task in asyncio.all_tasks():
            if task.get_name() == "door":
                task.cancel()
        await viewer.sees("live-running", "does not run")
        door = Door(house.engine)
        await door.open()
        again = asyncio.create_task(door.run())
        async with asyncio.timeout(WAIT):
            while "does not run" in viewer.shown["live-running"]:
                viewer._news.clear()
                await viewer._news.wait()
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)


async def test_another_person_in_the_plan_has_the_page_loaded_anew(house: House, app: FastAPI) -> None:
    plan = house.settings.dialplans / "bakery.yaml"
    async with looking(app) as viewer:
        await viewer.sees("state-101", "No phone")
        plan.write_text(
            plan.read_text().replace("bob: {extension: 102}", "bob: {extension: 102}\n  dora: {extension: 104}")
        )
        await house.engine.reload()
        await viewer.sees("state-104", "No phone")
        async with asyncio.timeout(WAIT):
            while "event: outdated" not in viewer.events:
                viewer._news.clear()
                await viewer._news.wait()


async def test_voicemail_is_counted_as_it_comes(house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.office.messages import Message

    async with looking(app) as viewer:
        await viewer.sees("live-figures", "0 messages in all")
        house.engine.store.voicemail.put(Message("vm/1.wav", "bakery", "anna", "x", "c", left_at=1.0, seconds=1.0))
        house.engine.store.ledger.checkpoint()
        house.engine.bus.emit(MailboxChanged("", 1.0, "bakery", "anna", 1, 0))
        await viewer.sees("live-figures", "1 message in all")


async def test_without_viewers_nothing_is_made(house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.dashboard.live.LINGER_SECONDS", 0.0)
    async with looking(app):
        pass

    def made(*_: object) -> None:
        raise AssertionError("nobody looks")

    monkeypatch.setattr(feed_room.Maker, "changed", made)
    told: list[object] = []
    app.state.viewers.live._take = told.append
    await asyncio.sleep(0.01)
    house.emit(lambda c, t: CallOffered(c, t, "bakery", "+31701112233", "+31201234567"))
    async with Browser(app) as browser:
        await browser.get("/dashboard")
    assert not [each for each in told if isinstance(each, CallNews)]
