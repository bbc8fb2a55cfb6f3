"""Edits of a plan's account and numbers, and the first plan of a new account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from web.editing.people import PersonFacts, entry_of, key_for
from web.editing.plan import Plan
from web.mistakes import refused
from web.words import say


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What a plan says of its account; the country has two letters, the language is one that Belplan speaks."""

    name: str
    country: str
    language: str
    timezone: str


FACTS = ("name", "country", "language", "timezone")


def begun(account: AccountFacts, main: str, owner: PersonFacts) -> Plan:
    """The first plan of a new account: callers of the main number reach its owner."""
    key = key_for(Plan(""), owner)
    data = {
        "account": {fact: getattr(account, fact) for fact in FACTS},
        "numbers": {"main": main},
        "people": {key: entry_of(owner)},
        "main_number": {"ring": key, "else": {"voicemail": key}},
    }
    return Plan("").with_data(data)


def account_of(plan: Plan) -> AccountFacts:
    """What the plan says of its account, "" where it says nothing."""
    block = plan.data.get("account")
    said = block if isinstance(block, dict) else {}
    return AccountFacts(*(str(said.get(fact) or "") for fact in FACTS))


def with_account(
    plan: Plan,
    *,
    name: str | None = None,
    country: str | None = None,
    language: str | None = None,
    timezone: str | None = None,
) -> Plan:
    """The plan with other facts of its account; None leaves one as it is."""
    data = plan.copied()
    block = data.get("account")
    facts = dict(block) if isinstance(block, dict) else {}
    for fact, value in zip(FACTS, (name, country, language, timezone), strict=True):
        if value is not None:
            facts[fact] = value
    data["account"] = facts
    return plan.with_data(data)


# --- numbers ----------------------------------------------------------------------------------------------------------


def main_number_of(plan: Plan) -> str:
    """The main number as it is written, "" if there is none."""
    block = plan.data.get("numbers")
    return str(block.get("main") or "") if isinstance(block, dict) else ""


def other_numbers_of(plan: Plan) -> tuple[str, ...]:
    """The other numbers as they are written."""
    block = plan.data.get("numbers")
    others = block.get("others") if isinstance(block, dict) else None
    return tuple(map(str, others)) if isinstance(others, list) else ()


def with_main(plan: Plan, number: str) -> Plan:
    """The plan with another main number; it is no other number any more."""
    others = [each for each in other_numbers_of(plan) if bare(each) != bare(number)]
    return _with_numbers(plan, number, others)


def with_others(plan: Plan, numbers: Iterable[str]) -> Plan:
    """The plan with just these other numbers; those it has already stay as they are written."""
    written = {bare(each): each for each in other_numbers_of(plan)}
    wanted = {bare(number): written.get(bare(number), number) for number in numbers}
    wanted.pop(bare(main_number_of(plan)), None)
    kept = [each for each in other_numbers_of(plan) if bare(each) in wanted]
    new = [number for key, number in wanted.items() if key not in written]
    return _with_numbers(plan, main_number_of(plan), [*kept, *new])


def _with_numbers(plan: Plan, main: str, others: list[str]) -> Plan:
    if not main:
        raise refused("main", say("The account needs a main number first."))
    data = plan.copied()
    block = data.get("numbers")
    numbers = dict(block) if isinstance(block, dict) else {}
    numbers["main"] = main if bare(main) != bare(main_number_of(plan)) else numbers["main"]
    numbers.pop("others", None)
    if others:
        numbers["others"] = others
    data["numbers"] = numbers
    return plan.with_data(data)


def bare(number: str) -> str:
    """A number without what it is written with for people; enough to know one that is written alike."""
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")
