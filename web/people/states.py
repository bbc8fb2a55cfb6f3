"""How far somebody is: invited or not, the link opened, a phone registered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from typing import Final

from engine.control.client import Control, ControlRefused, NotRunning
from engine.dialplan.account import Account
from engine.settings import Settings
from engine.store.console.invitations import StoredInvitation
from engine.store.store import Store
from web.words import Sentence, say


class State(Enum):
    """The furthest that somebody has come."""

    NO_ADDRESS = "no address"
    NOT_INVITED = "not invited"
    INVITED = "invited"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"
    SHOWN = "shown"
    REGISTERED = "registered"


WORDS: Final[Mapping[State, Sentence]] = {
    State.NO_ADDRESS: say("no e-mail address"),
    State.NOT_INVITED: say("not invited"),
    State.INVITED: say("invited"),
    State.EXPIRED: say("invitation expired"),
    State.WITHDRAWN: say("invitation withdrawn"),
    State.OPENED: say("invitation opened"),
    State.SHOWN: say("settings shown"),
    State.REGISTERED: say("phone registered"),
}


def phones_of(settings: Settings, store: Store, account: Account) -> Counter[str]:
    """How many phones each extension has registered: as the running engine says, else as it has left it."""
    try:
        return Counter(phone.extension for phone in Control(settings).registered(account.key))
    except (NotRunning, ControlRefused):
        now = time.time()
        return Counter(
            binding.aor.partition("@")[0]
            for binding in store.bindings.load()
            if binding.expires_at > now and binding.aor.partition("@")[2] == account.domain
        )


def state_of(invitation: StoredInvitation | None, email: str | None, phones: int, now: float) -> State:
    """Where a person with this address is."""
    if phones:
        return State.REGISTERED
    if invitation is None or invitation.email.casefold() != (email or "").casefold():
        return State.NOT_INVITED if email else State.NO_ADDRESS
    if invitation.revealed_at is not None:
        return State.SHOWN
    if invitation.revoked_at is not None:
        return State.WITHDRAWN
    if now >= invitation.expires_at:
        return State.EXPIRED
    return State.INVITED if invitation.opened_at is None else State.OPENED
