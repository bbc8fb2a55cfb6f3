"""A leg of a call in the worker: its ports, what it hears and what is heard of it.

A leg hears exactly one thing at a time, the first of these there is: keys being pressed, a sound that is played, hold
music, the conference it is in (a sound may be played over that), its bridged partner, comfort silence. All but the last
two are a ``source`` that transmit.py takes a frame of every 20 ms; the partner's packets go out as they arrive.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from media.bridge import Path
from media.codecs.conversion import Converter
from media.codecs.registry import codec_named, translation
from media.commands import Keys, Stream
from media.digits.events import EventReceiver
from media.record import Recording
from media.rtp import FRAME_SAMPLES, SAMPLE_RATE, Drop, Outgoing
from media.worker.lock import Address, SourceLock, usable_address
from media.worker.playback import Playback
from media.worker.presses import EventPresses, TonePresses
from media.worker.proving import Trial
from media.worker.rtcp import RtcpState
from media.worker.sockets import PortPair
from media.worker.statistics import SourceStatistics

if TYPE_CHECKING:
    from media.srtp import Srtp
    from media.worker.inband import Inband
    from media.worker.rooms import Member

EVENTS = "telephone-event"
MAX_LEGS = 10_000
MAX_FRAMES_PER_PACKET = 3
STATIC_PAYLOADS = {0: "PCMU", 8: "PCMA"}
"""RFC 3551 table 4: G.711 is understood in either law, whichever was agreed."""


class Hearable(Protocol):
    """A source of encoded audio."""

    def frame(self, samples: int) -> bytes | None:
        """The next ``samples`` bytes; None when all has been heard."""
        ...

    def speak(self, codec: str) -> None:
        """Go on in another codec."""
        ...


def discard(_packet: bytes | memoryview) -> object:
    """Where packets go while there is no address to send them to."""
    return None


class Leg:
    """One leg. ``curious`` says that its audio is looked into (recorded, listened to for digits), or not wanted at all:
    else a packet is only counted, and sent on as it is if the leg is bridged.

    ``event_sent`` is the last press that went on to the partner: its source, its timestamp there and here.

    ``emit`` sends a packet to where the peer is known to be; it may raise OSError. ``occupied`` says that the leg hears
    something of its own, so that a partner is not heard. ``usual`` is the second byte of almost all
    packets that come, ``table`` what translates them for the partner, ``converter`` does it where no table can.

    ``other`` is the leg it is joined with: its ``partner`` in a bridge, or whoever is with it in a room of two, where
    their codecs have nothing in common.
    """

    __slots__ = (
        "codec",
        "connected",
        "converter",
        "curious",
        "drops",
        "emit",
        "event_presses",
        "event_sent",
        "event_source",
        "event_ssrc",
        "events",
        "heard_at",
        "holding",
        "inband",
        "kinds",
        "lock",
        "member",
        "number",
        "occupied",
        "other",
        "out",
        "pair",
        "partner",
        "path",
        "payload",
        "phase",
        "playing",
        "receive_into",
        "receives",
        "recorded",
        "recording",
        "rtcp",
        "rtcp_source",
        "samples",
        "secure",
        "sends",
        "silence",
        "silent_told",
        "source",
        "statistics",
        "stream",
        "table",
        "tone_presses",
        "trial",
        "usual",
        "wait",
    )

    def __init__(self, number: int, pair: PortPair, phase: int, chance: random.Random, now: float) -> None:
        self.number = number
        self.pair = pair
        self.phase = phase
        self.stream: Stream | None = None
        self.lock = SourceLock()
        self.connected = False
        self.trial = Trial()
        self.emit: Callable[[bytes | memoryview], object] = discard
        self.secure: Srtp | None = None
        self.drops: Counter[Drop] = Counter()

        self.codec = ""
        self.payload = 0
        self.samples = FRAME_SAMPLES
        self.silence = b""
        self.sends = False
        self.wait = 0
        self.out = Outgoing(chance)
        self.source: Hearable | None = None
        self.occupied = False
        self.playing: Playback | None = None
        self.holding: Playback | None = None
        self.event_presses: EventPresses | None = None
        self.tone_presses: TonePresses | None = None

        self.receive_into: Callable[[bytearray], int] = pair.rtp.recv_into
        self.kinds: dict[int, str] = {}
        self.usual = 0
        self.receives = False
        self.curious = True
        self.table: bytes | None = None
        self.converter: Converter | None = None
        self.statistics = SourceStatistics()
        self.heard_at = now
        self.silent_told = False
        self.events: EventReceiver | None = None
        self.event_ssrc: int | None = None
        self.event_source: SourceStatistics | None = None
        self.event_sent: tuple[int, int, int] | None = None
        self.inband: Inband | None = None
        self.other: Leg | None = None
        self.partner: Leg | None = None
        self.path = Path()
        self.member: Member | None = None
        self.recording: Recording | None = None
        self.recorded = False
        self.rtcp = RtcpState(chance)
        self.rtcp_source: Address | None = None

    def configure(self, stream: Stream, now: float) -> bool:
        """Take a new stream; whatever plays goes on in its codec. True if the source must be learnt (again)."""
        old, self.stream = self.stream, stream
        codec = codec_named(stream.codec)
        self.codec, self.payload = stream.codec, stream.send_payload
        frames = 1 if codec.in_packets else min(MAX_FRAMES_PER_PACKET, max(1, stream.ptime_ms // 20))
        self.samples, self.wait = frames * FRAME_SAMPLES, 0
        self.silence = codec.quiet(self.samples)
        if self.out.scale != codec.scale:
            # the stream goes on under another clock
            self.out.scale, self.out.feeder = codec.scale, None
        if self.recording is not None and old is not None and old.codec != stream.codec:
            self.recording.begin_clocks()
        self.statistics.rate = codec.clock_rate
        self.usual = stream.receive_payload
        self.kinds = {**STATIC_PAYLOADS, stream.receive_payload: stream.codec}
        if stream.event_receive_payload is not None:
            self.kinds[stream.event_receive_payload] = EVENTS
        if old is not None and old.event_rate != stream.event_rate:
            self.events = None
        self.sends, self.receives = stream.send, stream.receive
        if not self.sends:
            self.out.feeder = None
        self.heard_at, self.silent_told = now, False
        self._encrypt(stream.keys)
        for source in (self.playing, self.holding, self.tone_presses, self.member):
            if source is not None:
                source.speak(stream.codec)
        self.choose()
        moved = old is None or (old.remote_address, old.remote_port) != (stream.remote_address, stream.remote_port)
        moved = moved or (old is not None and (old.keys is None) != (stream.keys is None))
        return moved or (old is not None and stream.receive and not old.receive)

    def _encrypt(self, keys: Keys | None) -> None:
        """Take the keys; the same ones go on where they were."""
        if keys is None:
            self.secure = None
        elif self.secure is None:
            from media.srtp import Srtp

            self.secure = Srtp(keys, self.out.ssrc)
        else:
            self.secure.change(keys)
        receive = self.pair.rtp.recv_into
        self.receive_into = receive if self.secure is None else self.secure.receiving(receive, self._refuse)

    def _refuse(self) -> int:
        """A packet is not the peer's: as if none had come. Raises BlockingIOError."""
        self.drops[Drop.UNPROVED] += 1
        raise BlockingIOError

    def receive_from(self, buffer: bytearray) -> tuple[int, tuple[str, int]]:
        """The next packet from whoever sends, with its address."""
        size, sender = self.pair.rtp.recvfrom_into(buffer)
        if self.secure is not None:
            size = self.secure.decrypt(size) or self._refuse()
        return size, sender[:2]

    def secured(self, send: Callable[[bytes | memoryview], object]) -> Callable[[bytes | memoryview], object]:
        """``send``, and encryption before it where that was agreed."""
        return send if self.secure is None else self.secure.sending(send)

    def end(self) -> None:
        """Close the sockets, and let go of what refers to the leg: keys and contexts are not left to the collector."""
        self.pair.close()
        self.secure = None
        self.emit, self.receive_into = discard, self.pair.rtp.recv_into

    def expect_source(self) -> Address | None:
        """Begin to learn where media comes from; the signalled address, if media can be sent to it."""
        assert self.stream is not None
        ipv6 = ":" in self.pair.address
        signalled = usable_address(self.stream.remote_address, self.stream.remote_port, ipv6=ipv6)
        self.lock.expect(signalled, self.stream.beside)
        self.prove()
        self.rtcp_source = None
        return signalled

    def prove(self) -> bool:
        """Take what the stream says of where the peer is; True if media may go where it could not before."""
        stream = self.stream
        assert stream is not None
        self.lock.sit_beside(stream.beside)
        return stream.proved is not None and self.lock.prove(stream.proved)

    def event_counts(self, ssrc: int) -> SourceStatistics:
        """Who counts an event's packet: some gateways send keys as a source of their own, beside the audio."""
        if self.statistics.ssrc in (None, ssrc):
            return self.statistics
        if self.event_source is None:
            self.event_source = SourceStatistics(wary=True)
        return self.event_source

    def choose(self) -> None:
        """Find out anew what the leg hears and who wants what it says."""
        playing = None if self.member is not None and self.playing is not None and self.playing.over else self.playing
        self.source = self.tone_presses or playing or self.holding or self.member
        self.occupied = self.source is not None or self.event_presses is not None
        self._look()
        if self.partner is not None:
            self.partner._look()

    def _look(self) -> None:
        """What has to be done with the audio that comes."""
        partner = self.partner
        overheard = partner is not None and partner.recording is not None and partner.recording.said is not None
        listened_to = self.recording is not None or self.inband is not None or self.member is not None
        self.table = translation(self.codec, partner.codec) if partner is not None else None
        if partner is None or self.codec == partner.codec or self.table is not None:
            self.converter = None
        elif self.converter is None or self.converter.target != partner.codec:
            self.converter = Converter(partner.codec) if partner.codec else None
        self.curious = listened_to or overheard or not self.receives or self.converter is not None

    @property
    def scale(self) -> int:
        """Ticks of the peer's clock to a sample of 8,000 Hz."""
        return self.statistics.rate // SAMPLE_RATE

    @property
    def wants_ears(self) -> bool:
        """Whether the peer's keys can only be heard in its audio."""
        return self.receives and self.stream is not None and self.stream.event_receive_payload is None

    def rtcp_remote(self) -> Address | None:
        """Where reports go: only to where some came from, or to the locked source's host at the port signalled."""
        if self.rtcp_source is not None:
            return self.rtcp_source
        if self.lock.locked is None or self.stream is None:
            return None
        host, port = self.lock.locked
        if port == self.stream.remote_port and self.stream.remote_rtcp_port:
            return host, self.stream.remote_rtcp_port
        return (host, port + 1) if port < 65535 else None
