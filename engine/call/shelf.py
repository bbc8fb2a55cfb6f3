"""An account's recordings made by phone, as files: ``engine.office.shelf`` on a disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from media.sound.prompts import UnreadableSound
from media.sound.tidy import tidy

log = logging.getLogger(__name__)

REST_SECONDS = 30.0
"""How long a recording stays that counts no more: a call may have been told to play it, and not have read it yet."""


def new_file(folder: Path) -> Path:
    """A path of its own for a recording."""
    return folder / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}.wav"


class FileShelf:
    """The shelf in ``folder``. ``named`` gives the files that facts name: all others are swept away."""

    def __init__(self, folder: Path, named: Callable[[], Iterable[str]]) -> None:
        self._folder = folder
        self._drafts = folder / "drafts"
        self._named = named
        self._remove(self._files(self._drafts))
        self._remove(self._unnamed())

    def draft(self) -> str:
        self._drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(new_file(self._drafts))

    async def tidy(self, draft: str) -> None:
        try:
            await asyncio.to_thread(tidy, draft)
        except (UnreadableSound, OSError, ValueError) as error:
            log.warning("a recording stays as it was said: %s", error)

    def drop(self, draft: str) -> None:
        self._remove([Path(draft)])

    def keep(self, draft: str, name: str) -> str:
        path = self._folder / f"{name}.{uuid.uuid4().hex[:8]}.wav"
        try:
            _sync(Path(draft))
            Path(draft).replace(path)
            _sync(self._folder)
        except OSError:
            self.drop(draft)
            raise
        return path.name

    def find(self, file: str) -> str | None:
        path = self._folder / Path(file).name
        return str(path) if path.is_file() else None

    def sweep(self) -> None:
        unnamed = self._unnamed()
        if unnamed:
            asyncio.get_running_loop().call_later(REST_SECONDS, self._remove, unnamed)

    def _unnamed(self) -> list[Path]:
        named = frozenset(self._named())
        return [path for path in self._files(self._folder) if path.name not in named]

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        try:
            return [path for path in folder.iterdir() if path.is_file()]
        except OSError:
            return []

    @staticmethod
    def _remove(paths: Iterable[Path]) -> None:
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have what stands at ``path`` on the disk, a file or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
