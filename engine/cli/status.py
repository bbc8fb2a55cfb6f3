"""``belplan status``: what the running engine sees at this moment: registered phones, and calls in progress."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import msgspec

from engine.cli.common import Failed, config_option, configured, print_table
from engine.control.client import Control, ControlRefused, NotRunning
from engine.control.messages import Call, CallState, Phone

PHONES = ("account", "extension", "person", "phone", "at", "registered")
CALLS = ("account", "from", "to", "since", "path", "is")
_SAID = {
    CallState.OFFERED: "coming in",
    CallState.NODE: "being served",
    CallState.RINGING: "rings",
    CallState.TALKING: "talks to",
    CallState.QUEUE: "waits in",
    CallState.PARKED: "is parked in",
    CallState.CONFERENCE: "is in conference",
}


@click.command
@click.option("--account", help="Only this account")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@config_option
def status(account: str | None, form: str, config: Path | None) -> None:
    """Show the phones that are registered and the calls in progress, as the running engine sees them."""
    control = Control(configured(config))
    try:
        phones, calls = control.registered(account), control.calls(account)
    except (NotRunning, ControlRefused) as problem:
        raise Failed(str(problem)) from None
    if form == "json":
        click.echo(msgspec.json.encode({"phones": phones, "calls": calls}).decode())
        return
    _table(PHONES, [_phone(each) for each in sorted(phones, key=_order)], "no phone is registered")
    _table(CALLS, [_call(each) for each in calls], "no calls at the moment")


def said(call: Call) -> str:
    """``rings anna, bob``: where a call is, in words."""
    return " ".join(filter(None, (_SAID[call.state], ", ".join(call.with_whom))))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], none: str) -> None:
    if rows or not sys.stdout.isatty():
        print_table(head, rows)
    else:
        click.echo(none)


def _order(phone: Phone) -> tuple[str, str]:
    return phone.account, phone.extension


def _phone(phone: Phone) -> tuple[str, ...]:
    registered = "silent" if phone.silent_since is not None else f"until {_clock(phone.expires_at)}"
    where = f"{phone.address} ({phone.transport.upper()})"
    return phone.account, phone.extension, phone.person, phone.user_agent or "-", where, registered


def _call(call: Call) -> tuple[str, ...]:
    path = " > ".join(step.partition(":")[2] or step for step in call.path)
    caller = f"{call.person} ({call.caller})" if call.person else call.caller
    return call.account, caller, call.called, _clock(call.since), path, said(call)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
