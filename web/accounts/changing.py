"""Changing what an account is: in its dialplan where there is one, in what it will begin with otherwise."""

from __future__ import annotations

from dataclasses import asdict, replace

from engine.settings import Settings
from engine.store.store import Store
from web.accounts.about import About, about
from web.accounts.audit import audit
from web.accounts.drafts import Facts
from web.editing.accounts import with_account
from web.editing.people import people_of
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.mistakes import refused
from web.words import say


def digest(settings: Settings, store: Store, known: About) -> str:
    """Which state of the dialplan is looked at, "" while there is none: for ``change`` to tell whether it still is."""
    return "" if known.drafted else Plans(settings, store).read(known.key).digest


def change(settings: Settings, store: Store, key: str, who: str, facts: Facts, seen: str | None, now: float) -> bool:
    """Keep other facts of an account; False if there is nothing to change.

    ``seen`` is the digest of the dialplan that was looked at, None if it does not matter. Raises Mistakes, Stale.
    """
    before = about(settings, store, key)
    if before is None:
        raise refused("", say("The account '{key}' has an owner already, or is gone.", key=key))
    plans = Plans(settings, store)
    plan = None if before.drafted else plans.read(key)
    if plan is not None:
        _enough_licences(plan, facts.licences)
    names = [name for name in asdict(facts) if getattr(facts, name) != getattr(before, name)]
    if not names:
        return False
    if plan is None:
        store.console.accounts.change(key, asdict(facts))
    else:
        others = {name: getattr(facts, name) for name in names if name != "licences"}
        if others:
            plan = with_account(plan, **others)
            plan = plan if seen is None else replace(plan, digest=seen)
            plans.save(key, plan, author=who, what=say("the account"), now=now)
        store.console.accounts.change(key, {"licences": facts.licences})
    changed = ", ".join(f"{name} {getattr(before, name)} → {getattr(facts, name)}" for name in names)
    audit(store, key, who, say("changed the account: {changes}", changes=changed), now)
    return True


def _enough_licences(plan: Plan, licences: int) -> None:
    numbered = sum(person.number is not None for person in people_of(plan).values())
    if licences < numbered:
        raise refused("licences", say("{n} people have a number: there must be as many licences.", n=numbered))
