"""What is doubtful in the file of trunks, seen beside the dialplans: accounts and numbers that there are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.dialplan.account import Account
from engine.dialplan.findings import Doubt, Finding, Severity, did_you_mean
from engine.trunks.file import TrunkEntry, read_trunks


def check_trunks(path: Path, accounts: Sequence[Account]) -> list[Finding]:
    """The warnings about the file at ``path``, beside all accounts there are. Raises DialplanErrors."""
    doubts = [doubt for name, entry in read_trunks(path).items() for doubt in _of(name, entry, accounts)]
    return [
        Finding(str(path), doubt.at.line, doubt.at.column, Severity.WARNING, doubt.what, doubt.suggestion, doubt.effect)
        for doubt in doubts
    ]


def _of(name: str, entry: TrunkEntry, accounts: Sequence[Account]) -> Iterator[Doubt]:
    keys = [account.key for account in accounts]
    for named in entry.accounts:
        if named not in keys:
            yield Doubt(
                entry.place("accounts"),
                f"trunk '{name}' is for account '{named}', which there is not",
                "nobody calls through it for that name",
                did_you_mean(named, keys, f"there are: {', '.join(keys)}"),
            )
    if entry.number is not None:
        owners = [account.key for account in accounts if entry.number in account.numbers_at]
        if not owners or (entry.accounts and owners[0] not in entry.accounts):
            yield Doubt(
                entry.place("number"),
                f"{entry.number} is no number of an account that trunk '{name}' is for",
                "its calls that name no number of ours are refused",
                "name one of the account's 'numbers'",
            )
    if entry.register_ and entry.number is None:
        served = [account for account in accounts if not entry.accounts or account.key in entry.accounts]
        if entry.user is not None and not any(
            _ends_alike(entry.user, number) for one in served for number in one.numbers_at
        ):
            yield Doubt(
                entry.place("register"),
                f"calls over trunk '{name}' that name '{entry.user}' lead to no number of an account",
                "they are refused, unless the provider names the number that was dialled",
                "say with 'number' where such calls go",
            )


def _ends_alike(user: str, number: str) -> bool:
    """Whether a user name is the number in some form."""
    digits = "".join(filter(str.isdigit, user)).lstrip("0")
    return len(digits) > 5 and number.endswith(digits)
