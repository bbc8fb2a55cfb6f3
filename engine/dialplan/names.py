"""Names as they are spelt on a telephone's keypad: letters to the keys 2 to 9 (ITU-T E.161), accents and all."""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

NAMES_KEPT = 4096

_KEYS = {"abc": "2", "def": "3", "ghi": "4", "jkl": "5", "mno": "6", "pqrs": "7", "tuv": "8", "wxyz": "9"}
_KEY_OF = str.maketrans({letter: key for letters, key in _KEYS.items() for letter in letters})
_IN_FULL = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
"""Letters that people spell in either of two ways: Müller is dialled as Muller and as Mueller."""


@lru_cache(maxsize=NAMES_KEPT)
def _spellings(name: str) -> tuple[tuple[str, ...], ...]:
    """The words of a name as keys, for each way in which it may be spelt."""
    lower = name.lower()
    return tuple(
        tuple(keys for word in re.split(r"[\s_-]+", text) if (keys := _keys(word)))
        for text in dict.fromkeys((lower, lower.translate(_IN_FULL)))
    )


def _keys(word: str) -> str:
    letters = "".join(letter for letter in anyascii(word).lower() if "a" <= letter <= "z")
    return letters.translate(_KEY_OF)


def begins_a_name(keys: str, name: str) -> bool:
    """Whether ``keys`` dial the beginning of a name from any of its words on: 22553 for Anna van den Bakker."""
    return any("".join(words[index:]).startswith(keys) for words in _spellings(name) for index in range(len(words)))


def is_a_name(keys: str, name: str) -> bool:
    """Whether ``keys`` dial a whole word of a name: 26 for Bo de Vries."""
    return any(keys in words for words in _spellings(name))
