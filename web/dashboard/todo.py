"""How far an account has come, of what the other slices know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.store.store import Store
from web.dashboard.people import PhoneState
from web.dashboard.setup import Facts
from web.dashboard.view import View
from web.transfers.order import Order, restored
from web.transfers.states import OPEN, State
from web.transfers.telling import listed
from web.words import Sentence, say

_STANDS: Final[dict[State, Sentence]] = {
    State.DRAFT: say("{numbers}: not sent yet"),
    State.SUBMITTED: say("{numbers}: with the carrier"),
    State.ACCEPTED: say("{numbers}: accepted by the carrier"),
    State.REJECTED: say("{numbers}: rejected by the carrier"),
    State.GOING_LIVE: say("{numbers}: being put in place"),
}


def facts_of(store: Store, view: View, under_way: Sequence[Order]) -> Facts:
    """What the steps of the set-up depend on."""
    return Facts(
        account=view.plan,
        people=len(view.people),
        invited=len(store.console.invitations.of(view.account)),
        phones=sum(each.state is not PhoneState.NONE for each in view.people),
        transfers_waiting=sum(each.state in (State.DRAFT, State.REJECTED) for each in under_way),
    )


def transfers_shown(under_way: Sequence[Order]) -> tuple[Sentence, ...]:
    """Transfers of numbers, a sentence each."""
    return tuple(say(_STANDS[each.state].text, numbers=listed(each)) for each in under_way)


def transfers_under_way(store: Store, account: str) -> list[Order]:
    """Those that are neither complete nor cancelled."""
    orders = map(restored, store.console.transfers.of(account))
    return [order for order in orders if order.state in OPEN]
