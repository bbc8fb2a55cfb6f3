"""Wideband codecs over the wire: the same one on both sides, another on each, and a change while it is talked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
import soundfile
from linphone import Linphone, needs_linphone, registering
from office import PASSWORD, Office, free_port, seconds_of, write_tone

pytestmark = pytest.mark.end_to_end

DESK = "sip:+31201234568@{server}"
CALLER_HZ, DESK_HZ = 1000.0, 850.0
HIGH_HZ = 6000.0
"""Nothing that a narrow band carries."""


def transcoded(office: Office) -> list[str]:
    return [line["event"] for line in office.log if "transcoded" in str(line.get("event"))]


@pytest.mark.parametrize(
    ("caller_codecs", "desk_codecs", "between"),
    [
        pytest.param(
            ("G722",), ("G722", "PCMU"), [],
            marks=pytest.mark.interop(program="pjsua2", feature="G.722"),
        ),
        pytest.param(
            ("G722",), ("PCMA",), ["sound is transcoded between G722 and PCMA"],
            marks=pytest.mark.interop(program="pjsua2", feature="G.722 on one side, G.711 on the other"),
        ),
    ],
    ids=["same", "transcoded"],
)  # fmt: skip
async def test_both_hear_each_other(
    office: Office, tmp_path: Path, caller_codecs: tuple[str, ...], desk_codecs: tuple[str, ...], between: list[str]
) -> None:
    desk = await office.phone("101", answer=200, tone=DESK_HZ, record=str(tmp_path / "desk.wav"), codecs=desk_codecs)
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"), codecs=caller_codecs)
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    await desk.wait("answered")
    await asyncio.sleep(1.5)
    caller.hang_up()
    await desk.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.9, "the caller hears the desk"
    assert seconds_of(tmp_path / "desk.wav", CALLER_HZ) > 0.9, "the desk hears the caller"
    assert transcoded(office) == between


@pytest.mark.interop(program="pjsua2", feature="Change of codec by re-INVITE, instead of transcoding")
async def test_a_caller_in_the_menu_changes_to_what_the_phone_talks(office: Office, tmp_path: Path) -> None:
    orders = await office.phone("102", answer=200, tone=DESK_HZ, record=str(tmp_path / "orders.wav"), codecs=("PCMU",))
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"), codecs=("G722", "PCMU"))
    caller.dial(office.main_number())
    await caller.wait("answered")
    await asyncio.sleep(0.7)
    caller.press("1")
    await orders.wait("answered")
    await asyncio.sleep(1.8)
    caller.hang_up()
    await orders.wait("ended")
    await office.close()
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 0.9
    assert seconds_of(tmp_path / "orders.wav", CALLER_HZ) > 0.9
    assert transcoded(office) == []


@needs_linphone
@pytest.mark.interop(program="linphone", feature="Opus")
@pytest.mark.interop(program="linphone", feature="A prompt in wide band (Opus)")
async def test_opus_with_a_phone_that_knows_only_g711_and_a_prompt_in_wide_band(office: Office, tmp_path: Path) -> None:
    write_tone(tmp_path / "linphone.wav", DESK_HZ, 20.0)
    linphone = Linphone(tmp_path / "linphone", port=free_port(), rtp_port=free_port())
    codecs = {
        f"audio_codec_{place}": {"mime": mime, "rate": rate, "channels": channels, "enabled": int(mime == "opus")}
        for place, (mime, rate, channels) in enumerate(
            [("opus", 48000, 2), ("PCMU", 8000, 1), ("PCMA", 8000, 1), ("speex", 8000, 1), ("speex", 16000, 1)]
        )
    }
    server = f"<sip:{office.server};transport=udp>"
    await linphone.start({**codecs, **registering("101", server, PASSWORD)}, "-a")
    try:
        linphone.tell("soundcard use files")
        linphone.tell(f"play {tmp_path / 'linphone.wav'}")
        linphone.tell(f"record {tmp_path / 'heard.wav'}")
        await linphone.registered()
        caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"), codecs=("PCMA",))
        caller.dial(DESK.format(server=office.server))
        await caller.wait("answered")
        await asyncio.sleep(2.0)
        caller.hang_up()
        await caller.wait("ended")
        await linphone.says("Call .* ended")
        soundfile.write(
            office.sound("greeting.wav"), 0.4 * np.sin(2 * np.pi * HIGH_HZ * np.arange(48000) / 16000), 16000
        )
        linphone.tell(f"record {tmp_path / 'prompt.wav'}")
        seen = len(office.log)
        linphone.tell(f"call {office.main_number()}")
        await office.logged("call answered", after=seen)
        await asyncio.sleep(2.3)
        linphone.tell("terminate")
        await office.logged("call ended", after=seen)
    finally:
        await linphone.close()
    await office.close()
    assert seconds_of(tmp_path / "prompt.wav", HIGH_HZ) > 1.5, "what no narrow band carries"
    assert seconds_of(tmp_path / "caller.wav", DESK_HZ) > 1.0, "the caller hears Opus"
    assert seconds_of(tmp_path / "heard.wav", CALLER_HZ) > 1.0, "and is heard in it"
    assert transcoded(office) == ["sound is transcoded between PCMA and opus"]
