"""People and numbers: whom no caller from outside can reach, and numbers that nobody has."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers

from engine.dialplan.account import Account
from engine.dialplan.findings import Doubt

MAX_NAMED = 5
"""People who are named one by one; of more there is one finding."""


def check_people(account: Account) -> Iterator[Doubt]:
    yield from _unreachable_people(account)
    yield from _odd_numbers(account)
    yield from _unused_callers(account)


def _unreachable_people(account: Account) -> Iterator[Doubt]:
    if any(menu.dial_extensions for menu in account.menus.values()):
        return
    used = account.referred.get("people", frozenset())
    alone = [name for name, person in account.people.items() if name not in used and person.number is None]
    advice = "lead a key to them, give them a 'number', or let a menu 'dial_extensions: true'"
    effect = "only colleagues can call them"
    if len(alone) > MAX_NAMED:
        named = ", ".join(f"'{name}'" for name in alone[:MAX_NAMED])
        what = f"no caller from outside can reach {len(alone)} of {len(account.people)} people: {named} ..."
        yield Doubt(account.people[alone[0]].at, what, effect, advice)
        return
    for name in alone:
        yield Doubt(account.people[name].at, f"no caller from outside can reach '{name}'", effect, advice)


def _odd_numbers(account: Account) -> Iterator[Doubt]:
    for number, at in account.numbers_at.items():
        if not phonenumbers.is_valid_number(phonenumbers.parse(number, None)):
            yield Doubt(
                at,
                f"{number} is no number that is given out anywhere",
                "callers of the number that was meant get nobody",
                "compare it with the provider's letter",
            )


def _unused_callers(account: Account) -> Iterator[Doubt]:
    for name, entry in account.callers.lists.items():
        if name not in account.referred.get("callers", ()) and not entry.names:
            yield Doubt(
                entry.place(),
                f"the callers '{name}' are used nowhere",
                "they are led like everybody else",
                f"use them with 'from: {name}' in a list of ways, or in 'block'",
            )
