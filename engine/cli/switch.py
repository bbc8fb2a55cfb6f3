"""``belplan switch [NAME] [on|off|auto]``: turn a switch; a running engine goes by it within about a second."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.stored import loaded, opened
from engine.dialplan.account import Account
from engine.dialplan.findings import did_you_mean
from engine.dialplan.switches import Setting, fact_of, setting_of
from engine.office.standing import Standing
from engine.store.store import Store

HEAD = ("account", "switch", "is", "because", "code")
SETTINGS = [setting.value for setting in Setting]


@click.command
@click.argument("name", required=False)
@click.argument("setting", required=False, type=click.Choice(SETTINGS))
@click.option("--account", help="The account, where several have a switch of that name")
@config_option
def switch(name: str | None, setting: str | None, account: str | None, config: Path | None) -> None:
    """Turn the switch NAME on or off, or show how it stands; without a name show all.

    The name of hours will do: on keeps them open, off keeps them closed, auto lets them go by the clock again.
    """
    settings = configured(config)
    accounts = loaded(settings, account)
    with opened(settings) as store:
        if name is None:
            _show(((one, each) for one in accounts for each in (*one.switches, *one.hours)), store)
            return
        having = _having(name, accounts)
        if setting is not None:
            _turn(having, name, Setting(setting), store)
        _show([(having, name)], store)


def _having(name: str, accounts: list[Account]) -> Account:
    having = [one for one in accounts if name in one.switches or name in one.hours]
    if not having:
        known = sorted({each for one in accounts for each in (*one.switches, *one.hours)})
        advice = did_you_mean(name, known, f"there are: {', '.join(known)}" if known else "there are none")
        raise Failed(f"there is no switch '{name}' ({advice})")
    if len(having) > 1:
        raise Failed(f"several accounts have '{name}'; add --account {' or '.join(one.key for one in having)}")
    return having[0]


def _turn(account: Account, name: str, setting: Setting, store: Store) -> None:
    if setting is Setting.AUTO and name in account.switches:
        raise Failed(f"the switch '{name}' goes by no clock; turn it on or off")
    store.standing.write(account.key, *fact_of(name, setting))


def _show(switches: Iterable[tuple[Account, str]], store: Store) -> None:
    rows = [_row(account, name, store.standing.of(account.key)) for account, name in switches]
    if rows:
        print_table(HEAD, rows)
    else:
        click.echo("there are no switches; add 'switches: [night]' to the dialplan")


def _row(account: Account, name: str, standing: Standing) -> tuple[str, ...]:
    setting, holds = setting_of(name, standing), account.holds(name, time.time(), standing)
    if name in account.hours:
        state = "open" if holds else "closed"
        why = "of the clock" if setting is Setting.AUTO else "somebody set it"
    else:
        state = "on" if holds else "off"
        why = "nobody turned it" if setting is Setting.AUTO else "somebody set it"
    return account.key, name, state, why, account.features.code_of("switch", name)
