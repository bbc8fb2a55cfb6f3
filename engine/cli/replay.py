"""``belplan replay``: which calls of the past would have gone elsewhere by a changed dialplan."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.rehearsing import accounts_at
from engine.cli.stored import opened
from engine.dialplan.account import Account
from engine.rehearsal.replay import Course, Replayed, can_be_replayed, elsewhere
from engine.rehearsal.replay import replay as replayed

HEAD = ("when", "from", "to", "keys", "", "path", "answered by", "ended")
UNITS = {"d": 86400.0, "h": 3600.0, "w": 7 * 86400.0, "m": 60.0}


def _ago(_: click.Context, option: click.Parameter, value: str) -> float:
    """Seconds of a length of time such as 7d, 12h or 2w."""
    match = re.fullmatch(r"(\d{1,4})\s*([mhdw])", value.strip())
    if match is None:
        raise click.BadParameter(f"'{value}' is no length of time (write 7d, 12h or 2w)", param=option)
    return int(match[1]) * UNITS[match[2]]


@click.command
@click.argument("dialplan", type=click.Path(path_type=Path))
@click.option("--since", callback=_ago, default="7d", show_default=True, help="How far back, such as 12h, 7d or 4w")
@click.option("--account", help="Whose calls [default: those of the account that the file is named like]")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@config_option
def replay(dialplan: Path, since: float, account: str | None, form: str, config: Path | None) -> None:
    """Take the recorded calls through a changed dialplan and show which would have gone elsewhere, before and after.

    The exit status is 0 also if some would: a change is no mistake.
    """
    settings = configured(config)
    accounts = accounts_at(settings, dialplan)
    if len(accounts) != 1:
        raise Failed(f"{dialplan}: holds several dialplans (name the file of one)")
    key = account or accounts[0].key
    with opened(settings) as store:
        records = store.records.since(time.time() - since, key)
        facts = store.standing.of(key)
        standing = {name: fact for name in facts.names("") if (fact := facts.get(name)) is not None}
    found = replayed(records, accounts[0], standing)
    changed = elsewhere(found)
    if form == "json":
        told = {"same": len(found) - len(changed), "elsewhere": [_as_json(each) for each in changed]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if changed:
        print_table(HEAD, [row for each in changed for row in _rows(each, accounts[0])])
    click.echo(_summary(found, changed, key, sum(not can_be_replayed(record) for record in records)), err=True)


def _summary(found: list[Replayed], changed: list[Replayed], account: str, left_out: int) -> str:
    without = f"; {left_out} cannot be replayed (under way, failed, or with a PIN)" if left_out else ""
    if not found:
        return f"there are no calls of {account} to replay{without}"
    same = len(found) - len(changed)
    calls = f"{len(found)} call{'' if len(found) == 1 else 's'}"
    return f"{calls}: {same} would go the same way, {len(changed)} elsewhere{without}"


def _rows(each: Replayed, account: Account) -> tuple[tuple[str, ...], tuple[str, ...]]:
    record = each.record
    when = datetime.fromtimestamp(record.started_at, account.info.timezone)
    keys = "".join(key for _, key in record.keys)
    first = (f"{when:%Y-%m-%d %H:%M}", record.person or record.caller, record.called, keys)
    return (*first, "before", *_cells(each.before)), ("", "", "", "", "after", *_cells(each.after))


def _cells(course: Course) -> tuple[str, str, str]:
    path = " > ".join(step.partition(":")[2] or step for step in course.path)
    return path, course.answered_by or "", course.verdict


def _as_json(each: Replayed) -> dict[str, object]:
    record = each.record
    return {
        "call": record.id,
        "started_at": record.started_at,
        "caller": record.caller,
        "called": record.called,
        "keys": record.keys,
        **{
            name: {"path": course.path, "answered_by": course.answered_by, "verdict": course.verdict}
            for name, course in (("before", each.before), ("after", each.after))
        },
    }
