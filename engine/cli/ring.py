"""``belplan ring EXTENSION``: a test call of the running engine to somebody's phones."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import EXIT_FAILED, Failed, config_option, configured
from engine.cli.stored import loaded
from engine.control.client import Control, ControlRefused, NotRunning
from engine.control.messages import TestCallBegan
from engine.settings import Settings

SAID = {
    "heard": "answered, and heard the test to its end",
    "answered": "answered, and hung up before the end of the test",
    "busy": "busy",
    "declined": "declined",
    "no_answer": "nobody answered",
    "not_registered": "the phone is not there any more",
    "failed": "the phone could not be called",
}


@click.command
@click.argument("extension")
@click.option("--account", help="The account, where there are several")
@config_option
def ring(extension: str, account: str | None, config: Path | None) -> int:
    """Ring all phones of EXTENSION; whoever answers hears that it works. Exit status 1 if nobody did."""
    settings = configured(config)
    outcome = ""
    try:
        for told in Control(settings).ring_through(_account(settings, account), extension):
            if isinstance(told, TestCallBegan):
                click.echo(f"ringing {told.phones} phone{'' if told.phones == 1 else 's'} of {extension}")
            else:
                outcome = told.outcome
    except (NotRunning, ControlRefused) as problem:
        raise Failed(str(problem)) from None
    click.echo(SAID.get(outcome, outcome))
    return 0 if outcome in ("heard", "answered") else EXIT_FAILED


def _account(settings: Settings, account: str | None) -> str:
    if account is not None:
        return account
    keys = [each.key for each in loaded(settings)]
    if len(keys) != 1:
        raise Failed(f"there are several accounts; add --account with one of {', '.join(keys)}")
    return keys[0]
