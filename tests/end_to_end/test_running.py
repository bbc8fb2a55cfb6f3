"""The running system: restarts, kills, reloads and a lost worker, with phones connected."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from office import DIALPLAN, Office

pytestmark = pytest.mark.end_to_end

DESK = "sip:+31201234568@{server}"


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_registrations_survive_a_restart(office: Office, how: str) -> None:
    desk = await office.phone("101", answer=200)
    if how == "stop":
        assert await office.stop() == 0
    else:
        await office.kill()
    await office.start()
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    assert desk.events[-1].kind in ("answered", "media")


async def test_a_reload_reaches_the_next_call_and_spares_the_present_one(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    present = await office.outside("+31701110001")
    present.dial(office.main_number())
    await present.wait("answered")
    office.write_dialplan(
        DIALPLAN.replace("0: {ring: front-desk}", "0: {ring: orders}").replace(
            "2, then: {ring: front-desk}", "2, then: {hang_up: x}"
        )
    )
    office.reload()
    await office.logged("dialplan reloaded")
    present.press("0")
    await desk.wait("answered")
    later = await office.outside("+31701110002")
    later.dial(office.main_number())
    await later.wait("answered")
    later.press("0")
    line = await office.logged("ringing ended", where=lambda line: line["person"] == "orders")
    assert line["outcome"] == "not_registered"


async def test_a_bad_file_changes_nothing_and_says_why(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    office.write_dialplan(DIALPLAN.replace("ring: orders", "ring: ordrs"))
    office.reload()
    refused = await office.logged("dialplan not reloaded")
    assert any("ordrs" in finding and "orders" in finding for finding in refused["findings"])
    caller = await office.outside()
    caller.dial(office.main_number())
    await caller.wait("answered")
    caller.press("0")
    await desk.wait("answered")


async def test_sigterm_ends_calls_properly(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    status = await office.stop()
    await caller.wait("ended", 2)
    await desk.wait("ended", 2)
    ended = await office.logged("call ended")
    assert status == 0
    assert ended["by"] == "system"


async def test_a_killed_media_worker_ends_its_calls_and_is_replaced(office: Office) -> None:
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    await asyncio.sleep(0.3)
    assert office.process is not None
    (worker,) = worker_pids(office.process.pid)
    os.kill(worker, signal.SIGKILL)
    await caller.wait("ended", 3)
    await desk.wait("ended", 3)
    ended = await office.logged("call ended")
    assert "worker" in ended["reason"]
    seen = len(caller.events)
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered", after=seen)


async def test_a_caller_that_falls_silent_is_ended(tmp_path_factory: pytest.TempPathFactory, office: Office) -> None:
    await office.stop()
    office.env["BELPLAN_MEDIA_TIMEOUT"] = "2s"
    await office.start()
    desk = await office.phone("101", answer=200)
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    await asyncio.sleep(0.5)
    await caller.kill()
    await desk.wait("ended", 6)
    ended = await office.logged("call ended")
    assert "no audio" in ended["reason"]


def worker_pids(parent: int) -> list[int]:
    """The media workers among the children of a process, by their command line."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as stat, open(f"/proc/{entry}/cmdline") as command:
                fields = stat.read().rsplit(")", 1)[1].split()
                if int(fields[1]) == parent and "media.worker" in command.read():
                    found.append(int(entry))
        except OSError:
            continue
    return found
