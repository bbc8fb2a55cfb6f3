"""``belplan test``: run the scenarios beside the dialplans, and tell which of them do not come out as they should."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.cli.common import EXIT_FAILED, Failed, config_option, configured
from engine.cli.rehearsing import accounts_at
from engine.dialplan.findings import DialplanErrors
from engine.dialplan.load import holds_tests
from engine.rehearsal import run as in_simulator
from engine.rehearsal.lengths import Lengths
from engine.rehearsal.live import run_live
from engine.rehearsal.report import Result, show, write_junit
from engine.rehearsal.run import Chosen, choose, load_suites
from engine.rehearsal.scenarios import dialplan_of
from engine.settings import Settings
from media.plane import MediaUnavailable
from sip.rim.user_agent import ListenFailed


@click.command
@click.argument("dialplans", nargs=-1, type=click.Path(path_type=Path), metavar="[DIALPLAN]...")
@click.option("--select", "-k", default="", metavar="TEXT", help="Only scenarios with this text in their name")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Also write JUnit's XML to this file")
@click.option("--live", is_flag=True, help="Over the wire, with real SIP legs on this machine and in real time")
@config_option
def test(dialplans: tuple[Path, ...], select: str, junit: Path | None, live: bool, config: Path | None) -> int:
    """Run the scenarios of dialplans (bakery.tests.yaml beside bakery.yaml); exit status 1 if one fails.

    Without a dialplan, those of the settings' folder.
    """
    settings = configured(config)
    where = [dialplan_of(path) if holds_tests(path) else path for path in dialplans]
    for folder in (path for path in where or [settings.dialplans] if path.is_dir()):
        _refuse_strays(folder)
    try:
        suites = load_suites(accounts_at(settings, *dict.fromkeys(where)))
    except DialplanErrors as problem:
        raise Failed(str(problem)) from None
    chosen = choose(suites, select)
    if not chosen:
        raise Failed(_nothing_to_run(select, known=bool(suites)))
    lengths, began = Lengths(), time.perf_counter()
    results = _run_live(chosen, settings, lengths) if live else _run(chosen, lengths)
    show(Console(highlight=False, soft_wrap=True), results, time.perf_counter() - began)
    if junit is not None:
        try:
            write_junit(junit, results)
        except OSError as problem:
            raise Failed(f"{junit}: cannot be written: {problem.strerror}") from None
    return 0 if all(result.passed for result in results) else EXIT_FAILED


def _refuse_strays(folder: Path) -> None:
    """Raises Failed if a file of scenarios has no dialplan beside it: its scenarios would be left out in silence."""
    for path in sorted(folder.iterdir()):
        if holds_tests(path) and not dialplan_of(path).exists():
            raise Failed(f"{path}: there is no dialplan {dialplan_of(path).name} beside it (name it like its dialplan)")


def _nothing_to_run(select: str, *, known: bool) -> str:
    if known:
        return f"no scenario has '{select}' in its name"
    return "there are no scenarios (bakery.tests.yaml beside bakery.yaml would hold them)"


def _run(chosen: list[Chosen], lengths: Lengths) -> list[Result]:
    with _progress("rehearsing", len(chosen)) as advance:
        return list(in_simulator.run(chosen, lengths, advance.one))


def _run_live(chosen: list[Chosen], settings: Settings, lengths: Lengths) -> list[Result]:
    try:
        with _progress("calling", len(chosen)) as advance:
            return asyncio.run(run_live(chosen, settings.rtp_ports, lengths, advance.one))
    except (MediaUnavailable, ListenFailed) as problem:
        raise Failed(f"no live calls can be made: {problem}") from None


class _Advance:
    """A bar that is there once it takes longer; on a terminal only."""

    def __init__(self, progress: Progress, what: str, count: int) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=count)

    def one(self) -> None:
        self._progress.advance(self._task)


@contextmanager
def _progress(what: str, count: int) -> Iterator[_Advance]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Advance(progress, what, count)
