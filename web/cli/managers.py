"""``belplan managers``: who manages an account; named, removed and signed out."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.stored import opened
from engine.store.console.accounts import MANAGER, OWNER
from web.accounts import managers as room
from web.accounts import sessions
from web.accounts.addresses import read_email
from web.accounts.audit import audit
from web.cli.common import author, deliver, failing, key_of
from web.mail import Post
from web.words import say

HEAD = ("email", "name", "role", "since", "signed in")


@click.command
@click.option("--account", help="The account, where there are several")
@click.option("--add", metavar="EMAIL", help="Name one more manager, who is told by a letter")
@click.option("--name", default="", help="With --add: their name")
@click.option("--remove", metavar="EMAIL", help="Let somebody manage the account no more")
@click.option("--owner", metavar="EMAIL", help="Make a manager an owner")
@click.option("--no-owner", metavar="EMAIL", help="Make an owner a manager only")
@click.option("--sign-out", metavar="EMAIL", help="Sign somebody out of every browser")
@config_option
def managers(
    account: str | None,
    add: str | None,
    name: str,
    remove: str | None,
    owner: str | None,
    no_owner: str | None,
    sign_out: str | None,
    config: Path | None,
) -> None:
    """List the managers of an account, or name and remove them."""
    settings = configured(config)
    with opened(settings) as store, failing():
        key = key_of(sorted(store.console.accounts.owned()), account)
        now = time.time()
        if add is not None:
            post = Post(settings)
            room.add(settings, store, post, key, author(), add, name, now)
            deliver(post)
        if remove is not None:
            _there(room.remove(store, key, author(), read_email(remove), now, by_owner=True), remove)
        for email, role in ((owner, OWNER), (no_owner, MANAGER)):
            if email is not None:
                done = room.change_role(store, key, author(), read_email(email), role, now, by_owner=True)
                _there(done, email)
        if sign_out is not None:
            email = read_email(sign_out)
            count = sessions.end_everywhere(store, email)
            audit(store, key, author(), say("signed {email} out everywhere", email=email), now)
            click.echo(f"signed out: {count}")
        there = room.managers(store, key)
        signed_in = {each.email: str(len(sessions.live(store, each.email, now))) for each in there}
        print_table(
            HEAD,
            [
                (
                    each.email,
                    each.name,
                    each.role,
                    f"{datetime.fromtimestamp(each.since):%Y-%m-%d}",
                    signed_in[each.email],
                )
                for each in there
            ],
        )


def _there(done: bool, email: str) -> None:
    if not done:
        raise Failed(f"{email} is no manager of this account")
