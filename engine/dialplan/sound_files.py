"""Where a dialplan's recordings are, and its spoken texts made into recordings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.dialplan.model import AUDIO_SUFFIXES
from engine.dialplan.reading import Reading
from media.commands import File
from media.sound.prompts import UnreadableSound, probe
from media.sound.speech import SpeechUnavailable, synthesise

BESIDE = "sounds"
FALLBACK_LANGUAGE = "en"


class SoundFolders:
    """The folders a recording may lie in: beside the dialplan, its ``sounds``, the built-in prompts of the language."""

    def __init__(self, dialplan: Path, prompts: Path, language: str) -> None:
        self.folders = (dialplan.parent / BESIDE, dialplan.parent, prompts / language, prompts / FALLBACK_LANGUAGE)
        self._found: dict[str, str | None] = {}

    def find(self, name: str) -> str | None:
        """The path of the recording ``name`` (``welcome.wav``, ``desk/welcome.wav``, or a full path)."""
        if name not in self._found:
            self._found[name] = next((str(path) for path in self._places(name) if _is_file(path)), None)
        return self._found[name]

    def _places(self, name: str) -> Iterable[Path]:
        return (folder / name for folder in self.folders)

    def names(self) -> Iterable[str]:
        """The recordings that are there."""
        return {
            path.name for folder in self.folders for path in _files_in(folder) if path.suffix.lower() in AUDIO_SUFFIXES
        }

    def prompts(self) -> Mapping[str, File]:
        """The built-in prompts by name, each in the account's language where there is one, else in English."""
        found: dict[str, File] = {}
        for folder in reversed(self.folders[2:]):
            found.update({path.stem: File(str(path)) for path in _files_in(folder) if path.suffix in AUDIO_SUFFIXES})
        return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []


def make_sounds(reading: Reading, language: str, cache: Path) -> Mapping[tuple[str, str], File]:
    """Every announcement's file by ``Announcement.source``. What cannot be read or spoken becomes a finding."""
    sounds: dict[tuple[str, str], File] = {}
    for name, (path, at) in reading.files.items():
        try:
            probe(path)
        except (UnreadableSound, OSError) as error:
            reading.error(at, f"the recording '{name}' cannot be played", str(error).replace(path, name))
        sounds["play", name] = File(path)
    for text, at in reading.texts.items():
        try:
            sounds["say", text] = File(str(synthesise(text, language, cache)))
        except (SpeechUnavailable, OSError) as error:
            reading.error(at, "this text cannot be spoken", str(error))
    return sounds
