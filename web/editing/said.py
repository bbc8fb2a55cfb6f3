"""What a version is about, kept so that it can be said in any language."""

from __future__ import annotations

import json

from web.words import Sentence, say

MAX_KEPT = 500


def kept(what: Sentence | str) -> str:
    """``what`` as it is stored: the sentence and what goes into its gaps."""
    if isinstance(what, str):
        return what[:MAX_KEPT]
    packed = json.dumps([what.text, {name: str(value) for name, value in what.values.items()}], ensure_ascii=False)
    return packed if len(packed) <= MAX_KEPT else str(what)[:MAX_KEPT]


def said(what: str) -> Sentence:
    """The sentence again; words that were typed are themselves."""
    if what.startswith("["):
        try:
            text, values = json.loads(what)
            return Sentence(str(text), {str(name): str(value) for name, value in values.items()})
        except (ValueError, AttributeError):
            pass
    return Sentence("{what}", {"what": what})


def back_to(number: int) -> Sentence:
    """What a version is about that brings an earlier one back."""
    return say("Back to version {number}", number=number)
