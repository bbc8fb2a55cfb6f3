"""A menu's greeting in its dialplan: what it is now, and another one in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from web.editing.plan import Plan
from web.greeting.spoken import check_text
from web.mistakes import refused
from web.words import say


@dataclass(frozen=True, slots=True)
class MenuGreeting:
    """What callers of a menu hear first, as far as the console can change it.

    ``play`` is a recording, ``say`` a text; neither if it is more than one of those (``by_hand``): several
    announcements, languages or hours that somebody wrote into the dialplan.
    """

    menu: str
    play: str = ""
    say: str = ""
    by_hand: bool = False


def greetings_of(plan: Plan) -> list[MenuGreeting]:
    """The greetings of all menus, in the plan's order. Raises Mistakes where it is no dialplan."""
    menus = plan.data.get("menus")
    if not isinstance(menus, dict):
        return []
    return [_read(str(name), menu.get("greeting") if isinstance(menu, dict) else None) for name, menu in menus.items()]


def with_recording(plan: Plan, menu: str, play: str) -> Plan:
    """The plan with a recording as the greeting of a menu, called as dialplans call it. Raises Mistakes."""
    return _with(plan, menu, {"play": play})


def with_text(plan: Plan, menu: str, text: str) -> Plan:
    """The plan with a text that is spoken as the greeting of a menu. Raises Mistakes."""
    return _with(plan, menu, {"say": check_text(text)})


def _with(plan: Plan, menu: str, greeting: dict[str, str]) -> Plan:
    data = plan.copied()
    menus = data.get("menus")
    entry = menus.get(menu) if isinstance(menus, dict) else None
    if not isinstance(entry, dict):
        raise refused("menu", say("There is no menu {menu} in the plan (any more).", menu=menu[:60]))
    entry["greeting"] = greeting
    return plan.with_data(data)


def _read(menu: str, greeting: Any) -> MenuGreeting:
    if isinstance(greeting, str):
        return MenuGreeting(menu, play=greeting)
    if isinstance(greeting, dict) and len(greeting) == 1:
        ((kind, what),) = greeting.items()
        if isinstance(what, str) and kind in ("play", "say"):
            return MenuGreeting(menu, play=what if kind == "play" else "", say=what if kind == "say" else "")
    return MenuGreeting(menu, by_hand=greeting is not None)
