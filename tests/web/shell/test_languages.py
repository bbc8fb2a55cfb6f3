"""The console speaks each of its languages: no sentence without a translation, and every gap is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from tests.scripts import script
from web.shell.languages import ENGLISH, LOCALES, NAMES, accepted, catalogues
from web.words import say, say_n

console_words = script("console_words")
GAP = re.compile(r"\{(\w*)\}")


def translations(language: str) -> Iterator[tuple[str, Message]]:
    for slice_, messages in console_words.said().items():
        for message in console_words.catalogue(language, slice_, messages):
            if message.id:
                yield slice_, message


def texts(words: object) -> tuple[str, ...]:
    return tuple(words) if isinstance(words, tuple | list) else (str(words or ""),)


def test_every_language_has_its_catalogues() -> None:
    assert {folder.name for folder in LOCALES.iterdir()} == set(NAMES) - {ENGLISH} == set(console_words.LANGUAGES)


@pytest.mark.parametrize("language", console_words.LANGUAGES)
def test_no_sentence_lacks_its_translation(language: str) -> None:
    missing = [
        f"{slice_}: {message.id}" for slice_, message in translations(language) if not all(texts(message.string))
    ]
    assert missing == [], "run tools/console_words.py, then write what is missing into web/locales"


@pytest.mark.parametrize("language", console_words.LANGUAGES)
def test_a_translation_has_the_gaps_of_its_sentence(language: str) -> None:
    for _, message in translations(language):
        gaps = set(GAP.findall(texts(message.id)[-1]))
        for text in texts(message.string):
            assert set(GAP.findall(text)) <= gaps, text
        assert set(GAP.findall(texts(message.string)[-1])) == gaps or not all(texts(message.string)), message.id


def test_sentences_come_in_dutch_whether_one_or_more() -> None:
    dutch = catalogues()["nl"]
    assert say("Sign in").translated(dutch) == "Inloggen"
    assert say("Nobody has translated this").translated(dutch) == "Nobody has translated this"
    one, several = "One thing has to be put right:", "{n} things have to be put right:"
    assert say_n(one, several, 1).translated(dutch) == "Eén ding moet worden verbeterd:"
    assert say_n(one, several, 7).translated(dutch) == "7 dingen moeten worden verbeterd:"
    assert str(say_n(one, several, 7)) == "7 things have to be put right:"
    assert str(say_n(one, several, 1)) == one


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("nl", "nl"),
        ("nl-BE, en;q=0.9", "nl"),
        ("fr, de", "en"),
        ("en;q=0.2, nl;q=0.3", "nl"),
        ("nl;q=0, en;q=0.1", "en"),
        ("nl;q=nan, *;q=1", "en"),
        ("nl;q=2", "en"),
        (",;q=,;;;," * 5000, "en"),
    ],
)
def test_the_browsers_wishes_are_followed_as_far_as_they_can_be_read(header: str, language: str) -> None:
    assert accepted(header) == language
