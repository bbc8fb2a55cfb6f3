"""``belplan calls``: the last calls, from the call records."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
import msgspec

from engine.cli.common import config_option, configured, print_table
from engine.cli.stored import opened
from engine.store.records import CallRecord

HEAD = ("when", "from", "to", "path", "keys", "answered by", "seconds", "talked", "ended")


@click.command
@click.option("--limit", "-n", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many calls")
@click.option("--account", help="Only calls of this account")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@config_option
def calls(limit: int, account: str | None, form: str, config: Path | None) -> None:
    """Show the last calls: from, to, path through the menus, who answered, how long, and why it ended."""
    with opened(configured(config)) as store:
        records = store.records.last(limit, account)
    if form == "json":
        for record in records:
            click.echo(msgspec.json.encode(msgspec.structs.asdict(record)).decode())
    elif records or not sys.stdout.isatty():
        print_table(HEAD, [_row(record) for record in reversed(records)], right=(6, 7))
    else:
        click.echo("no calls yet")


def _row(record: CallRecord) -> tuple[str, ...]:
    when = datetime.fromtimestamp(record.started_at).strftime("%Y-%m-%d %H:%M:%S")
    path = " > ".join(step.partition(":")[2] or step for step in record.path)
    ended = "goes on" if record.verdict is None else record.verdict
    if record.reason:
        ended += f": {record.reason}"
    return (
        when,
        f"{record.person} ({record.caller})" if record.person else record.caller,
        f"{record.called} (from {record.diverted})" if record.diverted else record.called,
        path,
        "".join(key for _, key in record.keys),
        record.answered_by or "",
        "" if record.seconds is None else f"{record.seconds:.1f}",
        f"{record.talked:.1f}" if record.talked else "",
        ended,
    )
