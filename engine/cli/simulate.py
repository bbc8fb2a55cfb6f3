"""``belplan simulate``: one call through the dialplan without telephones, as a timeline, or played in the terminal."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from engine.cli.common import Failed, config_option, configured
from engine.cli.rehearsing import accounts_at
from engine.dialplan.account import Account
from engine.dialplan.durations import read_duration
from engine.dialplan.findings import Wrong, did_you_mean
from engine.dialplan.switches import FACT
from engine.numbering import Numbering
from engine.rehearsal.given import TALKS, outside_number, read_time
from engine.rehearsal.interactive import play
from engine.rehearsal.keys import read_keys
from engine.rehearsal.people import extension_of, listed, phones_of, with_seconds
from engine.rehearsal.rehearse import Rehearser
from engine.rehearsal.situation import SPEAKS, Situation, as_signalled
from engine.rehearsal.timeline import as_json, show


@click.command
@click.argument("dialplan", required=False, type=click.Path(path_type=Path))
@click.option("--from", "caller", metavar="NUMBER", help="Who calls: a number, or a person's extension or name")
@click.option("--to", "called", metavar="NUMBER", help="The number called [default: the main number]")
@click.option("--at", metavar="TIME", help="When, such as '2026-12-25 10:00' on the account's clock [default: now]")
@click.option("--keys", default="", help="Keys the caller presses: '1,,2#' (a comma waits 2 s), or '1 at 8s, 2 at 15s'")
@click.option("--registered", metavar="WHO", help="Whose phones are there, such as 101,102 [default: everybody's]")
@click.option("--busy", metavar="WHO", default="", help="Who is on the phone, such as 103")
@click.option("--answers", metavar="WHO=SECONDS", default="", help="Who answers after how long, such as 102=5")
@click.option("--declines", metavar="WHO=SECONDS", default="", help="Who declines after how long")
@click.option("--no-answer", metavar="WHO", default="", help="Who lets it ring, as all do who are not named")
@click.option("--talks", metavar="SECONDS", default=f"{TALKS:g}", help="How long who answers talks", show_default=True)
@click.option("--hang-up", metavar="SECONDS", help="When the caller hangs up, counted from the beginning of the call")
@click.option("--speaks", metavar="SECONDS", default=f"{SPEAKS:g}", help="How long a message is", show_default=True)
@click.option("--on", metavar="SWITCH", multiple=True, help="A switch that is on, such as night")
@click.option("--interactive", "-i", is_flag=True, help="Play the caller yourself, key by key")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@config_option
def simulate(dialplan: Path | None, form: str, interactive: bool, config: Path | None, **given: Any) -> None:
    """Rehearse a call: what the caller hears, who rings when and how it ends, in milliseconds and without phones."""
    accounts = accounts_at(configured(config), dialplan)
    try:
        account = _account_meant(accounts, given)
        situation = _situation(account, given)
    except Wrong as wrong:
        raise Failed(f"{wrong.what} ({wrong.suggestion})" if wrong.suggestion else wrong.what) from None
    console = Console(highlight=False, soft_wrap=True)
    if interactive:
        play(accounts, situation, account, console)
        return
    with Rehearser(accounts) as rehearser:
        rehearsal = rehearser.rehearse(situation)
        if form == "json":
            click.echo(json.dumps(as_json(rehearsal), ensure_ascii=False, indent=2))
        else:
            show(console, rehearsal, account)


def _account_meant(accounts: list[Account], given: dict[str, Any]) -> Account:
    """The account that the call is to, or from. Raises Wrong."""
    if len(accounts) == 1:
        return accounts[0]
    if given["called"]:
        reached = Numbering(accounts).find_number("".join(given["called"].split()))
        if reached is not None:
            return reached.account
    ours = [one for one in accounts if given["caller"] in (*one.people, *one.person_by_extension)]
    if len(ours) == 1:
        return ours[0]
    keys = ", ".join(account.key for account in accounts)
    raise Wrong(
        f"there are several accounts ({keys})", "name the file of the one that is called, or its number with --to"
    )


def _situation(account: Account, given: dict[str, Any]) -> Situation:
    """The call that the options describe. Raises Wrong."""
    caller = given["caller"] or outside_number(account.country)
    inside = caller in account.people or caller in account.person_by_extension
    called = given["called"] or account.numbers.main
    if called in account.people:
        called = account.people[called].extension
    answers, busy = with_seconds(account, given["answers"]), listed(account, given["busy"])
    silent = listed(account, given["no_answer"])
    for extension in (*busy, *silent):
        if extension in answers:
            raise Wrong(f"{extension} cannot both answer and not", "name each person once")
    switches = [*account.switches, *account.hours]
    for name in given["on"]:
        if name not in switches:
            known = f"there are: {', '.join(switches)}" if switches else "there are none"
            raise Wrong(f"there is no switch '{name}'", did_you_mean(name, switches, known))
    registered = None if given["registered"] is None else [*listed(account, given["registered"]), *silent]
    return Situation(
        begins_at=read_time(given["at"], account.info.timezone) if given["at"] else time.time(),
        caller=extension_of(account, caller) if inside else as_signalled(caller, account.country),
        called="".join(called.split()),
        home=account.domain if inside else None,
        keys=read_keys(given["keys"]),
        phones=phones_of(
            account,
            registered=registered,
            busy=busy,
            answers=answers,
            declines=with_seconds(account, given["declines"]),
            talks=read_duration(given["talks"]),
        ),
        hangs_up_at=read_duration(given["hang_up"]) if given["hang_up"] else None,
        speaks=read_duration(given["speaks"]),
        standing={f"{FACT}{name}": "on" for name in given["on"]},
    )
