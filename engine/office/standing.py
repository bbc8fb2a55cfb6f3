"""What people of an account have set by phone or command (a night switch, a forwarding); it outlives a restart.

Facts are short texts by name, such as ``switch/night`` = ``on``. Whoever owns a kind of fact defines its names and
what they mean; here they are only kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

MAX_FACT = 2000
"""Characters of a fact; its name and what it says are the dialplan's and the callers', so they are bounded."""


class Standing(Protocol):
    """The facts of one account. Reading and writing cost no waiting: both may be done in the middle of a call."""

    def get(self, name: str) -> str | None:
        """What is set under ``name``; None if nothing is."""
        ...

    def put(self, name: str, value: str | None) -> None:
        """Set ``name``, or forget it (None). It survives a kill when this returns. Raises ValueError if too long."""
        ...

    def names(self, beginning: str) -> Iterable[str]:
        """The names that are set and begin so, in order."""
        ...


class Remembered:
    """Facts that nobody keeps: for simulated calls and tests."""

    def __init__(self, facts: Mapping[str, str] | None = None) -> None:
        self._facts = dict(facts or {})

    def get(self, name: str) -> str | None:
        return self._facts.get(name)

    def put(self, name: str, value: str | None) -> None:
        check_fact(name, value)
        if value is None:
            self._facts.pop(name, None)
        else:
            self._facts[name] = value

    def names(self, beginning: str) -> Iterable[str]:
        return sorted(name for name in self._facts if name.startswith(beginning))


def check_fact(name: str, value: str | None) -> None:
    """Raises ValueError for what is too long to be kept."""
    if max(len(name), len(value or "")) > MAX_FACT:
        raise ValueError(f"a fact has at most {MAX_FACT} characters")
