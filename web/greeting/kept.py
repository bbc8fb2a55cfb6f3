"""An account's greetings as files beside its dialplan: ``sounds/greetings/ACCOUNT/`` is the console's alone.

Names are made here, never taken from outside, and no file is ever written over: calls may be playing it. What no
dialplan names can be removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.dialplan.load import dialplan_files
from engine.dialplan.sound_files import BESIDE
from engine.settings import Settings
from media.sound.prompts import UnreadableSound, probe
from web.greeting.decoding import Sound
from web.mistakes import refused
from web.words import say

FOLDER = "greetings"
MOST_KEPT = 200
"""Files of an account: an hour of talk, and more than anybody listens to."""
MAX_LABEL = 40
DRAFT_SECONDS = 3600.0
READABLE = 0o644
"""The engine may run as another user than the console."""

_NAME = re.compile(r"[a-z0-9_-]{1,40}\.[0-9]{8}-[0-9]{6}\.[0-9a-f]{8}\.wav")
_DRAFT = re.compile(r"\.[0-9a-f]{16}")
_UNFIT = re.compile(r"[^a-z0-9_-]+")
_ACCOUNT = re.compile(r"(?!\.)[\w .-]{1,200}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A greeting: its file's ``name``, what a dialplan calls it, and whether one does (``used``).

    ``label`` is what it was made for, mostly a menu; ``made_at`` is in seconds since 1970.
    """

    name: str
    play: str
    label: str
    made_at: float
    seconds: float
    used: bool


class KeptGreetings:
    """The greetings of one account."""

    def __init__(self, settings: Settings, account: str) -> None:
        self._dialplans = settings.dialplans
        self._account = account if _ACCOUNT.fullmatch(account) else ""
        self.folder = self._beside() / BESIDE / FOLDER / self._account

    def _beside(self) -> Path:
        """The folder of the account's dialplan, or the one in which it will be."""
        if not self._account:
            raise refused("account", say("There is no such account."))
        where = self._dialplans
        return where if where.is_dir() or not where.suffix else where.parent

    def keep(self, sound: Sound, label: str, now: float) -> Kept:
        """Keep a greeting for good. ``label`` says what it is for. Raises Mistakes where there are too many."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._remove_leftovers(now)
        if len(self._names()) >= MOST_KEPT:
            raise refused("", say("There are {most} greetings. Remove those that are not used.", most=MOST_KEPT))
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
        name = f"{_plain(label)}.{moment}.{secrets.token_hex(4)}.wav"
        draft = self.folder / f".{secrets.token_hex(8)}"
        try:
            with draft.open("xb") as file:
                file.write(sound.data)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(READABLE)
            # a link, unlike a move, fails where there is such a file
            (self.folder / name).hardlink_to(draft)
        finally:
            draft.unlink(missing_ok=True)
        _sync(self.folder)
        return self._look_at(name, "")

    def _remove_leftovers(self, now: float) -> None:
        """Drafts of a console that was killed meanwhile; nobody takes an hour to write one."""
        for path in self.folder.glob(".*"):
            with contextlib.suppress(OSError):
                if _DRAFT.fullmatch(path.name) and path.stat().st_mtime < now - DRAFT_SECONDS:
                    path.unlink()

    def all(self) -> list[Kept]:
        """Those that are there, the newest first."""
        dialplans = self._dialplan_texts()
        return sorted((self._look_at(name, dialplans) for name in self._names()), key=lambda one: -one.made_at)

    def find(self, name: str) -> Path | None:
        """The path of a greeting by its file's name; None if there is none of the console's."""
        path = self.folder / name
        return path if _NAME.fullmatch(name) and path.is_file() else None

    def play_name(self, name: str) -> str:
        """What a dialplan calls a greeting."""
        return f"{FOLDER}/{self._account}/{name}"

    def remove(self, name: str) -> None:
        """Remove a greeting that no dialplan names. Raises Mistakes."""
        path = self.find(name)
        if path is None:
            raise refused("name", say("There is no such greeting any more."))
        if name in self._dialplan_texts():
            raise refused("name", say("Callers hear this greeting. Choose another one first, then remove it."))
        path.unlink(missing_ok=True)
        _sync(self.folder)

    def _look_at(self, name: str, dialplans: str) -> Kept:
        label, moment, *_ = name.split(".")
        made_at = datetime.strptime(moment, "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp()
        seconds = _seconds_of(self.folder / name)
        return Kept(name, self.play_name(name), label, made_at, seconds, name in dialplans)

    def _names(self) -> list[str]:
        try:
            return [path.name for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        except OSError:
            return []

    def _dialplan_texts(self) -> str:
        """All that is written in dialplans. Names are unique: where one stands, be it in a comment, it is kept."""
        texts = []
        for path in dialplan_files(self._dialplans) if self._dialplans.exists() else ():
            try:
                texts.append(path.read_text(errors="replace"))
            except OSError as problem:
                raise refused(
                    "", say("{file} cannot be read, so nobody knows what is in use.", file=path.name)
                ) from problem
        return "\n".join(texts)


def _plain(label: str) -> str:
    """A label as the beginning of a file's name."""
    return _UNFIT.sub("-", label.lower()).strip("-")[:MAX_LABEL] or "greeting"


def _seconds_of(path: Path) -> float:
    try:
        return probe(path)
    except (UnreadableSound, OSError):
        return 0.0


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
