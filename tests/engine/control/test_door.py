"""The control door of a running engine: who may come, what they are told, and that nobody holds it up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import struct
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from engine.control import door as room
from engine.control import visit
from engine.control.client import Control, ControlRefused, NotRunning
from engine.control.door import MAX_VISITS, Door
from engine.control.frames import HEAD, MAX_REQUEST, framed
from engine.control.messages import (
    CallNews,
    CallOver,
    CallState,
    ListCalls,
    LookAgain,
    MailboxNews,
    News,
    NotReloaded,
    PhonesNews,
    PlansNews,
    RefusalReason,
    Reloaded,
    Watch,
)
from engine.control.place import LONGEST_PATH, address_of, connected, door_of
from engine.events import CallAnswered, CallEnded, CallOffered, MailboxChanged, NodeEntered, Ringing, Side, Verdict
from engine.settings import Settings
from tests.watched_house import House, opened, settings_in

WAIT = 20.0


@contextlib.asynccontextmanager
async def door_to(house: House) -> AsyncIterator[Door]:
    door = Door(house.engine)
    await door.open()
    running = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(settings_in(tmp_path)) as house, door_to(house):
        yield house


@pytest.fixture
def control(house: House) -> Control:
    return Control(house.settings)


class Watcher:
    """What one who watches has been told."""

    def __init__(self, control: Control, account: str | None = None) -> None:
        self.told: list[News] = []
        self.task = asyncio.create_task(self._watch(control, account))

    async def _watch(self, control: Control, account: str | None) -> None:
        async for news in control.watch(account):
            self.told.append(news)

    async def hears(self, kind: type[News], times: int = 1) -> list[News]:
        async with asyncio.timeout(WAIT):
            while sum(isinstance(each, kind) for each in self.told) < times:
                assert not self.task.done(), self.task.exception()
                await asyncio.sleep(0.005)
        return [each for each in self.told if isinstance(each, kind)]


@contextlib.asynccontextmanager
async def watching(control: Control, account: str | None = None) -> AsyncIterator[Watcher]:
    watcher = Watcher(control, account)
    await watcher.hears(LookAgain)
    try:
        yield watcher
    finally:
        watcher.task.cancel()
        await asyncio.gather(watcher.task, return_exceptions=True)


def a_call(house: House, call: str = "c1", account: str = "bakery") -> None:
    house.emit(lambda c, t: CallOffered(c, t, account, "+31701112233", "+31201234567"), call, account)
    house.emit(CallAnswered, call, account)
    house.emit(lambda c, t: NodeEntered(c, t, "menu", "welcome"), call, account)
    house.emit(lambda c, t: Ringing(c, t, "anna", "101", 1), call, account)


def ends(house: House, call: str = "c1", account: str = "bakery") -> None:
    house.emit(lambda c, t: CallEnded(c, t, Verdict.UNANSWERED, Side.CALLER, "hung up", 3.0), call, account)


# --- who may come ----------------------------------------------------------------------------------------------------


async def test_only_its_own_user_may_come(house: House) -> None:
    path = door_of(house.settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert visit.may_come(os.geteuid())
    assert visit.may_come(0)
    assert not visit.may_come(os.geteuid() + 1)


async def test_another_user_is_refused(house: House, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "may_come", lambda user: user != os.getuid())
    with pytest.raises(ControlRefused) as refused:
        await asyncio.to_thread(control.calls)
    assert refused.value.reason is RefusalReason.NOT_THE_USER


async def test_a_socket_left_by_a_killed_engine_is_replaced_and_ours_goes_with_us(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with opened(settings) as house:
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(door_of(settings)))
        left.close()
        with pytest.raises(NotRunning, match="is not running"):
            await asyncio.to_thread(Control(settings).calls)
        async with door_to(house):
            assert await asyncio.to_thread(Control(settings).calls) == ()
        assert not door_of(settings).exists()


async def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    settings = settings_in(deep)
    assert len(str(door_of(settings))) > LONGEST_PATH
    async with opened(settings) as house, door_to(house):
        assert await asyncio.to_thread(Control(settings).calls) == ()
    with address_of(Path("/state/control")) as address:
        assert address == "/state/control"


async def test_a_door_that_cannot_be_opened_keeps_no_call_from_coming(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with opened(settings) as house:
        door_of(settings).mkdir()
        with capture_logs() as lines:
            async with door_to(house):
                a_call(house)
        assert [line["event"] for line in lines][:2] == ["other programs cannot talk to the engine", "call offered"]


async def test_without_an_engine_a_sentence_says_so(tmp_path: Path) -> None:
    control = Control(Settings(state=tmp_path))
    for ask in (control.calls, control.registered, control.reload, lambda: control.ring("bakery", "101")):
        with pytest.raises(NotRunning, match="belplan serve"):
            ask()
    with pytest.raises(NotRunning):
        await anext(control.watch())


# --- what comes in ---------------------------------------------------------------------------------------------------


async def exchange(settings: Settings, data: bytes) -> bytes:
    """What is answered to bytes, to the end."""
    talking = connected(door_of(settings), WAIT)
    talking.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=talking)
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), WAIT)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x00\x00\x01\x00", b"malformed"),
        (b"GET / HTTP/1.1\r\n\r\n", b"too long"),
        ((MAX_REQUEST + 1).to_bytes(HEAD, "big"), b"too long"),
        (framed(Watch()) + framed(Watch()), b"one request a connection"),
    ],
    ids=["garbage", "http", "long", "two"],
)
async def test_what_is_no_request_is_refused(house: House, data: bytes, reason: bytes) -> None:
    assert reason in await exchange(house.settings, data)


async def test_a_request_cut_short_is_waited_for_so_long(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "REQUEST_SECONDS", 0.05)
    assert b"too late" in await exchange(house.settings, framed(ListCalls())[:-1])


def asking_on(control: Control) -> None:
    give_up_at = time.monotonic() + WAIT
    while time.monotonic() < give_up_at:
        assert control.calls() == ()


async def test_more_than_so_many_connections_are_refused_and_closing_makes_room(house: House, control: Control) -> None:
    held = [connected(door_of(house.settings), WAIT) for _ in range(MAX_VISITS)]
    for each in held:
        each.sendall(framed(Watch()))
    with pytest.raises(ControlRefused) as refused:
        await asyncio.to_thread(asking_on, control)
    assert refused.value.reason is RefusalReason.TOO_MANY
    for each in held:
        each.close()
    async with asyncio.timeout(WAIT):
        while True:
            with contextlib.suppress(ControlRefused):
                assert await asyncio.to_thread(control.calls) == ()
                break


# --- what is told ----------------------------------------------------------------------------------------------------


async def test_who_is_registered(house: House, control: Control) -> None:
    await house.phone("101")
    await house.phone("102")
    await house.phone("101", domain="other.test")
    phones = await asyncio.to_thread(control.registered)
    assert sorted((each.account, each.person, each.extension) for each in phones) == [
        ("bakery", "anna", "101"),
        ("bakery", "bob", "102"),
        ("other", "anna", "101"),
    ]
    (bob,) = [each for each in await asyncio.to_thread(control.registered, "bakery") if each.person == "bob"]
    assert (bob.address, bob.transport, bob.silent_since) == ("127.0.0.1", "udp", None)
    assert bob.expires_at > bob.registered_at


async def test_which_calls_there_are(house: House, control: Control) -> None:
    a_call(house)
    a_call(house, "c2", "other")
    assert [call.id for call in await asyncio.to_thread(control.calls)] == ["c1", "c2"]
    (call,) = await asyncio.to_thread(control.calls, "bakery")
    assert (call.state, call.with_whom, call.path) == (CallState.RINGING, ("anna",), ("menu:welcome",))
    ends(house)
    assert await asyncio.to_thread(control.calls, "bakery") == ()


async def test_a_reload_tells_what_changed_or_what_is_wrong(house: House, control: Control) -> None:
    plan = house.settings.dialplans / "bakery.yaml"
    text = plan.read_text()
    plan.write_text(text.replace("bob: {extension: 102}", "bob: {extension: 104}"))
    answer = await asyncio.to_thread(control.reload)
    assert isinstance(answer, Reloaded)
    assert any("bob" in change for change in answer.changes)
    plan.write_text(text.replace("{ring: anna}", "{ring: hanna}"))
    refused = await asyncio.to_thread(control.reload)
    assert isinstance(refused, NotReloaded)
    assert refused.reason == "the dialplans have errors"
    assert "hanna" in refused.findings[0].text
    assert refused.findings[0].line == 19


@pytest.mark.parametrize(
    ("account", "extension", "reason"),
    [
        ("bakery", "199", RefusalReason.UNKNOWN_PERSON),
        ("nowhere", "101", RefusalReason.UNKNOWN_PERSON),
        ("bakery", "103", RefusalReason.NOT_REGISTERED),
    ],
)
async def test_a_test_call_that_reaches_nobody_is_refused(
    house: House, control: Control, account: str, extension: str, reason: RefusalReason
) -> None:
    with pytest.raises(ControlRefused) as refused:
        await asyncio.to_thread(control.ring, account, extension)
    assert refused.value.reason is reason
    assert extension in str(refused.value)


async def test_what_fails_inside_is_told_and_logged(
    house: House, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(house.engine, "reload", fails)
    with capture_logs() as lines, pytest.raises(ControlRefused) as refused:
        await asyncio.to_thread(control.reload)
    assert refused.value.reason is RefusalReason.INTERNAL
    assert [line["event"] for line in lines] == ["a request at the control door failed"]
    assert await asyncio.to_thread(control.calls) == ()


# --- watching --------------------------------------------------------------------------------------------------------


async def test_who_watches_hears_of_calls_phones_mailboxes_and_plans(house: House, control: Control) -> None:
    async with watching(control) as watcher:
        a_call(house)
        ends(house)
        await watcher.hears(CallOver)
        calls = [each for each in watcher.told if isinstance(each, CallNews)]
        assert [(each.what, each.call.state.value) for each in calls] == [
            ("CallOffered", "offered"),
            ("CallAnswered", "offered"),
            ("NodeEntered", "node"),
            ("Ringing", "ringing"),
        ]
        phone = await house.phone("101")
        (came,) = await watcher.hears(PhonesNews)
        assert isinstance(came, PhonesNews)
        assert (came.account, came.extension, len(came.phones)) == ("bakery", "101", 1)
        await phone.register()
        await phone.register(expires=0)
        told = await watcher.hears(PhonesNews, 2)
        assert [len(each.phones) for each in told if isinstance(each, PhonesNews)] == [1, 0], "once more is no news"
        house.engine.bus.emit(MailboxChanged("", 1.0, "bakery", "anna", 2, 1))
        assert await watcher.hears(MailboxNews) == [MailboxNews("bakery", "anna", 2, 1)]
        await house.engine.reload()
        await watcher.hears(PlansNews)


async def test_a_watcher_of_one_account_hears_of_no_other(house: House, control: Control) -> None:
    async with watching(control, "other") as watcher:
        a_call(house)
        ends(house)
        a_call(house, "c2", "other")
        ends(house, "c2", "other")
        await watcher.hears(CallOver)
        assert {each.call.id for each in watcher.told if isinstance(each, CallNews | CallOver)} == {"c2"}


async def test_twenty_watchers_hear_the_same(house: House, control: Control) -> None:
    async with contextlib.AsyncExitStack() as stack:
        watchers = [await stack.enter_async_context(watching(control)) for _ in range(20)]
        for number in range(50):
            a_call(house, f"c{number}")
            ends(house, f"c{number}")
        for watcher in watchers:
            await watcher.hears(CallOver, 50)
        assert len({tuple(map(str, watcher.told)) for watcher in watchers}) == 1


CALLS = 1000
"""Their news are more than the kernel keeps for somebody and MAX_BACKLOG together."""


async def test_one_who_never_reads_holds_nobody_up(house: House, control: Control) -> None:
    deaf = connected(door_of(house.settings), WAIT)
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.sendall(framed(Watch()))
    async with watching(control) as watcher:
        for number in range(0, CALLS, 100):
            for each in range(number, number + 100):
                a_call(house, f"c{each}")
                ends(house, f"c{each}")
            await watcher.hears(CallOver, number + 100)
    assert await asyncio.to_thread(control.calls) == ()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    deaf.close()


async def test_nothing_is_made_of_events_while_nobody_watches(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object) -> None:
        raise AssertionError("nobody watches")

    monkeypatch.setattr("engine.control.board.Board.news", made)
    monkeypatch.setattr("engine.control.watchers.Watchers.tell", made)
    with capture_logs() as lines:
        a_call(house)
        ends(house)
        house.engine.bus.emit(MailboxChanged("", 1.0, "bakery", "anna", 2, 1))
        await house.phone("101")
    assert not [line for line in lines if line.get("log_level") == "error"]


async def test_the_end_of_the_engine_is_told_in_a_sentence(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with opened(settings) as house:
        async with door_to(house):
            watcher = Watcher(Control(settings))
            await watcher.hears(LookAgain)
        with pytest.raises(NotRunning):
            await asyncio.wait_for(watcher.task, WAIT)
