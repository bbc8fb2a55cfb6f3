"""What the engine finds in a dialplan, in the visitor's language.

The engine says it in English. Its sentences, as tools/finding_sentences.py reads them from its code, are the message
ids of ``findings.po``, their gaps numbered: what it said is recognised by the words between them, and said anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter
from typing import Final

from babel.messages.pofile import read_po

from engine.dialplan.findings import Finding
from web.shell.languages import LOCALES
from web.words import Catalogue, Sentence, say

MAX_LENGTH: Final = 2000
"""Characters of a sentence that is recognised; a longer one stays as it is."""
MAX_DEPTH: Final = 4
"""How deep sentences are looked for in the gaps of others: "'tea' is a menu and a group"."""
FEW_LETTERS: Final = 4
"""A sentence with fewer letters of its own, "{0} and {1}", is recognised only where its gaps are understood."""
MAX_TRIED: Final = 8
"""Places where the first of two gaps may end."""
MAX_KEPT: Final = 1024
"""Sentences whose translations are kept."""
ANOTHER_ACCOUNT: Final = say("another account")
"""What stands in a finding for an account that is not to be named."""
_QUOTATION = re.compile(r"'.*'|\".*\"|\{.*\}", re.DOTALL)
_TYPED = re.compile(r"[^\s,'\"{}]+(?:, [^\s,'\"{}]+)*")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence of the engine as a message id, and its words before, between and after the gaps."""

    text: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Pattern:
        words = [""]
        for said, gap, _, _ in Formatter().parse(text):
            words[-1] += said
            if gap is not None:
                words.append("")
        return cls(text, tuple(words))

    @property
    def letters(self) -> int:
        return sum(map(str.isalpha, "".join(self.words)))

    def held(self, said: str) -> Iterator[list[str]]:
        """What the gaps hold if ``said`` is this sentence. Each ends where the next words first come; of two gaps, the
        first may also end where they come again.
        """
        if len(self.words) == 1:
            if said == self.words[0]:
                yield []
            return
        first, *between, last = self.words
        at, end = len(first), len(said) - len(last)
        if at > end or not (said.startswith(first) and said.endswith(last)):
            return
        if len(between) == 1:
            found = at - 1
            for _ in range(MAX_TRIED):
                found = said.find(between[0], found + 1, end)
                if found < 0:
                    return
                yield [said[at:found], said[found + len(between[0]) : end]]
            return
        gaps = []
        for words in between:
            found = said.find(words, at, end)
            if found < 0:
                return
            gaps.append(said[at:found])
            at = found + len(words)
        yield [*gaps, said[at:end]]


@cache
def patterns() -> Mapping[str, tuple[Pattern, ...]]:
    """All sentences by the letter that they begin with, those with the most words first; "" has those that begin with
    a gap only.
    """
    texts = {str(ANOTHER_ACCOUNT)}
    for file in LOCALES.glob("*/LC_MESSAGES/findings.po"):
        with file.open("rb") as opened:
            texts |= {message.id for message in read_po(opened) if isinstance(message.id, str) and message.id}
    every = sorted(map(Pattern.of, sorted(texts)), key=lambda each: -len("".join(each.words)))
    letters = {each.words[0][:1] for each in every}
    return {letter: tuple(each for each in every if each.words[0][:1] in ("", letter)) for letter in letters}


def recognised(said: str, catalogue: Catalogue) -> str | None:
    """A sentence of the engine in the catalogue's language; None if it is not known."""
    return _recognised(said, catalogue, 0) if len(said) <= MAX_LENGTH else None


@lru_cache(MAX_KEPT)
def _recognised(said: str, catalogue: Catalogue, depth: int) -> str | None:
    known = patterns()
    for pattern in known.get(said[:1], known.get("", ())):
        quoted = [words[-1:] in ("'", '"') for words in pattern.words]
        first: list[str] | None = None
        for held in pattern.held(said):
            gaps = [_in_gap(gap, catalogue, depth, each) for gap, each in zip(held, quoted, strict=False)]
            filling = [gap if told is None else told for gap, told in zip(held, gaps, strict=True)]
            if None not in gaps:
                return catalogue.gettext(pattern.text).format(*filling)
            first = first or filling
        if first is not None and pattern.letters >= FEW_LETTERS:
            return catalogue.gettext(pattern.text).format(*first)
    return None


def _in_gap(gap: str, catalogue: Catalogue, depth: int, quoted: bool) -> str | None:
    """What a gap holds, said in the catalogue's language; None if it is neither known nor as a plan has it."""
    if quoted or not any(map(str.isalpha, gap)):
        return gap
    if (told := _recognised(gap, catalogue, depth + 1) if depth < MAX_DEPTH else None) is not None:
        return told
    return gap if _QUOTATION.fullmatch(gap) or _TYPED.fullmatch(gap) else None


@dataclass(frozen=True, slots=True)
class Observed(Sentence):
    """A finding as a sentence: in English the engine's message as it is."""

    def filling(self, catalogue: Catalogue) -> dict[str, object]:
        return {name: recognised(str(said), catalogue) or said for name, said in self.values.items()}

    def unknown(self, catalogue: Catalogue) -> frozenset[str]:
        """The parts that stay English, as nothing like them is known."""
        return frozenset(name for name, said in self.values.items() if recognised(str(said), catalogue) is None)


def observed(finding: Finding) -> Observed:
    """A finding for people: what it is, what comes of it, and what to do."""
    text = "{what}: {effect}" if finding.effect else "{what}"
    parts: dict[str, object] = {"what": finding.what, "effect": finding.effect, "suggestion": finding.suggestion}
    text = f"{text} ({{suggestion}})" if finding.suggestion else text
    return Observed(text, {name: said for name, said in parts.items() if said})
