"""What is doubtful in a dialplan that loads: found before a caller finds it.

Findings here are warnings; errors are told by loading (load.py). ``check_files`` does both. The doubts come from the
rooms of ``checks/``, and from the nodes themselves (``Node.doubts``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from engine.dialplan.account import Account
from engine.dialplan.checks.calling_out import check_calling_out
from engine.dialplan.checks.extensions import check_extensions
from engine.dialplan.checks.hours import check_hours
from engine.dialplan.checks.languages import check_languages
from engine.dialplan.checks.outside import check_outside
from engine.dialplan.checks.parking import check_parking
from engine.dialplan.checks.people import check_people
from engine.dialplan.checks.queues import check_queues
from engine.dialplan.checks.recordings import check_recordings
from engine.dialplan.checks.ways import check_ways
from engine.dialplan.findings import DialplanErrors, Doubt, Finding, Severity
from engine.dialplan.graph import Graph, every_node, reachable
from engine.dialplan.load import load_accounts

__all__ = ["check", "check_files", "every_node", "reachable"]

TrunksOf = Callable[[str], Collection[str]]

SOME_DAY = 1_798_761_600.0
"""2027-01-01: the hours of the year that begins here are looked at, unless it is told otherwise."""


def check_files(
    where: Path | Iterable[Path],
    *,
    sounds_cache: Path,
    prompts_dir: Path,
    now: float = SOME_DAY,
    trunks_of: TrunksOf | None = None,
    helps_of: TrunksOf | None = None,
    also: Callable[[Sequence[Account]], list[Finding]] = lambda _: [],
) -> list[Finding]:
    """All findings of a folder's dialplans or of the files given, in order; none means all is well. Never raises.

    ``trunks_of`` tells which trunks an account may use, by its key, ``helps_of`` which of them carry emergency calls.
    ``also`` finds more in the accounts that were loaded.
    """
    try:
        accounts = load_accounts(where, sounds_cache=sounds_cache, prompts_dir=prompts_dir)
    except DialplanErrors as errors:
        return list(errors.findings)
    findings = also(accounts)
    for account in accounts:
        trunks = trunks_of(account.key) if trunks_of is not None else None
        helps = helps_of(account.key) if helps_of is not None else None
        findings += check(account, now, trunks, helps)
    return findings


def check(
    account: Account,
    now: float = SOME_DAY,
    trunks: Collection[str] | None = None,
    helps: Collection[str] | None = None,
) -> list[Finding]:
    """The warnings about a loaded account, in the order of its file. ``now``: seconds since the epoch.

    ``trunks`` are the names of those that it may use, ``helps`` of those that carry emergency calls; None if nobody
    knows.
    """
    graph = Graph(account)
    doubts = [
        *check_ways(account, graph),
        *check_hours(account, graph, now),
        *check_extensions(account),
        *check_people(account),
        *check_outside(account, graph, trunks),
        *check_calling_out(account, trunks, helps),
        *check_queues(account, graph),
        *check_parking(account, graph),
        *check_languages(account, graph),
        *check_recordings(account, graph),
        *(doubt for node in graph.nodes for doubt in node.doubts(account)),
        *account.features.doubts(account.dialled),
    ]
    findings = [_warning(account, doubt) for doubt in dict.fromkeys(doubts)]
    return sorted(findings, key=lambda finding: (finding.line, finding.column))


def _warning(account: Account, doubt: Doubt) -> Finding:
    at = doubt.at
    return Finding(account.file, at.line, at.column, Severity.WARNING, doubt.what, doubt.suggestion, doubt.effect)
