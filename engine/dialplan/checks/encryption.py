"""Encryption that is required where anybody on the way can read its keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.dialplan.account import Account
from engine.dialplan.findings import Finding, Severity
from engine.dialplan.source import Position

REQUIRED = "required"


def check_encryption(accounts: Sequence[Account]) -> list[Finding]:
    """What to say of accounts whose phones can only register unencrypted: Belplan listens neither by TLS nor WSS."""
    return [_warning(account, at) for account in accounts for at in _required(account)]


def _required(account: Account) -> Iterator[Position]:
    if account.info.encryption == REQUIRED:
        yield account.info.place("encryption")
    for person in account.people.values():
        if person.encryption == REQUIRED:
            yield person.place("encryption")


def _warning(account: Account, at: Position) -> Finding:
    return Finding(
        account.file,
        at.line,
        at.column,
        Severity.WARNING,
        "sound must be encrypted, but no phone can register by TLS",
        "listen on tls:0.0.0.0:5061 and set 'certificates' (docs/encryption.md)",
        "the keys travel readable, so that whoever sees the signalling hears the calls",
    )
