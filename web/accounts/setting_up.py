"""Setting up: a first visitor, or the administrator, describes an account; a code proves the owner's address.

Nothing is kept of an account until then but what goes with the code. So nobody blocks a name by trying, and nobody who
mistypes their address is locked out.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Final

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.keys import make_once
from engine.store.passwords import new_password
from engine.store.store import Store
from web.accounts import codes
from web.accounts.about import ownerless, written_accounts
from web.accounts.audit import audit
from web.accounts.codes import Asked, Wish
from web.accounts.drafts import Draft, new_key
from web.accounts.signing_in import From, SignedIn, start
from web.mail import Post
from web.mistakes import refused
from web.words import Sentence, say

SET_UP: Final = "set up"
KEY_FILE: Final = "setup.key"
MAX_SET_UP_KEY: Final = 100
RACES: Final = 5
"""How often another key is looked for, where somebody else takes the one that was free."""
SET_UP_MEANWHILE: Final = say("Somebody else has set up this Belplan meanwhile. Ask them to make you a manager.")
ADMINISTRATOR: Final = "administrator"
"""Who acts, in the audit log, where a command does."""


def is_open(store: Store) -> bool:
    """Whether a visitor may set up an account: only while nobody owns any."""
    return not store.console.accounts.owned()


def ask(settings: Settings, store: Store, post: Post, draft: Draft, where: From, now: float) -> Asked:
    """Send a code to the owner of an account that is to be. Raises Mistakes, TooOften."""
    if draft.key and draft.key not in ownerless(settings, store):
        raise refused("key", _owned(draft.key))
    wish = Wish(draft.owner_email, SET_UP, where.source, where.language, draft=draft.packed())
    return codes.ask(store, post, wish, now)


def enter(
    settings: Settings,
    store: Store,
    secret: str | None,
    typed: str,
    where: From,
    now: float,
    before: str | None = None,
) -> SignedIn:
    """The right code was typed: the account begins, and its owner is signed in. Raises Mistakes."""
    code = codes.verify(store, secret, typed, SET_UP, now)
    codes.use(store, code)
    account = _begin(settings, store, Draft.unpacked(code.draft), now)
    return start(store, code.email, account, where, now, before)


def activate(settings: Settings, store: Store, email: str, typed: str, now: float) -> str:
    """The same for the administrator, who has no browser; the account's key. Raises Mistakes."""
    code = codes.verify_newest(store, email, typed, SET_UP, now)
    codes.use(store, code)
    return _begin(settings, store, Draft.unpacked(code.draft), now)


def _begin(settings: Settings, store: Store, draft: Draft, now: float) -> str:
    """Keep the account that the draft describes, with its owner; its key. Raises Mistakes."""
    accounts = store.console.accounts
    for _ in range(RACES):
        if draft.key and draft.key not in ownerless(settings, store):
            raise refused("", _owned(draft.key))
        if draft.first and not is_open(store):
            raise refused("", SET_UP_MEANWHILE)
        taken = written_accounts(settings).keys() | {each.key for each in accounts.all()}
        key = draft.key or new_key(draft.name, taken)
        account = StoredAccount(
            key=key,
            name=draft.name,
            country=draft.country,
            timezone=draft.timezone,
            language=draft.language,
            licences=draft.licences,
            owner_email=draft.owner_email,
            owner_name=draft.owner_name,
            created_at=now,
        )
        if accounts.begin(account, first=draft.first):
            audit(store, key, draft.owner_email, say("became the owner"), now)
            return key
    raise refused("", SET_UP_MEANWHILE)


def _owned(key: str) -> Sentence:
    return say("The account '{key}' has an owner already, or is gone.", key=key)


# --- the set-up key: what proves that a visitor from elsewhere is, or knows, the administrator -----------------------


def set_up_key(folder: Path) -> str:
    """The set-up key, made when it is first asked for; a file in the state folder that only its owner can read."""
    path = folder / KEY_FILE
    make_once(path, f"{new_password()}\n".encode())
    return path.read_text().strip()


def has_set_up_key(folder: Path) -> bool:
    """Whether there is one already, so that somebody can have seen it."""
    return (folder / KEY_FILE).exists()


def is_set_up_key(folder: Path, typed: str) -> bool:
    """Whether this is the set-up key, however it was typed off."""
    said = "".join(typed.lower().split())[:MAX_SET_UP_KEY]
    return hmac.compare_digest(said.encode(), set_up_key(folder).encode())
