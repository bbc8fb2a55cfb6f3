"""How far an account has come, of what the other slices know of it."""

from __future__ import annotations

from engine.store.store import Store
from web.dashboard.people import PhoneState
from web.dashboard.setup import Facts
from web.dashboard.view import View
from web.words import Sentence


def facts_of(store: Store, view: View) -> Facts:
    """What the steps of the set-up depend on."""
    return Facts(
        account=view.plan,
        people=len(view.people),
        invited=len(store.console.invitations.of(view.account)),
        phones=sum(each.state is not PhoneState.NONE for each in view.people),
    )


def transfers_shown(store: Store, account: str) -> tuple[Sentence, ...]:  # noqa: ARG001
    """Transfers of numbers that are under way, a sentence each."""
    return ()
