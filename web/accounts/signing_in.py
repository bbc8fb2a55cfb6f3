"""Signing in: a code for the address of a manager, and a session for whoever types it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.store.store import Store
from web.accounts import codes, sessions
from web.accounts.addresses import read_email
from web.accounts.audit import audit
from web.accounts.codes import Asked, Wish
from web.mail import Post
from web.words import say

SIGN_IN: Final = "sign in"


@dataclass(frozen=True, slots=True)
class From:
    """Where a browser is, what it calls itself, and what its person reads."""

    source: str
    agent: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody has signed in; ``session`` is the id that their browser keeps."""

    session: str
    email: str
    account: str


def ask(store: Store, post: Post, typed: str, where: From, now: float) -> Asked:
    """Send a code to the address that was typed, if it is a manager's. Raises Mistakes if it is none, TooOften."""
    email = read_email(typed)
    known = bool(store.console.accounts.managed_by(email))
    return codes.ask(store, post, Wish(email, SIGN_IN, where.source, where.language, known), now)


def enter(store: Store, secret: str | None, typed: str, where: From, now: float, before: str | None = None) -> SignedIn:
    """The session for whoever typed the right code; the one ``before`` in this browser ends. Raises Mistakes."""
    code = codes.verify(store, secret, typed, SIGN_IN, now)
    codes.use(store, code)
    managed = store.console.accounts.managed_by(code.email)
    if not managed:
        raise codes.gone()
    return start(store, code.email, managed[0].account, where, now, before)


def start(store: Store, email: str, account: str, where: From, now: float, before: str | None = None) -> SignedIn:
    """The session of somebody whose address is proved."""
    sessions.end(store, before)
    session = sessions.begin(store, email, account, now, source=where.source, agent=where.agent)
    audit(store, account, email, say("signed in"), now)
    return SignedIn(session, email, account)
