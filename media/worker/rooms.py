"""The conference rooms of a worker: who is in which, and the sound of a frame for all of them together.

All members of a room send in one phase, so that a room is mixed once a frame, by what has come until then. Legs without
a room pay nothing for this but a look at an empty list every 5 ms.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from media.codecs.coder import Coder, Samples
from media.codecs.conversion import Converter, Decoder
from media.codecs.registry import LAWS, PCMU, codec_named
from media.mix import NOTHING, ROWS, mix
from media.rtp import FRAME_SAMPLES, MAX_MISORDER, SAMPLE_RATE, sequence_step
from media.worker.leg_table import LegTable
from media.worker.legs import Leg
from media.worker.schedule import PHASES

MAX_MEMBERS = 200
"""Legs in one room: the engine admits fewer."""
MAX_WAITING = 5 * FRAME_SAMPLES
"""Samples of a member that wait to be mixed, where a packet is of one frame; beyond it the oldest are left out."""
SPARE_SAMPLES = 2 * FRAME_SAMPLES
WATCHED_FRAMES = 100
"""If so much waited all the time for two seconds, a frame is left out: a burst is over, its delay need not stay."""


class Audience(Protocol):
    """Who is told what becomes of the members."""

    def heard_out(self, leg: Leg) -> None:
        """What the leg was to hear besides the others is over."""
        ...

    def broke(self, leg: Leg, error: Exception, now: float) -> None:
        """A fault of ours: end this leg."""
        ...


class Member:
    """A leg in a room: what it says waits here for the next frame, what it hears is a ``source`` like a Playback.

    One frame a tick is taken of what waits. A packet that comes late leaves a tick silent, and from then on one frame
    waits: so much jitter is then made up for, and no more delay than the peer's network asks for is added.
    """

    __slots__ = (
        "_coder",
        "_heard",
        "_heard_in",
        "_law",
        "_least",
        "_over_in",
        "_sequence",
        "_silence",
        "_ssrc",
        "_ticks",
        "_waiting",
        "muted",
    )

    def __init__(self, codec: str) -> None:
        self.muted = False
        self._waiting = bytearray()
        self._heard = b""
        self._sequence = 0
        self._ssrc: int | None = None
        self._least = MAX_WAITING
        self._ticks = 0
        self.speak(codec)

    def speak(self, codec: str) -> None:
        """Hear, and be heard, in another codec. What is none of the laws is mixed as mu-law."""
        self._law = codec if codec in LAWS else PCMU.name
        self._coder: Coder | None = None if codec in LAWS else codec_named(codec).coder(SAMPLE_RATE)
        self._heard_in = Converter(self._law)
        self._over_in = Decoder()
        self._silence = codec_named(codec)
        self._waiting.clear()
        self._heard = b""

    @property
    def law(self) -> int:
        return ROWS[self._law]

    def hear(self, audio: bytes, codec: str, sequence: int, ssrc: int) -> None:
        """Take a packet's payload, unless it came twice or after a later one."""
        if ssrc == self._ssrc and -MAX_MISORDER < sequence_step(sequence, self._sequence) <= 0:
            return
        self._sequence, self._ssrc = sequence, ssrc
        heard = self._heard_in.convert(codec, audio)
        self._waiting += heard
        most = MAX_WAITING + max(0, len(heard) - FRAME_SAMPLES)
        if len(self._waiting) > most:
            del self._waiting[:-most]

    def take(self) -> bytes | None:
        """The frame to be mixed now; None for silence."""
        self._least = min(self._least, len(self._waiting))
        self._ticks += 1
        if self._ticks == WATCHED_FRAMES:
            if self._least >= SPARE_SAMPLES:
                del self._waiting[:FRAME_SAMPLES]
            self._ticks, self._least = 0, MAX_WAITING
        if len(self._waiting) < FRAME_SAMPLES:
            return None
        frame = bytes(self._waiting[:FRAME_SAMPLES])
        del self._waiting[:FRAME_SAMPLES]
        return None if self.muted else frame

    def give(self, frame: bytes, samples: int) -> None:
        """The next frame of the mix, for a leg that sends so many ``samples`` in a packet."""
        if self._coder is not None:
            frame = self._coder.encode(LAWS[self._law].decode(frame))
        self._heard = frame if samples == FRAME_SAMPLES else (self._heard + frame)[-samples:]

    def frame(self, samples: int) -> bytes:
        """What the leg sends now; it never ends."""
        frame, self._heard = self._heard, b""
        whole = bool(frame) if self._silence.in_packets else len(frame) == samples
        return frame if whole else self._silence.quiet(samples)

    def over(self, codec: str, frame: bytes) -> Samples:
        """What the leg is to hear besides the others, as samples."""
        return self._over_in.decode(codec, frame)


class Room:
    """The members of one room, all in one ``phase``."""

    __slots__ = ("legs", "number", "phase")

    def __init__(self, number: int, phase: int) -> None:
        self.number = number
        self.phase = phase
        self.legs: dict[int, Leg] = {}


class Rooms:
    """The rooms by number. A room is there as long as somebody is in it."""

    def __init__(self, legs: LegTable) -> None:
        self._table = legs
        self._rooms: dict[int, Room] = {}
        self._room_of: dict[int, Room] = {}
        self._phases: list[list[Room]] = [[] for _ in range(PHASES)]

    def enter(self, leg: Leg, number: int) -> bool:
        """Let a leg into a room, out of any other; False if there is no place, or nothing is known of its codec."""
        self.leave(leg)
        room = self._rooms.get(number)
        if leg.stream is None or (room is not None and len(room.legs) >= MAX_MEMBERS):
            return False
        if room is None:
            room = self._rooms[number] = Room(number, leg.phase)
            self._phases[room.phase].append(room)
        self._table.move(leg, room.phase)
        room.legs[leg.number] = leg
        self._room_of[leg.number] = room
        leg.member = Member(leg.codec)
        leg.choose()
        return True

    def leave(self, leg: Leg) -> None:
        """Take a leg out of its room, if it is in one."""
        room = self._room_of.pop(leg.number, None)
        if room is None:
            return
        del room.legs[leg.number]
        if not room.legs:
            del self._rooms[room.number]
            self._phases[room.phase].remove(room)
        leg.member = None
        leg.choose()

    def mix(self, phase: int, now: float, audience: Audience) -> None:
        """Make what the members of the phase's rooms hear in the frame that is due."""
        rooms = self._phases[phase]
        if not rooms:
            return
        legs = [leg for room in rooms for leg in room.legs.values()]
        try:
            self._mix(legs, [len(room.legs) for room in rooms], audience)
        except Exception as error:
            for leg in legs:
                audience.broke(leg, error, now)

    def _mix(self, legs: list[Leg], sizes: list[int], audience: Audience) -> None:
        members = [leg.member for leg in legs if leg.member is not None]
        taken = [member.take() for member in members]
        said = b"".join(frame or bytes(FRAME_SAMPLES) for frame in taken)
        laws = [member.law for member in members]
        said_in = [NOTHING if frame is None else law for frame, law in zip(taken, laws, strict=True)]
        on_top: dict[int, NDArray[Any]] = {}
        over: list[Leg] = []
        for index, leg in enumerate(legs):
            if leg.playing is not None and leg.playing.over and leg.source is leg.member:
                frame = leg.playing.frame(FRAME_SAMPLES)
                if frame is None:
                    over.append(leg)
                else:
                    assert leg.member is not None
                    on_top[index] = leg.member.over(leg.codec, frame).astype(np.int32)
        for leg, member, frame in zip(legs, members, mix(said, said_in, laws, sizes, on_top), strict=True):
            member.give(frame, leg.samples)
        for leg in over:
            audience.heard_out(leg)
