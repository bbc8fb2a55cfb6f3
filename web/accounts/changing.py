"""Changing what an account is: in its dialplan where there is one, in what it will begin with otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from engine.settings import Settings
from engine.store.store import Store
from web.accounts.about import About, about
from web.accounts.audit import audit
from web.accounts.drafts import FACTS, Facts
from web.editing.accounts import with_account
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.meanwhile import Part, in_the_way, kept_too, put_together
from web.mistakes import Stale, refused
from web.numbers.stock import Stock
from web.people.licences import Licences
from web.people.roster import loaded_plan
from web.words import Sentence, say, say_n

PARTS: Final[tuple[Part, ...]] = tuple((name,) for name in FACTS)
WORDS: Final = {
    "name": say("Name"),
    "country": say("Country"),
    "timezone": say("Time zone"),
    "language": say("Language"),
    "licences": say("Licences"),
}
TRIES: Final = 3
"""Changes of others that are taken into account before giving up."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Whether there was anything to change, and what somebody else has changed since it was looked at."""

    anything: bool
    theirs: Sentence | None = None


def facts_of(known: About) -> Facts:
    """What may be changed about an account, as it is."""
    return Facts(**{name: getattr(known, name) for name in FACTS})


def change(
    settings: Settings, store: Store, key: str, who: str, facts: Facts, seen: Facts | None, now: float
) -> Changed:
    """Keep other facts of an account; those that are as they were ``seen`` stay as they are by now.

    Raises Mistakes, and Stale where somebody else has changed the same.
    """
    for left in range(TRIES - 1, -1, -1):
        try:
            return _change(settings, store, key, who, facts, seen, now)
        except _Overtaken:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


class _Overtaken(Stale):
    """Somebody else was faster by a moment."""


def _change(
    settings: Settings, store: Store, key: str, who: str, facts: Facts, seen: Facts | None, now: float
) -> Changed:
    plans = Plans(settings, store)
    plan = plans.read(key) if key in plans.accounts() else None
    known = about(settings, store, key)
    if known is None:
        raise refused("", say("The account '{key}' has an owner already, or is gone.", key=key))
    before = facts_of(known)
    together = put_together(seen or before, facts, before, PARTS)
    if together.both:
        raise Stale(in_the_way(together.both, before, WORDS))
    wanted = together.facts
    theirs = kept_too(together.theirs, before, WORDS) if together.theirs else None
    values = {name: value for name, value in asdict(wanted).items() if value != getattr(before, name)}
    if plan is not None and not 0 < before.licences <= wanted.licences:
        _enough_licences(plans, store, key, plan, wanted.licences)
    if not values:
        return Changed(False, theirs)
    kept = values if plan is None else {name: value for name, value in values.items() if name == "licences"}
    if plan is not None and (written := {name: value for name, value in values.items() if name not in kept}):
        try:
            plans.save(key, with_account(plan, **written), author=who, what=say("the account"), now=now)
        except Stale as problem:
            raise _Overtaken(problem.what) from None
    if kept and not store.console.accounts.change(key, kept, {name: getattr(before, name) for name in kept}):
        raise _Overtaken(say("Somebody else has changed the account meanwhile."))
    audit(store, key, who, say("changed the account: {changes}", changes=_told(before, values)), now)
    return Changed(True, theirs)


def _told(before: Facts, values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {getattr(before, name)} → {value}" for name, value in values.items())


def _enough_licences(plans: Plans, store: Store, key: str, plan: Plan, licences: int) -> None:
    loaded = loaded_plan(plans, key, plan)
    counted = Licences.of(licences, loaded, Stock.of(key, store.console.numbers.of(key), loaded))
    if counted.used <= licences:
        return
    if licences == 1:
        raise refused(
            "licences",
            say_n(
                "With one licence the main number is the owner's own, and {n} person has a number beside it, or one"
                " that is coming.",
                "With one licence the main number is the owner's own, and {n} people have a number beside it, or one"
                " that is coming.",
                counted.used - 1,
            ),
        )
    raise refused(
        "licences",
        say(
            "{n} people have a number, or one that is coming: there must be as many licences.",
            n=counted.used,
        ),
    )
