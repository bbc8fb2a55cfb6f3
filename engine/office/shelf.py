"""Where an account's recordings made by phone are kept (greetings): first as drafts, then under names.

Facts in ``Standing`` say which of them count; here they are only kept.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Protocol

_UNFIT = re.compile(r"[^\w-]+")


class Shelf(Protocol):
    """The recordings of one account. All but ``tidy`` are done at once, in the middle of a call."""

    def draft(self) -> str:
        """The path to record a new draft to. Raises OSError."""
        ...

    async def tidy(self, draft: str) -> None:
        """Take away the silence around what was said, and make it as loud as other recordings. Never raises."""
        ...

    def drop(self, draft: str) -> None:
        """Remove a draft that nobody keeps."""
        ...

    def keep(self, draft: str, name: str) -> str:
        """Keep a draft for good: the file's name on the shelf, made of ``name``. Raises OSError; then it is dropped."""
        ...

    def find(self, file: str) -> str | None:
        """The path of a recording on the shelf; None if it is not there any more."""
        ...

    def sweep(self) -> None:
        """Let go of what no fact names any more, once no call can be about to hear it."""
        ...


class Imagined:
    """A shelf without a disk: for simulated calls and tests. Whatever a fact names is there."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def draft(self) -> str:
        return f"draft-{next(self._numbers)}.wav"

    async def tidy(self, draft: str) -> None: ...

    def drop(self, draft: str) -> None: ...

    def keep(self, draft: str, name: str) -> str:  # noqa: ARG002
        return f"{name}.wav"

    def find(self, file: str) -> str | None:
        return file

    def sweep(self) -> None: ...


def file_name(*parts: str) -> str:
    """Names of the dialplan as the beginning of a file's name, parted by dots: ``greeting.welcome.en``."""
    return ".".join(_UNFIT.sub("_", part) for part in parts if part)
