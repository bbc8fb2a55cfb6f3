"""Ways by the hour: a list of destinations of which the first whose hours are open, or switch is on, is taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field

from engine.call.protocol import Call
from engine.dialplan.caption import Caption, Shape
from engine.dialplan.findings import Wrong
from engine.dialplan.model import Destination, Exit, Node, Section, Unreadable, read_destination
from engine.dialplan.path import Path
from engine.dialplan.reading import Reading
from engine.dialplan.source import Position, SourceList, SourceMapping
from engine.dialplan.values import DuringName, refer_during

if TYPE_CHECKING:
    from engine.dialplan.account import Account

MAX_RULES = 50
MAX_LINES_SHOWN = 8
"""Lines of a timetable that a picture shows."""
OTHERWISE = "otherwise"
BY_HAND = "while the switch is on"


class Rule(Section):
    """A destination and the hours, or the switch, with which it is taken; without, always."""

    during: DuringName | None = Field(default=None, description="Name of hours or of a switch")
    to: Destination


class Hours(Node):
    """What a list means wherever a destination may stand: its first line whose hours are open or whose switch is on.

    ```yaml
    - {during: night, voicemail: front-desk}
    - {during: open, ring: front-desk}
    - {voicemail: front-desk}
    ```
    `during` names one of the `hours` or of the `switches`. The last line has no `during`: it says what happens at all
    other times.
    """

    kind = "hours"
    listed = True
    shape = Shape.HOURS

    rules: tuple[Rule, ...]

    @classmethod
    def from_list(cls, items: SourceList, reading: Reading) -> Node:
        if not 1 <= len(items) <= MAX_RULES:
            raise Wrong("this list is empty or too long", f"expected 1 to {MAX_RULES} lines")
        for index, item in enumerate(items):
            conditional = isinstance(item, SourceMapping) and "during" in item
            last = index == len(items) - 1
            if last and conditional:
                reading.error(items.item_at[index], "nothing is said for all other times",
                              "end the list with a destination that has no 'during'")  # fmt: skip
            elif not last and not conditional:
                reading.error(items.item_at[index + 1], "this line is never reached",
                              "the one above it has no 'during' and is always taken")  # fmt: skip
                break
        rules = tuple(_rule(item, place, reading) for item, place in zip(items, items.item_at, strict=True))
        hours = cls(rules=rules)
        hours._at = items.at
        return hours

    @property
    def name(self) -> str:
        return ", ".join(rule.during for rule in self.rules if rule.during)

    def caption(self, account: Account) -> Caption:
        used = dict.fromkeys(rule.during for rule in self.rules if rule.during)
        ways = {name: (name, *_when(name, account)) for name in used}
        return Caption("By the hour", ways={**ways, OTHERWISE: ("at other times",)})

    def exits(self) -> Iterable[Exit]:
        return [Exit(rule.during or OTHERWISE, rule.to) for rule in self.rules]

    async def run(self, call: Call, path: Path) -> Exit:
        for rule in self.rules:
            if rule.during is None or path.holds(rule.during, call):
                return Exit(rule.during or OTHERWISE, rule.to)
        return Exit(OTHERWISE)


def _when(during: str, account: Account) -> tuple[str, ...]:
    """When the hours are open, or the switch is on, in a few lines."""
    if during not in account.hours:
        return (BY_HAND,)
    lines = account.hours[during].in_words
    more = len(lines) - MAX_LINES_SHOWN
    return lines if more <= 0 else (*lines[:MAX_LINES_SHOWN], f"and {more} more line{'' if more == 1 else 's'}")


def _rule(item: Any, at: Position, reading: Reading) -> Rule:
    during = None
    if isinstance(item, SourceMapping) and "during" in item:
        try:
            during = refer_during(item["during"], reading)
        except Wrong as wrong:
            reading.error(item.value_at["during"], wrong.what, wrong.suggestion)
        item = item.without("during")
    try:
        to = read_destination(item, reading)
    except Wrong as wrong:
        reading.error(at, wrong.what, wrong.suggestion)
        to = Unreadable()
    rule = Rule(during=during, to=to)
    rule._at = at
    return rule
