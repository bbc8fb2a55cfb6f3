"""``belplan main-number``: where callers of the main number go, and another way for them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured
from engine.cli.stored import opened
from engine.dialplan.source import MAX_BYTES
from web.cli.common import account_of, failing, put
from web.cli.places import HELP, read_place
from web.editing import main_number as edits
from web.editing.destinations import Destination, Leads, Names
from web.editing.hours import DAYS, with_hours
from web.editing.menus import menus_of
from web.editing.plan import Plan, read_data
from web.editing.plans import Plans
from web.editing.wording import Step, outline

HOURS = re.compile(r"(\S+) +(\S+?) ?- ?(\S+)")


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
@click.option("--new-hours", metavar="HOURS", help="Make hours, and only during these: 'mon-fri 08:30-17:00'")
@click.option("--holidays-closed", is_flag=True, help="With --new-hours: not on the holidays of the account's country")
@click.option("--always", is_flag=True, help="At all hours")
@click.option(
    "--outside",
    metavar="PLACE",
    help=f"Where callers go outside these hours: {HELP}",
)
@click.option("--dry-run", is_flag=True, help="Show the difference and save nothing")
@config_option
def main_number(
    account: str | None,
    person: str | None,
    menu: str | None,
    menu_file: Path | None,
    during: str | None,
    new_hours: str | None,
    holidays_closed: bool,
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
        if all(each is None for each in (person, menu, menu_file, outside, new_hours)):
            _show(plan)
            return
        if new_hours is not None and (during is not None or always):
            raise Failed("give one of --new-hours, --during and --always")
        if person is not None and menu is not None:
            raise Failed("callers go to a person or to a menu: give one of --person and --menu")
        if menu_file is not None:
            if menu is None:
                raise Failed("give the menu a name: --menu NAME")
            plan = _with_menu_of(plan, menu, menu_file)
        if new_hours is not None:
            plan, during = _with_hours(plan, new_hours, holidays_closed)
        names = Names.of(plan)
        hours = "" if always else during
        to = _wanted(plan, person, menu, names)
        edited = edits.leading_to(plan, to, during=hours, outside=read_place(outside, names) if outside else None)
        put(store, plans, key, edited, what=edits.CHANGED, now=time.time(), dry_run=dry_run)


def _wanted(plan: Plan, person: str | None, menu: str | None, names: Names) -> Destination:
    if person is not None:
        name = names.person(person)
        if name not in names.sections["people"]:
            raise Failed(f"nobody is called '{person}' ({_known(names.sections['people'])})")
        return Destination(Leads.RING, name, otherwise=name)
    if menu is not None:
        if menu not in menus_of(plan):
            raise Failed(
                f"there is no menu '{menu}' ({_known(menus_of(plan))}); 'belplan menu' or --menu-file adds one"
            )
        return Destination(Leads.MENU, menu)
    within, _ = edits.for_all_callers(plan)
    return (within or edits.lines_of(plan)[-1]).to


def _with_menu_of(plan: Plan, name: str, file: Path) -> Plan:
    with file.open("rb") as stream:
        text = stream.read(MAX_BYTES).decode("utf-8", "replace")
    data = plan.copied()
    data["menus"] = {**(data.get("menus") or {}), name: read_data(text)}
    return plan.with_data(data)


def _with_hours(plan: Plan, text: str, holidays_closed: bool) -> tuple[Plan, str]:
    """The plan with hours as somebody wrote them, and their name. Raises Failed and Mistakes."""
    match = HOURS.fullmatch(text.strip())
    if match is None:
        raise Failed(f"'{text}' are no hours: expected days ({', '.join(DAYS)}) and times, such as mon-fri 08:30-17:00")
    return with_hours(plan, *match.groups(), except_holidays=holidays_closed)


def _known(names: tuple[str, ...]) -> str:
    return f"there are: {', '.join(names)}" if names else "there are none"


def _show(plan: Plan) -> None:
    for line in _lines(outline(plan), 0):
        click.echo(line)


def _lines(steps: tuple[Step, ...], depth: int) -> Iterator[str]:
    for step in steps:
        yield f"{'  ' * depth}{step.way}: {step.to}"
        yield from _lines(step.after, depth + 1)
