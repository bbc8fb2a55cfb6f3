"""The languages that pages speak: catalogues read at start, and which of them a visitor gets.

English needs no catalogue, as the message ids are its sentences. Any other language is a folder of ``locales`` with
``LC_MESSAGES/*.po``: one file per slice, so that slices do not meet in one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.pofile import read_po
from starlette.requests import Request

from web.shell.cookies import read_cookie

LOCALES: Final = Path(__file__).resolve().parent.parent / "locales"
ENGLISH: Final = "en"
NAMES: Final = {"en": "English", "nl": "Nederlands"}
"""Each language by its own name, in the order they are offered."""
LOCALE_OF: Final = {"en": "en_GB"}
"""How days and times are written where the language alone would mean another country."""
LANGUAGE_COOKIE: Final = "belplan_language"
LANGUAGE_QUERY: Final = "lang"
MAX_ACCEPTED: Final = 20
"""Languages of Accept-Language that are looked at."""


class Catalogue(NullTranslations):
    """The sentences of one language, from its .po files; what they lack is English."""

    def __init__(self, language: str, files: Iterable[Path] = ()) -> None:
        super().__init__()
        self.language = language
        self.locale = Locale.parse(LOCALE_OF.get(language, language))
        self._one: dict[str, str] = {}
        self._several: dict[str, tuple[str, ...]] = {}
        for file in files:
            self._read(file)

    def gettext(self, message: str) -> str:
        return self._one.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        forms = self._several.get(msgid1, (msgid1, msgid2))
        return forms[0] if n == 1 else forms[-1]

    def _read(self, file: Path) -> None:
        with file.open("rb") as opened:
            catalogue = read_po(opened, locale=self.language)
        for message in catalogue:
            if not message.id or message.fuzzy or not message.string:
                continue
            if isinstance(message.id, tuple | list):
                if all(message.string):
                    self._several[message.id[0]] = tuple(message.string)
            elif isinstance(message.string, str):
                self._one[message.id] = message.string


@cache
def catalogues() -> dict[str, Catalogue]:
    """Every language there is, by its code."""
    return {
        language: Catalogue(language, sorted((LOCALES / language / "LC_MESSAGES").glob("*.po"))) for language in NAMES
    }


def language_of(request: Request) -> str:
    """The visitor's language: what they switched to, else the first one their browser asks for that there is."""
    for asked in (request.query_params.get(LANGUAGE_QUERY), read_cookie(request, LANGUAGE_COOKIE)):
        if asked in NAMES:
            return asked
    return accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> str:
    """The best language of an Accept-Language header (RFC 9110 section 12.5.4) that there is; English otherwise."""
    best, best_weight = ENGLISH, 0.0
    for choice in header.split(",")[:MAX_ACCEPTED]:
        name, _, parameter = choice.partition(";")
        language = name.strip().lower().partition("-")[0]
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
        except ValueError:
            continue
        if language in NAMES and best_weight < weight <= 1.0:
            best, best_weight = language, weight
    return best


def catalogue_of(request: Request) -> Catalogue:
    """The catalogue of the visitor's language."""
    return catalogues()[language_of(request)]
