"""Edits of a plan's hours, as far as a form can say them: the same hours on some days of the week."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from web.editing.destinations import Names
from web.editing.plan import Plan
from web.mistakes import Mistake, Mistakes
from web.words import Sentence, say

DAYS: Mapping[str, Sentence] = {
    "mon-fri": say("Monday to Friday"),
    "mon-sat": say("Monday to Saturday"),
    "mon-sun": say("every day"),
}
NAME = "open"
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


def with_hours(plan: Plan, days: str, begins: str, ends: str, *, except_holidays: bool) -> tuple[Plan, str]:
    """The plan with new hours, and the name they got. Raises Mistakes."""
    if mistakes := list(_mistakes(days, begins, ends)):
        raise Mistakes(mistakes)
    taken = set(Names.of(plan).during)
    name = next(name for number in range(1, len(taken) + 2) if (name := _numbered(number)) not in taken)
    entry = {"days": days, "from": begins, "to": ends} | ({"except": "holidays"} if except_holidays else {})
    data = plan.copied()
    block = data.get("hours")
    data["hours"] = {**(block if isinstance(block, dict) else {}), name: entry}
    return plan.with_data(data), name


def made(name: str) -> Sentence:
    """What a version says that brought new hours."""
    return say("new hours: {name}", name=name)


def _mistakes(days: str, begins: str, ends: str) -> Iterator[Mistake]:
    if days not in DAYS:
        yield Mistake("days", say("Choose the days."))
    for field, text in (("begins", begins), ("ends", ends)):
        if not _TIME.fullmatch(text):
            yield Mistake(field, say("Type a time, such as 08:30."))
    if begins == ends and _TIME.fullmatch(begins):
        yield Mistake("ends", say("These hours end when they begin."))


def _numbered(number: int) -> str:
    return NAME if number == 1 else f"{NAME}-{number}"
