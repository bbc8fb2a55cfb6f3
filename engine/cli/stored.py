"""The state store and the accounts, opened for a command; what is wrong with them is said in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from engine.cli.common import Failed
from engine.dialplan.account import Account
from engine.dialplan.findings import DialplanErrors, did_you_mean
from engine.dialplan.load import load_accounts
from engine.settings import Settings
from engine.store.database import StoreFailed
from engine.store.passwords import Passwords
from engine.store.store import Store

HIDDEN = "(hidden)"
"""In place of a password that is not shown again."""


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The state store beside a running engine or without one; raises Failed."""
    try:
        with Store(settings) as store:
            yield store
    except StoreFailed as problem:
        raise Failed(str(problem)) from None
    except SQLAlchemyError as problem:
        cause = getattr(problem, "orig", None) or problem
        raise Failed(f"the state store cannot be used: {cause}") from None


def loaded(settings: Settings, key: str | None = None) -> list[Account]:
    """The accounts of the settings' dialplans, or the one called ``key``; raises Failed with every finding."""
    try:
        accounts = load_accounts(settings.dialplans, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts)
    except DialplanErrors as problem:
        raise Failed(str(problem)) from None
    if key is None:
        return accounts
    keys = [account.key for account in accounts]
    if key not in keys:
        raise Failed(f"there is no account '{key}' ({did_you_mean(key, keys, 'there are: ' + ', '.join(keys))})")
    return [account for account in accounts if account.key == key]


def having(settings: Settings, extension: str, key: str | None = None) -> Account:
    """The one account that has this extension, among all or as the one called ``key``; raises Failed."""
    accounts = [account for account in loaded(settings, key) if extension in account.person_by_extension]
    if not accounts:
        raise Failed(f"nobody has extension {extension}")
    if len(accounts) > 1:
        raise Failed(f"several accounts have {extension}; add --account {' or '.join(one.key for one in accounts)}")
    return accounts[0]


def shown_password(passwords: Passwords, account: str, extension: str) -> str:
    """The password of somebody, to be typed or sent; raises Failed if there is none, or none that can be shown."""
    password = passwords.lookup(account, extension)
    if password is not None:
        return password
    if passwords.is_hidden(account, extension):
        raise Failed(
            f"the password of {extension} is hidden: 'belplan password {extension}' gives another, for all its phones"
        )
    raise Failed(f"extension {extension} has no password yet: 'belplan password {extension}' makes one")
