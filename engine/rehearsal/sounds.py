"""What a caller hears, in words: texts as they are spoken, recordings by name, tones as people call them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from engine.dialplan.account import Account
from engine.dialplan.greetings import shelf_name

TONES = {
    "ringback": "the ringing tone",
    "beep": "the beep",
    "busy": "the busy tone",
    "congestion": "the congestion tone",
    "silence": "silence",
    "message.wav": "a message",
    "recording.wav": "a recording",
}
"""What is heard that is no file of the account; the last two are what calls and callers have recorded."""


class SpokenWords:
    """Knows an account's sounds by the names that events give them."""

    def __init__(self, account: Account | None) -> None:
        self._spoken: dict[str, str] = {}
        self._files: set[str] = set()
        self._recorded: dict[str, str] = {}
        if account is not None:
            for (way, what, *_), file in account.sounds.items():
                name = PurePath(file.path).name
                if way == "say":
                    self._spoken[name] = what
                else:
                    self._files.add(name)
            self._recorded = {shelf_name(menu, "", None): f"recorded greeting of {menu}" for menu in account.menus}
            prompts = (file for prompts in account.prompts.values() for file in prompts.values())
            self._files.update(PurePath(file.path).name for file in prompts)

    def of(self, heard: str) -> str:
        """A sound in words."""
        if heard in self._spoken:
            return f'"{self._spoken[heard]}"'
        return TONES.get(heard) or self._greeting(heard) or heard

    def _greeting(self, heard: str) -> str | None:
        """What somebody recorded by phone, in words: its file is called after the menu."""
        return self._recorded.get(".".join(heard.split(".")[:2]))

    def known(self) -> Iterator[str]:
        """Everything that may be heard: recordings by name, texts in words."""
        yield from sorted(self._files)
        yield from self._spoken.values()
        yield from self._recorded.values()
        yield from TONES

    def matches(self, heard: str, wanted: str) -> bool:
        """Whether a sound is the one somebody means: by its name, with or without its ending, or a part of the text."""
        if heard in self._spoken:
            return _plain(wanted) in _plain(self._spoken[heard])
        names = (heard, PurePath(heard).stem, TONES.get(heard), self._greeting(heard))
        return wanted.lower() in (name.lower() for name in names if name)

    def can_be_heard(self, wanted: str) -> bool:
        """Whether there is any such sound."""
        names = [*self._files, *self._spoken, *self._recorded, *TONES]
        return any(self.matches(name, wanted) for name in names)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
