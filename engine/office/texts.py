"""Texts (MESSAGE) that wait for people whose phones are away, person by person, in order."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Protocol

import msgspec

MAX_WAITING = 100
"""Texts that wait for one person; who sends one more is told that it was not taken."""
MAX_FROM_ONE = 50
"""Of these, those of one sender: nobody fills another's place alone."""


class Text(msgspec.Struct, frozen=True):
    """One text for ``recipient``; both are addresses-of-record. ``sent_at`` is seconds since the epoch.

    ``key`` begins with the moment, so that texts sort by it.
    """

    key: str
    recipient: str
    sender: str
    sender_name: str
    text: str
    sent_at: float

    @classmethod
    def of(cls, recipient: str, sender: str, sender_name: str, text: str, now: float) -> Text:
        return cls(f"{int(now * 1000):014d}-{secrets.token_hex(6)}", recipient, sender, sender_name, text, now)


class TextStore(Protocol):
    """Keeps texts over a restart; nothing here waits."""

    def load(self) -> Iterable[Text]: ...

    def put(self, text: Text) -> None: ...

    def remove(self, text: Text) -> None: ...


class WaitingTexts:
    """All texts that wait, in memory and in the store."""

    def __init__(self, store: TextStore) -> None:
        self._store = store
        self._of: dict[str, dict[str, Text]] = {}
        for text in store.load():
            self._of.setdefault(text.recipient, {})[text.key] = text

    def of(self, recipient: str) -> list[Text]:
        """What waits for somebody, the oldest first."""
        return list(self._of.get(recipient, {}).values())

    def has_room(self, recipient: str, sender: str) -> bool:
        """Whether one more from this sender can wait for somebody."""
        waiting = self._of.get(recipient, {})
        return len(waiting) < MAX_WAITING and sum(text.sender == sender for text in waiting.values()) < MAX_FROM_ONE

    def put(self, text: Text) -> None:
        """Keep it; it survives a kill when this returns."""
        self._of.setdefault(text.recipient, {})[text.key] = text
        self._store.put(text)

    def remove(self, text: Text) -> bool:
        """Take it away; False if it does not wait."""
        waiting = self._of.get(text.recipient, {})
        if waiting.pop(text.key, None) is None:
            return False
        if not waiting:
            del self._of[text.recipient]
        self._store.remove(text)
        return True

    def forget_older(self, than: float) -> int:
        """Take away what was sent before a moment; how many that were."""
        old = [text for waiting in self._of.values() for text in waiting.values() if text.sent_at < than]
        return sum(self.remove(text) for text in old)
