"""Sessions: a browser that has signed in, for twelve hours without use and thirty days at most."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from engine.store.console.accounts import StoredManager
from engine.store.console.sessions import StoredSession
from engine.store.store import Store
from web.mail.letters import one_line

IDLE_SECONDS: Final = 12 * 3600.0
LONGEST_SECONDS: Final = 30 * 86400.0
SEEN_EVERY: Final = 60.0
"""That a session is in use is noted so often at most."""
ID_BYTES: Final = 32
MAX_ID: Final = 64
MAX_SESSIONS: Final = 20
"""Browsers in which somebody is signed in; the oldest makes room for one more."""
MAX_AGENT: Final = 200


def begin(store: Store, email: str, account: str, now: float, *, source: str = "", agent: str = "") -> str:
    """Sign a browser in: the new id of its session, which nobody else may see."""
    id_ = secrets.token_urlsafe(ID_BYTES)
    session = StoredSession(
        id=_hash(id_),
        email=email,
        account=account,
        created_at=now,
        seen_at=now,
        expires_at=now + LONGEST_SECONDS,
        source=source[:MAX_AGENT],
        agent=one_line(agent, MAX_AGENT),
    )
    store.console.sessions.begin(session, MAX_SESSIONS)
    return id_


def look_up(store: Store, id_: str | None, now: float) -> tuple[StoredSession, StoredManager] | None:
    """The session with this id and what its person is of the account they look at; None if it is good for nothing.

    Whoever manages nothing any more has no session either.
    """
    session = _live(store, id_, now)
    if session is None:
        return None
    managed = store.console.accounts.managed_by(session.email)
    if not managed:
        return None
    manager = next((each for each in managed if each.account == session.account), managed[0])
    if now - session.seen_at >= SEEN_EVERY:
        store.console.sessions.seen(session.id, now)
    return session, manager


def look_at(store: Store, id_: str | None, account: str, now: float) -> bool:
    """Let the session look at another account; False if its person does not manage that."""
    session = _live(store, id_, now)
    if session is None or all(each.account != account for each in store.console.accounts.managed_by(session.email)):
        return False
    store.console.sessions.look_at(session.id, account)
    return True


def live(store: Store, email: str, now: float) -> list[StoredSession]:
    """The browsers that somebody is signed in with, the one last used first."""
    return [each for each in store.console.sessions.of(email) if _good(each, now)]


def is_of(session: StoredSession, id_: str | None) -> bool:
    """Whether this is the session with that id."""
    return id_ is not None and session.id == _hash(id_)


def end(store: Store, id_: str | None) -> None:
    """Sign a browser out."""
    if id_:
        store.console.sessions.end(_hash(id_))


def end_everywhere(store: Store, email: str, *, but: str | None = None) -> int:
    """Sign out every browser of somebody, ``but`` the one with that id. How many were signed in."""
    return store.console.sessions.end_all(email, _hash(but) if but else "")


def _live(store: Store, id_: str | None, now: float) -> StoredSession | None:
    if not id_ or len(id_) > MAX_ID:
        return None
    session = store.console.sessions.find(_hash(id_))
    return session if session is not None and _good(session, now) else None


def _good(session: StoredSession, now: float) -> bool:
    return now < session.expires_at and now - session.seen_at < IDLE_SECONDS


def _hash(id_: str) -> str:
    return hashlib.sha256(id_.encode()).hexdigest()
