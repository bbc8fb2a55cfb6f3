"""A phone is set up by what `belplan people --provision` hands out: Linphone fetches it, registers and takes a call."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from linphone import Linphone, needs_linphone
from office import BELPLAN, Office, free_port, seconds_of, write_tone

pytestmark = pytest.mark.end_to_end


@needs_linphone
@pytest.mark.interop(program="linphone", feature="Remote provisioning")
@pytest.mark.interop(program="linphone", feature="Registration and call over TCP")
async def test_linphone_sets_itself_up_and_takes_a_call(office: Office, tmp_path: Path) -> None:
    command = await asyncio.create_subprocess_exec(
        *(*BELPLAN, "people", "--provision", "102"),
        env=office.env | {"BELPLAN_LISTEN": ",".join(office.listen)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert command.stdout is not None
    url = ""
    while not url:
        line = (await command.stdout.readline()).decode()
        assert line, "the command ended without an address"
        url = "".join(re.findall(r"^http://\S+", line))
    write_tone(tmp_path / "orders.wav", 850.0, 20.0)
    linphone = Linphone(tmp_path / "linphone", port=free_port(), rtp_port=free_port())
    await linphone.start({"misc": {"config-uri": url}}, "-a")
    try:
        assert await asyncio.wait_for(command.wait(), 15) == 0
        assert "has fetched it" in (await command.stdout.read()).decode()
        linphone.tell("soundcard use files")
        linphone.tell(f"play {tmp_path / 'orders.wav'}")
        linphone.tell(f"record {tmp_path / 'heard.wav'}")
        await linphone.registered()
        desk = await office.phone("101", tone=1000.0, record=str(tmp_path / "desk.wav"))
        desk.dial(f"sip:102@{office.server}")
        await desk.wait("answered")
        await asyncio.sleep(2.0)
        desk.hang_up()
        await desk.wait("ended")
    finally:
        await linphone.close()
    await office.close()
    assert seconds_of(tmp_path / "desk.wav", 850.0) > 1.0, "the desk hears what was set up"
