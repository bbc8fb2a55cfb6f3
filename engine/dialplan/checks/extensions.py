"""Extensions and keys: those that keep callers waiting for another digit, and those that mean something else too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.dialplan.account import Account
from engine.dialplan.findings import Doubt
from engine.dialplan.nodes.menu import Menu
from engine.dialplan.number_kinds import is_emergency
from engine.dialplan.values import MAX_EXTENSION_LENGTH

FIRST_DIGITS = "23456789"
"""With what a proposed extension begins: many countries' outside lines and emergency numbers begin with 0 and 1."""
MAX_SHOWN = 3


def check_extensions(account: Account) -> Iterator[Doubt]:
    yield from _keys_that_begin_extensions(account)
    yield from _extensions_that_begin_others(account)
    yield from _names_like_extensions(account)


# --- what waits for another digit -------------------------------------------------------------------------------------


def _dialling_menus(account: Account) -> list[Menu]:
    return [menu for menu in account.menus.values() if menu.dial_extensions]


def _keys_that_begin_extensions(account: Account) -> Iterator[Doubt]:
    begun = _begun_by(account)
    for menu in _dialling_menus(account):
        for key, to in menu.choices.items():
            slowed = begun.get(key)
            if slowed:
                yield Doubt(
                    to.at,
                    f"key {key} of menu '{menu.name}' begins extension{_listed(slowed)}",
                    f"who presses {key} waits {menu.between_digits:g} s for another digit",
                    _remedy(key, slowed, menu, account),
                )


def _begun_by(account: Account) -> dict[str, list[str]]:
    """The extensions that go on after each of the keys that begin any, in order."""
    found: dict[str, list[str]] = {}
    for extension in sorted(account.dialled):
        for length in range(1, len(extension)):
            found.setdefault(extension[:length], []).append(extension)
    return found


def _listed(extensions: Sequence[str]) -> str:
    if len(extensions) == 1:
        return f" {extensions[0]}"
    if len(extensions) <= MAX_SHOWN:
        return f"s {', '.join(extensions)}"
    return f"s {extensions[0]} to {extensions[-1]}"


def _remedy(key: str, slowed: Sequence[str], menu: Menu, account: Account) -> str:
    """What to renumber so that nobody waits: the extensions if a first digit is free for them, or the key."""
    advice = []
    renumbered = _renumbered(slowed, account)
    if renumbered:
        advice.append(f"renumber extension{_listed(slowed)} to{_listed(renumbered).removeprefix('s')}")
    begun = {extension[0] for extension in account.dialled}
    free = [digit for digit in "123456789" if digit not in begun and digit not in menu.choices]
    if free:
        advice.append(f"use key {free[0]} instead of {key}")
    return ", or ".join(advice) or f"callers may press # after {key}; 'between_digits' shortens the wait"


def _renumbered(slowed: Sequence[str], account: Account) -> list[str]:
    """The same extensions with another first digit: one that is no key of any menu where extensions are dialled."""
    keys = {key for menu in _dialling_menus(account) for key in menu.choices}
    begun = {extension[0] for extension in account.dialled}
    for digit in FIRST_DIGITS:
        moved = [digit + extension[1:] for extension in slowed]
        if digit not in keys | begun and not any(is_emergency(each, account.country) for each in moved):
            return moved
    return []


def _extensions_that_begin_others(account: Account) -> Iterator[Doubt]:
    begun = _begun_by(account)
    waits = max((menu.between_digits for menu in _dialling_menus(account)), default=0.0)
    for extension in sorted(account.dialled & begun.keys()):
        if waits:
            person = account.people[account.person_by_extension[extension]]
            yield Doubt(
                person.place("extension"),
                f"extension {extension} begins extension{_listed(begun[extension])}",
                f"who dials {extension} in a menu waits {waits:g} s for another digit",
                _of_equal_length(extension, account),
            )


def _of_equal_length(extension: str, account: Account) -> str:
    """The nearest longer extension that neither begins another nor is begun by one."""
    for length in range(len(extension) + 1, MAX_EXTENSION_LENGTH + 1):
        for tail in range(10 ** (length - len(extension))):
            longer = f"{extension}{tail:0{length - len(extension)}}"
            if not any(other.startswith(longer) or longer.startswith(other) for other in account.dialled - {extension}):
                return f"renumber {extension}, for example to {longer}"
    return "give all extensions the same length"


# --- what means something else ----------------------------------------------------------------------------------------


def _names_like_extensions(account: Account) -> Iterator[Doubt]:
    for name, person in account.people.items():
        other = account.person_by_extension.get(name)
        if other is not None and other != name:
            yield Doubt(
                person.at,
                f"'{name}' is the name of one person and the extension of another, '{other}'",
                f"{{ring: {name}}} rings the one who is called so; who dials {name} gets the other",
                "call the person something else",
            )
