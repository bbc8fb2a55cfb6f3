"""Greetings that people record from their own phones: the codes they dial, what they recorded, and going back on it.

What is recorded by phone stands in for what the dialplan says of a menu, until it is taken back (engine's
``dialplan/greetings.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.dialplan.greetings import FACT
from engine.settings import Settings
from engine.store.standing import StoredStanding
from media.sound.prompts import UnreadableSound, probe
from web.editing.plan import Plan

FOLDER = "greetings"
KEY = "record_prompt"


@dataclass(frozen=True, slots=True)
class Code:
    """What somebody dials to record the greeting of ``menus`` (of all if none is named)."""

    dial: str
    menus: tuple[str, ...]
    asks_pin: bool


@dataclass(frozen=True, slots=True)
class ByPhone:
    """A greeting recorded by phone: heard in a menu, in a language, ``during`` some hours ("" for all others).

    ``seconds`` is 0 if its file is gone; then callers hear what the dialplan says.
    """

    menu: str
    language: str
    during: str
    file: str
    seconds: float


def codes(plan: Plan) -> list[Code]:
    """The star codes under which a plan has people record greetings."""
    features = plan.data.get("features")
    found = []
    for dial, node in features.items() if isinstance(features, dict) else ():
        if isinstance(node, dict) and KEY in node:
            named = node[KEY] if isinstance(node[KEY], list) else [node[KEY]]
            menus = tuple(map(str, named)) if named not in ([True], ["yes"], ["true"]) else ()
            found.append(Code(str(dial), menus, "pin" in node))
    return found


def recorded(account: str, settings: Settings, standing: StoredStanding) -> list[ByPhone]:
    """What was recorded by phone and is heard now."""
    return [_look_at(account, fact, settings, standing) for fact in standing.of(account).names(FACT)]


def find(account: str, file: str, settings: Settings, standing: StoredStanding) -> Path | None:
    """The path of a recording that some fact names; None for every other file."""
    facts = standing.of(account)
    if file not in (facts.get(fact) for fact in facts.names(FACT)):
        return None
    path = settings.state / FOLDER / account / Path(file).name
    return path if path.is_file() else None


def forget(account: str, menu: str, standing: StoredStanding) -> int:
    """Go back to what the dialplan says of a menu, in all languages and for all hours; how many were recorded.

    A running engine goes by it within about two seconds, and removes the files.
    """
    facts: Iterable[str] = standing.of(account).names(f"{FACT}{menu}/")
    names = list(facts)
    for fact in names:
        standing.write(account, fact, None)
    return len(names)


def _look_at(account: str, fact: str, settings: Settings, standing: StoredStanding) -> ByPhone:
    menu, language, *during = fact.removeprefix(FACT).split("/")
    file = standing.get(account, fact) or ""
    try:
        seconds = probe(settings.state / FOLDER / account / Path(file).name)
    except (UnreadableSound, OSError):
        seconds = 0.0
    return ByPhone(menu, language, "/".join(during), file, seconds)
