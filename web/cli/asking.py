"""What ``belplan init`` asks for on a terminal: whatever describes an account and was not given, with a proposal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from web.accounts.drafts import Draft, first_zones
from web.mistakes import Mistakes
from web.words import Sentence

NEW: Final = ("owner_email", "owner_name", "name", "country", "timezone", "language", "licences")
"""What describes a new account, in the order in which it is asked for."""
CLAIM: Final = ("owner_email", "owner_name", "licences")
"""What has to be known of the owner of an account that has a dialplan."""
NEEDED: Final = {"owner_email": "--owner EMAIL", "name": "--name NAME", "country": "--country CC"}
"""What has no proposal that would do for everybody, and the option that says it."""
QUESTIONS: Final = {
    "owner_email": "The owner's e-mail address",
    "owner_name": "The owner's name",
    "name": "What the organisation is called",
    "country": "Its country, two letters",
    "timezone": "Its time zone",
    "language": "The language that callers hear",
    "licences": "Licences: how many people are to have a number",
}
ZONES: Final = Path("/usr/share/zoneinfo")
LOCALTIME: Final = Path("/etc/localtime")


def described(fields: Sequence[str], given: Mapping[str, str | None], read: Callable[[dict[str, Any]], Draft]) -> Draft:
    """An account by what was given, and on a terminal by what is asked for; what is wrong is asked for again at once.

    Raises Mistakes, and UsageError where something is missing and nobody can be asked.
    """
    typed = {field: value for field in fields if (value := given[field]) is not None}
    missing = [field for field in fields if field not in typed]
    if not any(field in NEEDED for field in missing):
        return read(_completed(fields, typed))
    if not sys.stdin.isatty():
        add = [option for field, option in NEEDED.items() if field in missing]
        rest = "" if fields is CLAIM else "; --account KEY gives an owner to an account that has a dialplan already"
        raise click.UsageError(f"add {' and '.join(add)}{rest} (on a terminal you are asked instead)")
    for field in missing:
        while True:
            typed[field] = click.prompt(QUESTIONS[field], default=proposal(field, typed) or None)
            wrong = [what for of, what in _wrong(read, dict.fromkeys(fields, "") | typed) if of == field]
            if not wrong:
                break
            for what in wrong:
                click.echo(str(what), err=True)
    return read(typed)


def claimed(waiting: Sequence[str]) -> str | None:
    """The account with a dialplan and no owner, if there is one and this is to be its owner; somebody is asked."""
    return next((key for key in waiting if click.confirm(f"Is it for the account {key}?", default=True)), None)


def proposal(field: str, typed: Mapping[str, str]) -> str:
    """What is proposed for a field, by what is known by now: the machine's country, and that country's time zone."""
    if field == "owner_name":
        return typed["owner_email"].partition("@")[0]
    if field == "country":
        here = local_zone()
        return next((country for country, zone in first_zones().items() if zone == here), "")
    if field == "timezone":
        return first_zones().get(typed["country"].strip().upper(), "")
    if field == "language":
        return "en"
    return "1" if field == "licences" else ""


def local_zone() -> str:
    """The machine's time zone, such as Europe/Amsterdam; "" if it has none that is named after a place."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named:
        return named
    found = LOCALTIME.resolve()
    return str(found.relative_to(ZONES)) if found.is_relative_to(ZONES) else ""


def _wrong(read: Callable[[dict[str, Any]], Draft], typed: dict[str, str]) -> list[tuple[str, Sentence]]:
    try:
        read(typed)
    except Mistakes as problem:
        return [(mistake.field, mistake.what) for mistake in problem.mistakes]
    return []


def _completed(fields: Sequence[str], typed: dict[str, str]) -> dict[str, str]:
    """The same with the proposals for whatever was not given."""
    for field in fields:
        typed.setdefault(field, proposal(field, typed))
    return typed
