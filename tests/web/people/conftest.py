"""An account with a dialplan written by hand, and one that begins, with the rooms that pages and commands use."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from engine.settings import Settings
from engine.store.console.numbers import StoredNumber
from engine.store.store import Store
from web.editing.accounts import AccountFacts
from web.editing.plans import Plans, Saved
from web.numbers.stock import Stock
from web.people.joining import Joining, add_people
from web.people.roster import Roster, read_roster
from web.people.rows import TypedPerson

NOW = 1_800_000_000.0
BAKERY = """\
# written by hand
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers:
  main: "+31 20 123 4567"
  others: ["+31 20 123 4568"]   # the old fax
people:
  desk:   {extension: 101, name: Front desk, email: desk@bakery.example}
  orders: {extension: 102, email: orders@bakery.example, number: "+31 20 123 4569"}
main_number: {menu: welcome}
menus:
  welcome:
    greeting: {play: welcome.wav}
    dial_extensions: true
    keys: {1: {ring: orders}, 5: {ring: desk}}
    no_input: {tries: 2, then: {ring: desk}}
parking: {slots: 701-703}
"""
FACTS = AccountFacts("The Shop", "NL", "en", "Europe/Amsterdam")


@dataclass
class Desk:
    """What a manager of an account does, in the words of the domain."""

    plans: Plans
    store: Store
    account: str
    licences: int = 10

    def stocked(self, *numbers: str, **more: bool) -> None:
        self.store.console.numbers.add([StoredNumber(each, self.account, **more) for each in numbers])  # type: ignore[arg-type]

    def stock(self) -> Stock:
        return self.roster().stock

    def roster(self) -> Roster:
        return read_roster(self.plans, self.store.console.numbers, self.account, self.licences)

    def add(self, *rows: TypedPerson) -> tuple[tuple[Joining, ...], Saved]:
        numbers = self.store.console.numbers
        return add_people(
            self.plans, numbers, self.account, rows, licences=self.licences, author="an@bakery.example", now=NOW
        )


@pytest.fixture
def plans(settings: Settings, store: Store) -> Plans:
    return Plans(settings, store)


@pytest.fixture
def desk(plans: Plans, store: Store, settings: Settings) -> Desk:
    """The bakery's."""
    (settings.dialplans / "bakery.yaml").write_text(BAKERY)
    shutil.copytree("dialplans/sounds", settings.dialplans / "sounds")
    return Desk(plans, store, "bakery")


@pytest.fixture
def row() -> Callable[..., TypedPerson]:
    """Makes the next row of a form."""
    made: list[TypedPerson] = []

    def make(email: str = "", **more: str) -> TypedPerson:
        made.append(TypedPerson(f"people.{len(made)}.", email, **more))  # type: ignore[arg-type]
        return made[-1]

    return make
