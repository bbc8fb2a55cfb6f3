"""``belplan bans``: which addresses are not listened to for now, and why; ``--lift`` ends that within a second."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from engine.cli.common import Failed, config_option, configured, print_table
from engine.cli.stored import opened
from engine.settings import Settings
from engine.store.bans import StoredBan
from sip.guard.sources import source_of

HEAD = ("address", "user", "why", "since", "until")


@click.command
@click.option("--lift", metavar="ADDRESS", help="End the bans of this address, and of users there")
@click.option("--nftables", is_flag=True, help="Write the banned addresses as a table for nft -f -")
@config_option
def bans(lift: str | None, nftables: bool, config: Path | None) -> None:
    """List the addresses that are banned, and users who are slowed for wrong passwords from an address."""
    settings = configured(config)
    source = None if lift is None else _source(lift)
    with opened(settings) as store:
        if source is not None:
            lifted = store.bans.lift(source)
            if not lifted:
                raise Failed(f"{lift} is not banned ('belplan bans' lists who is)")
            click.echo(f"lifted: {', '.join(_named(ban) for ban in lifted)}")
            return
        now = time.time()
        current = sorted((ban for ban in store.bans.load() if ban.until > now), key=lambda ban: ban.until)
    if nftables:
        click.echo(_nftables(current, now, settings))
    elif current:
        print_table(HEAD, [(ban.source, ban.user, ban.why, _at(ban.since), _at(ban.until)) for ban in current])
    else:
        click.echo("nobody is banned")


def _source(text: str) -> str:
    bare = text.strip().strip("[]").partition("/")[0]
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        raise Failed(f"{text!r} is no IP address; give one as 'belplan bans' lists it") from None
    return source_of(bare)


def _named(ban: StoredBan) -> str:
    return f"{ban.user} at {ban.source}" if ban.user else ban.source


def _at(moment: float) -> str:
    return datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M:%S")


def _nftables(bans: Iterable[StoredBan], now: float, settings: Settings) -> str:
    """A table of its own, replaced as a whole; its entries leave by themselves when the bans end."""
    whole = [ban for ban in bans if not ban.user]
    ports = ", ".join(str(port) for port in sorted({each.port for each in settings.listen}))
    lines = [
        "# belplan bans --nftables | nft -f -",
        "table inet belplan",
        "delete table inet belplan",
        "table inet belplan {",
    ]
    for family, colon in (("ipv4", False), ("ipv6", True)):
        entries = [
            f"{ban.source} timeout {max(1, round(ban.until - now))}s" for ban in whole if (":" in ban.source) is colon
        ]
        lines += [f"  set banned_{family} {{", f"    type {family}_addr; flags interval, timeout;"]
        lines += [f"    elements = {{ {', '.join(entries)} }}"] if entries else []
        lines += ["  }"]
    lines += [
        "  chain input {",
        "    type filter hook input priority filter - 10; policy accept;",
        f"    meta l4proto {{ tcp, udp }} th dport {{ {ports} }} ip saddr @banned_ipv4 drop",
        f"    meta l4proto {{ tcp, udp }} th dport {{ {ports} }} ip6 saddr @banned_ipv6 drop",
        "  }",
        "}",
    ]
    return "\n".join(lines)
