"""What callers of one language hear in another, because it is not there in theirs: warnings of ``belplan check``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.dialplan.account import Account
from engine.dialplan.findings import Doubt
from engine.dialplan.graph import Graph
from engine.dialplan.greeting import Variant
from engine.dialplan.languages import in_words, standing_in
from engine.dialplan.model import Node, Section
from engine.dialplan.sound import ALL, Announcement

WITHOUT_WORDS = frozenset({"beep", "hold-music"})
"""Built-in sounds that are the same in every language."""
MAX_NAMED = 5


def check_languages(account: Account, graph: Graph) -> Iterator[Doubt]:
    yield from missing_prompts(account)
    for node in graph.nodes:
        yield from missing_in(node, account)
    if not any(account.prompts.values()):
        yield Doubt(
            account.info.place("language"),
            "there are no built-in prompts",
            "callers will miss 'not available', 'goodbye' and the like",
            "put them where the setting 'prompts' says",
        )
    for language, hearers in account.info.languages.items():
        for number in hearers.numbers:
            if number not in account.numbers_at:
                yield Doubt(
                    hearers.place("numbers"),
                    f"{number} is no number of the account",
                    f"nobody hears '{language}' by dialling it",
                    "add it to 'numbers: others', or remove it here",
                )


def missing_in(node: Node, account: Account) -> Iterator[Doubt]:
    """The announcements of a node that are not there in every language of the account."""
    for announcement in announcements_in(node):
        heard = {language: _heard_instead(announcement, language, account) for language in account.languages}
        missing = [language for language, instead in heard.items() if instead]
        if missing:
            key, kind = ("say", "text") if announcement.play is None else ("play", "recording")
            yield Doubt(
                announcement.place(key),
                f"the {kind} {announcement.name} is not there in {_listed(map(in_words, missing))}",
                "; ".join(f"callers of {in_words(language)} hear {heard[language]}" for language in missing),
                _advice(announcement, account.language, missing[0]),
            )


def missing_prompts(account: Account) -> Iterator[Doubt]:
    """The built-in prompts that the installation lacks in a language of the account."""
    for language in account.languages:
        lacking: dict[str, list[str]] = {}
        for name, file in account.prompts[language].items():
            there = Path(file.path).parent.name
            if name not in WITHOUT_WORDS and there not in _names_of(language):
                lacking.setdefault(there, []).append(name)
        for there, names in lacking.items():
            shown = ", ".join(sorted(names)[:MAX_NAMED]) + (" ..." if len(names) > MAX_NAMED else "")
            yield Doubt(
                account.info.place("languages" if account.info.languages else "language"),
                f"{len(names)} built-in prompts are not there in {in_words(language)} ({shown})",
                f"callers of {in_words(language)} hear them in {in_words(there)}",
                f"put recordings of these names into the folder {language} of the prompts",
            )


def announcements_in(value: Any) -> Iterator[Announcement]:
    """Every announcement of a node, without those of the nodes it leads to."""
    if isinstance(value, Announcement):
        yield value
    elif isinstance(value, Variant):
        yield from value.announcements
    elif isinstance(value, tuple):
        for item in value:
            yield from announcements_in(item)
    elif isinstance(value, Section):
        for name in type(value).model_fields:
            held = getattr(value, name)
            if not isinstance(held, Node):
                yield from announcements_in(held)


def _heard_instead(announcement: Announcement, language: str, account: Account) -> str:
    """What a caller of the language hears in place of their own; nothing if all is well."""
    if announcement.spoken_in is not None:
        return ""
    source = announcement.source(standing_in(language, account.language), account.language)
    if announcement.play is not None and ALL in announcement.versions:
        if language == account.language:
            return ""
        of_account = announcement.source(standing_in(account.language, account.language), account.language)
        return "the same one" if account.sounds[source] == account.sounds[of_account] else ""
    return "" if source[2] in _names_of(language) else f"it in {in_words(source[2])}"


def _names_of(language: str) -> tuple[str, str]:
    """A language and the one it is a variety of: ``pt-br`` and ``pt``."""
    return language, language.partition("-")[0]


def _advice(announcement: Announcement, of_account: str, missing: str) -> str:
    if ALL not in announcement.versions:
        return f"add '{missing}: ...' to it"
    if announcement.play is None:
        return f'write {{say: {{{of_account}: "...", {missing}: "..."}}}}, or add \'in: {of_account}\' if it is for all'
    return f"record it as sounds/{missing}/{announcement.name}, or write {{play: {announcement.name}, in: any}}"


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else str(last)
