"""Conferences with real workers and real sockets: who hears whom."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.commands import File, Tone
from media.plane import MediaPlane
from tests.media.conftest import Office, Phone
from tests.media.test_plane import sine
from tests.rtp_ports import rtp_range

PITCHES = (400.0, 650.0, 1000.0)
HEARD = 500
"""The amplitude from which a tone counts as heard; they are sent with 8000."""


def pitches(phone: Phone, since: float, among: Sequence[float] = PITCHES) -> set[float]:
    """Which of the tones a telephone has heard."""
    samples = phone.samples(since).astype(float)
    assert len(samples) > 2000
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) * 4 / len(samples)
    return {hertz for hertz in among if spectrum[round(hertz * len(samples) / 8000) + np.arange(-2, 3)].max() > HEARD}


async def listen(phones: Sequence[Phone], seconds: float = 0.6) -> list[set[float]]:
    """What each hears from now on."""
    await asyncio.sleep(0.15)
    since = time.monotonic()
    await asyncio.sleep(seconds)
    return [pitches(phone, since) for phone in phones]


async def three(office: Any, stack: AsyncExitStack, codecs: Sequence[str] = ("PCMU", "PCMA", "PCMU")) -> list[Any]:
    """Three who talk in a conference, each in a tone: telephones, legs and seats."""
    members = []
    for codec, hertz in zip(codecs, PITCHES, strict=True):
        phone, leg = await office.phone(codec=codec)
        phone.talk(hertz)
        seat = await stack.enter_async_context(office.plane.conferences.seat(leg, codec, "board"))
        members.append((phone, leg, seat))
    return [list(each) for each in zip(*members, strict=True)]


def others(*who: int) -> list[set[float]]:
    """What three hear if only ``who`` are heard."""
    return [{PITCHES[one] for one in who if one != listener} for listener in range(3)]


async def test_each_hears_the_others_and_not_oneself_in_one_stream(office: Any) -> None:
    async with AsyncExitStack() as stack:
        phones, legs, seats = await three(office, stack)
        assert await listen(phones) == others(0, 1, 2)
        seats[0].mute(True)
        assert await listen(phones) == others(1, 2)
        seats[0].mute(False)
        assert await listen(phones) == others(0, 1, 2)
        await legs[2].close()
        assert (await listen(phones[:2])) == others(0, 1)[:2]
    for phone in phones:
        phone.assert_one_stream()
    assert await listen(phones[:2]) == [set(), set()], "nobody is left in the room"


async def test_a_sound_over_the_conference_and_one_in_its_place(office: Any, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        phones, legs, seats = await three(office, stack)
        file = File(str(sine(tmp_path / "a.wav", 1500.0, 2.0)))
        seats[0].say((file,))
        legs[1].begin((file,))
        await asyncio.sleep(0.2)
        since = time.monotonic()
        await asyncio.sleep(0.6)
        among = (*PITCHES, 1500.0)
        heard = [pitches(phone, since, among) for phone in phones]
        assert heard == [{650.0, 1000.0, 1500.0}, {1500.0}, {400.0, 650.0}]
        legs[1].stop()
        assert await listen(phones) == others(0, 1, 2)


async def test_sounds_over_the_conference_end_and_are_told(office: Any) -> None:
    async with AsyncExitStack() as stack:
        _phones, legs, _seats = await three(office, stack)
        played = await asyncio.wait_for(legs[0].begin((Tone("joined"),), over=True), 2)
        assert played.finished
        assert played.seconds == pytest.approx(0.25, abs=0.02)


async def test_the_rhythm_of_members_and_of_others_stays(office: Any) -> None:
    bystander, _leg = await office.phone()
    bystander.talk()
    async with AsyncExitStack() as stack:
        phones, _legs, _seats = await three(office, stack)
        await asyncio.sleep(0.3)
        since = time.monotonic()
        await asyncio.sleep(2.0)
        for phone in (*phones, bystander):
            gaps = np.diff([packet.at for packet in phone.audio(since)])
            assert np.median(gaps) == pytest.approx(0.02, abs=0.002)
            # a busy machine may hold up some
            assert np.quantile(gaps, 0.9) < 0.03


async def test_legs_of_other_workers_are_members_alike() -> None:
    plane = MediaPlane(workers=2, ports=rtp_range(200), port_rest=0.2)
    await plane.start()
    try:
        async with AsyncExitStack() as phones_open:
            office = Office(plane, phones_open)
            async with AsyncExitStack() as stack:
                phones, legs, seats = await three(office, stack)
                assert len({id(leg.worker) for leg in legs}) == 2
                far = next(index for index in (1, 2) if legs[index].worker is not legs[0].worker)
                assert await listen(phones) == others(0, 1, 2)
                seats[far].mute(True)
                assert await listen(phones) == others(*({0, 1, 2} - {far}))
                seats[far].mute(False)
                seats[far].say((Tone("joined"),))
                assert await listen(phones) == others(0, 1, 2)
            assert plane.legs == 3, "the way to the other worker is closed with the seat"
            async with AsyncExitStack() as stack:
                phones, legs, seats = await three(office, stack)
                far = next(index for index in (1, 2) if legs[index].worker is not legs[0].worker)
                os.kill(legs[0].worker.pid, signal.SIGKILL)
                assert await asyncio.wait_for(seats[far].dead, 5) == "worker"
                assert not legs[far].dead.done()
    finally:
        await plane.close()


async def test_a_room_is_forgotten_with_its_last_member(office: Any) -> None:
    async with AsyncExitStack() as stack:
        await three(office, stack)
        assert list(office.plane.conferences._rooms) == ["board"]
    assert office.plane.conferences._rooms == {}
