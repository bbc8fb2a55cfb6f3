"""An account's people as they are now: what the dialplan says, what the stock holds, and how many licences it has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from engine.dialplan.account import Account
from engine.store.console.numbers import StoredNumbers
from web.editing.checking import Unsound, known
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.mistakes import refused
from web.numbers.stock import Stock
from web.people.extensions import Extensions
from web.people.licences import Licences
from web.words import say


@dataclass(frozen=True)
class Roster:
    """``plan`` is the file at that moment, ``loaded`` what the engine makes of it, ``length`` of new extensions."""

    account: str
    plan: Plan
    loaded: Account
    stock: Stock
    owned: int
    length: int | None

    @property
    def country(self) -> str:
        return self.loaded.country

    @cached_property
    def licences(self) -> Licences:
        return Licences.of(self.owned, self.loaded, self.stock)

    def extensions(self, of: str | None = None) -> Extensions:
        """What extensions there are and may be, for somebody new or for a person of the plan."""
        return Extensions(self.loaded, self.country, self.length, of=of)


def read_roster(plans: Plans, numbers: StoredNumbers, account: str, licences: int) -> Roster:
    """The roster now. Raises Mistakes before there is a main number, and Unsound where the plan can't be used."""
    if account not in plans.accounts():
        raise refused("", say("Choose the main number first: it is what the account's people stand behind."))
    plan = plans.read(account)
    loaded = loaded_plan(plans, account, plan)
    stock = Stock.of(account, numbers.of(account), loaded)
    return Roster(account, plan, loaded, stock, licences, numbers.extension_length(account))


def loaded_plan(plans: Plans, account: str, plan: Plan) -> Account:
    """What the engine makes of a plan. Raises Unsound."""
    result = known(plans.settings, plans.path(account), plan.text)
    if result.account is None:
        raise Unsound(result.errors)
    return result.account
