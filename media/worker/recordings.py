"""The recordings in progress: begun and ended with their legs, written a block at a time."""

from __future__ import annotations

from collections.abc import Callable

from media.commands import Event, LegClosed, Record, Recorded
from media.record import Recording
from media.worker.legs import Leg
from media.worker.writer import Writer


class Recordings:
    """``tell`` hears of a recording's end once its file is complete."""

    def __init__(self, writer: Writer, tell: Callable[[Event], None]) -> None:
        self._writer = writer
        self._tell = tell
        self._legs: dict[int, Leg] = {}

    def begin(self, leg: Leg, command: Record, now: float) -> None:
        """Carry out a Record; one that goes on is ended."""
        self.end(leg, "stopped", now)
        leg.recording = Recording(
            command.record, command.path, now, command.limit, command.silence, command.stop_keys, command.both
        )
        leg.recorded = True
        self._writer.begin(leg.recording)
        self._legs[leg.number] = leg
        leg.choose()

    def press(self, leg: Leg, digit: str, now: float) -> None:
        """A key of the leg's peer may be one that ends the recording."""
        if leg.recording is not None:
            leg.recording.press(digit)
            self._end_if_over(leg, leg.recording, now)

    def write_blocks(self, now: float) -> None:
        """Four times a second: hand what was recorded to the writer, and end what is over."""
        for leg in tuple(self._legs.values()):
            if leg.recording is not None:
                self._writer.write(leg.recording, leg.recording.block(now))
                self._end_if_over(leg, leg.recording, now)

    def _end_if_over(self, leg: Leg, recording: Recording, now: float) -> None:
        if recording.over:
            self.end(leg, recording.over, now)

    def end(self, leg: Leg, why: str, now: float) -> None:
        """Write the rest; it is told once the file is complete."""
        recording, leg.recording = leg.recording, None
        if recording is None:
            return
        self._legs.pop(leg.number, None)
        leg.choose()
        self._writer.write(recording, recording.block(now))
        why = recording.over or why
        self._writer.finish(recording)
        self._writer.afterwards(lambda: self._tell(recorded(leg.number, recording, why)))

    def afterwards(self, leg: Leg, closed: LegClosed) -> None:
        """Tell of the leg's end, after that of its recordings."""
        if leg.recorded:
            self._writer.afterwards(lambda: self._tell(closed))
        else:
            self._tell(closed)


def recorded(number: int, recording: Recording, why: str) -> Recorded:
    return Recorded(
        number,
        recording.record,
        recording.path,
        recording.seconds,
        "failed" if recording.failed else why,
        recording.failed,
        recording.spoken,
    )
