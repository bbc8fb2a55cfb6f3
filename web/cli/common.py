"""What commands of the console share: the account, who does it, and how it is told what became of a plan."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from engine.cli.common import Failed
from engine.dialplan.findings import did_you_mean
from engine.store.store import Store
from web.accounts.audit import audit
from web.editing.checking import Unsound
from web.editing.difference import unified
from web.editing.plan import Plan
from web.editing.plans import Plans
from web.mail import Post
from web.mistakes import Mistakes, Stale, TooOften
from web.words import Sentence

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@contextmanager
def failing() -> Iterator[None]:
    """What a domain refuses, told as a command tells it; raises Failed."""
    try:
        yield
    except Unsound as problem:
        raise Failed("\n".join(map(str, problem.findings))) from None
    except Mistakes as problem:
        raise Failed("\n".join(str(mistake.what) for mistake in problem.mistakes)) from None
    except TooOften as problem:
        raise Failed(str(problem.what)) from None
    except Stale as problem:
        raise Failed(f"{problem.what} Give the command once more.") from None


def account_of(plans: Plans, account: str | None) -> str:
    """The key of the account that is meant: the only one, or the one named. Raises Failed."""
    return key_of(plans.accounts(), account)


def key_of(keys: Sequence[str], account: str | None, none: str = "there is no account") -> str:
    """The same among the accounts with these keys; ``none`` is said where there are none."""
    if account is None:
        if len(keys) == 1:
            return keys[0]
        raise Failed(f"there are several accounts: add --account {' or '.join(keys)}" if keys else none)
    if account not in keys:
        raise Failed(
            f"there is no account '{account}' ({did_you_mean(account, keys, 'there are: ' + ', '.join(keys))})"
        )
    return account


def author() -> str:
    """Who gives the command, as versions and the audit log name them."""
    return f"{getpass.getuser()} (command)"


def deliver(post: Post) -> None:
    """Deliver the letters that wait, unless the console's process does; where there is no mail server, tell so."""
    asyncio.run(post.deliver())
    if post.outbox is not None:
        click.echo(f"no mail server is set up (smtp_host): the letter lies in {post.outbox}", err=True)
    elif post.waiting():
        click.echo("the letter is kept and will be sent once the mail server can be reached", err=True)


def show_difference(before: Plan, after: Plan) -> None:
    """The lines that differ."""
    for line in unified(before.text, after.text).splitlines()[2:]:
        click.secho(line, fg=COLOURS.get(line[:1]))


def put(
    store: Store, plans: Plans, account: str, plan: Plan, *, what: Sentence, now: float, dry_run: bool = False
) -> None:
    """Save a plan and tell what became of it; ``dry_run`` checks it and shows the difference only."""
    before = plans.read(account)
    if plan.text == before.text:
        click.echo("nothing changes")
        return
    show_difference(before, plan)
    if dry_run:
        checked = plans.check(account, plan)
        if checked.account is None:
            raise Unsound(checked.errors)
        for finding in checked.warnings:
            click.echo(str(finding), err=True)
        return
    saved = plans.save(account, plan, author=author(), what=what, now=now)
    if saved.version:
        audit(store, account, author(), what, now, unified(before.text, plan.text))
    for change in saved.changes:
        click.echo(change)
    for finding in saved.warnings:
        click.echo(str(finding), err=True)
    if saved.told is not None:
        click.echo(f"version {saved.version}: {saved.told.what}")
