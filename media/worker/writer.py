"""Writes recordings to disk in a thread of its own, so that a slow disk holds up no packet."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from media.record import Recording, WavFile

MAX_PENDING_BYTES = 16 * 1024 * 1024
"""What may wait for the disk; beyond it a recording fails instead of eating memory."""

Post = Callable[[Callable[[], None]], None]


class Writer:
    """``post`` brings a callable back to the loop, where it is run."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._files: dict[int, WavFile] = {}
        self._pending = 0
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
        self._thread.start()

    def begin(self, recording: Recording) -> None:
        """Create the file."""
        self._jobs.put(lambda: self._guard(recording, lambda: self._open(recording)))

    def write(self, recording: Recording, pcm: bytes) -> None:
        """Append PCM16."""
        if self._pending > MAX_PENDING_BYTES:
            recording.fail("the disk does not keep up with the recordings")
            return
        self._pending += len(pcm)
        self._jobs.put(lambda: self._write(recording, pcm))

    def finish(self, recording: Recording) -> None:
        """Close the file when all of it is written."""
        self._jobs.put(lambda: self._guard(recording, lambda: self._close(recording)))

    def afterwards(self, job: Callable[[], None]) -> None:
        """Have ``job`` run in the loop once all that was asked for so far is done."""
        self._jobs.put(lambda: self._post(job))

    def close(self) -> None:
        """Write what is waiting and end the thread."""
        self._jobs.put(None)
        self._thread.join()

    # --- in the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _open(self, recording: Recording) -> None:
        self._files[id(recording)] = WavFile(recording.path)

    def _write(self, recording: Recording, pcm: bytes) -> None:
        file = self._files.get(id(recording))
        if file is not None:
            self._guard(recording, lambda: file.write(pcm))
        self._post(lambda: self._written(len(pcm)))

    def _written(self, size: int) -> None:
        self._pending -= size

    def _close(self, recording: Recording) -> None:
        file = self._files.pop(id(recording), None)
        if file is not None:
            file.close()

    def _guard(self, recording: Recording, job: Callable[[], None]) -> None:
        try:
            job()
        except OSError as error:
            reason = f"{recording.path} cannot be written: {error.strerror or error}"
            self._post(lambda: recording.fail(reason))
