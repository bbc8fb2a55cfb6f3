"""``belplan voicemail``: the messages that are kept; copies them to a folder, or deletes them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
import msgspec

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.stored import loaded, opened
from engine.dialplan.findings import did_you_mean
from engine.office.messages import Message
from engine.store.store import Store

HEAD = ("account", "mailbox", "left", "from", "seconds", "state", "id")


@click.command
@click.option("--account", help="Only messages of this account")
@click.option("--mailbox", "--person", "mailbox", help="Only those of this mailbox: a person's or a shared one")
@click.option("--export", type=click.Path(path_type=Path, file_okay=False), help="Copy the recordings to this folder")
@click.option("--delete", multiple=True, metavar="ID", help="Delete the message with this id; may be given often")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@config_option
def voicemail(
    account: str | None, mailbox: str | None, export: Path | None, delete: Sequence[str], form: str, config: Path | None
) -> None:
    """List voicemail messages, the oldest first; copy or delete them.

    What is deleted beside a running system is gone within a few seconds.
    """
    settings = configured(config)
    accounts = loaded(settings, account)
    keys = [one.key for one in accounts]
    known = [name for one in accounts for name in one.mailboxes]
    if mailbox is not None and mailbox not in known:
        advice = did_you_mean(mailbox, known, f"there are: {', '.join(known)}")
        raise Failed(f"there is no mailbox '{mailbox}' ({advice})")
    with opened(settings) as store:
        found = [message for key in keys for message in store.voicemail.messages(key, mailbox)]
        if delete:
            _delete(store, found, delete)
        elif export is not None:
            _export(found, export)
        else:
            _show(found, form)


def _id(message: Message) -> str:
    return Path(message.path).stem


def _delete(store: Store, found: Sequence[Message], wanted: Sequence[str]) -> None:
    known = {_id(message): message.path for message in found}
    for one in wanted:
        if one not in known:
            raise Failed(f"there is no message '{one}' ({did_you_mean(one, known, 'belplan voicemail lists them')})")
    store.voicemail.mark_deleted([known[one] for one in wanted])
    click.echo(f"{len(wanted)} deleted")


def _export(found: Sequence[Message], folder: Path) -> None:
    try:
        for message in found:
            place = folder / message.account / message.mailbox
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy2(message.path, place)
    except OSError as problem:
        raise Failed(f"the messages cannot be copied: {problem.strerror or problem}") from None
    click.echo(f"{len(found)} copied to {folder}")


def _show(found: Sequence[Message], form: str) -> None:
    if form == "json":
        for message in found:
            click.echo(msgspec.json.encode(msgspec.structs.asdict(message)).decode())
    elif found or not sys.stdout.isatty():
        print_table(HEAD, [_row(message) for message in found], right=(4,))
    else:
        click.echo("there are no messages")


def _row(message: Message) -> tuple[str, ...]:
    state = "saved" if not message.new else "new, urgent" if message.urgent else "new"
    left = datetime.fromtimestamp(message.left_at).strftime("%Y-%m-%d %H:%M")
    seconds = f"{message.seconds:.1f}"
    return message.account, message.mailbox, left, message.caller, seconds, state, _id(message)
