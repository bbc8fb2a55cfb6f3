"""API tokens: made by a manager for a program, with the scopes it needs, for a year or so, shown once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from engine.dialplan.values import MAX_NAME
from engine.store.console.tokens import StoredToken
from engine.store.store import Store
from web.accounts.audit import audit
from web.mistakes import Mistake, Mistakes, refused
from web.words import Sentence, say

SCOPES: Final[dict[str, Sentence]] = {
    "read": say("look at everything, change nothing"),
    "account": say("change the account's name, country, time zone, language and licences"),
    "managers": say("name and remove managers"),
    "people": say("add, change, invite and remove people, and the stock of numbers"),
    "plan": say("change the main number, menus and greetings, and undo that"),
    "transfers": say("bring numbers over from another provider"),
    "calls": say("have phones ring and end test calls"),
}
"""What a token may be good for. Any of them lets its program look, too."""
READ: Final = "read"
PREFIX: Final = "belplan_"
SECRET_BYTES: Final = 32
ID_BYTES: Final = 4
MAX_TOKENS: Final = 50
MAX_TOKEN: Final = 100
DAYS: Final = 365
"""For which a token is good unless somebody says otherwise."""
MAX_DAYS: Final = 3650
DAY: Final = 86400.0
USED_EVERY: Final = 60.0
"""That a token is in use is noted so often at most."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new token; ``secret`` is shown now and never again."""

    id: str
    secret: str
    expires_at: float | None


def make(
    store: Store,
    account: str,
    who: str,
    name: str,
    scopes: Collection[str],
    now: float,
    *,
    days: str = str(DAYS),
    until: float | None = None,
) -> Made:
    """A token for the program called ``name``. Raises Mistakes.

    It is good for so many ``days``, as they were typed; if nothing was, until it is revoked. Never beyond ``until``.
    """
    mistakes = []
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        mistakes.append(
            Mistake("name", say("Say which program it is for, in at most {most} characters.", most=MAX_NAME))
        )
    if not scopes or not set(scopes) <= SCOPES.keys():
        mistakes.append(Mistake("scopes", say("Choose what the program may do.")))
    try:
        expires_at = _ends(days, now, until)
    except ValueError:
        wrong = say(
            "Type for how many days it is good, at most {most}; or nothing: until it is revoked.", most=MAX_DAYS
        )
        mistakes.append(Mistake("days", wrong))
    if mistakes:
        raise Mistakes(mistakes)
    made = Made(secrets.token_hex(ID_BYTES), PREFIX + secrets.token_urlsafe(SECRET_BYTES), expires_at)
    chosen = " ".join(scope for scope in SCOPES if scope in scopes)
    token = StoredToken(
        made.id,
        _hash(made.secret),
        account,
        name,
        chosen,
        created_by=who,
        created_at=now,
        expires_at=expires_at,
    )
    if not store.console.tokens.add(token, MAX_TOKENS):
        raise refused("", say("There are {most} tokens already. Revoke those that nobody needs.", most=MAX_TOKENS))
    audit(
        store, account, who, say("made the token {id} for {name}: {scopes}", id=made.id, name=name, scopes=chosen), now
    )
    return made


def kept(store: Store, account: str) -> list[StoredToken]:
    """The account's tokens that are not revoked, the oldest first; also those that have expired."""
    return [each for each in store.console.tokens.of(account) if each.revoked_at is None]


def revoke(store: Store, account: str, who: str, id_: str, now: float) -> bool:
    """Let a token open nothing any more, from now on; False if there is none that does."""
    if not store.console.tokens.revoke(account, id_, now):
        return False
    audit(store, account, who, say("revoked the token {id}", id=id_), now)
    return True


def recognise(store: Store, secret: str, now: float) -> StoredToken | None:
    """The token that a program has sent; None if it is good for nothing."""
    if not secret.startswith(PREFIX) or len(secret) > MAX_TOKEN:
        return None
    token = store.console.tokens.by_hash(_hash(secret))
    if token is None or token.revoked_at is not None or expired(token, now):
        return None
    if token.used_at is None or now - token.used_at >= USED_EVERY:
        store.console.tokens.used(token.id, now)
    return token


def expired(token: StoredToken, now: float) -> bool:
    """Whether the days for which a token was made are over."""
    return token.expires_at is not None and now >= token.expires_at


def allows(token: StoredToken, scope: str) -> bool:
    """Whether a token is good for ``scope``; every one is good for looking."""
    return scope == READ or scope in token.scopes.split()


def _ends(days: str, now: float, until: float | None) -> float | None:
    """Raises ValueError."""
    digits = days.strip()
    if not digits:
        return until
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and 0 < int(digits) <= MAX_DAYS):
        raise ValueError(digits)
    ends = now + int(digits) * DAY
    return ends if until is None else min(ends, until)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
