"""``belplan person``: what the plan says of somebody; changed, or removed with all that is theirs."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.common import Failed, config_option, print_table
from engine.dialplan.findings import did_you_mean
from web.cli.people_desk import AtDesk, at_desk
from web.people.changing import shown_person
from web.people.rows import FIELDS, TRANSFER, TypedPerson
from web.people.states import WORDS

NONE = "none"
"""In place of a number or an address that is to go."""


@click.command
@click.argument("person")
@click.option("--email", help="Where the invitation goes; 'none' for no address")
@click.option("--name", help="Their name, as phones show it")
@click.option("--extension", help="Another extension; their phones have to be set up anew then")
@click.option("--number", help="A number of the stock, 'any', or 'none'")
@click.option("--coming", help="A number that will be transferred to you")
@click.option("--temporary", help="With --coming: the number until then, or 'any'")
@click.option("--remove", is_flag=True, help="Remove them: their phones register no more, their number is free")
@click.option("--instead", metavar="PERSON", help="With --remove: who takes their place where callers are led to them")
@click.option("--account", help="The account, where there are several")
@config_option
def person(
    person: str, remove: bool, instead: str | None, account: str | None, config: Path | None, **given: str | None
) -> None:
    """Show a PERSON (their name in the dialplan, or their extension), or change what is said of them."""
    changes = {name: value for name, value in given.items() if value is not None}
    if remove and changes:
        raise click.UsageError("--remove goes with --instead and nothing else")
    if instead is not None and not remove:
        raise click.UsageError("--instead goes with --remove")
    if given["coming"] is not None and given["number"] is not None:
        raise click.UsageError("give --number or --coming")
    with at_desk(config, account) as at:
        key = _key(at, person)
        if remove:
            at.desk.remove_person(key, at.now, None if instead is None else _key(at, instead))
            click.echo(f"{key} is removed")
        elif changes:
            _change(at, key, changes)
        else:
            _show(at, key)


def _key(at: AtDesk, person: str) -> str:
    """Somebody's name in the dialplan. Raises Failed."""
    loaded = at.desk.roster().loaded
    key = loaded.person_by_extension.get(person, person)
    if key not in loaded.people:
        known = f"there are: {', '.join(loaded.people)}" if loaded.people else "there is nobody"
        raise Failed(f"nobody is called '{person}' ({did_you_mean(person, list(loaded.people), known)})")
    return key


def _change(at: AtDesk, key: str, changes: dict[str, str]) -> None:
    seen = shown_person(at.desk.roster(), key)
    wanted = {name: "" if value == NONE else value for name, value in changes.items()}
    if "coming" in wanted:
        wanted["number"] = TRANSFER
    if "number" in wanted:
        wanted = {"temporary": ""} | wanted
    row = TypedPerson.of("", {name: wanted.get(name, getattr(seen, name)) for name in FIELDS})
    changed = at.desk.change_person(key, row, at.now, seen)
    for each in changed.saved.changes:
        click.echo(each)
    click.echo(str(changed.saved.told.what) if changed.saved.told is not None else "the plan stays as it is")
    if changed.new_extension:
        click.echo(f"the phones have to be set up anew: belplan invite {key}")


def _show(at: AtDesk, key: str) -> None:
    found = next(each for each in at.desk.people(at.desk.roster(), at.now) if each.key == key)
    print_table(
        ("person", "name", "e-mail", "extension", "number", "coming", "state", "phones"),
        [
            (
                found.key,
                found.name,
                found.email or "-",
                found.extension,
                found.number or "-",
                found.coming or "-",
                str(WORDS[found.state]),
                str(found.phones),
            )
        ],
    )
