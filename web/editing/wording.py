"""Destinations in words, and a plan's main number as the tree that callers go down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from web.editing.destinations import Destination, Leads, Names
from web.editing.main_number import Line, lines_of
from web.editing.menus import Menu, menu_of, menus_of
from web.editing.plan import Plan
from web.words import Sentence, say

DEEPEST = 6
MAX_STEPS = 300
MAX_SHOWN = 80

WORDS: Mapping[Leads, Sentence] = {
    Leads.DIRECTORY: say("callers dial somebody by name"),
    Leads.REPEAT: say("callers hear the menu again"),
    Leads.BACK: say("back to the menu before"),
    Leads.TOP: say("back to the first menu"),
    Leads.HANG_UP: say("the call ends"),
}
NEXT: Mapping[str, Sentence] = {
    "": say("then goes on"),
    "repeat": say("then the menu again"),
    "back": say("then the menu before"),
    "top": say("then the first menu"),
    "hang_up": say("then the call ends"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A way a caller may go: ``way`` says when ("key 1"), ``to`` where it leads. ``after`` are the ways from there."""

    way: Sentence
    to: Sentence
    after: tuple[Step, ...] = ()


def in_words(to: Destination, names: Names) -> Sentence:
    """Where a destination leads."""
    who, otherwise = (names.shown.get(name, name) for name in (to.to, to.otherwise))
    if to.leads in WORDS:
        return WORDS[to.leads]
    if to.leads is Leads.OTHER:
        return say("as written by hand: {what}", what=_short(to.written))
    if to.leads in (Leads.SAY, Leads.PLAY):
        heard = say("“{words}”", words=_short(to.to)) if to.leads is Leads.SAY else say("{file}", file=to.to)
        return say("callers hear {what}, {next}", what=heard, next=NEXT.get(to.then, NEXT[""]))
    if to.leads is Leads.VOICEMAIL:
        return say("a message for {name}", name=who)
    if to.leads is Leads.MENU:
        return say("the menu {name}", name=to.to)
    reached = {
        Leads.RING: say("{name} rings", name=who),
        Leads.GROUP: say("the group {name} rings", name=to.to),
        Leads.QUEUE: say("callers wait for {name}", name=to.to),
    }[to.leads]
    if to.otherwise:
        return say("{reached}, else a message for {mailbox}", reached=reached, mailbox=otherwise)
    return reached


def when(line: Line) -> Sentence:
    """For whom and when a line of the main number counts."""
    if line.callers and line.during:
        return say("Callers from {callers}, during {hours}", callers=line.callers, hours=line.during)
    if line.callers:
        return say("Callers from {callers}", callers=line.callers)
    return say("During {hours}", hours=line.during) if line.during else say("Callers")


def outline(plan: Plan) -> tuple[Step, ...]:
    """The main number as a tree. Menus that have been shown already are not gone into again."""
    walk = _Walk(plan)
    lines = lines_of(plan)
    alone = len(lines) == 1
    return tuple(
        Step(when(line) if line.during or line.callers or alone else say("Otherwise"), in_words(line.to, walk.names),
             tuple(walk.after(line.to, 1)))
        for line in lines
    )  # fmt: skip


class _Walk:
    def __init__(self, plan: Plan) -> None:
        self._plan, self._left = plan, MAX_STEPS
        self._menus = set(menus_of(plan))
        self.names = Names.of(plan)

    def after(self, to: Destination, depth: int) -> Iterator[Step]:
        if to.leads is Leads.MENU and to.to in self._menus and depth <= DEEPEST and self._left > 0:
            self._menus.discard(to.to)
            menu = menu_of(self._plan, to.to)
            for way, leads in _ways(menu):
                self._left -= 1
                yield Step(way, in_words(leads, self.names), tuple(self.after(leads, depth + 1)))


def _ways(menu: Menu) -> Iterator[tuple[Sentence, Destination]]:
    for key, to in menu.keys.items():
        yield say("Key {key}", key=key), to
    if menu.no_input.then is not None:
        yield say("No key, {tries} times", tries=menu.no_input.tries), menu.no_input.then
    if menu.wrong_input.then is not None:
        yield say("A wrong key, {tries} times", tries=menu.wrong_input.tries), menu.wrong_input.then


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
