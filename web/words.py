"""What is said to people, in their language: an English sentence with gaps, translated when it is shown.

``say`` marks a sentence for the catalogues in ``locales/`` (gettext), whose message ids are the English sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Catalogue(Protocol):
    """Translations into one language (``gettext.NullTranslations`` and those who derive from it)."""

    def gettext(self, message: str) -> str:
        """The sentence in that language; the same if there is none."""
        ...

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The same for a sentence that has one form for a single thing and others for more."""
        ...

    def __hash__(self) -> int:
        """What is said in it may be kept by it."""
        ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English sentence, its gaps written as for ``str.format``, and what goes into them.

    ``several`` is the sentence for another number than one of what the gap ``n`` counts.
    """

    text: str
    values: dict[str, object] = field(default_factory=dict)
    several: str | None = None

    def __str__(self) -> str:
        one = self.several is None or self.values["n"] == 1
        return (self.text if one else self.several or "").format(**self.values)

    def translated(self, catalogue: Catalogue) -> str:
        """The sentence in the catalogue's language; sentences in its gaps are translated, too."""
        return self.chosen(catalogue).format(**self.filling(catalogue))

    def chosen(self, catalogue: Catalogue) -> str:
        """The sentence in the catalogue's language, its gaps still open."""
        if self.several is None:
            return catalogue.gettext(self.text)
        count = self.values["n"]
        assert isinstance(count, int)
        return catalogue.ngettext(self.text, self.several, count)

    def filling(self, catalogue: Catalogue) -> dict[str, object]:
        """What goes into the gaps."""
        return {
            name: value.translated(catalogue) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }


def say(text: str, **values: object) -> Sentence:
    """A sentence for people; the text must be a literal, as the catalogues are made of those."""
    return Sentence(text, values)


def say_n(one: str, several: str, n: int, **values: object) -> Sentence:
    """A sentence about ``n`` things, such as ``say_n("{n} phone", "{n} phones", len(phones))``."""
    return Sentence(one, {"n": n, **values}, several)
