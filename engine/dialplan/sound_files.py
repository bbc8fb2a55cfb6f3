"""Where a dialplan's recordings are, for callers of each language, and its spoken texts made into recordings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from engine.dialplan.languages import LAST_RESORT, standing_in
from engine.dialplan.model import AUDIO_SUFFIXES
from engine.dialplan.reading import Reading
from engine.dialplan.sound import Source
from engine.dialplan.source import Position
from media.commands import File
from media.sound.prompts import UnreadableSound, probe
from media.sound.speech import SpeechUnavailable, synthesise

BESIDE = "sounds"


class SoundFolders:
    """The folders a recording may lie in: ``sounds`` beside the dialplan (with folders for languages in it), the
    dialplan's own, and the built-in prompts. ``languages`` are the account's, its own first.
    """

    def __init__(self, dialplan: Path, prompts: Path, languages: Sequence[str]) -> None:
        self._beside = dialplan.parent
        self._prompts = prompts
        self._languages = tuple(languages) or (LAST_RESORT,)
        self._found: dict[tuple[str, str], str | None] = {}

    def find(self, name: str, language: str) -> str | None:
        """The path of ``name`` (``welcome.wav``, ``desk/welcome.wav``, or a full path) for callers of a language."""
        if (name, language) not in self._found:
            places = (folder / name for folder in self._folders(language))
            self._found[name, language] = next((str(path) for path in places if _is_file(path)), None)
        return self._found[name, language]

    def _folders(self, language: str) -> Iterator[Path]:
        """Where to look, the best first: what is for this language, for everybody, for the languages standing in."""
        wanted = tuple(dict.fromkeys((*self._standing_in(language), *self._languages)))
        sounds = self._beside / BESIDE
        if language:
            yield sounds / language
        yield from (sounds, self._beside)
        yield from (sounds / one for one in wanted)
        yield from (self._prompts / one for one in wanted)

    def _standing_in(self, language: str) -> tuple[str, ...]:
        return standing_in(language or self._languages[0], self._languages[0])

    def names(self) -> Iterable[str]:
        """The recordings that are there."""
        return {
            path.name
            for language in self._languages
            for folder in self._folders(language)
            for path in _files_in(folder)
            if path.suffix.lower() in AUDIO_SUFFIXES
        }

    def prompts(self) -> Mapping[str, Mapping[str, File]]:
        """The built-in prompts by language and name, each in the nearest language there is."""
        return {language: self._prompts_in(language) for language in self._languages}

    def _prompts_in(self, language: str) -> Mapping[str, File]:
        found: dict[str, File] = {}
        for one in reversed(self._standing_in(language)):
            files = _files_in(self._prompts / one)
            found.update({path.stem: File(str(path)) for path in files if path.suffix in AUDIO_SUFFIXES})
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


def make_sounds(reading: Reading, cache: Path) -> Mapping[Source, File]:
    """The file of everything that is heard. What cannot be read or spoken becomes a finding."""
    sounds: dict[Source, File] = {}
    broken: set[str] = set()
    for source, at in reading.heard.items():
        kind, name, language = source
        path = _spoken(name, language, at, reading, cache) if kind == "say" else _found(name, language, reading)
        if path is None:
            continue
        if kind == "play" and path not in broken:
            try:
                probe(path)
            except (UnreadableSound, OSError) as error:
                broken.add(path)
                reading.error(at, f"the recording '{name}' cannot be played", str(error).replace(path, name))
        sounds[source] = File(path)
    return sounds


def _found(name: str, language: str, reading: Reading) -> str | None:
    return reading.sounds.find(name, language) if reading.sounds is not None else None


def _spoken(text: str, language: str, at: Position, reading: Reading, cache: Path) -> str | None:
    try:
        return str(synthesise(text, language, cache))
    except (SpeechUnavailable, OSError) as error:
        if ("say", text, language) in reading.dispensable:
            return None
        reading.error(at, "this text cannot be spoken", str(error))
        return None
