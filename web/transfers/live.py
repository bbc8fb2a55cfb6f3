"""Numbers that have come over, put into the dialplan: temporary ones give way, the main number may move.

The change is one that does nothing the second time, so that it can be done again where nobody knows whether it was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from web.transfers.numbers import shown
from web.transfers.office import e164


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a number (E.164) is to lead: to the main number, to a person, or (neither) where the main number leads.

    ``temporary`` has stood in for it and gives way.
    """

    number: str
    main: bool = False
    person: str | None = None
    temporary: str | None = None


def gone_live(data: Mapping[str, Any], country: str, wishes: Iterable[Wish]) -> dict[str, Any]:
    """The dialplan's values with the numbers in place. A number for somebody who is gone leads to the main number."""
    changed = _Dialplan(data, country)
    wanted = list(wishes)
    coming = {wish.number for wish in wanted}
    for wish in wanted:
        if wish.main:
            changed.main(wish)
        elif wish.person is not None and changed.may_have(wish.person, wish.number, coming):
            changed.person(wish.person, wish)
        else:
            changed.other(wish)
    return changed.data()


class _Dialplan:
    def __init__(self, data: Mapping[str, Any], country: str) -> None:
        self._data = copy.deepcopy(dict(data))
        self._country = country
        block = self._data.get("numbers")
        self._numbers: dict[str, Any] = dict(block) if isinstance(block, Mapping) else {}
        others = self._numbers.get("others")
        self._others: list[Any] = list(others) if isinstance(others, list | tuple) else []
        people = self._data.get("people")
        self._people: dict[str, Any] = people if isinstance(people, dict) else {}

    def data(self) -> dict[str, Any]:
        if self._others:
            self._numbers["others"] = self._others
        else:
            self._numbers.pop("others", None)
        self._data["numbers"] = self._numbers
        return self._data

    def may_have(self, person: str, number: str, coming: set[str]) -> bool:
        """Whether they are there, and have not got another one of those that are coming."""
        entry = self._people.get(person)
        return isinstance(entry, dict) and e164(entry.get("number"), self._country) not in coming - {number}

    def main(self, wish: Wish) -> None:
        before = self._numbers.get("main")
        if self._same(before, wish.number):
            return
        self._drop(wish.number)
        self._numbers["main"] = shown(wish.number)
        if wish.temporary is not None and self._same(before, wish.temporary):
            return
        self._give_way(wish)
        if before and not self._used(before):
            self._others.insert(0, before)

    def person(self, name: str, wish: Wish) -> None:
        entry = self._people[name]
        before = entry.get("number")
        if self._same(before, wish.number):
            return
        entry["number"] = shown(wish.number)
        if self._in_others(wish.temporary):
            self._replace(wish)
        if before and not self._same(before, wish.temporary) and not self._used(before):
            self._others.append(before)

    def other(self, wish: Wish) -> None:
        if self._used(wish.number):
            return
        if self._in_others(wish.temporary) and not self._of_somebody(wish.temporary):
            self._replace(wish)
        else:
            self._others.append(shown(wish.number))

    def _give_way(self, wish: Wish) -> None:
        if wish.temporary is not None and not self._of_somebody(wish.temporary):
            self._drop(wish.temporary)

    def _replace(self, wish: Wish) -> None:
        """The number in the place of the temporary one, unless it is there already."""
        if self._in_others(wish.number):
            self._drop(wish.temporary)
            return
        self._others = [shown(wish.number) if self._same(each, wish.temporary) else each for each in self._others]

    def _drop(self, number: str | None) -> None:
        self._others = [each for each in self._others if not self._same(each, number)]

    def _in_others(self, number: str | None) -> bool:
        return any(self._same(each, number) for each in self._others)

    def _of_somebody(self, number: str | None) -> bool:
        entries = (entry for entry in self._people.values() if isinstance(entry, dict))
        return any(self._same(entry.get("number"), number) for entry in entries)

    def _used(self, number: Any) -> bool:
        return self._same(self._numbers.get("main"), number) or self._in_others(number) or self._of_somebody(number)

    def _same(self, one: Any, other: Any) -> bool:
        read = e164(one, self._country)
        return bool(read) and read == e164(other, self._country)
