"""What is wrong or doubtful in a dialplan: findings with file, line and column, and the one exception of loading."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from engine.dialplan.source import Position

LONGEST_WORD_COMPARED = 60
UNUSED = "the dialplan is not used: calls go on by the one before, and without one nobody is answered"
"""What any error means for callers."""


class Severity(Enum):
    """An error keeps the file from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right. ``line`` and ``column`` count from 1.

    ``effect`` is what happens to a caller because of it, ``suggestion`` what to do.
    """

    file: str
    line: int
    column: int
    severity: Severity
    what: str
    suggestion: str = ""
    effect: str = ""

    def __str__(self) -> str:
        """``file:line:column: message``, as compilers write it, so that editors jump there."""
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{self.file}:{self.line}:{self.column}: {mark}{self.message}"

    @property
    def consequence(self) -> str:
        """What happens to callers; of an error always the same, which is why its message leaves it out."""
        return UNUSED if self.severity is Severity.ERROR else self.effect

    @property
    def message(self) -> str:
        said = f"{self.what}: {self.effect}" if self.effect else self.what
        return f"{said} ({self.suggestion})" if self.suggestion else said


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a node finds doubtful about itself: a warning, placed."""

    at: Position
    what: str
    effect: str
    suggestion: str


class DialplanErrors(Exception):
    """The dialplan cannot be used; ``findings`` holds every reason found, in the order of the file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda f: (f.file, f.line, f.column)))
        super().__init__("\n".join(map(str, self.findings)))


class Wrong(ValueError):
    """A value that will not do, raised while a field is read; the reader adds file, line and column."""

    def __init__(self, what: str, suggestion: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.suggestion = suggestion


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant by a misspelt word, if any is near enough."""
    known = {choice.lower(): choice for choice in sorted(choices)}
    matches = difflib.get_close_matches(word[:LONGEST_WORD_COMPARED].lower(), known, n=1, cutoff=0.7)
    return known[matches[0]] if matches else None


def did_you_mean(word: str, choices: Iterable[str], otherwise: str = "") -> str:
    """A suggestion for a misspelt word; ``otherwise`` if nothing resembles it."""
    match = closest(word, choices)
    return f"did you mean '{match}'?" if match else otherwise
