"""The media plane with a real worker and real sockets: who hears what."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from media.commands import DigitPressed, File, Silence, Tone
from media.plane import MediaPlane, MediaUnavailable, share_out
from tests.media.sounds import sine, until
from tests.rtp_ports import rtp_range


async def test_a_worker_asks_for_huge_pages_unless_the_admin_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0")
    plane = MediaPlane(ports=rtp_range(8))
    await plane.start()
    try:
        environment = await asyncio.to_thread(Path(f"/proc/{plane.pids[0]}/environ").read_bytes)
    finally:
        await plane.close()
    assert b"GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.hugetlb=0" in environment.replace(b"\0", b":"), (
        "the C library cuts it up"
    )


# --- playing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
async def test_a_file_is_heard_whole_and_in_order(office: Any, tmp_path: Path, address: str, codec: str) -> None:
    phone, leg = await office.phone(address, codec)
    phone.talk()
    played = await leg.play((File(str(sine(tmp_path / "a.wav", 620.0, 0.5))), Silence(0.1)))
    assert (played.finished, played.failed) == (True, "")
    assert played.seconds == pytest.approx(0.6, abs=0.02)
    phone.assert_one_stream()
    assert phone.pitch() == pytest.approx(620, abs=10)
    assert phone.heard[0].marker
    assert not any(packet.marker for packet in phone.heard[1:])


async def test_an_idle_leg_is_never_dead_air(office: Any) -> None:
    phone, _leg = await office.phone()
    await phone.hear(0.4)
    assert 12 <= len(phone.heard) <= 22
    assert {packet.payload for packet in phone.heard} == {b"\xff" * 160}


async def test_a_tone_goes_on_until_it_is_stopped(office: Any) -> None:
    phone, leg = await office.phone()
    playing = leg.begin((Tone("busy", "NL"),))
    assert await phone.hear(0.4) == pytest.approx(425, abs=15)
    leg.stop()
    played = await playing
    assert not played.finished
    assert 0.3 < played.seconds < 0.6
    assert await phone.hear(0.2) == 0.0
    phone.assert_one_stream()


async def test_cancelling_a_play_stops_it_and_only_it(office: Any) -> None:
    phone, leg = await office.phone()
    first = asyncio.create_task(leg.play((Tone("beep"),), loop=True))
    await phone.hear(0.1)
    first.cancel()
    leg.begin((Tone("busy", "GB"),))
    await asyncio.sleep(0.05)
    assert await phone.hear(0.3) == pytest.approx(400, abs=15)


async def test_a_new_play_replaces_the_one_before(office: Any) -> None:
    _phone, leg = await office.phone()
    first = leg.begin((Tone("beep"),), loop=True)
    second = await leg.play((Silence(0.1),))
    assert first.done()
    assert not first.result().finished
    assert second.finished


async def test_a_file_that_is_not_there_is_said_and_silence_is_heard(office: Any, tmp_path: Path) -> None:
    phone, leg = await office.phone()
    played = await leg.play((File(str(tmp_path / "none.wav")),))
    assert not played.finished
    assert "none.wav" in played.failed
    assert await phone.hear(0.15) == 0.0
    assert "no tone" in (await leg.play((Tone("cuckoo"),))).failed


async def test_a_play_before_the_answer_begins_with_it(plane: MediaPlane, office: Any) -> None:
    phone, leg = await office.phone()
    other = await plane.open_leg("127.0.0.1")
    playing = other.begin((Tone("beep"),))
    await asyncio.sleep(0.2)
    assert not playing.done()
    await leg.close()
    other.configure(phone.stream())
    assert (await playing).finished
    await other.close()


# --- digits ---------------------------------------------------------------------------------------------------------


async def test_a_key_is_told_once_and_stops_the_prompt_within_60_ms(office: Any) -> None:
    phone, leg = await office.phone()
    pressed: list[DigitPressed] = []
    leg.on_digit = pressed.append
    latencies = []
    for _ in range(3):
        phone.talk()
        prompt = leg.begin((Tone("beep"),), loop=True, barge_in=True)
        assert await phone.hear(0.3) > 900
        phone.hush()
        pressing = asyncio.create_task(phone.press("5"))
        began = time.monotonic()
        assert not (await prompt).finished
        await pressing
        await asyncio.sleep(0.05)
        latencies.append(max(packet.at for packet in phone.heard if len(set(packet.payload)) > 1) - began)
    assert [(press.digit, press.method) for press in pressed] == [("5", "rfc4733")] * 3
    # the best of three: the machine that runs the tests may be busy
    assert min(latencies) < 0.06


async def test_a_prompt_without_barge_in_goes_on(office: Any) -> None:
    phone, leg = await office.phone()
    phone.talk()
    prompt = asyncio.create_task(leg.play((Silence(0.4),)))
    await asyncio.sleep(0.1)
    phone.hush()
    await phone.press("1")
    assert (await prompt).finished


async def test_in_band_keys_are_heard_when_no_events_are_offered(office: Any) -> None:
    from media.digits.tones import dual_tone

    phone, leg = await office.phone(events=None, codec="PCMA")
    pressed: list[DigitPressed] = []
    leg.on_digit = pressed.append
    from media.codecs.registry import codec_named

    tones = np.concatenate([part for key in "159#" for part in (dual_tone(key, 0.1), np.zeros(640, np.int16))])
    audio = codec_named("PCMA").encode(np.concatenate([np.zeros(1600, np.int16), tones]))
    for at in range(0, len(audio), 160):
        phone.send(audio[at : at + 160])
        await asyncio.sleep(0.01)
    await until(lambda: len(pressed) == 4)
    assert [(press.digit, press.method) for press in pressed] == [(key, "inband") for key in "159#"]


async def test_keys_are_pressed_towards_a_phone_as_events_within_one_stream(office: Any) -> None:
    from media.digits.events import EventReceiver

    phone, leg = await office.phone()
    leg.send_digits("42", 0.06)
    await phone.hear(0.6)
    receiver = EventReceiver()
    events = [packet for packet in phone.heard if packet.payload_type == 101]
    found = [receiver.receive(packet.payload, packet.timestamp, packet.at) for packet in events]
    assert [digit for digit in found if digit] == ["4", "2"]
    assert sum(bool(packet.payload[1] & 0x80) for packet in events) == 6
    phone.assert_one_stream()


async def test_keys_are_pressed_as_tones_towards_a_phone_without_events(office: Any) -> None:
    from media.digits.tones import ToneDetector

    phone, leg = await office.phone(events=None)
    leg.send_digits("7#", 0.1)
    await phone.hear(0.6)
    detector = ToneDetector(1)
    samples = phone.samples()
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 1, 160)
    assert [key for frame in frames for _, key in detector.detect(np.array([0]), frame)] == ["7", "#"]


# --- bridges --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mine", "theirs"), [("PCMU", "PCMU"), ("PCMU", "PCMA"), ("PCMA", "PCMU")])
async def test_two_phones_hear_each_other(office: Any, mine: str, theirs: str) -> None:
    alice, left = await office.phone(codec=mine)
    bob, right = await office.phone(codec=theirs, near=left)
    alice.talk(600.0)
    bob.talk(900.0)
    await asyncio.sleep(0.2)
    left.join(right)
    await asyncio.sleep(0.1)
    heard = await asyncio.gather(alice.hear(0.5), bob.hear(0.5))
    assert heard == [pytest.approx(900, abs=10), pytest.approx(600, abs=10)]
    left.part()
    await asyncio.sleep(0.05)
    assert await asyncio.gather(alice.hear(0.3), bob.hear(0.3)) == [0.0, 0.0]
    for phone in (alice, bob):
        phone.assert_one_stream()


async def test_keys_and_marker_bits_pass_the_bridge_under_the_others_payload_number(office: Any) -> None:
    alice, left = await office.phone(events=101)
    bob, right = await office.phone(events=96, near=left)
    pressed: list[DigitPressed] = []
    left.on_digit = pressed.append
    alice.talk(600.0)
    bob.talk()
    left.join(right)
    await asyncio.sleep(0.3)
    alice.hush()
    before = len(bob.heard)
    await alice.press("8")
    alice.send(alice.tone(600.0)(), marker=True)
    await asyncio.sleep(0.1)
    events = [packet for packet in bob.heard[before:] if packet.payload_type == 96]
    assert len(events) == 7
    assert events[0].marker
    assert len({packet.timestamp for packet in events}) == 1
    assert [press.digit for press in pressed] == ["8"]
    after = next(
        p for p in bob.heard[before:] if p.payload_type == 0 and p.sequence == (events[-1].sequence + 1) & 0xFFFF
    )
    assert after.marker
    bob.assert_one_stream()


async def test_a_key_reaches_a_phone_without_events_as_a_tone(office: Any) -> None:
    from media.digits.tones import ToneDetector

    alice, left = await office.phone(events=101)
    bob, right = await office.phone(events=None, near=left)
    alice.talk()
    left.join(right)
    await asyncio.sleep(0.2)
    alice.hush()
    await alice.press("3")
    alice.talk()
    await asyncio.sleep(0.2)
    detector = ToneDetector(1)
    samples = bob.samples()
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 1, 160)
    assert [key for frame in frames for _, key in detector.detect(np.array([0]), frame)] == ["3"]
    assert {packet.payload_type for packet in bob.heard} == {0}


async def test_a_partner_that_falls_silent_leaves_no_dead_air(office: Any) -> None:
    alice, left = await office.phone()
    bob, right = await office.phone(near=left)
    alice.talk(600.0)
    bob.talk()
    left.join(right)
    await asyncio.sleep(0.3)
    alice.hush()
    since = time.monotonic()
    await bob.hear(0.6)
    quiet = [packet for packet in bob.heard if packet.at > since]
    gaps = np.diff([packet.at for packet in quiet])
    assert gaps.max() < 0.25
    assert len(quiet) > 15
    alice.talk(600.0)
    assert await bob.hear(0.4) == pytest.approx(600, abs=10)
    bob.assert_one_stream()


async def test_on_hold_a_phone_hears_music_and_not_its_partner(office: Any, tmp_path: Path) -> None:
    music = File(str(sine(tmp_path / "music.wav", 1500.0, 0.3)))
    alice, left = await office.phone()
    bob, right = await office.phone(near=left)
    alice.talk(600.0)
    bob.talk(900.0)
    left.join(right)
    await asyncio.sleep(0.3)
    left.hold(True, (music,))
    await asyncio.sleep(0.2)
    assert await asyncio.gather(alice.hear(0.5), bob.hear(0.5)) == [
        pytest.approx(1500, abs=15),
        pytest.approx(600, abs=15),
    ]
    left.hold(False)
    await asyncio.sleep(0.05)
    assert await alice.hear(0.4) == pytest.approx(900, abs=10)
    alice.assert_one_stream()


async def test_hold_without_music_is_silence(office: Any, tmp_path: Path) -> None:
    alice, left = await office.phone()
    bob, right = await office.phone(near=left)
    alice.talk()
    bob.talk(900.0)
    left.join(right)
    for sounds in ((), (File(str(tmp_path / "none.wav")),)):
        left.hold(True, sounds)
        await asyncio.sleep(0.1)
        assert await alice.hear(0.25) == 0.0


async def test_a_re_invite_changes_codec_and_address_within_one_stream(office: Any) -> None:
    phone, leg = await office.phone(codec="PCMU")
    phone.talk()
    leg.begin((Tone("busy", "NL"),))
    await asyncio.sleep(0.2)
    phone.hush()
    phone.codec = "PCMA"
    leg.configure(phone.stream())
    phone.talk()
    await asyncio.sleep(0.05)
    since = time.monotonic()
    assert await phone.hear(0.25) == pytest.approx(425, abs=15)
    assert {packet.payload_type for packet in phone.audio(since)} == {8}
    phone.assert_one_stream()


async def test_a_phone_that_holds_is_sent_nothing_and_is_sent_to_again_afterwards(office: Any) -> None:
    phone, leg = await office.phone()
    phone.talk()
    await asyncio.sleep(0.2)
    leg.configure(phone.stream(send=False, timeout=None))
    await asyncio.sleep(0.05)
    count = len(phone.heard)
    await asyncio.sleep(0.2)
    assert len(phone.heard) == count
    leg.configure(phone.stream())
    await asyncio.sleep(0.2)
    assert len(phone.heard) > count + 5
    assert phone.heard[count].marker
    phone.assert_one_stream()


# --- who is believed ------------------------------------------------------------------------------------------------


async def test_media_goes_where_it_comes_from(office: Any) -> None:
    """A router's address in the SDP, the phone somewhere else."""
    phone, leg = await office.phone()
    other, unused = await office.phone()
    await unused.close()
    other.remote = phone.remote
    leg.configure(phone.stream(remote_port=other.port))
    await until(lambda: other.heard)
    phone.heard.clear()
    phone.talk(500.0)
    await until(lambda: phone.heard)
    await asyncio.sleep(0.03)
    other.heard.clear()
    await phone.hear(0.2)
    assert len(phone.heard) > 5
    assert other.heard == []


async def test_a_stranger_neither_is_heard_nor_gets_the_stream(office: Any) -> None:
    alice, left = await office.phone()
    bob, right = await office.phone(near=left)
    stranger, gone = await office.phone()
    await gone.close()
    stranger.remote = alice.remote
    pressed: list[DigitPressed] = []
    left.on_digit = pressed.append
    alice.talk(600.0)
    bob.talk()
    left.join(right)
    await asyncio.sleep(0.2)
    stranger.heard.clear()
    stranger.talk(1200.0)
    await stranger.press("9")
    assert await bob.hear(0.4) == pytest.approx(600, abs=10)
    assert stranger.heard == []
    assert pressed == []
    bob.assert_one_stream()


async def test_a_stranger_who_comes_first_does_not_keep_the_signalled_phone_out(office: Any) -> None:
    phone, leg = await office.phone()
    stranger, gone = await office.phone()
    await gone.close()
    stranger.remote = phone.remote
    pressed: list[DigitPressed] = []
    leg.on_digit = pressed.append
    for _ in range(2):
        stranger.send(bytes((9, 10, 0, 160)), 101)
    await asyncio.sleep(0.03)
    phone.talk()
    await asyncio.sleep(0.1)
    stranger.talk()
    await asyncio.sleep(0.2)
    closed = await leg.close()
    assert closed is not None
    assert pressed == []
    assert closed.received >= 10
    assert stranger.heard == []


async def test_a_stranger_who_is_faster_loses_the_stream_to_the_signalled_phone(office: Any) -> None:
    phone, leg = await office.phone()
    stranger, gone = await office.phone()
    await gone.close()
    stranger.remote = phone.remote
    stranger.talk()
    await asyncio.sleep(0.15)
    phone.talk()
    await asyncio.sleep(0.1)
    phone.heard.clear()
    stranger.heard.clear()
    await asyncio.sleep(0.3)
    assert stranger.heard == []
    assert len(phone.heard) > 10
    closed = await leg.close()
    assert closed is not None


async def test_after_a_hold_media_goes_where_the_phone_was(office: Any) -> None:
    """The address in the SDP is a private one, and the phone keeps silent when it takes the call back."""
    phone, leg = await office.phone()
    private, unused = await office.phone()
    await unused.close()
    private.remote = phone.remote
    stream = phone.stream(remote_port=private.port)
    leg.configure(stream)
    await until(lambda: private.heard)
    phone.heard.clear()
    phone.talk()
    await until(lambda: phone.heard)
    phone.hush()
    leg.configure(msgspec.structs.replace(stream, send=False, receive=False))
    await asyncio.sleep(0.1)
    leg.configure(stream)
    private.heard.clear()
    phone.heard.clear()
    await asyncio.sleep(0.3)
    assert private.heard == []
    assert len(phone.heard) > 10


async def test_what_is_no_rtp_is_counted_and_harms_nothing(office: Any) -> None:
    phone, leg = await office.phone()
    for junk in (
        b"",
        b"\x80",
        b"\x00" * 40,
        b"\xbf" * 40,
        b"\x80\x60" + bytes(60),
        bytes(1600),
        b"\x80\x00" + bytes(10),
    ):
        phone.rtp.sendto(junk, phone.remote)
        phone.rtcp.sendto(junk, (phone.remote[0], phone.remote[1] + 1))
    phone.talk()
    await asyncio.sleep(0.2)
    for junk in (b"\x80", b"\x00" * 40, b"\x80\x60" + bytes(60), bytes(1600), b"\x9f\x00" + bytes(20)):
        phone.rtp.sendto(junk, phone.remote)
        phone.rtcp.sendto(junk, (phone.remote[0], phone.remote[1] + 1))
    await asyncio.sleep(0.1)
    assert await phone.hear(0.1) == 0.0
    closed = await leg.close()
    assert closed is not None
    assert closed.invalid >= 8
    assert closed.received >= 10


# --- reports --------------------------------------------------------------------------------------------------------


async def test_the_leg_says_goodbye_to_its_peer_and_to_nobody_else(office: Any) -> None:
    phone, leg = await office.phone()
    stranger, other = await office.phone()
    phone.talk()
    await asyncio.sleep(0.2)
    stranger.remote = phone.remote
    stranger.rtcp.sendto(b"\x80\xc9\x00\x01" + bytes(4), (phone.remote[0], phone.remote[1] + 1))
    await leg.close()
    await other.close()
    await until(lambda: phone.reports)
    assert phone.reports[-1][1] == 200
    assert phone.reports[-1][-7] == 203
    assert stranger.reports == []


async def test_loss_is_counted(office: Any) -> None:
    phone, leg = await office.phone()
    told = asyncio.Event()
    leg.on_digit = lambda _: told.set()
    for number in range(50):
        if number % 10 == 5:
            phone.sequence += 1
        phone.send(b"\xff" * 160)
        await asyncio.sleep(0.005)
    await phone.press("5", frames=1)
    await asyncio.wait_for(told.wait(), 5)  # what came before the key has been read by then
    closed = await leg.close()
    assert closed is not None
    assert closed.lost == 5
    assert 51 <= closed.received <= 53, "the key is sent three times"
    assert closed.sent > 3


async def test_a_silent_phone_is_told_once_by_its_timeout(office: Any) -> None:
    phone, leg = await office.phone(timeout=0.5)
    phone.talk()
    await asyncio.sleep(0.7)
    assert not leg.dead.done()
    phone.hush()
    async with asyncio.timeout(2):
        assert await leg.dead == "silent"


# --- ports, workers -------------------------------------------------------------------------------------------------


async def test_ports_are_even_given_back_and_rest_first() -> None:
    low, high = rtp_range(4)
    plane = MediaPlane(ports=(low, high), port_rest=0.3)
    await plane.start()
    try:
        first, second = await plane.open_leg("127.0.0.1"), await plane.open_leg("127.0.0.1")
        assert {first.port, second.port} == {low, low + 2}
        with pytest.raises(MediaUnavailable, match="2 pairs in use"):
            await plane.open_leg("127.0.0.1")
        await first.close()
        with pytest.raises(MediaUnavailable, match="1 resting"):
            await plane.open_leg("127.0.0.1")
        await asyncio.sleep(0.4)
        again = await plane.open_leg("127.0.0.1")
        assert again.port == first.port
        assert plane.legs == 2
    finally:
        await plane.close()


async def test_a_port_of_another_program_is_passed_over() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        low, high = rtp_range(4)
        taken.bind(("127.0.0.1", low + 1))
        plane = MediaPlane(ports=(low, high))
        await plane.start()
        try:
            assert (await plane.open_leg("127.0.0.1")).port == low + 2
        finally:
            await plane.close()


async def test_an_address_that_is_not_ours_is_said(plane: MediaPlane) -> None:
    with pytest.raises(MediaUnavailable, match=r"192\.0\.2\.1"):
        await plane.open_leg("192.0.2.1")
    await until(lambda: plane.legs == 0)


async def test_a_dead_worker_ends_its_legs_and_is_replaced(office: Any, plane: MediaPlane) -> None:
    phone, leg = await office.phone()
    phone.talk()
    playing = leg.begin((Tone("busy"),))
    await asyncio.sleep(0.1)
    (pid,) = plane.pids
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(2):
        assert await leg.dead == "worker"
        assert (await playing).failed
        assert await leg.close() is None
    again, fresh = await office.phone()
    assert plane.pids != [pid]
    again.talk()
    assert (await fresh.play((Tone("beep"),))).finished
    assert plane.legs == 1


async def test_a_worker_that_takes_anothers_place_reads_what_was_last_asked_for(
    plane: MediaPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.preload(f"before{number}.wav" for number in range(20))
    plane.preload(["one.wav", "two.wav"])
    (pid,) = plane.pids
    read: list[str] = []
    monkeypatch.setattr(plane, "_send_preloads", lambda _, paths: read.extend(paths))
    os.kill(pid, signal.SIGKILL)
    await until(lambda: plane.pids not in ([], [pid]))
    assert read == ["one.wav", "two.wav"]


async def test_only_the_legs_of_the_dead_worker_end() -> None:
    plane = MediaPlane(ports=rtp_range(100), workers=2)
    await plane.start()
    try:
        one, two = await plane.open_leg("127.0.0.1"), await plane.open_leg("127.0.0.1")
        near = await plane.open_leg("127.0.0.1", near=one)
        assert one.worker is not two.worker
        assert near.worker is one.worker
        with pytest.raises(ValueError, match="different workers"):
            one.join(two)
        os.kill(one.worker.pid, signal.SIGKILL)
        async with asyncio.timeout(2):
            await asyncio.gather(one.dead, near.dead)
        await asyncio.sleep(0.05)
        assert not two.dead.done()
        with pytest.raises(MediaUnavailable):
            await plane.open_leg("127.0.0.1", near=one)
    finally:
        await plane.close()


async def test_the_worker_ends_when_the_engine_is_gone(plane: MediaPlane) -> None:
    (pid,) = plane.pids
    os.kill(pid, signal.SIGTERM)
    await asyncio.sleep(0.1)
    assert plane.pids == [pid]
    plane._workers[0]._socket.shutdown(socket.SHUT_RDWR)
    await until(lambda: plane.pids != [pid])
    await until(lambda: not Path(f"/proc/{pid}").exists())


async def test_commands_after_the_end_do_nothing(office: Any) -> None:
    phone, leg = await office.phone()
    closed = await leg.close()
    assert await leg.close() == closed
    leg.stop()
    leg.hold(True)
    leg.configure(phone.stream())
    assert not (await leg.play((Tone("beep"),))).finished
    assert (await leg.record("x.wav")).why == "closed"


async def test_a_cancelled_opening_leaves_no_leg(plane: MediaPlane) -> None:
    opening = asyncio.create_task(plane.open_leg("127.0.0.1"))
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await until(lambda: plane.legs == 0)


@pytest.mark.parametrize(
    ("ports", "workers", "ranges"),
    [
        ((10000, 10007), 1, [(10000, 10007)]),
        ((10001, 10008), 1, [(10002, 10007)]),
        ((10000, 10011), 3, [(10000, 10003), (10004, 10007), (10008, 10011)]),
    ],
)
def test_workers_share_the_ports_in_pairs(ports: tuple[int, int], workers: int, ranges: list[tuple[int, int]]) -> None:
    assert share_out(ports, workers) == ranges


def test_fewer_ports_than_workers_are_refused() -> None:
    with pytest.raises(ValueError, match="not enough for 3"):
        share_out((10000, 10003), 3)


async def test_a_worker_that_cannot_be_started_again_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = MediaPlane(ports=rtp_range(10))
    await plane.start()
    monkeypatch.setattr("media.plane.RESTART_SECONDS", 0.05)
    start, failures = subprocess.Popen, [BlockingIOError(11, "Resource temporarily unavailable")] * 2

    def fails_twice(*words: Any, **more: Any) -> Any:
        if failures:
            raise failures.pop()
        return start(*words, **more)

    monkeypatch.setattr("media.process.subprocess.Popen", fails_twice)
    try:
        os.kill(plane.pids[0], signal.SIGKILL)
        await until(lambda: not failures and plane.pids)
        assert (await plane.open_leg("127.0.0.1")).port
    finally:
        await plane.close()


async def test_what_keeps_a_worker_from_starting_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("media.process.subprocess.Popen", refuse)
    with pytest.raises(MediaUnavailable, match="Cannot allocate memory"):
        await MediaPlane().start()
