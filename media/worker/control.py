"""Carries out the engine's commands on the legs of a worker, and tells what becomes of them.

Knows no clock and no epoll: ``now`` is an argument, and loop.py lends its hands through ``Rim``.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from typing import Protocol

from media.commands import (
    CloseLeg,
    Command,
    ConfigureLeg,
    DigitPressed,
    Enter,
    Event,
    Hold,
    Join,
    Leave,
    LegClosed,
    LegFailed,
    LegHeard,
    LegOpened,
    LegSilent,
    Mute,
    OpenLeg,
    Part,
    Play,
    Played,
    Preload,
    Record,
    SendDigits,
    Shutdown,
    Silence,
    Stop,
    StopRecording,
)
from media.ports import PortPool, PortsExhausted
from media.rtp import Drop
from media.worker.inband import Ears
from media.worker.joins import Joins
from media.worker.leg_table import LegTable
from media.worker.legs import MAX_LEGS, Leg
from media.worker.lock import DOUBT_SECONDS
from media.worker.playback import Playback
from media.worker.presses import EventPresses, TonePresses
from media.worker.recordings import Recordings
from media.worker.reports import report
from media.worker.rooms import Rooms
from media.worker.sockets import PortPair
from media.worker.sounds import Sounds
from media.worker.writer import Writer

DIGIT_SECONDS = 0.1
"""How long a key is pressed towards a phone that takes no telephone-events."""
PRELOADED = ("PCMA", "PCMU")
"""G.722 and Opus are encoded when somebody first hears a sound in them: 1 ms and more for each second of it."""
BIND_ATTEMPTS = 200
"""Pairs tried when other programs hold ports of our range."""


class Rim(Protocol):
    """What only the loop can do."""

    def bind(self, address: str, port: int) -> PortPair:
        """Raises OSError."""
        ...

    def watch(self, leg: Leg, now: float) -> None: ...

    def unwatch(self, leg: Leg) -> None: ...

    def hurry(self, leg: Leg, soon: bool) -> None:
        """Whether the leg's packets are wanted the moment they arrive, or with the next phase."""
        ...

    def ntp(self, now: float) -> int:
        """The wall clock at ``now`` as a 64-bit NTP time."""
        ...

    def point(self, leg: Leg) -> None:
        """Send to, and hear, whom the leg's source lock says."""
        ...


class Control:
    """The legs, and the commands that change them. ``tell`` takes the events for the engine."""

    def __init__(
        self, rim: Rim, ports: PortPool, sounds: Sounds, writer: Writer, tell: Callable[[Event], None], cname: str
    ) -> None:
        self.legs = LegTable()
        self.rooms = Rooms(self.legs)
        self.joins = Joins(self.rooms, rim.hurry)
        self.ears = Ears(self.digit)
        self.recordings = Recordings(writer, tell)
        self.over = False
        self._rim = rim
        self._ports = ports
        self._sounds = sounds
        self._tell = tell
        self._cname = cname
        self._chance = random.SystemRandom()

    def obey(self, command: Command, now: float) -> None:
        """Carry out one command; those for legs that are closed are ignored, for they crossed with the close."""
        match command:
            case OpenLeg():
                self._open(command, now)
                return
            case Preload(paths=paths):
                self._sounds.preload(paths, PRELOADED)
                return
            case Shutdown():
                self.over = True
                return
            case _:
                leg = self.legs.get(command.leg)
        if leg is None:
            return
        match command:
            case ConfigureLeg():
                self._configure(leg, command, now)
            case Play():
                self._play(leg, command)
            case Stop(play=play):
                if leg.playing is not None and play in (None, leg.playing.play):
                    self.stop(leg)
            case SendDigits(digits=digits, duration=duration):
                self.press(leg, digits, duration)
            case Join(other=other):
                self.joins.join(leg, self.legs.get(other))
            case Part():
                self.joins.part(leg)
            case Enter(room=room):
                self._enter(leg, room)
            case Leave():
                self.rooms.leave(leg)
            case Mute(on=on):
                if leg.member is not None:
                    leg.member.muted = on
            case Hold():
                self._hold(leg, command)
            case Record():
                self.recordings.begin(leg, command, now)
            case StopRecording():
                self.recordings.end(leg, "stopped", now)
            case CloseLeg():
                self.close(leg, now)

    # --- opening and closing ----------------------------------------------------------------------------------------

    def _open(self, command: OpenLeg, now: float) -> None:
        if len(self.legs) >= MAX_LEGS or self.legs.get(command.leg) is not None:
            self._tell(LegFailed(command.leg, f"there is no room for leg {command.leg} among {len(self.legs)}"))
            return
        refusal = ""
        for _ in range(BIND_ATTEMPTS):
            try:
                port = self._ports.take(now)
            except PortsExhausted as error:
                refusal = refusal or str(error)
                break
            try:
                pair = self._rim.bind(command.address, port)
            except (OSError, ValueError) as error:
                self._ports.give_back(port, now)
                refusal = f"no RTP port could be bound on {command.address}: {error}"
                if getattr(error, "errno", None) == errno.EADDRINUSE:
                    continue
                break
            leg = Leg(command.leg, pair, self.legs.emptiest_phase(), self._chance, now)
            self.legs.add(leg)
            self._rim.watch(leg, now)
            self._tell(LegOpened(command.leg, port))
            return
        self._tell(LegFailed(command.leg, refusal))

    def close(self, leg: Leg, now: float) -> None:
        """End all the leg does, say goodbye to its peer, give its ports back."""
        self.joins.part(leg)
        self.rooms.leave(leg)
        self.recordings.end(leg, "closed", now)
        self.stop(leg)
        report(leg, self._cname, now, self._rim.ntp(now), bye=True)
        self.ears.dismiss(leg)
        self._rim.unwatch(leg)
        self.legs.remove(leg)
        leg.end()
        self._ports.give_back(leg.pair.port, now)
        closed = summary(leg)
        self.recordings.afterwards(leg, closed)

    def close_all(self, now: float) -> None:
        for leg in self.legs:
            self.close(leg, now)

    def broke(self, leg: Leg, error: Exception, now: float) -> None:
        """A fault of ours with one leg ends that leg only."""
        self._tell(LegFailed(leg.number, f"closed after a fault: {type(error).__name__}: {error}"))
        self.close(leg, now)

    # --- the stream -------------------------------------------------------------------------------------------------

    def _configure(self, leg: Leg, command: ConfigureLeg, now: float) -> None:
        before = leg.codec
        moved = leg.configure(command.stream, now)
        self.joins.spoke(leg, before)
        if moved:
            leg.expect_source()
        if leg.prove() or moved:
            self._rim.point(leg)
        if leg.wants_ears:
            self.ears.attend(leg)
        else:
            self.ears.dismiss(leg)
        self._prepare(leg)

    def source_learnt(self, leg: Leg) -> None:
        self._rim.point(leg)
        if leg.stream is not None and leg.stream.tell_heard:
            self._tell(LegHeard(leg.number))

    def sweep(self, now: float) -> None:
        """Twice a second: tell of legs from which nothing has come for too long; a while before, doubt their source."""
        for leg in self.legs:
            if leg.lock.locked is not None and leg.receives and now - leg.heard_at >= DOUBT_SECONDS:
                leg.lock.doubt(leg.statistics.ssrc)
                self._rim.point(leg)
            timeout = leg.stream.timeout if leg.stream is not None else None
            if timeout is None or now - leg.heard_at < timeout:
                leg.silent_told = False
            elif not leg.silent_told:
                leg.silent_told = True
                self._tell(LegSilent(leg.number, now - leg.heard_at))

    # --- what a leg hears -------------------------------------------------------------------------------------------

    def _play(self, leg: Leg, command: Play) -> None:
        self.stop(leg)
        leg.playing = Playback(
            command.play, command.sounds, loop=command.loop, barge_in=command.barge_in, over=command.over
        )
        self._prepare(leg)

    def _hold(self, leg: Leg, command: Hold) -> None:
        leg.holding = Playback(0, command.sounds or (Silence(),), loop=True) if command.on else None
        self._prepare(leg)

    def _prepare(self, leg: Leg) -> None:
        """Have the files of what the leg is to hear read, once it is known in which codec."""
        if leg.stream is not None:
            for playback in (leg.playing, leg.holding):
                if playback is not None and not playback.requested:
                    playback.requested = True
                    playback.speak(leg.codec)
                    self._sounds.load(playback, leg.codec)
        leg.choose()

    def stop(self, leg: Leg) -> None:
        """Stop what the leg plays, if anything."""
        self._end_playing(leg, finished=False)

    def _end_playing(self, leg: Leg, *, finished: bool) -> None:
        playing, leg.playing = leg.playing, None
        if playing is not None:
            leg.choose()
            finished = finished and not playing.failed
            self._tell(Played(leg.number, playing.play, finished, playing.seconds, playing.failed))

    def heard_out(self, leg: Leg) -> None:
        """The leg's source has come to its end: keys, or what it plays, or hold music that cannot be played."""
        if leg.event_presses is not None:
            leg.event_presses = None
        elif leg.tone_presses is not None:
            leg.tone_presses = None
        elif leg.playing is not None:
            self._end_playing(leg, finished=True)
        elif leg.holding is not None:
            leg.holding = Playback(0, (Silence(),))
            self._prepare(leg)
        leg.choose()

    def press(self, leg: Leg, digits: str, duration: float = DIGIT_SECONDS) -> None:
        """Press keys towards the leg's peer, behind those that are still being pressed."""
        if leg.stream is None:
            return
        if leg.stream.event_send_payload is not None:
            leg.event_presses = leg.event_presses or EventPresses(leg.stream.event_rate)
            leg.event_presses.add(digits, duration)
        else:
            leg.tone_presses = leg.tone_presses or TonePresses(leg.codec)
            leg.tone_presses.add(digits, duration)
        leg.choose()

    # --- digits of the peer -----------------------------------------------------------------------------------------

    def digit(self, leg: Leg, digit: str, method: str, now: float) -> None:
        """The peer has pressed a key: it ends a prompt at once, perhaps a recording, and is told."""
        if leg.playing is not None and leg.playing.barge_in:
            self.stop(leg)
        if leg.recording is not None:
            self.recordings.press(leg, digit, now)
        self._tell(DigitPressed(leg.number, digit, method, now))

    # --- conferences ------------------------------------------------------------------------------------------------

    def _enter(self, leg: Leg, room: int) -> None:
        self.joins.part(leg)
        if not self.rooms.enter(leg, room):
            self._tell(LegFailed(leg.number, f"there is no place for leg {leg.number} in conference {room}"))


def summary(leg: Leg) -> LegClosed:
    """The statistics of a leg's life."""
    strangers = leg.drops[Drop.STRANGER]
    return LegClosed(
        leg.number,
        received=leg.statistics.received,
        sent=leg.out.packets,
        lost=leg.statistics.lost,
        strangers=strangers,
        jitter=leg.statistics.jitter_seconds,
        remote_lost=leg.rtcp.remote_lost,
        round_trip=leg.rtcp.round_trip,
        invalid=leg.drops.total() - strangers,
        drops={reason.name.lower(): count for reason, count in leg.drops.items()},
    )
