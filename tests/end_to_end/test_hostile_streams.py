"""Connections by the thousand that say nothing, and hundreds that never come to an end, while people talk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sys
from pathlib import Path

import pytest
import soundfile
from office import GREETING_HZ, Office, free_port, seconds_of, write_tone

from tests.certificates import Authority

pytestmark = pytest.mark.end_to_end

IDLE = 10_000
HALF_OPEN = 100
LOAD = [sys.executable, "-m", "bench.stream_load"]
ROOT = Path(__file__).resolve().parents[2]
few_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1] < IDLE + 1_000
HALVES = [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"OPTIONS sip:101@bakery.test SIP/2.0\r\nVia:"]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    folder = Authority(tmp_path).issue(["localhost"])
    return {"BELPLAN_CERTIFICATES": str(folder), "BELPLAN_NEVER_BAN": "127.0.0.0/8"}


@pytest.mark.skipif(few_files, reason=f"a process may not open {IDLE} files here")
async def test_a_call_goes_on_among_ten_thousand_idle_and_many_half_open_connections(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    office = Office(tmp_path, settings=settings)
    (tls_port, ws_port) = free_port(), free_port()
    office.listen += [f"tls:127.0.0.1:{tls_port}", f"ws:127.0.0.1:{ws_port}"]
    write_tone(office.sound("greeting.wav"), GREETING_HZ, 3.0)
    write_tone(office.sound("hours.wav"), GREETING_HZ, 1.0)
    write_tone(office.sound("hold.wav"), GREETING_HZ, 1.0)
    await office.start()
    load = await asyncio.create_subprocess_exec(
        *(*LOAD, "idle", "--port", str(office.port), "--udp-port", str(office.port)),
        *("--count", str(IDLE), "--seconds", "4"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    writers: list[asyncio.StreamWriter] = []
    try:
        assert load.stdout is not None
        assert json.loads(await load.stdout.readline())["connected"] == IDLE
        for port in (office.port, tls_port, ws_port):
            for number in range(HALF_OPEN):
                local = (f"127.2.0.{number % 200 + 1}", 0)
                _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=local)
                writer.write(HALVES[number % len(HALVES)])
                writers.append(writer)
        caller = await office.outside(record=str(tmp_path / "caller.wav"))
        caller.dial(office.main_number())
        await caller.wait("answered")
        await asyncio.sleep(2.5)
        caller.hang_up()
        await caller.wait("ended")
        found = json.loads(await load.stdout.readline())
        assert found["alive"] == IDLE
        assert found["p50_ms"] < 100
    finally:
        for writer in writers:
            writer.transport.abort()
        with contextlib.suppress(ProcessLookupError):
            load.kill()
        await load.wait()
        await office.close()
    # a phone on a busy machine records less than it should, with or without those connections; gaps would be ours
    recorded = soundfile.info(tmp_path / "caller.wav").duration
    assert recorded > 1.0
    assert seconds_of(tmp_path / "caller.wav", GREETING_HZ) > 0.9 * recorded - 0.1
