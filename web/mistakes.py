"""What somebody typed that will not do: values and exceptions that pages, commands and the API show in their way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from web.words import Sentence, say

WAIT = say("That was too often. Wait for a while, then try again.")


@dataclass(frozen=True, slots=True)
class Mistake:
    """``field`` is the form's name for it ("" for the whole form), as in ``rows.2.email`` for one of several rows."""

    field: str
    what: Sentence


class Mistakes(Exception):
    """Nothing was done, for these reasons: all of them, not just the first."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(str(mistake.what) for mistake in self.mistakes))


def refused(field: str, what: Sentence) -> Mistakes:
    """The one mistake ``what``, to be raised."""
    return Mistakes([Mistake(field, what)])


class Stale(Exception):
    """Somebody else has changed it meanwhile; ``what`` tells who and when. Nothing was done."""

    def __init__(self, what: Sentence) -> None:
        self.what = what
        super().__init__(str(what))


class TooOften(Exception):
    """Somebody asks more often than is good; ``seconds`` until they may again."""

    def __init__(self, seconds: float, what: Sentence = WAIT) -> None:
        super().__init__(str(what))
        self.seconds = seconds
        self.what = what

    @property
    def wait(self) -> str:
        """Whole seconds, as the header Retry-After has them."""
        return str(max(1, round(self.seconds)))
