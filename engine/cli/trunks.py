"""``belplan trunks``: how the providers stand, as the running engine sees them."""

from __future__ import annotations

import time
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.dialplan.findings import DialplanErrors
from engine.trunks.file import load_trunks
from engine.trunks.report import STALE_SECONDS, TrunkReport, read_report

HEAD = ("trunk", "at", "registered until", "answers", "calls", "minutes today", "last failure")


@click.command
@config_option
def trunks(config: Path | None) -> None:
    """Show how each trunk stands: registered until when, whether it answers, its calls, what went wrong last."""
    settings = configured(config)
    try:
        known = load_trunks(settings.trunks)
    except DialplanErrors as problem:
        raise Failed(str(problem)) from None
    if not known:
        click.echo(f"there are no trunks; add them to {settings.trunks}")
        return
    report = read_report(settings.state)
    if report is None or time.time() - report.at > STALE_SECONDS:
        raise Failed("nothing is known of the trunks: belplan does not run (start it with belplan serve)")
    print_table(HEAD, [_row(trunk) for trunk in report.trunks])


def _row(trunk: TrunkReport) -> tuple[str, ...]:
    return (
        trunk.name,
        trunk.address,
        _registered(trunk),
        ("yes" if trunk.up else "no") if trunk.checked else "not asked",
        _of(str(trunk.calls), trunk.most_calls),
        _of(f"{trunk.seconds_today / 60:.0f}", None if trunk.most_seconds is None else round(trunk.most_seconds / 60)),
        f"{_moment(trunk.failed_at)} {trunk.failure}" if trunk.failure else "",
    )


def _registered(trunk: TrunkReport) -> str:
    if not trunk.registers:
        return "-"
    return "not registered" if trunk.registered_until is None else _moment(trunk.registered_until)


def _of(there: str, most: int | None) -> str:
    return there if most is None else f"{there} of {most}"


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
