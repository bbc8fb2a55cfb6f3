"""``belplan greeting``: the greetings of menus as recordings: list them, give a menu another one, remove one."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.stored import opened
from web.cli.common import author
from web.editing.plans import Plans
from web.greeting.decoding import MAX_BYTES
from web.greeting.desk import Chosen, GreetingDesk
from web.mistakes import Mistakes, Stale

HEAD = ("recording", "made for", "seconds", "made at", "in use")


@click.command
@click.argument("menu", required=False)
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="A file of sound that callers will hear")
@click.option("--say", "text", metavar="TEXT", help="A text that will be spoken to callers")
@click.option("--use", "name", metavar="RECORDING", help="A recording of the list")
@click.option("--remove", metavar="RECORDING", help="Remove a recording that is not in use")
@click.option("--by-phone", "pin", metavar="PIN", help="Let people record the greeting of MENU, or of any, by phone")
@click.option("--not-by-phone", "dial", metavar="CODE", help="Take a code for that out of the plan, such as *77")
@click.option("--account", help="The account, where there are several")
@config_option
def greeting(
    menu: str | None,
    file: Path | None,
    text: str | None,
    name: str | None,
    remove: str | None,
    pin: str | None,
    dial: str | None,
    account: str | None,
    config: Path | None,
) -> None:
    """List the recordings that are kept as greetings, or change what callers of MENU hear first.

    A recording (WAV, FLAC, Ogg, MP3, MP4, WebM ...) is trimmed and made as loud as others. The dialplan is changed and
    checked, kept as a version, and a running system goes by it.
    """
    settings = configured(config)
    given = [one for one in (file, text, name, remove, pin, dial) if one is not None]
    needs_menu = any(one is not None for one in (file, text, name))
    if len(given) > 1 or (menu is None if needs_menu else menu is not None and pin is None):
        raise Failed(
            "name a menu with one of --file, --say and --use; or give --by-phone with or without one, or --remove or"
            " --not-by-phone alone, or nothing"
        )
    with opened(settings) as store:
        try:
            desk = GreetingDesk(settings, store, _account(Plans(settings, store), account))
            who, now = author(), time.time()
            if remove is not None:
                desk.remove(remove, author=who, now=now)
                click.echo(f"{remove} is removed")
            elif pin is not None:
                _, code = desk.allow_by_phone(pin, menu or "", author=who, now=now)
                click.echo(f"greetings can be recorded by phone: dial {code}")
            elif dial is not None:
                desk.forbid_by_phone(dial, author=who, now=now)
                click.echo(f"{dial} is switched off")
            elif menu is None:
                _list(desk)
            else:
                click.echo(_told(menu, _choose(desk, menu, file, text, name)))
        except (Mistakes, Stale) as problem:
            raise Failed(_sentences(problem)) from None


def _choose(desk: GreetingDesk, menu: str, file: Path | None, text: str | None, name: str | None) -> Chosen:
    who, now = author(), time.time()
    if text is not None:
        return desk.use_text(menu, text, author=who, now=now)
    if file is not None:
        try:
            with file.open("rb") as sound:
                data = sound.read(MAX_BYTES + 1)
        except OSError as problem:
            raise Failed(f"{file}: cannot be read: {problem.strerror}") from None
        if menu not in (one.menu for one in desk.menus()):
            raise Failed(f"there is no menu '{menu}'")
        name = desk.keep(data, menu, author=who, now=now).name
    assert name is not None
    return desk.use(menu, name, author=who, now=now)


def _told(menu: str, chosen: Chosen) -> str:
    lines = [f"callers of {menu} hear the new greeting first"]
    if chosen.gave_way:
        lines.append("what was recorded by phone for it is heard no more")
    lines += [str(finding) for finding in chosen.saved.warnings]
    if chosen.saved.told is not None:
        lines.append(str(chosen.saved.told.what))
    return "\n".join(lines)


def _list(desk: GreetingDesk) -> None:
    rows = [
        (
            one.name,
            one.label,
            f"{one.seconds:.1f}",
            f"{datetime.fromtimestamp(one.made_at):%Y-%m-%d %H:%M}",
            "yes" if one.used else "no",
        )
        for one in desk.kept()
    ]
    if rows:
        print_table(HEAD, rows, right=(2,))
    else:
        click.echo("no recording is kept as a greeting")
    for code in desk.codes():
        of = ", ".join(code.menus) or "any menu"
        click.echo(f"{code.dial}: records the greeting of {of} by phone{'' if code.asks_pin else ', without a PIN'}")


def _account(plans: Plans, named: str | None) -> str:
    """The account that is meant. Raises Failed."""
    keys = plans.accounts()
    if named is None and len(keys) == 1:
        return keys[0]
    if named in keys:
        return str(named)
    said = f"there is no account '{named}'" if named else "name the account with --account"
    raise Failed(f"{said} (there are: {', '.join(keys) or 'none yet'})")


def _sentences(problem: Mistakes | Stale) -> str:
    if isinstance(problem, Stale):
        return str(problem.what)
    return "\n".join(str(mistake.what) for mistake in problem.mistakes)
