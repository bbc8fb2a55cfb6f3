"""Invitations: a personal link that expires, whose page shows once what a person types into a phone.

Looking at the page changes nothing, as mail servers look at every link; only a button pressed there does. Of the links
the store has hashes only.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.dialplan.account import Account
from engine.provisioning.linphone import linphone_xml
from engine.provisioning.phone import NoWayIn, PhoneAccount, phone_account
from engine.settings import Settings
from engine.store.console.invitations import StoredInvitation
from engine.store.passwords import new_password
from engine.store.store import Store
from web.editing.plans import Plans
from web.mistakes import Mistake, Mistakes, refused
from web.people.roster import loaded_plan
from web.words import Sentence, say

LIFETIME: Final = 7 * 86400.0
TOKEN_BYTES: Final = 32
MAX_TOKEN: Final = 64
FILES: Final = 5
"""How often phones may fetch the file with the settings: a desktop, a mobile phone, and some attempts."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody whose invitation was just made: the letter has ``token`` in its link, and nothing else keeps it."""

    key: str
    name: str
    email: str
    token: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Guest:
    """Whom a link belongs to, as the dialplan has them now."""

    account: Account
    key: str
    invitation: StoredInvitation

    @property
    def name(self) -> str:
        return self.account.people[self.key].name or self.key

    @property
    def extension(self) -> str:
        return self.invitation.extension


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows once: what to type, and the token of the file that a phone may fetch."""

    phone: PhoneAccount
    file_token: str


def hashed(token: str) -> str:
    """How the store knows a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(store: Store, account: Account, keys: Iterable[str], now: float) -> tuple[Invited, ...]:
    """Make a new link for each of these people; links that they had lead nowhere any more.

    Raises Mistakes for those who have no address.
    """
    store.passwords.refresh()
    wanted = list(dict.fromkeys(keys))
    wrong = [
        Mistake("person", say("There is no such person (any more).")) for key in wanted if key not in account.people
    ]
    wrong += [
        Mistake("person", say("{person} has no e-mail address: add it first.", person=account.people[key].name or key))
        for key in wanted
        if key in account.people and not account.people[key].email
    ]
    wrong += [
        Mistake("person", _hidden(account.people[key].name or key))
        for key in wanted
        if key in account.people and store.passwords.is_hidden(account.key, account.people[key].extension)
    ]
    if wrong or not wanted:
        raise Mistakes(wrong or [Mistake("person", say("Choose whom to invite."))])
    store.passwords.ensure(account.key, [account.people[key].extension for key in wanted])
    invited, rows = [], []
    for key in wanted:
        person = account.people[key]
        token, email = secrets.token_urlsafe(TOKEN_BYTES), person.email or ""
        invited.append(Invited(key, person.name or key, email, token, now + LIFETIME))
        rows.append(StoredInvitation(account.key, person.extension, email, hashed(token), now, now + LIFETIME))
    store.console.invitations.put(rows)
    return tuple(invited)


def hand_over(settings: Settings, store: Store, account: Account, key: str, now: float) -> Shown:
    """The settings of somebody without an address, for a manager to hand over; what was shown before stays good.

    Raises Mistakes for those who can be invited, and where phones have no way in.
    """
    person = account.people.get(key)
    if person is None:
        raise refused("person", say("There is no such person (any more)."))
    if person.email:
        raise refused("person", say("{person} has an e-mail address: send an invitation.", person=person.name or key))
    store.passwords.refresh()
    if store.passwords.is_hidden(account.key, person.extension):
        raise refused("person", _hidden(person.name or key))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    kept = StoredInvitation(account.key, person.extension, "", hashed(token), now, now + LIFETIME)
    store.console.invitations.put([kept])
    shown = reveal(settings, store, Guest(account, key, kept), now)
    assert shown is not None  # nobody else knows the token
    return shown


def guest(plans: Plans, store: Store, token: str, now: float) -> Guest | None:
    """Whom a link belongs to; None if it leads nowhere (any more)."""
    kept = store.console.invitations.by_token(hashed(token)) if len(token) <= MAX_TOKEN else None
    return _guest(plans, kept, now)


def look(store: Store, guest: Guest, now: float) -> None:
    """Note that the page of a link was looked at."""
    store.console.invitations.opened(guest.invitation.token, now)


def reveal(settings: Settings, store: Store, guest: Guest, now: float) -> Shown | None:
    """What to type into a phone, for the first who asks; None if it has been shown.

    Raises Mistakes where phones have no way in.
    """
    store.passwords.ensure(guest.account.key, [guest.extension])
    phone = _phone(settings, store, guest)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    if not store.console.invitations.reveal(guest.invitation.token, now, hashed(token), FILES):
        return None
    return Shown(phone, token)


def phone_file(settings: Settings, plans: Plans, store: Store, token: str, now: float) -> bytes | None:
    """The file for a phone that was told this token; None if there is none (any more)."""
    kept = store.console.invitations.by_file_token(hashed(token)) if len(token) <= MAX_TOKEN else None
    owner = _guest(plans, kept, now)
    store.passwords.refresh()
    if owner is None or kept is None or store.passwords.lookup(kept.account, kept.extension) is None:
        return None
    if not store.console.invitations.take_file(kept.file_token, now):
        return None
    return linphone_xml(_phone(settings, store, owner))


def revoke(store: Store, account: Account, key: str, now: float) -> None:
    """Let a person's link lead nowhere. Raises Mistakes if there is none that does."""
    person = account.people.get(key)
    if person is None or not store.console.invitations.revoke(account.key, person.extension, now):
        raise refused("person", say("There is no invitation that could be withdrawn."))


def replace_phone(store: Store, account: Account, key: str, now: float) -> None:
    """A phone is lost: another password, so that none that knew the old one registers, calls or is called any more.

    Links that showed the old one lead nowhere either. Raises Mistakes if there is no such person.
    """
    person = account.people.get(key)
    if person is None:
        raise refused("person", say("There is no such person (any more)."))
    store.console.invitations.revoke(account.key, person.extension, now)
    store.passwords.set(account.key, person.extension, new_password())


def _guest(plans: Plans, kept: StoredInvitation | None, now: float) -> Guest | None:
    """Whom it belongs to, if it is still valid, and still for whoever has the extension."""
    if kept is None or not kept.is_open(now) or kept.account not in plans.accounts():
        return None
    try:
        account = loaded_plan(plans, kept.account, plans.read(kept.account))
    except Mistakes:
        return None
    key = account.person_by_extension.get(kept.extension)
    if key is None or (account.people[key].email or "").casefold() != kept.email.casefold():
        return None
    return Guest(account, key, kept)


def _phone(settings: Settings, store: Store, guest: Guest) -> PhoneAccount:
    password = store.passwords.lookup(guest.account.key, guest.extension)
    if password is None:
        raise refused("person", say("Your password cannot be shown. Ask whoever invited you for a new one."))
    try:
        return phone_account(settings, guest.account, guest.key, guest.account.people[guest.key], password)
    except NoWayIn as problem:
        raise refused("", say("{problem}", problem=str(problem))) from None


def _hidden(name: str) -> Sentence:
    return say("The password of {person} is hidden. Make a new one first (“A phone is lost”).", person=name)
