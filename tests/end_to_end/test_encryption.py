"""Sound encrypted by SRTP: on both sides, on one, demanded and refused; with phones of three makers."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from linphone import Linphone, needs_linphone, registering
from office import DIALPLAN, HOLD_MUSIC_HZ, PASSWORD, Office, free_port, seconds_of, write_tone

from sip.sdp.crypto import KEY_BYTES

pytestmark = pytest.mark.end_to_end

DESK = "sip:+31201234568@{server}"
CALLER_HZ, DESK_HZ = 1000.0, 850.0
BARESIP = [sys.executable, "-m", "engine.softphone.baresip"]
needs_baresip = pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed")


def desk_that(encryption: str) -> dict[str, Any]:
    """An office whose front desk's phones encrypt so."""
    told = DIALPLAN.replace("front-desk: {extension: 101,", f"front-desk: {{extension: 101, encryption: {encryption},")
    assert told != DIALPLAN
    return {"dialplan": told}


async def talk(office: Office, caller: Any, desk: Any, seconds: float = 1.5) -> None:
    caller.dial(DESK.format(server=office.server))
    await caller.wait("answered")
    await desk.wait("answered")
    await asyncio.sleep(seconds)
    caller.hang_up()
    await desk.wait("ended")
    await office.close()


def hear_each_other(folder: Path) -> None:
    assert seconds_of(folder / "caller.wav", DESK_HZ) > 0.9, "the caller hears the desk"
    assert seconds_of(folder / "desk.wav", CALLER_HZ) > 0.9, "the desk hears the caller"


@pytest.mark.interop(program="pjsua2", feature="SRTP (SDES), also with plain RTP on the other side")
@pytest.mark.parametrize(
    ("office", "caller", "desk"),
    [
        pytest.param(desk_that("required"), "required", "required", id="both"),
        pytest.param(desk_that("required"), "never", "required", id="desk only"),
        pytest.param(desk_that("offered"), "required", "never", id="caller only, the desk refuses"),
        pytest.param(desk_that("offered"), "offered", "offered", id="both may"),
    ],
    indirect=["office"],
)
async def test_both_hear_each_other(office: Office, tmp_path: Path, caller: str, desk: str) -> None:
    phone = await office.phone("101", answer=200, tone=DESK_HZ, record=str(tmp_path / "desk.wav"), srtp=desk)
    outside = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"), srtp=caller)
    await talk(office, outside, phone)
    hear_each_other(tmp_path)


@pytest.mark.interop(program="pjsua2", feature="SRTP with AES-128 and AES-256 in counter mode (RFC 4568, RFC 6188)")
@pytest.mark.parametrize("office", [desk_that("required")], indirect=True)
@pytest.mark.parametrize("suite", [suite for suite in KEY_BYTES if "_CM_" in suite])
async def test_each_suite_is_understood(office: Office, tmp_path: Path, suite: str) -> None:
    log = tmp_path / "desk.log"
    desk = await office.phone(
        "101", answer=200, tone=DESK_HZ, record=str(tmp_path / "desk.wav"), srtp="required", suite=suite, log=str(log)
    )
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
    await talk(office, caller, desk)
    hear_each_other(tmp_path)
    assert f"SRTP started, keying=SDES, crypto={suite}" in log.read_text(errors="replace")


@pytest.mark.parametrize(
    ("office", "phone"),
    [(desk_that("required"), "never"), (desk_that("never"), "required")],
    indirect=["office"],
    ids=["must, cannot", "must not, does nothing else"],
)
async def test_a_phone_and_an_office_that_cannot_agree_on_encryption_do_not_talk(office: Office, phone: str) -> None:
    desk = await office.phone("101", answer=200, srtp=phone)
    caller = await office.outside()
    caller.dial(DESK.format(server=office.server))
    failed = await caller.wait("failed")
    assert failed.status >= 400
    desk.dial(office.main_number())
    assert (await desk.wait("failed")).status == 488


@needs_baresip
@pytest.mark.interop(program="baresip", feature="SRTP (SDES)")
@pytest.mark.parametrize("office", [desk_that("required")], indirect=True)
async def test_baresip_encrypts(office: Office, tmp_path: Path) -> None:
    desk = await office.phone(
        "101", command=BARESIP, answer=200, tone=DESK_HZ, record=str(tmp_path / "desk.wav"), srtp="required"
    )
    caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"), srtp="required")
    await talk(office, caller, desk)
    hear_each_other(tmp_path)


@needs_linphone
@pytest.mark.interop(program="linphone", feature="SRTP (SDES)")
@pytest.mark.interop(program="linphone", feature="Hold and resume, with SRTP")
@pytest.mark.parametrize("office", [desk_that("required")], indirect=True)
async def test_linphone_encrypts_and_holds(office: Office, tmp_path: Path) -> None:
    write_tone(tmp_path / "linphone.wav", DESK_HZ, 20.0)
    linphone = Linphone(tmp_path / "linphone", port=free_port(), rtp_port=free_port())
    server = f"<sip:{office.server};transport=udp>"
    await linphone.start(registering("101", server, PASSWORD, media_encryption="srtp"), "-a")
    try:
        linphone.tell("soundcard use files")
        linphone.tell(f"play {tmp_path / 'linphone.wav'}")
        linphone.tell(f"record {tmp_path / 'desk.wav'}")
        await linphone.registered()
        caller = await office.outside(tone=CALLER_HZ, record=str(tmp_path / "caller.wav"))
        caller.dial(DESK.format(server=office.server))
        await caller.wait("answered")
        await asyncio.sleep(1.5)
        linphone.tell("pause")
        await office.logged("held", where=lambda line: line["on"])
        await asyncio.sleep(0.9)
        linphone.tell("resume")
        await office.logged("held", where=lambda line: not line["on"])
        await asyncio.sleep(0.9)
        caller.hang_up()
        await caller.wait("ended")
    finally:
        await linphone.close()
    await office.close()
    hear_each_other(tmp_path)
    assert seconds_of(tmp_path / "caller.wav", HOLD_MUSIC_HZ) > 0.5, "music while held"
