"""Calls to the outside: permissions that no trunk serves, emergency numbers that none carries, numbers shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.dialplan.account import Account
from engine.dialplan.calling_out import ANONYMOUS, OWN
from engine.dialplan.findings import Doubt
from engine.dialplan.outside import MAIN
from engine.dialplan.source import Position


def check_calling_out(
    account: Account, trunks: Collection[str] | None, helps: Collection[str] | None
) -> Iterator[Doubt]:
    """``trunks`` are the names of those the account may use, ``helps`` of those that carry emergency calls.

    None where nobody knows.
    """
    allowed = list(_allowed(account))
    if trunks is not None and not trunks:
        for what, at in allowed:
            yield Doubt(
                at,
                f"{what} may call the outside, and there is no trunk",
                "they hear that the number cannot be reached",
                "add a provider to config/trunks.yaml, or say 'calls: none'",
            )
    if helps is not None and not helps and (trunks or allowed):
        yield Doubt(
            account.info.place(),
            "no trunk carries calls to emergency numbers",
            "whoever dials one on a phone of the account gets no help",
            "let a trunk be without 'emergency: no', or tell everybody which telephone to use instead",
        )
    for name, shows, at in _shown(account):
        if shows not in (OWN, MAIN, ANONYMOUS, *account.numbers_at):
            yield Doubt(
                at,
                f"{name} {'shows' if name != 'people' else 'show'} {shows}, which is no number of the account",
                "a provider may refuse such calls, and whoever calls back gets somebody else",
                "show 'own', 'main', 'anonymous', or one of 'numbers'",
            )


def _allowed(account: Account) -> Iterator[tuple[str, Position]]:
    """Who may call the outside, and where that is said."""
    if account.outside_rules is not None and account.outside.calls != "none":
        yield "people", account.outside_rules.place("calls")
    for name, person in account.people.items():
        if person.calls not in (None, "none"):
            yield f"'{name}'", person.place("calls")


def _shown(account: Account) -> Iterator[tuple[str, str, Position]]:
    """The numbers that are shown outside, by whom, and where that is said."""
    if account.outside_rules is not None:
        yield "people", account.outside.show, account.outside_rules.place("show")
    for name, person in account.people.items():
        if person.show is not None:
            yield f"'{name}'", person.show, person.place("show")
