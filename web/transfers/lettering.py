"""The typeface of letters: Source Sans, free, with the letters of Europe's languages; from a package of its own."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

PACKAGE: Final = "font-source-sans-pro"
MAX_SHOWN: Final = 5
"""Letters that are named where some cannot be written."""


def face(style: str) -> Path:
    """The file of a style: Regular, Bold."""
    return Path(str(distribution(PACKAGE).locate_file(f"font_source_sans_pro/files/SourceSansPro-{style}.ttf")))


def unwritable(text: str) -> str:
    """The characters of a line that the typeface lacks, with blanks between them; "" if it has all."""
    missing = dict.fromkeys(letter for letter in text if ord(letter) not in _letters() or not letter.isprintable())
    named = [letter if letter.isprintable() else f"U+{ord(letter):04X}" for letter in missing]
    return " ".join(named[:MAX_SHOWN])


@cache
def _letters() -> frozenset[int]:
    """What both styles have."""
    regular, bold = (TTFont(face(style), lazy=True).getBestCmap() for style in ("Regular", "Bold"))
    return frozenset(regular) & frozenset(bold)
