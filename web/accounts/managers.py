"""The people who manage an account: named and removed by one another, and always with an owner among them."""

from __future__ import annotations

from typing import Final

from engine.dialplan.values import MAX_NAME
from engine.settings import Settings
from engine.store.console.accounts import MANAGER, OWNER, StoredManager
from engine.store.store import Store
from web.accounts.about import about
from web.accounts.addresses import read_email
from web.accounts.audit import audit
from web.mail import Link, Post, letter
from web.mistakes import Mistakes, refused
from web.words import Sentence, say

MAX_MANAGERS: Final = 50
LAST_OWNER: Final = say("An account always has an owner: name another one first.")
ONLY_OWNERS: Final = say("Only an owner may do that.")


def only_owners() -> Mistakes:
    """What is told to a manager who asks for what is for owners to do."""
    return refused("", ONLY_OWNERS)


def managers(store: Store, account: str) -> list[StoredManager]:
    """An account's managers, the longest-serving first."""
    return store.console.accounts.managers(account)


def role_of(store: Store, account: str, email: str) -> str | None:
    """What somebody is of an account; None if nothing."""
    return next((each.role for each in managers(store, account) if each.email == email), None)


def add(
    settings: Settings, store: Store, post: Post, account: str, who: str, email: str, name: str, now: float
) -> StoredManager:
    """Name a further manager and tell them so by a letter. Raises Mistakes."""
    mistakes: list[Mistakes] = []
    name = " ".join(name.split())
    if len(name) > MAX_NAME or not name.isprintable():
        mistakes.append(refused("name", say("A name has at most {most} characters.", most=MAX_NAME)))
    try:
        email = read_email(email)
    except Mistakes as problem:
        mistakes.append(problem)
    if mistakes:
        raise Mistakes(each for problem in mistakes for each in problem.mistakes)
    new = StoredManager(account, email, name, MANAGER, now)
    match store.console.accounts.add_manager(new, MAX_MANAGERS):
        case False:
            raise refused("email", say("{email} is a manager already.", email=email))
        case None:
            raise refused("", say("There are {most} managers already.", most=MAX_MANAGERS))
    audit(store, account, who, say("made {email} a manager", email=email), now)
    known = about(settings, store, account)
    called, language = (known.name, known.language) if known else (account, "en")
    body: list[Sentence | Link] = [
        say("{who} has made you a manager of the telephones of {account}.", who=who, account=called),
        Link(say("Sign in with this e-mail address"), f"{settings.console_base or ''}/sign-in"),
    ]
    post.send(
        letter(
            email, say("You now manage the telephones of {account}", account=called), body, language=language, name=name
        )
    )
    return new


def remove(store: Store, account: str, who: str, email: str, now: float, *, by_owner: bool) -> bool:
    """Let somebody manage the account no more; False if they did not. Raises Mistakes.

    An owner may be removed by owners only, and never the last one. The tokens they have made are revoked.
    """
    role = role_of(store, account, email)
    if role == OWNER and not by_owner:
        raise only_owners()
    match store.console.accounts.remove_manager(account, email):
        case None:
            raise refused("", LAST_OWNER)
        case False:
            return False
    audit(store, account, who, say("removed the manager {email}", email=email), now)
    revoked = store.console.tokens.revoke_made_by(account, email, now)
    if revoked:
        audit(store, account, who, say("revoked {n} tokens that {email} had made", n=revoked, email=email), now)
    return True


def change_role(store: Store, account: str, who: str, email: str, role: str, now: float, *, by_owner: bool) -> bool:
    """Make somebody an owner, or a manager only; False if they are neither. Raises Mistakes."""
    if not by_owner:
        raise only_owners()
    if role not in (OWNER, MANAGER):
        raise refused("role", say("A manager is either an owner or a manager."))
    before = role_of(store, account, email)
    if before == role:
        return True
    match store.console.accounts.set_role(account, email, role):
        case None:
            raise refused("", LAST_OWNER)
        case False:
            return False
    if role == OWNER:
        audit(store, account, who, say("made {email} an owner", email=email), now)
    else:
        audit(store, account, who, say("made {email} a manager, and an owner no more", email=email), now)
    return True
