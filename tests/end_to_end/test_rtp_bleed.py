"""Attacks on the sound of calls, over real sockets: to be sent it, to be heard in it, to have it sent to others."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from office import GREETING_HZ, MAIN_NUMBER, Office, seconds_of
from raw_caller import RawCaller

from media.worker.proving import FIRST_PACKETS

pytestmark = pytest.mark.end_to_end

VICTIM, ATTACKER = "127.0.0.9", "127.0.0.66"
EVENTS = "a=rtpmap:101 telephone-event/8000"
KEY_ONE = struct.pack("!BBH", 1, 0x8A, 800)
LOUD = b"\x00\x80" * 80
RTP = struct.Struct("!BBHII")
SECONDS_OF_ATTACK = 3.0


def caller_of(office: Office) -> RawCaller:
    return RawCaller(("127.0.0.1", office.port), f"sip:{MAIN_NUMBER}@127.0.0.1:{office.port}")


@contextmanager
def bound(host: str, port: int = 0) -> Iterator[socket.socket]:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind((host, port))
        sock.setblocking(False)
        yield sock


def came(sock: socket.socket) -> int:
    """How many datagrams wait."""
    count = 0
    try:
        while sock.recv(2048):
            count += 1
    except BlockingIOError:
        return count
    return count


def greeting(sound: np.ndarray) -> float:
    """For how many seconds the greeting is what is heard."""
    size, heard = 800, 0
    for start in range(0, len(sound) - size + 1, size):
        part = sound[start : start + size].astype(np.float64)
        if np.abs(part).max() > 500:
            spectrum = np.abs(np.fft.rfft(part * np.hanning(size), 8000)) ** 2
            heard += spectrum[int(GREETING_HZ) - 20 : int(GREETING_HZ) + 20].sum() > 0.6 * spectrum.sum()
    return heard * size / 8000


async def attack(office: Office, until: float, *attackers: socket.socket) -> None:
    """Send loud audio and keys, in sequence, to all RTP ports there are."""
    low, high = map(int, office.env["BELPLAN_RTP_PORTS"].split("-"))
    sequence = 0
    while time.monotonic() < until:
        sequence += 1
        for attacker in attackers:
            for port in range(low, high):
                for payload, body in ((0, LOUD), (101, KEY_ONE)):
                    packet = RTP.pack(0x80, payload, sequence & 0xFFFF, 160 * sequence, 666) + body
                    attacker.sendto(packet, ("127.0.0.1", port))
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)


@pytest.mark.interop(program="pjsua2", feature="Calls heard as ever while all RTP ports are sent forged packets")
async def test_whoever_sends_to_all_ports_is_neither_heard_nor_sent_anything(office: Office, tmp_path: Path) -> None:
    phone = await office.outside(record=str(tmp_path / "heard.wav"), tone=620)
    with bound(ATTACKER) as far, bound("127.0.0.1") as near:
        attacking = asyncio.create_task(attack(office, time.monotonic() + SECONDS_OF_ATTACK, far, near))
        await asyncio.sleep(0.3)  # before the call ...
        phone.dial(office.main_number())
        await phone.wait("answered", 5)
        await asyncio.sleep(1.8)  # ... in it ...
        phone.hang_up()
        await phone.wait("ended", 5)
        await attacking  # ... and after it
        await phone.close()
        assert (came(far), came(near)) == (0, 0)
    assert not [line for line in office.log if line.get("event") == "digit heard"]
    assert seconds_of(tmp_path / "heard.wav", GREETING_HZ) > 1.3


async def test_packets_from_the_callers_own_address_are_not_heard_while_the_caller_speaks(office: Office) -> None:
    with caller_of(office) as caller:
        await caller.call(caller.sdp("0 101", EVENTS))
        await caller.quiet(0.2)
        forged = [
            RTP.pack(0x80, 101, caller.sequence + n, caller.timestamp, ssrc) + KEY_ONE
            for ssrc, n in ((0xBAD, 1), (0xBAD, 2), (0xBAD, 3), (0xBEEF, 1), (caller.ssrc, 9000), (caller.ssrc, 20000))
        ]
        for packet in forged[3:]:
            caller.send_rtp(packet)
        for _ in range(10):
            await caller.quiet(0.02)
            caller.send_rtp(RTP.pack(0x80, 0, 7, 7, 0xBAD) + LOUD)
            caller.send_rtp(caller.packet(b"\xff" * 160, 0, timestamp=caller.timestamp))
            caller.sequence -= 1
        await caller.quiet(0.2)
        assert not [line for line in office.log if line.get("event") == "digit heard"]
        await caller.event(9)
        heard = await office.logged("digit heard")
        caller.hang_up()
        told = await office.logged("dropped injected media")
    assert heard["digit"] == "9"
    assert told["ssrc"] >= 11
    assert told["sequence"] == 2


async def test_a_caller_who_names_a_victim_has_a_few_packets_sent_there_until_it_speaks_itself(office: Office) -> None:
    with caller_of(office) as caller, bound(VICTIM, caller.rtp.getsockname()[1]) as victim:
        await caller.call(caller.sdp("0 101", EVENTS, address=VICTIM))
        await asyncio.sleep(2.0)
        assert 0 < came(victim) <= FIRST_PACKETS + 2
        assert len(caller.heard()) == 0
        await caller.quiet(0.5)
        assert greeting(caller.heard()) > 0.2, "a phone behind a router that does not know its own address"
        caller.hang_up()


async def test_a_forged_invite_has_less_sent_than_sip_repeats_and_a_silent_phone_hears_all(office: Office) -> None:
    with caller_of(office) as forged, caller_of(office) as mute:
        forged.send("INVITE", forged.sdp("0 101", EVENTS))
        await mute.call(mute.sdp("0 101", EVENTS))
        await asyncio.sleep(2.0)
        assert await forged.final("INVITE") == 200
        assert len(forged.heard()) <= (FIRST_PACKETS + 2) * 160, "nobody has shown that it was not forged"
        assert greeting(mute.heard()) > 1.6, "though it has not sent one packet"
        forged.send("ACK")
        await asyncio.sleep(0.4)
        assert len(forged.heard()) > 0.25 * 8000
        mute.hang_up()
        forged.hang_up()
