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


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English sentence, its gaps written as for ``str.format``, and what goes into them."""

    text: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values)

    def translated(self, catalogue: Catalogue) -> str:
        """The sentence in the catalogue's language; sentences in its gaps are translated, too."""
        values = {
            name: value.translated(catalogue) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return catalogue.gettext(self.text).format(**values)


def say(text: str, **values: object) -> Sentence:
    """A sentence for people; the text must be a literal, as the catalogues are made of those."""
    return Sentence(text, values)
