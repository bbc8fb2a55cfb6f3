"""``belplan menu``: the menus of a plan; one made, changed key by key, or removed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured
from engine.cli.stored import opened
from web.cli.common import account_of, failing, put
from web.cli.places import HELP, read_place
from web.editing.destinations import Destination, Leads, Names
from web.editing.main_number import leading_to
from web.editing.menus import Greeting, Menu, Patience, menu_of, menus_of, with_menu
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.editing.wording import in_words
from web.main_number.reviewing import about


@click.command
@click.argument("name", required=False)
@click.option("--say", "text", metavar="TEXT", help="A text that callers hear first; 'belplan greeting' for recordings")
@click.option("--key", "keys", multiple=True, metavar="KEY=PLACE", help=f"Where a key leads; again for more. {HELP}")
@click.option("--no-key", "less", multiple=True, metavar="KEY", help="A key that leads nowhere any more")
@click.option("--extensions/--no-extensions", default=None, help="Whether callers may dial an extension, too")
@click.option("--no-input", metavar="PLACE", help="Where callers go who press nothing; 'end' for goodbye")
@click.option("--wrong-input", metavar="PLACE", help="The same for keys that mean nothing here")
@click.option("--tries", type=int, help="How often callers may try, before either")
@click.option("--main", is_flag=True, help="Lead callers of the main number to this menu")
@click.option("--remove", is_flag=True, help="Remove the menu, if nothing leads to it")
@click.option("--dry-run", is_flag=True, help="Show the difference and save nothing")
@click.option("--account", help="The account, where there are several")
@config_option
def menu(
    name: str | None,
    text: str | None,
    keys: tuple[str, ...],
    less: tuple[str, ...],
    extensions: bool | None,
    no_input: str | None,
    wrong_input: str | None,
    tries: int | None,
    main: bool,
    remove: bool,
    dry_run: bool,
    account: str | None,
    config: Path | None,
) -> None:
    """List the menus, show the one of this NAME, or change it; one that there is not yet is made.

    What is not mentioned stays as it is, also what is written by hand.
    """
    changes = bool(keys or less or main or tries) or any(
        each is not None for each in (text, extensions, no_input, wrong_input)
    )
    if name is None and (changes or remove):
        raise click.UsageError("name the menu")
    if remove and changes:
        raise click.UsageError("--remove goes with nothing else")
    settings = configured(config)
    with opened(settings) as store, failing():
        plans = Plans(settings, store)
        key = account_of(plans, account)
        plan = plans.opened(key)
        if name is None:
            for each in menus_of(plan):
                click.echo(each)
        elif remove:
            less_one = plans.without_menu(key, plan, name)
            what = about(f"menu-removed:{name}")
            put(store, plans, key, less_one, what=what, now=time.time(), dry_run=dry_run)
        elif not changes:
            for line in _told(menu_of(plan, name), Names.of(plan)):
                click.echo(line)
        else:
            wanted = _keyed(plan, menu_of(plan, name) if name in menus_of(plan) else Menu(), name, keys, less)
            wanted = replace(
                wanted,
                greeting=wanted.greeting if text is None else Greeting(say=text),
                dial_extensions=wanted.dial_extensions if extensions is None else extensions,
                no_input=_patience(plan, wanted.no_input, no_input, tries),
                wrong_input=_patience(plan, wanted.wrong_input, wrong_input, tries),
            )
            edited = with_menu(plan, name, wanted)
            if main:
                edited = leading_to(edited, Destination(Leads.MENU, name))
            put(store, plans, key, edited, what=about(f"menu:{name}"), now=time.time(), dry_run=dry_run)


def _keyed(plan: Plan, menu: Menu, name: str, keys: Sequence[str], less: Sequence[str]) -> Menu:
    """The menu with these keys, and without those. Raises Failed."""
    there, names = dict(menu.keys), Names.of(plan)
    for key in less:
        if there.pop(key, None) is None:
            raise Failed(f"key {key} leads nowhere in {name} as it is")
    for typed in keys:
        key, equals, place = typed.partition("=")
        if not equals:
            raise Failed(f"'{typed}' is not KEY=PLACE, such as 1=person:anna")
        there[key.strip()] = read_place(place, names)
    return replace(menu, keys=there)


def _patience(plan: Plan, before: Patience, place: str | None, tries: int | None) -> Patience:
    then = before.then
    if place is not None:
        then = None if place == "end" else read_place(place, Names.of(plan))
    return Patience(before.tries if tries is None else tries, then)


def _told(menu: Menu, names: Names) -> Iterator[str]:
    """A menu, a line each thing."""
    greeting = menu.greeting
    yield f"greeting: {greeting.say or greeting.play or greeting.written}"
    for key, to in menu.keys.items():
        yield f"{key}: {in_words(to, names)}"
    if menu.dial_extensions:
        yield "extensions can be dialled"
    for what, patience in (("nothing pressed", menu.no_input), ("a wrong key", menu.wrong_input)):
        then = "goodbye" if patience.then is None else str(in_words(patience.then, names))
        yield f"{what}, {patience.tries} times: {then}"
