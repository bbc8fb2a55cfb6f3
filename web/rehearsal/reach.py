"""What routes of rehearsals share: plans that are loaded, sounds that may be asked for, and one step of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import Request

from engine.dialplan.account import Account
from engine.dialplan.findings import Finding
from engine.settings import Settings
from engine.store.store import Store
from web.editing.plans import Plans
from web.rehearsal.loading import LoadedPlans
from web.rehearsal.moves import Typed, moves_of
from web.rehearsal.references import References
from web.rehearsal.rehearse import Rehearsed, rehearse
from web.rehearsal.standing import as_it_stands

Made = TypeVar("Made")


def _kept(request: Request, name: str, make: Callable[[], Made]) -> Made:
    """What this process has one of, made when it is first asked for."""
    if not hasattr(request.app.state, name):
        setattr(request.app.state, name, make())
    made: Made = getattr(request.app.state, name)
    return made


def loaded_plans_of(request: Request) -> LoadedPlans:
    return _kept(request, "rehearsed_plans", LoadedPlans)


def references_of(request: Request) -> References:
    return _kept(request, "rehearsed_sounds", References)


TheLoadedPlans = Annotated[LoadedPlans, Depends(loaded_plans_of)]
TheReferences = Annotated[References, Depends(references_of)]


@dataclass(frozen=True, slots=True)
class Stepped:
    """A call as far as it goes by itself, through an account's plan, and what is doubtful about that plan."""

    account: Account
    warnings: tuple[Finding, ...]
    went: Rehearsed


def step(
    settings: Settings, store: Store, loaded: LoadedPlans, key: str, plan: str | None, typed: Typed, now: float
) -> Stepped:
    """Take a call through the plan as it is saved, or through another text. Raises Unsound and Mistakes."""
    checked = loaded.load(Plans(settings, store), key, plan, now)
    assert checked.account is not None
    moves = moves_of(typed, checked.account, now)
    went = rehearse(checked.account, moves, as_it_stands(key, settings, store))
    return Stepped(checked.account, checked.warnings, went)
