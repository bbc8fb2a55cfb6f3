"""The words that lead back into the menus: ``repeat``, ``back``, ``top``, and the way on when a file names none."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from engine.dialplan.caption import Caption, Shape
from engine.dialplan.model import Exit, Node
from engine.dialplan.nodes.hang_up import HangUp
from engine.dialplan.path import Path

if TYPE_CHECKING:
    from engine.dialplan.account import Account


class Word(Node):
    """The present menu again (``repeat``), the one above it (``back``) or the first one (``top``).

    ```yaml
    {play: opening-hours.wav, then: repeat}
    ```
    Outside any menu each of them ends the call.
    """

    kind = "word"
    words = ("repeat", "back", "top")
    shape = Shape.BACK

    word: str

    @classmethod
    def from_word(cls, word: str) -> Self:
        return cls(word=word)

    @property
    def name(self) -> str:
        return self.word

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption(self.word)

    def exits(self) -> Iterable[Exit]:
        return ()

    def arrive(self, path: Path) -> Node:
        go = {"repeat": lambda: path.current, "back": path.back, "top": path.top}
        return go[self.word]() or HangUp()


class WayHome(Node):
    """Where a caller goes when the file does not say: to the menu they chose from, else the call ends for ``reason``.

    A caller whom no key has led here (nobody pressed anything) is not sent round in circles. One who was transferred
    goes back to whoever did that.
    """

    shape = Shape.BACK

    reason: str = ""

    def caption(self, account: Account) -> Caption:  # noqa: ARG002
        return Caption("back to menu")

    def exits(self) -> Iterable[Exit]:
        return ()

    @property
    def name(self) -> str:
        return "the menu they came from"

    def arrive(self, path: Path) -> Node:
        if path.way_back is not None:
            return path.way_back
        if path.chosen and path.current is not None:
            return path.current
        return _end(self.reason)


@lru_cache(maxsize=32)
def _end(reason: str) -> HangUp:
    """The end of a call. Nodes do not change, and whoever checks a large account comes here for each of its people."""
    return HangUp(hang_up=reason)
