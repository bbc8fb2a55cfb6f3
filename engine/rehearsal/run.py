"""Run scenarios in the simulator and judge what came of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from engine.dialplan.account import Account
from engine.dialplan.findings import DialplanErrors, Finding
from engine.rehearsal.judge import judge
from engine.rehearsal.lengths import Lengths
from engine.rehearsal.rehearse import Rehearsal, Rehearser
from engine.rehearsal.report import Result
from engine.rehearsal.scenarios import Scenario, Suite, load_suite, tests_of
from engine.rehearsal.setting import situation_of

Chosen = tuple[Suite, str, Scenario]


def load_suites(accounts: Iterable[Account]) -> list[Suite]:
    """The scenarios beside the accounts' dialplans. Raises DialplanErrors with what is wrong in all of them."""
    suites: list[Suite] = []
    findings: list[Finding] = []
    for account in accounts:
        path = tests_of(Path(account.file))
        if path.exists():
            try:
                suites.append(load_suite(path, account))
            except DialplanErrors as errors:
                findings += errors.findings
    if findings:
        raise DialplanErrors(findings)
    return suites


def choose(suites: Iterable[Suite], wanted: str = "") -> list[Chosen]:
    """The scenarios whose name contains ``wanted``, in any case of letters; all of them without it."""
    return [
        (suite, name, scenario)
        for suite in suites
        for name, scenario in suite.scenarios.items()
        if wanted.lower() in name.lower()
    ]


def run(chosen: Sequence[Chosen], lengths: Lengths, after_each: Callable[[], None]) -> Iterator[Result]:
    """Run scenarios one after the other; each account's number leads as if the engine served all of them."""
    accounts = {suite.account.key: suite.account for suite, _, _ in chosen}
    with Rehearser(accounts.values(), lengths=lengths) as rehearser:
        for suite, name, scenario in chosen:
            began = time.perf_counter()
            rehearsal = rehearser.rehearse(situation_of(suite, scenario))
            yield judged(suite, name, scenario, rehearsal, time.perf_counter() - began)
            after_each()


def judged(suite: Suite, name: str, scenario: Scenario, rehearsal: Rehearsal, took: float) -> Result:
    """What came of a scenario."""
    return Result(suite, name, rehearsal, tuple(judge(scenario.then, rehearsal)), took)
