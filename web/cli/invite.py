"""``belplan invite``: personal links by e-mail, with which people set up their phones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, print_table
from web.cli.people_desk import AtDesk, at_desk
from web.mail import Post
from web.people.states import WORDS, State

HEAD = ("extension", "person", "e-mail", "state")
UNINVITED = frozenset({State.NOT_INVITED, State.EXPIRED, State.WITHDRAWN})


@click.command
@click.argument("people", nargs=-1, metavar="[PERSON]...")
@click.option("--all", "everybody", is_flag=True, help="Everybody who has an address and no invitation yet")
@click.option("--revoke", is_flag=True, help="Let the links of these people lead nowhere instead")
@click.option("--new-password", is_flag=True, help="A phone is lost: shut out all that they have set up, then invite")
@click.option("--account", help="The account, where there are several")
@config_option
def invite(
    people: tuple[str, ...], everybody: bool, revoke: bool, new_password: bool, account: str | None, config: Path | None
) -> None:
    """Send an invitation to each PERSON (their name in the dialplan, or their extension); or list how far all are."""
    if revoke and new_password:
        raise click.UsageError("give --revoke or --new-password")
    if everybody and (people or revoke or new_password):
        raise click.UsageError("--all goes with nothing else")
    with at_desk(config, account) as at:
        roster = at.desk.roster()
        standing = at.desk.people(roster, at.now)
        if not people and not everybody:
            print_table(
                HEAD, [(each.extension, each.key, each.email or "-", str(WORDS[each.state])) for each in standing]
            )
            return
        keys = [roster.loaded.person_by_extension.get(name, name) for name in people]
        if everybody:
            keys = [each.key for each in standing if each.state in UNINVITED]
        for key in keys:
            if revoke:
                at.desk.revoke(key, at.now)
            elif new_password:
                at.desk.replace_phone(key, at.now)
        if not revoke:
            send(at, keys)


def send(at: AtDesk, keys: Iterable[str]) -> None:
    """Send invitations, and say where they are; raises Failed."""
    base = at.settings.console_base
    if base is None:
        raise Failed("the links of invitations lead to the console, which is switched off: see the setting 'console'")
    post = Post(at.settings)
    sent = at.desk.invite(keys, base, post, at.now)
    asyncio.run(post.deliver())
    where = f"in {post.outbox}, as no mail server is set up" if post.outbox is not None else "on their way"
    click.echo(f"invitations: {sent}, {where}")
