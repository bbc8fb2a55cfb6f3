"""One reading of one file: what its fields may refer to, and every finding so far, placed in line and column.

A ``Reading`` travels as pydantic's validation context. Mappings of the file carry their own places (source.py), so a
part of the tree can be read on its own and its errors still be placed: that is how all errors are found at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

import phonenumbers
from pydantic import BaseModel, ValidationError

from engine.dialplan.findings import Finding, Severity, Wrong, did_you_mean
from engine.dialplan.languages import LAST_RESORT, read_code
from engine.dialplan.public_holidays import read_region
from engine.dialplan.source import Position, SourceList, SourceMapping

MAX_FINDINGS = 200
MAX_COMPARISONS = 50_000
"""Words that misspelt ones of a file are compared with, all in all: about a second's work."""

Model = TypeVar("Model", bound=BaseModel)

_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "a text",
    "dict_type": "names, each with a colon and a value",
    "model_type": "names, each with a colon and a value",
    "list_type": "a list",
}


class SoundNames(Protocol):
    """The recordings that a dialplan may name."""

    def find(self, name: str, language: str) -> str | None:
        """The path of a recording for callers of a language."""
        ...

    def names(self) -> Iterable[str]:
        """What is there, for suggestions."""
        ...


class Linked(Protocol):
    """A node that needs what another section of the file says, of which only the name is known while it is read."""

    def link(self, dialplan: Any) -> None:
        """Take it from the whole file, once that is read."""
        ...


class Reading:
    """The context of reading ``file``: the names it defines and uses, its country, where its sounds are, what is wrong.

    ``region`` is the part of the country whose public holidays apply, if there is one. ``languages`` are the account's,
    its own first. ``heard`` holds the sources of all announcements (sound.py), ``dispensable`` those that calls can do
    without, ``kinds`` the kinds of node in use, ``to_link`` nodes that refer to sections which may not be read yet.
    """

    def __init__(self, file: str, sounds: SoundNames | None = None) -> None:
        self.file = file
        self.country = ""
        self.region: str | None = None
        self.names: dict[str, frozenset[str]] = {}
        self.referred: dict[str, set[str]] = {}
        self.people_by_extension: Mapping[str, str] = {}
        self.sounds = sounds
        self.languages: tuple[str, ...] = ()
        self.heard: dict[tuple[str, str, str], Position] = {}
        self.dispensable: set[tuple[str, str, str]] = set()
        self.kinds: set[str] = set()
        self.to_link: list[Linked] = []
        self.findings: list[Finding] = []
        self._comparisons = 0

    def know(self, root: Any) -> None:
        """Note the names the file defines, before any field refers to them. Bad shapes are somebody else's finding."""
        for section in ("people", "menus", "hours", "callers", "groups", "conferences", "queues", "mailboxes"):
            entries = root.get(section) if isinstance(root, SourceMapping) else None
            self.names[section] = frozenset(entries) if isinstance(entries, SourceMapping) else frozenset()
        switches = root.get("switches") if isinstance(root, SourceMapping) else None
        named = switches if isinstance(switches, SourceMapping | SourceList) else ()
        self.names["switches"] = frozenset(str(name) for name in named)
        if not isinstance(root, SourceMapping):
            return
        account, people = root.get("account"), root.get("people")
        if isinstance(account, SourceMapping):
            country = str(account.get("country")).upper()
            self.country = country if country in phonenumbers.SUPPORTED_REGIONS else ""
            self.languages = _languages_of(account)
            if self.country and account.get("region") is not None:
                with contextlib.suppress(Wrong):
                    self.region = read_region(account["region"], self.country)
        if isinstance(people, SourceMapping):
            self.people_by_extension = {
                str(person["extension"]): name
                for name, person in people.items()
                if isinstance(person, SourceMapping) and "extension" in person
            }

    @property
    def full(self) -> bool:
        """So much is wrong that more findings help nobody."""
        return len(self.findings) >= MAX_FINDINGS

    def error(self, at: Position, what: str, suggestion: str = "", *, file: str = "") -> None:
        """Note an error of the dialplan, or of another ``file`` that it names."""
        if not self.full:
            self.findings.append(Finding(file or self.file, at.line, at.column, Severity.ERROR, what, suggestion))

    def guess(self, word: str, choices: Iterable[str], otherwise: str = "") -> str:
        """``did_you_mean``, as long as there are not too many errors, or names, to be worth the time."""
        known = list(choices)
        self._comparisons += len(known)
        if self.full or self._comparisons > MAX_COMPARISONS:
            return otherwise
        return did_you_mean(word, known, otherwise)

    def read(self, model: type[Model], raw: Any, at: Position) -> Model | None:
        """``raw`` as ``model``; None if anything in it is wrong, and then the findings say what."""
        before = len(self.findings)
        try:
            made = model.model_validate(raw, context=self)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                self._note(problem, raw, at)
            return None
        return made if len(self.findings) == before or self.full else None

    def _note(self, problem: Any, raw: Any, at: Position) -> None:
        if problem["type"] == "missing":
            return  # told already, by the block that lacks it
        place, value, field = locate(raw, at, problem["loc"])
        cause = problem.get("ctx", {}).get("error")
        if isinstance(cause, Wrong):
            self.error(place, cause.what, cause.suggestion)
            return
        expected = _EXPECTED.get(problem["type"]) or str(problem["msg"]).removeprefix("Input should be ")
        what = f"'{field}' cannot be {shown(value)}" if field else f"{shown(value)} will not do here"
        self.error(place, what, f"expected {expected}")


def _languages_of(account: SourceMapping) -> tuple[str, ...]:
    """The account's languages as far as they are ones, its own first."""
    offered = account.get("languages")
    named = [account.get("language", LAST_RESORT), *(offered if isinstance(offered, list | dict) else ())]
    languages: dict[str, None] = {}
    for name in named:
        with contextlib.suppress(Wrong):
            languages[read_code(name)] = None
    return tuple(languages)


def locate(raw: Any, at: Position, path: Iterable[str | int]) -> tuple[Position, Any, str]:
    """Where ``path`` (as pydantic tells it) leads in ``raw``: the place, the value there, the last name on the way."""
    field, key_at = "", at
    for step in path:
        if step == "[key]":
            return key_at, field, ""
        if isinstance(raw, SourceMapping) and isinstance(step, str):
            if step not in raw:
                break
            at, key_at, raw, field = raw.value_at.get(step, at), raw.key_at.get(step, at), raw[step], step
        elif isinstance(raw, SourceList) and isinstance(step, int) and step < len(raw):
            at, raw = raw.item_at[step], raw[step]
    return at, raw, field


def shown(value: Any) -> str:
    """A value of the file as a message quotes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a block of names and values"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return f"'{text[:57]}...'" if len(text) > 60 else f"'{text}'"


def text_of(value: Any, what: str) -> str:
    """A bare value of the file, which is to be ``what``. Raises Wrong."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Wrong(f"{shown(value)} is no {what}")
