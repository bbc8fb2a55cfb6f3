"""What is left to do until an account is set up: each step with the page that it is done on."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dialplan.account import Account
from web.words import Sentence, say


@dataclass(frozen=True, slots=True)
class Facts:
    """How far an account has come. Of people that is how many there are, were invited, and have a phone."""

    account: Account | None
    people: int = 0
    invited: int = 0
    phones: int = 0
    transfers_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done, ``done`` or not, on the page at ``path``."""

    title: Sentence
    path: str
    done: bool


def steps_of(facts: Facts) -> tuple[Step, ...]:
    """All steps in their order; those that do not apply (yet) are left out."""
    account = facts.account
    steps = [Step(say("Choose the main number"), "/numbers", account is not None)]
    if account is None:
        return tuple(steps)
    menu = next(iter(account.menus.values()), None)
    steps += [
        Step(say("Add the people of the office"), "/people", facts.people > 1),
        Step(say("Invite them, so that they connect their phones"), "/people", facts.invited > 0 or facts.phones > 1),
        Step(say("Connect a phone of your own"), "/people", facts.phones > 0),
        Step(say("Choose who answers the main number, or let callers hear a menu"), "/main-number", _decided(account)),
    ]
    if menu is not None:
        steps.append(Step(say("Give the greeting that callers hear"), "/greetings", bool(menu.greeting)))
    if facts.transfers_waiting:
        steps.append(Step(say("Sign and send the transfer of your numbers"), "/transfers", False))
    return tuple(steps)


def _decided(account: Account) -> bool:
    """Whether somebody has said who answers: not, as long as it is the only person there is."""
    return bool(account.menus or account.groups or account.queues) or len(account.people) > 1
