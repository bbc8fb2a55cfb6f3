"""Edits of a plan's menus: what callers hear there, where keys lead, and what happens when they press none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.dialplan.values import MAX_KEY_LENGTH, MAX_NAME, MENU_KEYS
from web.editing import destinations
from web.editing.destinations import MAX_SPOKEN, Destination, Leads, Names
from web.editing.plan import Plan
from web.editing.values import same
from web.editing.writing import in_line
from web.mistakes import Mistake, Mistakes, refused
from web.words import say

TRIES = 3
MAX_TRIES = 20
MAX_KEYS = 60
_KEY = re.compile(rf"[{re.escape(MENU_KEYS)}]{{1,{MAX_KEY_LENGTH}}}")
_NAME = re.compile(r"\w[\w .&'-]*")


@dataclass(frozen=True, slots=True)
class Greeting:
    """What callers hear first: a text to be spoken or a recording's file; ``written`` by hand where it is more."""

    say: str = ""
    play: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often callers may try, and where they go then; None: they hear goodbye, and the call ends."""

    tries: int = TRIES
    then: Destination | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu as a form shows it. Whatever else is written in the plan stays."""

    greeting: Greeting = field(default_factory=Greeting)
    dial_extensions: bool = False
    keys: Mapping[str, Destination] = field(default_factory=dict)
    no_input: Patience = field(default_factory=Patience)
    wrong_input: Patience = field(default_factory=Patience)


def menus_of(plan: Plan) -> tuple[str, ...]:
    """The names of all menus."""
    return Names.of(plan).sections["menus"]


def menu_of(plan: Plan, name: str) -> Menu:
    """A menu of the plan. Raises Mistakes if there is none of that name."""
    raw, names = _raw(plan, name), Names.of(plan)
    keys = raw.get("keys")
    return Menu(
        greeting=read_greeting(raw.get("greeting")),
        dial_extensions=_is_on(raw.get("dial_extensions")),
        keys={key: destinations.read(each, names) for key, each in keys.items()} if isinstance(keys, dict) else {},
        no_input=_patience(raw.get("no_input"), names),
        wrong_input=_patience(raw.get("wrong_input"), names),
    )


def with_menu(plan: Plan, name: str, menu: Menu) -> Plan:
    """The plan with this menu, a new one or in place of the one of that name. Raises Mistakes, by the form's fields."""
    new = name not in menus_of(plan)
    raw = {} if new else _raw(plan, name)
    names = Names.of(plan)
    if new:
        names = replace(names, sections={**names.sections, "menus": (*names.sections["menus"], name)})
    if mistakes := [*_bad_name(plan, name, new), *_mistakes(menu, raw, names)]:
        raise Mistakes(mistakes)
    data = plan.copied()
    section = data.get("menus")
    data["menus"] = {**(section if isinstance(section, dict) else {}), name: _written(menu, raw, names)}
    return plan.with_data(data)


def without_menu(plan: Plan, name: str) -> Plan:
    """The plan without a menu; what leads to it is not looked at."""
    _raw(plan, name)
    data = plan.copied()
    del data["menus"][name]
    if not data["menus"]:
        del data["menus"]
    return plan.with_data(data)


def new_name(plan: Plan) -> str:
    """A name for another menu."""
    taken = set(menus_of(plan))
    return next(name for number in range(1, len(taken) + 2) if (name := _numbered(number)) not in taken)


def read_greeting(raw: Any) -> Greeting:
    """What is written as a greeting."""
    if isinstance(raw, str):
        return Greeting(play=raw)
    if isinstance(raw, dict) and len(raw) == 1:
        if isinstance(raw.get("say"), str):
            return Greeting(say=raw["say"])
        if isinstance(raw.get("play"), str):
            return Greeting(play=raw["play"])
    return Greeting() if raw is None else Greeting(written=in_line(raw))


def written_greeting(greeting: Greeting, before: Any) -> Any:
    """What the plan says for a greeting; it stays as written where it says that already."""
    if before is not None and read_greeting(before) == greeting:
        return before
    return {"play": greeting.play} if greeting.play else {"say": greeting.say}


# --- both ways --------------------------------------------------------------------------------------------------------


def _raw(plan: Plan, name: str) -> dict[str, Any]:
    section = plan.data.get("menus")
    raw = section.get(name) if isinstance(section, dict) else None
    if not isinstance(raw, dict):
        raise refused("menu", say("There is no menu {name}.", name=name[:60]))
    return raw


def _patience(raw: Any, names: Names) -> Patience:
    said = raw if isinstance(raw, dict) else {}
    tries = said.get("tries", TRIES)
    then = said.get("then")
    return Patience(
        tries if isinstance(tries, int) else TRIES, None if then is None else destinations.read(then, names)
    )


def _written(menu: Menu, raw: Mapping[str, Any], names: Names) -> dict[str, Any]:
    made = dict(raw)
    made["greeting"] = written_greeting(menu.greeting, raw.get("greeting"))
    if menu.dial_extensions != _is_on(raw.get("dial_extensions")):
        made["dial_extensions"] = menu.dial_extensions
    keys = {key: destinations.written(to, _before(raw, key, to, names), names) for key, to in menu.keys.items()}
    if keys:
        made["keys"] = keys
    else:
        made.pop("keys", None)
    for name, patience in (("no_input", menu.no_input), ("wrong_input", menu.wrong_input)):
        before = raw.get(name)
        if _patience(before, names) == patience:
            continue
        block = dict(before) if isinstance(before, dict) else {}
        if patience.tries != _patience(before, names).tries or "tries" in block:
            block["tries"] = patience.tries
        then = None if patience.then is None else destinations.written(patience.then, block.get("then"), names)
        block.pop("then", None)
        made[name] = block | ({} if then is None else {"then": then})
        if not made[name]:
            del made[name]
    return made


def _mistakes(menu: Menu, raw: Mapping[str, Any], names: Names) -> Iterator[Mistake]:
    greeting = menu.greeting
    if greeting.written and not same(read_greeting(raw.get("greeting")).written, greeting.written):
        yield Mistake("greeting", say("What is written by hand can be changed as text only."))
    elif not (greeting.say or greeting.play or greeting.written):
        yield Mistake("greeting", say("Type what callers are to hear, or choose a recording."))
    elif len(greeting.say) > MAX_SPOKEN:
        yield Mistake("greeting", say("This text is too long: at most {most} characters.", most=MAX_SPOKEN))
    if len(menu.keys) > MAX_KEYS:
        yield Mistake("keys", say("A menu has at most {most} keys.", most=MAX_KEYS))
    for key, to in menu.keys.items():
        if not _KEY.fullmatch(key):
            yield Mistake(f"keys.{key}.key", say("A key is one of 0 to 9, * and #, or up to six of them."))
        yield from destinations.mistakes_in(to, f"keys.{key}", _before(raw, key, to, names), names)
    for name, patience in (("no_input", menu.no_input), ("wrong_input", menu.wrong_input)):
        before = raw.get(name)
        if not 1 <= patience.tries <= MAX_TRIES:
            yield Mistake(
                f"{name}.tries", say("Callers may try once at least, and at most {most} times.", most=MAX_TRIES)
            )
        if patience.then is not None:
            written = before.get("then") if isinstance(before, dict) else None
            if patience.then.leads in (Leads.REPEAT, Leads.TOP, Leads.BACK) and written is None:
                yield Mistake(f"{name}.leads", say("Callers who press nothing would go round in circles here."))
            yield from destinations.mistakes_in(patience.then, name, written, names)


def _before(raw: Mapping[str, Any], key: str, to: Destination, names: Names) -> Any:
    """What is written for a key; what is written by hand may have moved to it from another one."""
    keys = raw.get("keys")
    if not isinstance(keys, dict):
        return None
    if to.leads is Leads.OTHER:
        return next((each for each in (keys.get(key), *keys.values()) if destinations.read(each, names) == to), None)
    return keys.get(key)


def _bad_name(plan: Plan, name: str, new: bool) -> Iterator[Mistake]:
    if not new:
        return
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        yield Mistake("name", say("A menu's name has letters, digits and spaces, {most} at most.", most=MAX_NAME))
    names = Names.of(plan)
    if any(name in names.sections[section] for section in ("people", "groups", "queues")):
        yield Mistake("name", say("Somebody or something is called {name} already.", name=name[:60]))


def _is_on(raw: Any) -> bool:
    return raw is True or (isinstance(raw, str) and raw.casefold() in {"yes", "on", "true", "y"})


def _numbered(number: int) -> str:
    return "menu" if number == 1 else f"menu-{number}"
