"""Greetings that people record from their own phones: the codes they dial, what they recorded, and going back on it.

A code is a star code of the plan, with a PIN: whoever dials it from a phone of the account and knows that may record.

What is recorded by phone stands in for what the dialplan says of a menu, until it is taken back (engine's
``dialplan/greetings.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.dialplan.greetings import FACT
from engine.dialplan.values import MAX_PIN_LENGTH, MIN_PIN_LENGTH
from engine.settings import Settings
from engine.store.standing import StoredStanding
from media.sound.prompts import UnreadableSound, probe
from web.editing.plan import Plan
from web.mistakes import refused
from web.words import say

FOLDER = "greetings"
KEY = "record_prompt"
EVERY = "yes"
"""In place of a menu's name, where it is all of them."""
CODES = ("*77", "*78", "*79", "*76", "*75")
"""What a code is called that a form makes: the first that means nothing yet. No account has one of these by itself."""


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
            menus = tuple(map(str, named)) if named not in ([True], [EVERY], ["true"]) else ()
            found.append(Code(str(dial), menus, "pin" in node))
    return found


def with_code(plan: Plan, pin: str, menu: str = "") -> tuple[Plan, str]:
    """The plan with a code to record the greeting of a menu ("" for all), and that code. Raises Mistakes."""
    if not (pin.isascii() and pin.isdigit() and MIN_PIN_LENGTH <= len(pin) <= MAX_PIN_LENGTH):
        raise refused("pin", say("Choose {least} to {most} digits.", least=MIN_PIN_LENGTH, most=MAX_PIN_LENGTH))
    if len(set(pin)) == 1 or pin in "0123456789012" or pin in "9876543210987":
        raise refused("pin", say("Anybody would try this one first; choose another."))
    menus = plan.data.get("menus")
    if menu and not (isinstance(menus, dict) and menu in menus):
        raise refused("menu", say("There is no menu {menu} in the plan (any more).", menu=menu[:60]))
    data = plan.copied()
    known = data.get("features")
    features = dict(known) if isinstance(known, dict) else {}
    dial = next((code for code in CODES if code not in features), None)
    if dial is None:
        raise refused("", say("All codes that this could have ({codes}) mean something else.", codes=", ".join(CODES)))
    data["features"] = features | {dial: {KEY: menu or EVERY, "pin": pin}}
    return plan.with_data(data), dial


def without_code(plan: Plan, dial: str) -> Plan:
    """The plan without a code to record greetings. Raises Mistakes."""
    if dial not in (code.dial for code in codes(plan)):
        raise refused("code", say("There is no such code (any more)."))
    data = plan.copied()
    del data["features"][dial]
    if not data["features"]:
        del data["features"]
    return plan.with_data(data)


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
