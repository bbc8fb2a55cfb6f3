"""Ways by the hour and by caller: a list of destinations of which the first whose conditions hold is taken."""

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
from engine.dialplan.who import Who, WhoField, read_who

if TYPE_CHECKING:
    from engine.dialplan.account import Account

MAX_RULES = 50
MAX_LINES_SHOWN = 8
"""Lines of a timetable that a picture shows."""
OTHERWISE = "otherwise"
BY_HAND = "while the switch is on"
CONDITIONS = ("during", "from")


class Rule(Section):
    """A destination, the hours or switch with which it is taken and the callers it is for; without either, always."""

    during: DuringName | None = Field(default=None, description="Name of hours or of a switch")
    callers: WhoField | None = Field(default=None, description="The callers it is for")
    to: Destination

    @property
    def name(self) -> str:
        """What its exit is called."""
        conditions = (self.during or "", f"from {self.callers.text}" if self.callers else "")
        return ", ".join(filter(None, conditions)) or OTHERWISE

    def holds(self, call: Call, path: Path) -> bool:
        """Whether it is taken by this call, now."""
        if self.during is not None and not path.holds(self.during, call):
            return False
        return self.callers is None or path.account.callers.includes(self.callers, call.caller)


class Hours(Node):
    """What a list means wherever a destination may stand: its first line whose conditions hold.

    ```yaml
    - {from: vip, during: open, ring: orders}
    - {during: open, ring: front-desk}
    - {voicemail: front-desk}
    ```
    `during` names one of the `hours` or of the `switches`, `from` callers: a list of the section `callers`,
    `anonymous`, `people` (all of the account), a number, a beginning such as `"+3120*"`, or several of these. Both
    together must both hold. The last line has neither: it says what happens otherwise. Numbers of outside callers can
    be forged: protect nothing with them.
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
            conditional = isinstance(item, SourceMapping) and any(word in item for word in CONDITIONS)
            last = index == len(items) - 1
            if last and conditional:
                reading.error(items.item_at[index], "nothing is said for all other calls",
                              "end the list with a destination that has no 'during' and no 'from'")  # fmt: skip
            elif not last and not conditional:
                reading.error(items.item_at[index + 1], "this line is never reached",
                              "the one above it has no 'during' and no 'from', and is always taken")  # fmt: skip
                break
        rules = tuple(_rule(item, place, reading) for item, place in zip(items, items.item_at, strict=True))
        hours = cls(rules=rules)
        hours._at = items.at
        return hours

    @property
    def name(self) -> str:
        return "; ".join(rule.name for rule in self.rules if rule.name != OTHERWISE)

    def caption(self, account: Account) -> Caption:
        ways = {rule.name: (rule.name, *_when(rule.during, account)) for rule in self.rules if rule.during}
        if not any(rule.callers for rule in self.rules):
            return Caption("By the hour", ways={**ways, OTHERWISE: ("at other times",)})
        title = "By caller and hour" if ways else "By caller"
        return Caption(title, ways={**ways, OTHERWISE: ("all others",)})

    def exits(self) -> Iterable[Exit]:
        return [Exit(rule.name, rule.to) for rule in self.rules]

    async def run(self, call: Call, path: Path) -> Exit:
        for rule in self.rules:
            if rule.holds(call, path):
                return Exit(rule.name, rule.to)
        return Exit(OTHERWISE)


def _when(during: str, account: Account) -> tuple[str, ...]:
    """When the hours are open, or the switch is on, in a few lines."""
    if during not in account.hours:
        return (BY_HAND,)
    lines = account.hours[during].in_words
    more = len(lines) - MAX_LINES_SHOWN
    return lines if more <= 0 else (*lines[:MAX_LINES_SHOWN], f"and {more} more line{'' if more == 1 else 's'}")


def _rule(item: Any, at: Position, reading: Reading) -> Rule:
    during: str | None = None
    callers: Who | None = None
    if isinstance(item, SourceMapping):
        word = ""
        try:
            if (word := "during") in item:
                during = refer_during(item[word], reading)
            if (word := "from") in item:
                callers = read_who(item[word], reading)
        except Wrong as wrong:
            reading.error(item.value_at[word], wrong.what, wrong.suggestion)
        item = item.without(*CONDITIONS)
    try:
        to = read_destination(item, reading)
    except Wrong as wrong:
        reading.error(at, wrong.what, wrong.suggestion)
        to = Unreadable()
    rule = Rule(during=during, callers=callers, to=to)
    rule._at = at
    return rule
