"""What only one may have: extensions and numbers within an account; numbers, domains and names among accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.dialplan.findings import Finding, Severity, Wrong
from engine.dialplan.number_kinds import is_emergency
from engine.dialplan.reading import Reading
from engine.dialplan.source import START, Position, SourceList, SourceMapping
from engine.dialplan.values import read_number

if TYPE_CHECKING:
    from engine.dialplan.account import Account


def people_collide(root: SourceMapping, reading: Reading) -> None:
    """Report extensions, numbers and names given twice. Reads the file itself, so that no other error hides one."""
    _report_twice(_extensions(root), "extension", "each person needs their own", reading)
    _report_twice(_names_of_mailboxes(root), "name", "call the mailbox something else", reading)
    _report_twice(_account_numbers(root, reading.country), "number", "leave one of them out", reading)
    _report_twice(_personal_numbers(root, reading.country), "number", "a number rings one person only", reading)


def emergency_collides(root: SourceMapping, reading: Reading) -> None:
    """Report extensions and parking slots that are emergency numbers: whoever dials one must get help."""
    known = _emergency_numbers_of(root)
    advice = "whoever dials it needs help: give the extension another number"
    for extension, owner, at in _extensions(root):
        if extension in known or is_emergency(extension, reading.country):
            reading.error(at, f"extension {extension} of {owner} is an emergency number in {reading.country}", advice)
    parking = root.get("parking")
    at = parking.value_at.get("slots", parking.at) if isinstance(parking, SourceMapping) else root.at
    for slot in sorted(reading.names["parking"]):
        if slot in known or is_emergency(slot, reading.country):
            reading.error(at, f"slot {slot} is an emergency number in {reading.country}", "choose other numbers")


def _emergency_numbers_of(root: SourceMapping) -> frozenset[str]:
    """Those that the file itself names."""
    outside = root.get("outside")
    named = outside.get("emergency") if isinstance(outside, SourceMapping) else None
    return frozenset(map(str, named if isinstance(named, SourceList) else [named] if named is not None else ()))


def slots_collide(root: SourceMapping, reading: Reading) -> None:
    """Report parking slots that are somebody's extension: who dials one would get the other."""
    extensions = {extension: owner for extension, owner, _ in _extensions(root)}
    parking = root.get("parking")
    at = parking.value_at.get("slots", parking.at) if isinstance(parking, SourceMapping) else root.at
    for slot in sorted(reading.names["parking"] & extensions.keys()):
        reading.error(at, f"slot {slot} is the extension of {extensions[slot]}", "choose other numbers for the slots")


def _report_twice(given: Iterable[tuple[str, str, Position]], what: str, advice: str, reading: Reading) -> None:
    owners: dict[str, str] = {}
    for value, owner, at in given:
        first = owners.setdefault(value, owner)
        if first != owner:
            reading.error(at, f"{what} {value} belongs to {first} already", advice)


def _people(root: SourceMapping, section: str = "people") -> Iterator[tuple[str, SourceMapping]]:
    people = root.get(section)
    if isinstance(people, SourceMapping):
        yield from ((name, person) for name, person in people.items() if isinstance(person, SourceMapping))


def _extensions(root: SourceMapping) -> Iterator[tuple[str, str, Position]]:
    for section, noun in (("people", ""), ("mailboxes", "mailbox ")):
        for name, entry in _people(root, section):
            extension = entry.get("extension")
            if isinstance(extension, str | int):
                yield str(extension), f"{noun}'{name}'", entry.value_at["extension"]


def _names_of_mailboxes(root: SourceMapping) -> Iterator[tuple[str, str, Position]]:
    """Each person has a mailbox of their name, and a shared one has its own."""
    for section, noun in (("people", "a person"), ("mailboxes", "a mailbox")):
        entries = root.get(section)
        if isinstance(entries, SourceMapping):
            yield from ((f"'{name}'", noun, entries.key_at[name]) for name in entries)


def _account_numbers(root: SourceMapping, country: str) -> Iterator[tuple[str, str, Position]]:
    numbers = root.get("numbers")
    if not isinstance(numbers, SourceMapping):
        return
    if main := _e164(numbers.get("main"), country):
        yield main, "'main'", numbers.value_at["main"]
    others = numbers.get("others")
    if isinstance(others, SourceList):
        for index, (value, at) in enumerate(zip(others, others.item_at, strict=True), 1):
            if number := _e164(value, country):
                yield number, f"number {index} of 'others'", at


def _personal_numbers(root: SourceMapping, country: str) -> Iterator[tuple[str, str, Position]]:
    yield from (given for given in _account_numbers(root, country) if given[1] == "'main'")
    for name, person in _people(root):
        if number := _e164(person.get("number"), country):
            yield number, f"'{name}'", person.value_at["number"]


def _e164(value: Any, country: str) -> str | None:
    try:
        return read_number(value, country)
    except Wrong:
        return None


def numbers_of(root: SourceMapping, reading: Reading) -> Mapping[str, Position]:
    """Every number of the account (E.164) and where it stands."""
    given = [*_personal_numbers(root, reading.country), *_account_numbers(root, reading.country)]
    return {number: at for number, _, at in reversed(given)}


def accounts_collide(accounts: Sequence[Account]) -> list[Finding]:
    """What two accounts both lay claim to: a name (the file's), a domain, a number."""
    findings: list[Finding] = []
    owners: dict[tuple[str, str], Account] = {}
    for account in accounts:
        claims = [("name", account.key, START), ("domain", account.domain, account.info.place("domain"))]
        claims += [("number", number, at) for number, at in account.numbers_at.items()]
        for what, value, at in claims:
            owner = owners.setdefault((what, value), account)
            if owner is not account:
                message = f"the {what} {value} belongs to {owner.file} already"
                advice = f"a {what} leads to one account only"
                findings.append(Finding(account.file, at.line, at.column, Severity.ERROR, message, advice))
    return findings
