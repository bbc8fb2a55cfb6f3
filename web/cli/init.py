"""``belplan init``: an account and its owner, whose address is proved by a code sent by e-mail."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured
from engine.cli.stored import opened
from engine.settings import Settings
from engine.store.store import Store
from web.accounts import setting_up
from web.accounts.about import about, ownerless
from web.accounts.codes import NO_LONGER_GOOD
from web.accounts.drafts import Draft, read_claim, read_draft
from web.accounts.signing_in import From
from web.cli.asking import CLAIM, NEW, claimed, described
from web.cli.common import deliver, failing
from web.mail import Post
from web.mistakes import Mistakes

SOURCE = "command"
"""Where a code is asked for from, as asking too often is counted."""


@click.command
@click.option("--owner", metavar="EMAIL", help="The owner's e-mail address; a code is sent to it")
@click.option("--owner-name", metavar="NAME", help="The owner's name [default: what stands before the @]")
@click.option("--name", help="What the organisation is called")
@click.option("--country", metavar="CC", help="Two letters, such as NL")
@click.option("--timezone", metavar="ZONE", help="Such as Europe/Amsterdam [default: the country's]")
@click.option("--language", metavar="LANGUAGE", help="What callers hear, such as nl [default: en]")
@click.option("--licences", metavar="NUMBER", help="One for each person who has a number [default: 1]")
@click.option("--account", metavar="KEY", help="Give an owner to this account, whose dialplan is there already")
@click.option("--code", metavar="CODE", help="The code from the letter")
@click.option("--show-key", is_flag=True, help="Show the set-up key, which a browser on another machine needs")
@config_option
def init(
    owner: str | None,
    owner_name: str | None,
    name: str | None,
    country: str | None,
    timezone: str | None,
    language: str | None,
    licences: str | None,
    account: str | None,
    code: str | None,
    show_key: bool,
    config: Path | None,
) -> None:
    """Set up an account: its owner gets a code by e-mail, and manages it once the code is typed here.

    On a terminal you are asked for whatever is needed and was not given.
    """
    settings = configured(config)
    with opened(settings) as store, failing():
        if show_key:
            click.echo(setting_up.set_up_key(store.folder))
            return
        if code is not None:
            if owner is None:
                raise click.UsageError("--owner EMAIL says whose code it is")
            _begun(settings, store, setting_up.activate(settings, store, owner.strip().lower(), code, time.time()))
            return
        waiting = ownerless(settings, store)
        given = {
            "owner_email": owner,
            "name": name,
            "country": country,
            "timezone": timezone,
            "language": language,
            "licences": licences,
            "owner_name": owner_name,
        }
        if account is None and name is None and sys.stdin.isatty():
            account = claimed(waiting)
        if account is not None:
            draft = described(CLAIM, given, lambda typed: read_claim(key=account, ownerless=waiting, **typed))
            known = about(settings, store, account)
            language = known.language if known else None
        else:
            draft = described(NEW, given, lambda typed: read_draft(**typed))
            language = draft.language
        _ask(settings, store, draft, language or "en")


def _ask(settings: Settings, store: Store, draft: Draft, language: str) -> None:
    post = Post(settings)
    setting_up.ask(settings, store, post, draft, From(SOURCE, language=language), time.time())
    click.echo(f"a code is on its way to {draft.owner_email}; it is good for ten minutes")
    deliver(post)
    if not sys.stdin.isatty():
        click.echo(f"then: belplan init --owner {draft.owner_email} --code CODE")
        return
    while True:
        typed = click.prompt("code", type=str)
        try:
            key = setting_up.activate(settings, store, draft.owner_email, typed, time.time())
        except Mistakes as problem:
            (mistake,) = problem.mistakes
            if mistake.what == NO_LONGER_GOOD:
                raise Failed(str(mistake.what)) from None
            click.echo(str(mistake.what), err=True)
        else:
            _begun(settings, store, key)
            return


def _begun(settings: Settings, store: Store, key: str) -> None:
    known = about(settings, store, key)
    assert known is not None
    click.echo(f"the account {key} ({known.name}) is managed by {known.owner_email}")
    if settings.console_base is not None:
        click.echo(f"go on in a browser: {settings.console_base}")
