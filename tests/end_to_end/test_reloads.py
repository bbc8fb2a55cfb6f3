"""A company of 1,100 people whose dialplan is reloaded again and again, while its phones register and callers call.

``python -m bench reloads`` does the same two hundred times, and measures.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from office import Office
from raw_caller import RawCaller

from bench.big_dialplan import extensions, write_recordings
from bench.reload_load import CALLER, all_keys, caller_rows, company, judge
from bench.sipp import Sipp
from engine.settings import Settings
from engine.store.store import Store
from tests.rtp_ports import rtp_range

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(shutil.which("sipp") is None, reason="SIPp is not installed: apt install sip-tester"),
]

PEOPLE = 1100
RELOADS = 15
MAIN = "+31201230000"
TONE_HZ = 700.0
CALLS_PER_SECOND = 6
SETTLED = 5
"""Reloads after which there are as many snapshots as there will be: calls last as long as a few reloads."""
SNAPSHOTS_KB = 75_000
"""What six accounts of this size take. There would be ten more, if they were not freed."""


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    low, high = rtp_range(800)
    office = Office(tmp_path, company(0, PEOPLE), settings={"BELPLAN_DIGEST": "md5"})
    office.env["BELPLAN_RTP_PORTS"] = f"{low}-{high}"
    write_recordings(tmp_path / "dialplans")
    yield office
    await office.close()


def write_users(path: Path, passwords: dict[str, str]) -> Path:
    rows = (f"{user};[authentication username={user} password={word}];" for user, word in passwords.items())
    path.write_text("\n".join(["SEQUENTIAL", *rows]) + "\n")
    return path


async def talk(office: Office, keys: str, seconds: int) -> None:
    """A caller who presses keys, says a tone to whose phone rings for it, and hears it all come back."""
    with RawCaller(("127.0.0.1", office.port), f"sip:{MAIN}@{office.server}") as caller:
        await caller.call(caller.sdp("0 101", "a=rtpmap:101 telephone-event/8000"))
        await caller.quiet(0.2)
        for key in keys:
            await caller.event(int(key))
            await caller.quiet(0.2)
        await caller.quiet(0.4)
        caller.heard()
        heard = []
        for _ in range(seconds):
            await caller.speak(np.int16(8000 * np.sin(2 * np.pi * TONE_HZ * np.arange(8000) / 8000)))
            heard.append(caller.heard())
        caller.hang_up()
        assert await caller.final("BYE") == 200
    missing = seconds - 0.1 * tones_in(np.concatenate(heard))
    assert missing < 0.35, f"{missing:.1f} s of {seconds} s were not heard"


def tones_in(sound: np.ndarray) -> int:
    """How many tenths of a second hold the tone and little else."""
    parts = sound[: len(sound) // 800 * 800].reshape(-1, 800).astype(float)
    spectra = np.abs(np.fft.rfft(parts * np.hanning(800))) ** 2
    near = slice(int(TONE_HZ / 10) - 2, int(TONE_HZ / 10) + 3)
    return int((spectra[:, near].sum(axis=1) > 0.9 * spectra.sum(axis=1) + 1).sum())


def size_of(office: Office) -> dict[str, int]:
    """Open files and threads of the engine, and what memory is its own."""
    assert office.process is not None
    process = Path(f"/proc/{office.process.pid}")
    rollup = (process / "smaps_rollup").read_text().splitlines()
    (own,) = [int(line.split()[1]) for line in rollup if line.startswith("Anonymous:")]
    return {"files": len(os.listdir(process / "fd")), "threads": len(os.listdir(process / "task")), "kB": own}


async def test_nothing_is_lost_in_reloads_of_a_large_account_under_load(office: Office, tmp_path: Path) -> None:
    with Store(Settings(state=tmp_path / "state")) as store:
        passwords = store.passwords.ensure("bakery", extensions(PEOPLE))
    everybody = write_users(tmp_path / "everybody.csv", passwords)
    # a phone is called where it registered from last, so those who register again are none of those who are called
    again = write_users(tmp_path / "again.csv", dict(list(passwords.items())[PEOPLE // 2 :]))
    port, media = rtp_range(2)[0], rtp_range(240)[0]
    echo = media + 20
    rows, ports = tmp_path / "callers.csv", tmp_path / "ports.csv"
    rows.write_text(caller_rows(range(media + 40, media + 240, 2)))
    ports.write_text(f"SEQUENTIAL\n{echo};\n")
    await office.start()
    first = sipp(office, "register", "-inf", everybody, "-r", 300, "-m", PEOPLE, "-p", port, media=media)
    assert (await asyncio.to_thread(first.wait)).good == PEOPLE

    phones = sipp(office, "callee", "-inf", ports, "-p", port, "-rtp_echo", media=echo, calls=False)
    callers = sipp(office, "menu", "-inf", rows, "-r", CALLS_PER_SECOND, "-d", 1500, media=media)
    registering = sipp(office, "register", "-inf", again, "-r", 30, media=media + 10)
    keys = iter(all_keys())
    async with asyncio.TaskGroup() as talks:
        talks.create_task(talk(office, next(keys), 8))
        for number in range(1, RELOADS + 1):
            office.write_dialplan(company(number, PEOPLE))
            seen = len(office.log)
            office.reload()
            if number % 4 == 1:
                talks.create_task(talk(office, next(keys), 2))
            await office.logged("dialplan reloaded", after=seen)
            if number == SETTLED:
                settled = size_of(office)
    at_the_end = size_of(office)
    counted = []
    for load in (callers, registering):
        load.finish()
        counted.append(await asyncio.to_thread(load.wait))
    await asyncio.to_thread(phones.stop)
    assert await office.stop() == 0

    told = judge(office.log)
    assert told.wrong == []
    assert told.reloads == RELOADS
    assert told.calls == counted[0].good > 3 * RELOADS
    assert [load.failed for load in counted] == [0, 0]
    assert sum(load.retransmissions for load in counted) < 0.1 * sum(load.good for load in counted), "no storm"
    with Store(Settings(state=tmp_path / "state")) as store:
        kept = {binding.aor for binding in store.bindings.load() if binding.expires_at > time.time()}
        recorded = {record.caller: "".join(key for _, key in record.keys) for record in store.records.last(1000)}
    assert len(kept) == PEOPLE
    of_sipp = {caller.removeprefix(CALLER): keys for caller, keys in recorded.items() if caller.startswith(CALLER)}
    assert [(pressed, keys) for pressed, keys in of_sipp.items() if pressed != keys] == []
    assert at_the_end["kB"] - settled["kB"] < SNAPSHOTS_KB, (settled, at_the_end)
    assert at_the_end["threads"] <= settled["threads"] + 2, (settled, at_the_end)
    assert at_the_end["files"] <= settled["files"] + 20, (settled, at_the_end)


def sipp(office: Office, scenario: str, *words: object, media: int, calls: bool = True) -> Sipp:
    return Sipp(scenario, *words, to=office.server if calls else None, cpu=None, media=media, seconds=60)
