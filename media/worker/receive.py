"""What arrives at a leg: checked, its source learnt, counted, and handed to digits, bridge, conference, recorder."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from media.codecs.conversion import Converter
from media.codecs.registry import codec_named
from media.digits.events import EventReceiver
from media.rtp import (
    FRAME_SAMPLES,
    HEADER,
    HEADER_BYTES,
    MARKER,
    MAX_PACKET_BYTES,
    PAYLOAD_MASK,
    RECEIVED,
    SAMPLE_RATE,
    VERSION_2,
    Drop,
    payload_span,
)
from media.worker.legs import EVENTS, Leg
from media.worker.lock import Source

MAX_DRAINED = 1024
"""Packets read at once when a source has just been locked: what strangers sent before the kernel shuts them out."""

USUAL_BYTES = HEADER_BYTES + FRAME_SAMPLES
"""20 ms of G.711."""

_pack, _pack_into, _unpack = HEADER.pack, HEADER.pack_into, HEADER.unpack_from


class Listener(Protocol):
    """Who is told what was found in the packets."""

    def digit(self, leg: Leg, digit: str, method: str, now: float) -> None: ...

    def press(self, leg: Leg, digit: str) -> None:
        """Press a key towards the leg's peer, which takes no events of the partner's."""
        ...

    def source_learnt(self, leg: Leg) -> None:
        """More is known of the leg's source: send there, and connect the socket to it if it is settled."""
        ...


class Receiver:
    """Reads datagrams into one buffer that all legs share."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._buffer = RECEIVED
        self._view = memoryview(self._buffer)
        self._usual = self._view[:USUAL_BYTES]

    def rtp_ready(self, leg: Leg, now: float) -> None:
        """Read one datagram of a leg whose socket is readable."""
        buffer = self._buffer
        try:
            if not leg.connected:
                self._while_learning(leg, now)
                return
            size = leg.receive_into(buffer)
        except OSError:
            # BlockingIOError; or the peer's host says that nobody listens there, which a timeout will find out
            return
        first, second, sequence, timestamp, ssrc = _unpack(buffer)
        if first != VERSION_2 or second != leg.usual or leg.curious or not HEADER_BYTES < size <= MAX_PACKET_BYTES:
            self._packet(leg, size, now)
            return
        drop = leg.statistics.update(sequence, timestamp, ssrc, now)
        if drop is not None:
            leg.drops[drop] += 1
            return
        leg.heard_at = now
        partner = leg.partner
        if partner is None or partner.occupied or not partner.sends:
            return
        # the straight way through a bridge: the packet leaves from the buffer it came into, under a new header
        out = partner.out
        placed = leg.path.place(out, sequence, timestamp, ssrc, now)
        if placed is None:
            return
        out.packets += 1
        out.octets += size - HEADER_BYTES
        second = partner.payload | MARKER if placed[2] else partner.payload
        try:
            if leg.table is None:
                _pack_into(buffer, 0, VERSION_2, second, placed[0], placed[1], out.ssrc)
                partner.emit(self._usual if size == USUAL_BYTES else self._view[:size])
            else:
                header = _pack(VERSION_2, second, placed[0], placed[1], out.ssrc)
                partner.emit(header + bytes(self._view[HEADER_BYTES:size]).translate(leg.table))
        except OSError:
            # nobody listens there at the moment, or the path is full: RTP does not repeat
            return

    def _while_learning(self, leg: Leg, now: float) -> None:
        size, sender = leg.receive_from(self._buffer)
        known = leg.lock.locked, leg.lock.settled
        if not self._from_the_peer(leg, size, sender, now):
            return
        self._packet(leg, size, now)
        if (leg.lock.locked, leg.lock.settled) == known:
            return
        self._listener.source_learnt(leg)
        if not leg.connected:
            return
        for _ in range(MAX_DRAINED):
            size, sender = leg.receive_from(self._buffer)
            if self._from_the_peer(leg, size, sender, now):
                self._packet(leg, size, now)

    def _from_the_peer(self, leg: Leg, size: int, sender: tuple[str, int], now: float) -> bool:
        span = payload_span(self._buffer, size)
        if isinstance(span, Drop):
            leg.drops[span] += 1
            return False
        _, second, sequence, _, ssrc = _unpack(self._buffer)
        if second & PAYLOAD_MASK not in leg.kinds:
            leg.drops[Drop.PAYLOAD] += 1
            return False
        verdict = leg.lock.judge(sender, sequence, ssrc, now, sure=leg.secure is not None)
        if verdict is Source.STRANGER:
            leg.drops[Drop.STRANGER] += 1
        return verdict is Source.LOCKED

    def _packet(self, leg: Leg, size: int, now: float) -> None:
        buffer = self._buffer
        if size <= HEADER_BYTES or buffer[0] != 0x80 or size > MAX_PACKET_BYTES:
            span = payload_span(buffer, size)
            if isinstance(span, Drop):
                leg.drops[span] += 1
                return
            start, end = span
        else:
            start, end = HEADER_BYTES, size
        _, second, sequence, timestamp, ssrc = _unpack(buffer)
        kind = leg.kinds.get(second & PAYLOAD_MASK)
        if kind is None:
            leg.drops[Drop.PAYLOAD] += 1
            return
        if kind is EVENTS:
            drop = leg.event_counts(ssrc).count(sequence, ssrc, now)
        else:
            drop = leg.statistics.update(sequence, timestamp, ssrc, now)
        if drop is not None:
            leg.drops[drop] += 1
            return
        leg.heard_at = now
        if not leg.receives:
            return
        if kind is EVENTS:
            self._event(leg, start, end, second, sequence, timestamp, ssrc, now)
            return
        if leg.partner is not None:
            self._forward(leg, leg.partner, kind, start, end, second, sequence, timestamp, ssrc, now)
        if leg.member is not None:
            leg.member.hear(bytes(self._view[start:end]), kind, sequence, ssrc)
        if leg.inband is not None:
            leg.inband.hear(bytes(self._view[start:end]), kind, sequence, timestamp // codec_named(kind).scale)
        if leg.recording is not None:
            leg.recording.hear(timestamp // codec_named(kind).scale, kind, bytes(self._view[start:end]), now)

    def _event(
        self, leg: Leg, start: int, end: int, second: int, sequence: int, timestamp: int, ssrc: int, now: float
    ) -> None:
        if leg.events is None or ssrc != leg.event_ssrc:
            # another source has another clock
            leg.event_ssrc = ssrc
            leg.events = EventReceiver(leg.stream.event_rate if leg.stream is not None else SAMPLE_RATE)
        digit = leg.events.receive(bytes(self._view[start:end]), timestamp, now)
        partner = leg.partner
        if partner is not None and partner.stream is not None:
            payload = partner.stream.event_send_payload
            if payload is None:
                if digit is not None and partner.playing is None and partner.holding is None:
                    self._listener.press(partner, digit)
            elif not partner.occupied and partner.sends:
                self._send_event_on(
                    leg, partner, payload, bytes(self._view[start:end]), second, sequence, timestamp, ssrc, now
                )
        elif digit is not None and leg.other is not None and leg.other.playing is None and leg.other.holding is None:
            self._listener.press(leg.other, digit)
        if digit is not None:
            self._listener.digit(leg, digit, "rfc4733", now)

    def _send_event_on(
        self, leg: Leg, partner: Leg, payload: int, body: bytes, second: int, sequence: int, timestamp: int, ssrc: int,
        now: float,
    ) -> None:  # fmt: skip
        """A press goes on under one timestamp, also if something else was heard in between: audio of another source,
        or comfort silence where the press paused."""
        out, sent = partner.out, leg.event_sent
        if sent is not None and sent[:2] == (ssrc, timestamp) and (out.feeder is not leg.path or leg.path.ssrc != ssrc):
            out.sequence = (out.sequence + 1) & 0xFFFF
            out.packets += 1
            out.octets += len(body)
            with suppress(OSError):
                partner.emit(_pack(VERSION_2, payload, out.sequence, sent[2], out.ssrc) + body)
            return
        stamped = self._send_on(leg, partner, payload, body, second, sequence, timestamp, ssrc, now)
        if stamped is not None:
            leg.event_sent = (ssrc, timestamp, stamped)
            if leg.path.timestamp == timestamp:
                leg.path.cover(out, int.from_bytes(body[2:4], "big"))

    def _forward(
        self, leg: Leg, partner: Leg, kind: str, start: int, end: int, second: int, sequence: int, timestamp: int,
        ssrc: int, now: float,
    ) -> None:  # fmt: skip
        """Send audio on through the partner, unless it hears something of its own."""
        if partner.occupied or not partner.sends:
            return
        audio = bytes(self._view[start:end])
        if kind == partner.codec:
            body = audio
        elif codec_named(partner.codec).in_packets:
            # never agreed on: such a stream has a clock of its own, and packets of fixed lengths
            leg.drops[Drop.PAYLOAD] += 1
            return
        else:
            if leg.converter is None or leg.converter.target != partner.codec:
                leg.converter = Converter(partner.codec)
            body = leg.converter.convert(kind, audio)
        stamped = self._send_on(leg, partner, partner.payload, body, second, sequence, timestamp, ssrc, now)
        if partner.recording is not None and stamped is not None:
            partner.recording.say(stamped // partner.out.scale, kind, audio, now)

    def _send_on(
        self, leg: Leg, partner: Leg, payload: int, body: bytes, second: int, sequence: int, timestamp: int, ssrc: int,
        now: float,
    ) -> int | None:  # fmt: skip
        """The timestamp under which a packet went on through the partner; None if it came too late to be placed."""
        out = partner.out
        placed = leg.path.place(out, sequence, timestamp, ssrc, now)
        if placed is None:
            return None
        sequence, timestamp, new = placed
        second = payload | MARKER if new else payload | second & MARKER
        out.packets += 1
        out.octets += len(body)
        with suppress(OSError):
            # nobody listens there at the moment, or the path is full: RTP does not repeat
            partner.emit(_pack(VERSION_2, second, sequence, timestamp, out.ssrc) + body)
        return timestamp
