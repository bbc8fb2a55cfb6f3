"""What is different in a plan, as the engine tells it, said in the language of whoever looks."""

from __future__ import annotations

from typing import Final

from engine.dialplan.change import Change
from web.words import Sentence, say

SENTENCES: Final = (
    say("{account}: {change}"),
    say("account {account} added"),
    say("account {account} removed"),
    say("and {n} more"),
    say("{where} added"),
    say("{where} added (extension {extension})"),
    say("{where} removed"),
    say("{where} is now {now} (was {before})"),
    say("{where} is no longer the same"),
    say("{where} now leads to {now} (was {before})"),
    say("{where}: {field}"),
    say("{where}, line {number}"),
    say("{where}: key {key}"),
    say("{where}: key {key} added, leads to {now}"),
    say("{where}: key {key} removed (led to {before})"),
    say("left out"),
    say("account"),
    say("numbers"),
    say("outside"),
    say("block"),
    say("parking"),
    say("main number"),
    say("star codes"),
    say("person {name}"),
    say("hours {name}"),
    say("group {name}"),
    say("queue {name}"),
    say("conference {name}"),
    say("mailbox {name}"),
    say("callers {name}"),
    say("switch {name}"),
    say("menu {name}"),
)
"""All that the engine's changes are made of, for the catalogues. What a plan calls a field stays as the plan has it."""


def said_of(change: Change) -> Sentence:
    """A change as a sentence that can be translated."""
    filling: dict[str, object] = {
        name: said_of(value) if isinstance(value, Change) else value for name, value in change.values.items()
    }
    return Sentence(change.text, filling)
