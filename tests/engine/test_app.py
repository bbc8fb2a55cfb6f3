"""The program as one: it starts, takes calls, reloads, drains and stops, and leaves nothing behind."""

# ruff: noqa: ASYNC240

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import threading
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from office import Office
from structlog.testing import capture_logs

from engine.app import Engine, running
from engine.capacity import KEPT_FOR_EMERGENCIES, PORTS_OF_A_CALL
from engine.events import CallAnswered, CallEnded, CallEvent, Side
from engine.numbering import Numbering
from engine.reloading import read_accounts, reread
from engine.setting_values import ListenOn
from engine.settings import Settings
from engine.store.database import StoreFailed
from engine.store.store import Store
from sip.message.values import NameAddr, Uri
from sip.rim.calls import Answered, Failed, OutgoingCall
from sip.rim.user_agent import ListenFailed
from tests.engine.call.exchange import sdp, user_agent
from tests.rtp_ports import rtp_range

DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  orders: {extension: 102}
main_number: {play: [GREETING], then: {hang_up: done}}
"""
FEW_OBJECTS = 1000
"""Of ten reloads together: caches that fill up. Each account that were kept would be more than that."""
RINGS = DIALPLAN.replace("{play: [GREETING], then: {hang_up: done}}", "{ring: orders}")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "dialplans").mkdir()
    plan = tmp_path / "dialplans" / "bakery.yaml"
    plan.write_text(DIALPLAN.replace("[GREETING]", str(Path("prompts/en/hold-music.wav").resolve())))
    return Settings(
        state=tmp_path / "state",
        dialplans=tmp_path / "dialplans",
        prompts=Path("prompts").resolve(),
        listen=(ListenOn("udp", "127.0.0.1", 0), ListenOn("tcp", "127.0.0.1", 0)),
        rtp_ports=rtp_range(100),
    )


@pytest.fixture
def plan(settings: Settings) -> Path:
    return settings.dialplans / "bakery.yaml"


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[Engine]:
    with Store(settings, serving=True) as store:
        async with running(settings, store, read_accounts(settings)) as engine:
            yield engine


@asynccontextmanager
async def dialled(engine: Engine, number: str = "+31201234567") -> AsyncIterator[OutgoingCall]:
    """A caller from outside who dials a number."""
    world, _ = await user_agent()
    me = NameAddr.parse("<sip:+31701112233@provider.test>")
    to = Uri.parse(f"sip:{number}@127.0.0.1:{engine.addresses[0].port}")
    try:
        yield world.call(to, from_=me, to=NameAddr("", to), offer=sdp())
    finally:
        await world.close()


def bindable(transport: str, port: int) -> bool:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as sock:
        if transport == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def test_what_was_opened_is_closed(settings: Settings) -> None:
    before = asyncio.all_tasks()
    async with started(settings) as engine:
        bound = [(each.transport, each.port) for each in engine.addresses]
        assert [transport for transport, _ in bound] == ["udp", "tcp"]
        assert not any(bindable(*each) for each in bound)
        (worker,) = engine.plane.pids
    assert all(bindable(*each) for each in bound)
    assert engine.plane.pids == []
    assert not Path(f"/proc/{worker}").exists()
    assert asyncio.all_tasks() == before


async def test_an_address_that_is_taken_is_named_and_nothing_stays(settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        wanted = settings.model_copy(
            update={"listen": (ListenOn("tcp", "127.0.0.1", 0), ListenOn("udp", "127.0.0.1", port))}
        )
        before = asyncio.all_tasks()
        with pytest.raises(ListenFailed, match=str(port)):
            async with started(wanted):
                pass
    assert asyncio.all_tasks() == before


async def test_a_call_is_taken_and_the_stop_ends_it(settings: Settings) -> None:
    events: list[CallEvent] = []
    async with started(settings) as engine:
        engine.bus.listen(events.append)
        async with dialled(engine) as caller:
            assert isinstance(await asyncio.wait_for(caller.outcome, 5), Answered)
            await engine.drain()
            assert (await asyncio.wait_for(caller.ended, 5)).by == "remote"
            assert engine.plane.legs == 0
            async with dialled(engine) as late:
                outcome = await asyncio.wait_for(late.outcome, 5)
                assert isinstance(outcome, Failed)
                assert outcome.status == 503
    (ended,) = [event for event in events if isinstance(event, CallEnded)]
    assert (ended.by, ended.reason) == (Side.SYSTEM, "the phone system was stopped")
    assert any(isinstance(event, CallAnswered) for event in events)


async def test_leaving_ends_the_calls_by_itself(settings: Settings) -> None:
    async with started(settings) as engine:
        world, _ = await user_agent()
        to = Uri.parse(f"sip:+31201234567@127.0.0.1:{engine.addresses[0].port}")
        caller = world.call(to, from_=NameAddr.parse("<sip:x@y.test>"), to=NameAddr("", to), offer=sdp())
        assert isinstance(await asyncio.wait_for(caller.outcome, 5), Answered)
    assert (await asyncio.wait_for(caller.ended, 5)).by == "remote"
    await world.close()


async def test_a_call_that_comes_in_the_moment_before_the_stop_is_told_too(settings: Settings) -> None:
    events: list[CallEvent] = []
    async with started(settings) as engine:
        engine.bus.listen(events.append)
        take = engine.agent.on_call
        assert take is not None
        drained: list[asyncio.Task[None]] = []

        def take_and_stop(incoming: Any) -> None:
            take(incoming)
            drained.append(asyncio.get_running_loop().create_task(engine.drain()))

        engine.agent.on_call = take_and_stop
        async with dialled(engine) as caller:
            await asyncio.wait_for(caller.outcome, 5)
            await asyncio.wait_for(drained[0], 3)
    assert [type(event) for event in events].count(CallEnded) == 1


async def test_more_calls_than_ports_for_both_sides_are_turned_away(settings: Settings) -> None:
    first, _ = rtp_range(100)
    few = settings.model_copy(update={"rtp_ports": (first, first + (2 + KEPT_FOR_EMERGENCIES) * PORTS_OF_A_CALL - 1)})
    async with started(few) as engine, dialled(engine) as one, dialled(engine) as two, dialled(engine) as three:
        assert isinstance(await one.outcome, Answered)
        assert isinstance(await two.outcome, Answered)
        refused = await three.outcome
        assert isinstance(refused, Failed)
        assert refused.status == 503
        one.hang_up()
        await asyncio.wait(set(engine._calls.values()), return_when=asyncio.FIRST_COMPLETED)
        async with dialled(engine) as four:
            assert isinstance(await four.outcome, Answered)


async def test_a_number_that_is_nobodys_is_not_found(settings: Settings) -> None:
    async with started(settings) as engine, dialled(engine, "+31209999999") as caller:
        outcome = await asyncio.wait_for(caller.outcome, 5)
        assert isinstance(outcome, Failed)
        assert outcome.status in (401, 407)


async def test_without_an_account_calls_are_refused_until_a_reload_brings_the_first(
    settings: Settings, plan: Path
) -> None:
    text = plan.read_text()
    plan.unlink()
    with Store(settings, serving=True) as store:
        async with running(settings, store, read_accounts(settings, none_yet=True)) as engine:
            async with dialled(engine) as caller:
                outcome = await asyncio.wait_for(caller.outcome, 5)
                assert isinstance(outcome, Failed)
                assert outcome.status == 407
            plan.write_text(text)
            with capture_logs() as lines:
                await engine.reload()
            assert [line["changes"] for line in lines] == [["account bakery added"]]
            async with dialled(engine) as caller:
                assert isinstance(await asyncio.wait_for(caller.outcome, 5), Answered)


async def test_a_reload_tells_what_changed(settings: Settings, plan: Path) -> None:
    async with started(settings) as engine:
        plan.write_text(RINGS.replace("102}", "102}\n  ovens: {extension: 103}"))
        with capture_logs() as lines:
            await engine.reload()
            await engine.reload()
    changes = [line["changes"] for line in lines if line["event"] == "dialplan reloaded"]
    assert changes[0][0] == "person ovens added (extension 103)"
    assert changes[0][1].startswith("main number now leads to ring orders (was play ")
    assert changes[1] == []


async def test_a_good_file_is_used_from_the_next_call_on(settings: Settings, plan: Path) -> None:
    async with started(settings) as engine:
        plan.write_text(RINGS.replace("102}", "102}\n  ovens: {extension: 103}"))
        await engine.reload()
        (account,) = engine.router.numbering.accounts
        assert set(account.people) == {"orders", "ovens"}
        assert engine.store.passwords.lookup("bakery", "103"), "a new person has a password at once"
        async with dialled(engine) as caller:
            outcome = await asyncio.wait_for(caller.outcome, 5)
            assert outcome == Failed(480, "not available"), "nobody is registered"


async def test_trunks_are_read_anew_with_the_dialplans_or_stay_as_they_are(settings: Settings, tmp_path: Path) -> None:
    trunks = tmp_path / "trunks.yaml"
    async with started(settings.model_copy(update={"trunks": trunks})) as engine:
        ways = engine.around.ways_out
        assert ways.of("bakery") == ()
        trunks.write_text("trunks: {provider: {host: sip.provider.example}}")
        await engine.reload()
        assert [trunk.name for trunk in ways.of("bakery")] == ["provider"]
        trunks.write_text("trunks: {provider: {}}")
        before = engine.router.numbering
        with capture_logs() as lines:
            await engine.reload()
        assert [line["event"] for line in lines] == ["dialplan not reloaded"]
        assert "'host' is missing" in lines[0]["findings"][0]
        assert engine.router.numbering is before
        assert [trunk.name for trunk in ways.of("bakery")] == ["provider"]


@pytest.mark.parametrize("bad", ["main_number: {ring: nobody}", "account: [", "", "\x00"])
async def test_a_bad_file_changes_nothing(settings: Settings, plan: Path, bad: str) -> None:
    async with started(settings) as engine:
        before = engine.router.numbering
        plan.write_text(bad)
        await engine.reload()
        assert engine.router.numbering is before
        plan.unlink()
        await engine.reload()
        assert engine.router.numbering is before, "nor do no files at all"
        async with dialled(engine) as caller:
            assert isinstance(await asyncio.wait_for(caller.outcome, 5), Answered)


@pytest.mark.parametrize("problem", [StoreFailed("the disk is full"), RuntimeError("a mistake of ours")])
async def test_a_reload_that_cannot_be_finished_ends_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    async with started(settings) as engine:
        before = engine.router.numbering

        def fails(*_: object) -> None:
            raise problem

        monkeypatch.setattr(engine.store.passwords, "ensure", fails)
        await engine.reload()
        assert engine.router.numbering is before


async def test_of_two_reloads_the_later_one_stays(
    settings: Settings, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(settings) as engine:
        adopted: list[Numbering] = []
        adopt = engine.adopt

        async def note(numbering: Numbering) -> None:
            await adopt(numbering)
            adopted.append(engine.router.numbering)

        monkeypatch.setattr(engine, "adopt", note)
        first = asyncio.create_task(engine.reload())
        await asyncio.sleep(0)
        (plan.parent / "new").write_text(RINGS)
        (plan.parent / "new").replace(plan)
        await asyncio.gather(first, engine.reload())
        assert len(adopted) == 2
        (account,) = engine.router.numbering.accounts
        assert account.main.kind == "ring"


async def test_reloads_asked_for_while_one_is_under_way_are_one(
    settings: Settings, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(settings) as engine:
        read, reading, go_on = [], threading.Event(), threading.Event()

        def slowly(*words: Any) -> Any:
            read.append(plan.read_text())
            reading.set()
            assert go_on.wait(5)
            return reread(*words)

        monkeypatch.setattr("engine.app.reread", slowly)
        first = asyncio.create_task(engine.reload())
        await asyncio.to_thread(reading.wait, 5)
        others = [asyncio.create_task(engine.reload()) for _ in range(20)]
        await asyncio.sleep(0)
        plan.write_text(RINGS)
        go_on.set()
        await asyncio.gather(first, *others)
        assert len(read) == 2
        assert read[-1] == RINGS, "what was written last is what was read last"
        assert engine.router.numbering.accounts[0].main.kind == "ring"


async def gone(*left: weakref.ref[object]) -> None:
    """Nothing holds what these refer to: at once, but for a thread that has just come to the end of a reload."""
    async with asyncio.timeout(5):
        while any(each() is not None for each in left):  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)


async def test_reloads_leave_nothing_behind(settings: Settings, plan: Path) -> None:
    """Neither the accounts of before, the first ones included, nor tasks, threads or files."""
    async with started(settings) as engine, dialled(engine) as caller:
        assert isinstance(await asyncio.wait_for(caller.outcome, 5), Answered)
        await engine.reload()
        files, threads, tasks = len(os.listdir("/proc/self/fd")), threading.active_count(), len(asyncio.all_tasks())
        before, objects = [], []
        for number in range(30):
            before.append(weakref.ref(engine.router.numbering.accounts[0].info))
            plan.write_text(RINGS.replace("102}", f"102}}\n  ovens: {{extension: {200 + number % 2}}}"))
            await engine.reload()
            assert engine.router.numbering.accounts[0].people["ovens"].extension == str(200 + number % 2)
            if number in (19, 29):
                gc.collect()
                objects.append(len(gc.get_objects()))
        await gone(*before)
        assert objects[-1] - objects[0] < FEW_OBJECTS, objects
        assert len(os.listdir("/proc/self/fd")) <= files + 2
        assert threading.active_count() <= threads + 1
        assert len(asyncio.all_tasks()) == tasks


async def test_the_first_snapshot_is_freed_by_the_first_reload(settings: Settings, plan: Path) -> None:
    accounts = read_accounts(settings)
    first = weakref.ref(accounts[0].info)
    with Store(settings, serving=True) as store:
        engine_of = running(settings, store, accounts)
        del accounts
        async with engine_of as engine:
            assert first() is not None
            plan.write_text(RINGS)
            await engine.reload()
            await gone(first)


async def test_a_call_keeps_the_snapshot_it_began_with_and_then_lets_go(settings: Settings, plan: Path) -> None:
    async with started(settings) as engine:
        snapshot = weakref.ref(engine.router.numbering.accounts[0].info)
        async with dialled(engine) as caller:
            assert isinstance(await asyncio.wait_for(caller.outcome, 5), Answered)
            plan.write_text(RINGS)
            await engine.reload()
            assert snapshot() is not None
            caller.hang_up()
            await asyncio.wait(set(engine._calls.values()))
        gc.collect()
        assert snapshot() is None


# --- the process ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path, RINGS)
    yield office
    await office.close()


async def test_sigterm_right_after_ready_is_a_clean_exit(office: Office) -> None:
    trunks = office.folder / "trunks.yaml"
    trunks.write_text('trunks: {provider: {host: 127.0.0.1, user: "1", password: bread, check: off}}\n')
    trunks.chmod(0o644)
    office.env["BELPLAN_TRUNKS"] = str(trunks)
    await office.start()
    assert await office.stop() == 0
    assert office.log[-1]["event"] == "stopped"
    wrong = [line for line in office.log if line.get("level") in ("error", "warning", "critical")]
    exposed = next(line for line in wrong if line["event"].startswith("the password of trunk"))
    assert "chmod 600" in exposed["todo"]
    wrong.remove(exposed)
    as_root = [line["event"].startswith("belplan runs as root") for line in wrong]
    assert as_root == ([True] if os.geteuid() == 0 else [])
    assert bindable("udp", office.port)
    assert bindable("tcp", office.port)


async def test_two_engines_in_one_state_folder_do_not_run(office: Office) -> None:
    await office.start()
    said = await office.command("serve", code=1)
    assert "another belplan" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        ("dialplan", "bakery.yaml:1"),
        ("port", "cannot start"),
    ],
)
async def test_what_prevents_a_start_is_said(office: Office, break_it: str, said: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        if break_it == "dialplan":
            office.write_dialplan("nonsense: 1\n")
        else:
            taken.bind(("127.0.0.1", office.port))
        out = await office.command("serve", code=1)
    assert said in out
    assert "Traceback" not in out


async def test_signals_while_it_stops_are_harmless(office: Office) -> None:
    await office.start()
    assert office.process is not None
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGHUP):
        office.process.send_signal(number)
    assert await asyncio.wait_for(office.process.wait(), 10) == 0


async def test_callers_are_answered_though_nobody_reads_the_log(office: Office) -> None:
    await office.start()
    assert office.process is not None
    assert office.process.stdout is not None
    office.process.stdout._transport.close()  # type: ignore[attr-defined]
    world, _ = await user_agent()
    to = Uri.parse(f"sip:+31201234567@127.0.0.1:{office.port}")
    for _ in range(3):
        caller = world.call(to, from_=NameAddr.parse("<sip:x@y.test>"), to=NameAddr("", to), offer=sdp())
        assert await asyncio.wait_for(caller.outcome, 5) == Failed(480, "not available")
    await world.close()
    office.process.terminate()
    assert await asyncio.wait_for(office.process.wait(), 10) == 0
