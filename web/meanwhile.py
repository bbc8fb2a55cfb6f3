"""Two who change the same few facts at once: each fact goes by what whoever changes it has seen of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final, Generic, TypeVar

from web.words import Sentence, say

Facts = TypeVar("Facts")
"""A frozen dataclass."""
Part = tuple[str, ...]
"""Fields that say something together, such as a number and what stands in for it; the first one names them."""
NOTHING: Final = say("none")


@dataclass(frozen=True, slots=True)
class Together(Generic[Facts]):
    """``facts`` are to hold: what was typed where that is not what was seen, what stands there now elsewhere.

    ``theirs`` are parts that somebody else has changed since they were seen; ``both``, of these, those that were typed
    differently, too.
    """

    facts: Facts
    theirs: tuple[Part, ...]
    both: tuple[Part, ...]


def put_together(seen: Facts, typed: Facts, now: Facts, parts: Iterable[Part]) -> Together[Facts]:
    """What a change by somebody who has seen ``seen`` comes to, as things are ``now``; all three are of one kind."""
    kept: dict[str, Any] = {}
    theirs: list[Part] = []
    both: list[Part] = []
    for part in parts:
        before, mine, there = (_of(part, facts) for facts in (seen, typed, now))
        if mine == before:
            kept |= zip(part, there, strict=True)
        if there != before:
            theirs.append(part)
            if mine not in (before, there):
                both.append(part)
    made: Any = typed
    return Together(replace(made, **kept), tuple(theirs), tuple(both))


def changes(parts: Iterable[Part], now: Any, words: Mapping[str, Sentence]) -> Sentence:
    """What parts say now: ``Name: Anna; Number: none``; ``words`` are those of the parts' first fields."""
    said = [say("{field}: {value}", field=words[part[0]], value=getattr(now, part[0]) or NOTHING) for part in parts]
    return reduce(lambda one, other: say("{one}; {other}", one=one, other=other), said)


def kept_too(parts: Iterable[Part], now: Any, words: Mapping[str, Sentence]) -> Sentence:
    """What is told to whoever was not the only one to change something."""
    return say("Somebody else has changed it meanwhile, and that stays: {changes}.", changes=changes(parts, now, words))


def in_the_way(parts: Iterable[Part], now: Any, words: Mapping[str, Sentence]) -> Sentence:
    """What is told where what was typed would take the place of somebody else's change."""
    return say(
        "Somebody else has changed it meanwhile: {changes}. What you have typed still stands below; save once more if"
        " it is to take the place of that.",
        changes=changes(parts, now, words),
    )


def _of(part: Part, facts: Any) -> tuple[Any, ...]:
    return tuple(getattr(facts, name) for name in part)
