"""``belplan main-number``: where callers of the main number go, and another way for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured
from engine.cli.stored import opened
from engine.dialplan.source import MAX_BYTES
from web.cli.common import account_of, failing, put
from web.editing import main_number as edits
from web.editing.destinations import Destination, Leads, Names
from web.editing.menus import menus_of
from web.editing.plan import Plan, read_data
from web.editing.plans import Plans
from web.editing.wording import Step, outline

PLACES = {
    "person": Leads.RING,
    "group": Leads.GROUP,
    "menu": Leads.MENU,
    "voicemail": Leads.VOICEMAIL,
    "say": Leads.SAY,
    "play": Leads.PLAY,
}


@click.command("main-number")
@click.option("--account", help="The account, where there are several")
@click.option("--person", metavar="NAME", help="A person answers: their name in the plan, or their extension")
@click.option("--menu", metavar="NAME", help="Callers hear this menu")
@click.option(
    "--menu-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The menu of --menu, as YAML (greeting, keys, no_input ...), which is put into the plan",
)
@click.option("--during", metavar="HOURS", help="Only during these hours, by their name in the plan")
@click.option("--always", is_flag=True, help="At all hours")
@click.option(
    "--outside",
    metavar="PLACE",
    help="Where callers go outside these hours: hang_up, voicemail:NAME, person:NAME, menu:NAME, say:TEXT or play:FILE",
)
@click.option("--dry-run", is_flag=True, help="Show the difference and save nothing")
@config_option
def main_number(
    account: str | None,
    person: str | None,
    menu: str | None,
    menu_file: Path | None,
    during: str | None,
    always: bool,
    outside: str | None,
    dry_run: bool,
    config: Path | None,
) -> None:
    """Show where callers of the main number go, or lead them to a person or a menu.

    Hours that there are, and lines for some callers only, stay as they are unless --during or --always says otherwise.
    """
    settings = configured(config)
    with opened(settings) as store, failing():
        plans = Plans(settings, store)
        key = account_of(plans, account)
        plan = plans.opened(key)
        if person is None and menu is None and menu_file is None and outside is None:
            _show(plan)
            return
        if person is not None and menu is not None:
            raise Failed("callers go to a person or to a menu: give one of --person and --menu")
        if menu_file is not None:
            if menu is None:
                raise Failed("give the menu a name: --menu NAME")
            plan = _with_menu_of(plan, menu, menu_file)
        names = Names.of(plan)
        hours = "" if always else during
        to = _wanted(plan, person, menu, names)
        edited = edits.leading_to(plan, to, during=hours, outside=_place(outside, names) if outside else None)
        put(store, plans, key, edited, what=edits.CHANGED, now=time.time(), dry_run=dry_run)


def _wanted(plan: Plan, person: str | None, menu: str | None, names: Names) -> Destination:
    if person is not None:
        name = names.person(person)
        if name not in names.sections["people"]:
            raise Failed(f"nobody is called '{person}' ({_known(names.sections['people'])})")
        return Destination(Leads.RING, name, otherwise=name)
    if menu is not None:
        if menu not in menus_of(plan):
            raise Failed(f"there is no menu '{menu}' ({_known(menus_of(plan))}); --menu-file adds one")
        return Destination(Leads.MENU, menu)
    within, _ = edits.for_all_callers(plan)
    return (within or edits.lines_of(plan)[-1]).to


def _with_menu_of(plan: Plan, name: str, file: Path) -> Plan:
    with file.open("rb") as stream:
        text = stream.read(MAX_BYTES).decode("utf-8", "replace")
    data = plan.copied()
    data["menus"] = {**(data.get("menus") or {}), name: read_data(text)}
    return plan.with_data(data)


def _place(text: str, names: Names) -> Destination:
    kind, _, to = text.partition(":")
    if kind == Leads.HANG_UP.value and not to:
        return Destination(Leads.HANG_UP)
    if kind not in PLACES or not to.strip():
        raise Failed(f"'{text}' is no place: expected hang_up, or one of {', '.join(f'{each}:...' for each in PLACES)}")
    leads = PLACES[kind]
    return Destination(leads, names.person(to.strip()) if leads in (Leads.RING, Leads.VOICEMAIL) else to.strip())


def _known(names: tuple[str, ...]) -> str:
    return f"there are: {', '.join(names)}" if names else "there are none"


def _show(plan: Plan) -> None:
    for line in _lines(outline(plan), 0):
        click.echo(line)


def _lines(steps: tuple[Step, ...], depth: int) -> Iterator[str]:
    for step in steps:
        yield f"{'  ' * depth}{step.way}: {step.to}"
        yield from _lines(step.after, depth + 1)
