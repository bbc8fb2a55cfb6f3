"""What the legs of a phase send now: one packet each, with a header that goes on where the last one stopped.

Headers are packed leg by leg. A numpy batch was measured too: it costs more below some 50 legs a phase and saves at
best 0.04 us of the 8 us that a packet each way takes (bench/RESULTS.md). numpy is where samples are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from media.rtp import FRAME_SAMPLES, HEADER, MARKER, VERSION_2
from media.worker.legs import Hearable, Leg
from media.worker.presses import EventPresses

COMFORT_AFTER = 0.15
"""Seconds without a packet of the partner after which a bridged leg is sent comfort silence: never dead air."""

_pack = HEADER.pack


class Audience(Protocol):
    """Who is told what becomes of the legs' sources."""

    def heard_out(self, leg: Leg) -> None:
        """What the leg's ``source`` had to say is said: choose the next one."""
        ...

    def broke(self, leg: Leg, error: Exception, now: float) -> None:
        """A fault of ours: end this leg, the others of the phase send theirs."""
        ...


def send_phase(legs: Sequence[Leg], frames: int, now: float, audience: Audience) -> None:
    """Let each leg of a phase send its frame; ``frames`` is above 1 when the loop was held up for so many."""
    for leg in legs:
        try:
            source = leg.source
            if leg.event_presses is not None:
                _send_event(leg, leg.event_presses, frames, now, audience)
            elif source is None and _partner_speaks(leg, now):
                continue
            elif leg.wait:
                leg.wait -= 1
            else:
                payload = leg.silence if source is None else _next_frame(leg, source, audience)
                if leg.samples != FRAME_SAMPLES:
                    leg.wait = leg.samples // FRAME_SAMPLES - 1
                if leg.sends:
                    send_own(leg, payload, leg.samples, frames, now)
        except Exception as error:
            audience.broke(leg, error, now)


def _partner_speaks(leg: Leg, now: float) -> bool:
    partner = leg.partner
    return partner is not None and leg.out.feeder is partner.path and now - leg.out.sent_at < COMFORT_AFTER


def _next_frame(leg: Leg, source: Hearable, audience: Audience) -> bytes:
    """The frame of what the leg plays, or of what comes after it."""
    while (payload := source.frame(leg.samples)) is None:
        audience.heard_out(leg)
        if leg.source is None or leg.source is source:
            return leg.silence
        source = leg.source
    return payload


def _send_event(leg: Leg, presses: EventPresses, frames: int, now: float, audience: Audience) -> None:
    """One packet of a key's event, under the timestamp of its beginning (RFC 4733, 2.5.1.2); silence between keys."""
    step = presses.step()
    stream = leg.stream
    if presses.over:
        audience.heard_out(leg)
    if not leg.sends or stream is None or stream.event_send_payload is None:
        return
    if step is None:
        send_own(leg, leg.silence[:FRAME_SAMPLES], FRAME_SAMPLES, frames, now)
        return
    payload, first = step
    out = leg.out
    if first:
        out.timestamp, out.sent_at = out.timestamp_at(now), now
    # what comes after the event is placed by the time that went by since its beginning
    out.feeder = presses
    emit(leg, stream.event_send_payload | (MARKER if first else 0), payload)


def send_own(leg: Leg, payload: bytes, samples: int, frames: int, now: float) -> None:
    """Send audio of the leg's own; the marker bit shows where it takes over from something else (RFC 3551 4.1)."""
    out = leg.out
    if out.feeder is leg:
        out.timestamp = (out.timestamp + (samples + (frames - 1) * FRAME_SAMPLES) * out.scale) & 0xFFFFFFFF
        second = leg.payload
    else:
        out.timestamp = out.timestamp_at(now)
        second = leg.payload | MARKER
        out.feeder = leg
    out.sent_at = now
    emit(leg, second, payload)
    recording = leg.recording
    if recording is not None and recording.said is not None:
        recording.say(out.timestamp // out.scale, leg.codec, payload, now)


def emit(leg: Leg, second: int, payload: bytes) -> None:
    """Send one packet under the next sequence number and the stream's timestamp."""
    out = leg.out
    sequence = out.sequence = (out.sequence + 1) & 0xFFFF
    out.packets += 1
    out.octets += len(payload)
    try:
        leg.emit(_pack(VERSION_2, second, sequence, out.timestamp, out.ssrc) + payload)
    except OSError:
        # the peer's host has nobody at that port, or the path is full: RTP does not repeat
        return
