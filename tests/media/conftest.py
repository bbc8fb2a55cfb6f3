"""A media plane with a real worker, and telephones that are sockets: they talk, press keys, know what they heard."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from media.codecs.registry import Coder, codec_named
from media.commands import Stream
from media.plane import Leg, MediaPlane
from tests.rtp_ports import rtp_range

HEADER = struct.Struct("!BBHII")
OPUS_PAYLOAD = 107
NAMES = {0: "PCMU", 8: "PCMA", 9: "G722", OPUS_PAYLOAD: "opus"}


@dataclass(frozen=True, slots=True)
class Packet:
    at: float
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


class Phone(asyncio.DatagramProtocol):
    """A telephone without SIP. ``heard`` are the RTP packets that came, ``reports`` the RTCP ones."""

    def __init__(self, address: str, codec: str, events: int | None) -> None:
        self.address, self.codec, self.events = address, codec, events
        self.heard: list[Packet] = []
        self.reports: list[bytes] = []
        self.remote: tuple[str, int] | None = None
        self.ssrc, self.sequence, self.timestamp = 0x1234, 100, 5000
        self._coder = codec_named(codec).coder(codec_named(codec).sound_rate)
        self._talking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        for _ in range(50):
            self.rtp, _protocol = await loop.create_datagram_endpoint(lambda: self, (self.address, 0), family=family)
            self.port: int = self.rtp.get_extra_info("sockname")[1]
            try:
                reports = Reports(self)
                self.rtcp, _ = await loop.create_datagram_endpoint(
                    lambda reports=reports: reports, (self.address, self.port + 1), family=family
                )
                return
            except OSError:
                self.rtp.close()
        raise AssertionError("no two ports in a row")

    def close(self) -> None:
        self.hush()
        self.rtp.close()
        self.rtcp.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[:2] != self.remote:
            # of another program on this machine, meant for who had the port before
            return
        first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
        assert first == 0x80
        self.heard.append(
            Packet(time.monotonic(), bool(second & 0x80), second & 0x7F, sequence, timestamp, ssrc, data[12:])
        )

    @property
    def payload_type(self) -> int:
        static = codec_named(self.codec).payload_type
        return OPUS_PAYLOAD if static is None else static

    @property
    def rate(self) -> int:
        """Of the sound it speaks and hears, in Hz."""
        return codec_named(self.codec).sound_rate

    def stream(self, **changes: object) -> Stream:
        """What the engine would have agreed with this telephone."""
        facts: dict[str, object] = {
            "codec": self.codec,
            "send_payload": self.payload_type,
            "receive_payload": self.payload_type,
            "remote_address": self.address,
            "remote_port": self.port,
            "event_send_payload": self.events,
            "event_receive_payload": self.events,
            "event_rate": codec_named(self.codec).clock_rate,
            "beside": self.address,
            "proved": self.address,
        }
        return Stream(**{**facts, **changes})  # type: ignore[arg-type]

    # --- speaking ---------------------------------------------------------------------------------------------------

    def send(self, payload: bytes, payload_type: int | None = None, *, step: int = 160, marker: bool = False) -> None:
        """One packet under the next sequence number, ``step`` samples on."""
        assert self.remote is not None
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + step * codec_named(self.codec).scale) & 0xFFFFFFFF
        second = (self.payload_type if payload_type is None else payload_type) | (0x80 if marker else 0)
        self.rtp.sendto(HEADER.pack(0x80, second, self.sequence, self.timestamp, self.ssrc) + payload, self.remote)

    def tone(self, hertz: float) -> Callable[[], bytes]:
        """Frames of a sine, one after the other."""
        at = 0

        def frame() -> bytes:
            nonlocal at
            times = np.arange(at, at + self.rate // 50) / self.rate
            at += self.rate // 50
            return self._coder.encode((8000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16))

        return frame

    def talk(self, hertz: float = 0.0) -> None:
        """Send a tone, or silence, until ``hush``."""
        self.hush()
        frame = self.tone(hertz)
        self._talking = asyncio.create_task(self._talk(frame))

    async def _talk(self, frame: Callable[[], bytes]) -> None:
        due = time.monotonic()
        while True:
            self.send(frame())
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def hush(self) -> None:
        if self._talking is not None:
            self._talking.cancel()
            self._talking = None

    async def press(self, digit: str, frames: int = 5) -> None:
        """A key by RFC 4733, its end three times."""
        assert self.events is not None
        event = "0123456789*#".index(digit)
        for number in range(1, frames + 3):
            ended = 0x80 if number >= frames else 0
            duration = 160 * codec_named(self.codec).scale * min(number, frames)
            payload = struct.pack("!BBH", event, ended | 10, duration)
            self.send(payload, self.events, step=160 if number == 1 else 0, marker=number == 1)
            await asyncio.sleep(0.02)
        self.timestamp += 160 * codec_named(self.codec).scale * frames

    # --- what was heard ---------------------------------------------------------------------------------------------

    def audio(self, since: float = 0.0) -> list[Packet]:
        return [packet for packet in self.heard if packet.at >= since and packet.payload_type in NAMES]

    def samples(self, since: float = 0.0) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        """At ``rate``; every codec is decoded from its first packet on."""
        coders: dict[str, Coder] = {}
        parts = []
        for packet in self.heard:
            name = NAMES.get(packet.payload_type)
            if name is not None:
                coder = coders.setdefault(name, codec_named(name).coder(self.rate))
                sound = coder.decode(packet.payload)
                if packet.at >= since:
                    parts.append(sound)
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def pitch(self, since: float = 0.0) -> float:
        """The strongest frequency heard, in Hz; 0 for silence."""
        samples = self.samples(since).astype(np.float64)
        if len(samples) < self.rate // 10 or np.abs(samples).mean() < 50:
            return 0.0
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
        return float(spectrum.argmax() * self.rate / len(samples))

    async def hear(self, seconds: float) -> float:
        """Listen, and say what pitch was heard."""
        since = time.monotonic()
        await asyncio.sleep(seconds)
        return self.pitch(since)

    def assert_one_stream(self) -> None:
        """One SSRC, no sequence number twice or missing, timestamps that only go on."""
        assert len({packet.ssrc for packet in self.heard}) == 1
        for one, following in pairwise(self.heard):
            assert (following.sequence - one.sequence) & 0xFFFF == 1
            assert (following.timestamp - one.timestamp) & 0xFFFFFFFF < 80_000


class Reports(asyncio.DatagramProtocol):
    def __init__(self, phone: Phone) -> None:
        self._phone = phone

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        remote = self._phone.remote
        if remote is not None and addr[:2] == (remote[0], remote[1] + 1):
            self._phone.reports.append(data)


class Office:
    """Telephones, each with its leg."""

    def __init__(self, plane: MediaPlane, stack: AsyncExitStack) -> None:
        self.plane = plane
        self._stack = stack

    async def phone(
        self, address: str = "127.0.0.1", codec: str = "PCMU", events: int | None = 101, near: Leg | None = None,
        **stream: object,
    ) -> tuple[Phone, Leg]:  # fmt: skip
        """A telephone and a leg configured for it."""
        phone = Phone(address, codec, events)
        await phone.open()
        self._stack.callback(phone.close)
        leg = await self.plane.open_leg(address, near=near)
        self._stack.push_async_callback(leg.close)
        phone.remote = (address, leg.port)
        leg.configure(phone.stream(**stream))
        return phone, leg


@pytest.fixture
async def plane() -> AsyncIterator[MediaPlane]:
    made = MediaPlane(ports=rtp_range(1000), port_rest=0.5)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def office(plane: MediaPlane) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        yield Office(plane, stack)
