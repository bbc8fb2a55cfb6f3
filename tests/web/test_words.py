from __future__ import annotations

from gettext import NullTranslations

from web.mistakes import Mistake, Mistakes, refused
from web.words import say


class Dutch(NullTranslations):
    def gettext(self, message: str) -> str:
        return {"{count} numbers of {where}": "{count} nummers uit {where}", "abroad": "het buitenland"}.get(
            message, message
        )


def test_a_sentence_is_translated_with_its_gaps_filled() -> None:
    sentence = say("{count} numbers of {where}", count=2, where=say("abroad"))
    assert str(sentence) == "2 numbers of abroad"
    assert sentence.translated(Dutch()) == "2 nummers uit het buitenland"
    assert say("unknown {what}", what="x").translated(Dutch()) == "unknown x"


def test_what_is_typed_into_a_gap_is_never_a_pattern() -> None:
    assert str(say("'{typed}' is no number", typed="{0.__class__} {count}")) == "'{0.__class__} {count}' is no number"


def test_mistakes_say_all_that_is_wrong() -> None:
    both = Mistakes([Mistake("name", say("a name is missing")), Mistake("email", say("no address"))])
    assert str(both) == "a name is missing; no address"
    assert refused("name", say("a name is missing")).mistakes == (Mistake("name", say("a name is missing")),)
