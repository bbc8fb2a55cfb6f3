"""What a person needs to know once Belplan runs: its address, the main number, and what to type into a softphone."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TextIO

import phonenumbers
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engine.dialplan.account import Account
from engine.settings import Settings
from engine.store.passwords import Passwords

WILDCARDS = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}
FAR_AWAY = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Documentation addresses (RFC 5737, 3849): the way to them shows which of our addresses faces the network."""
SHOW_PASSWORDS = "people --show-passwords"


class Address(Protocol):
    """An address that is listened on."""

    @property
    def transport(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


def welcome(
    settings: Settings,
    addresses: Sequence[Address],
    accounts: Sequence[Account],
    passwords: Passwords,
    out: TextIO | None = None,
) -> None:
    """Print it on ``out`` (standard output). Passwords are shown on a terminal, elsewhere only those made just now."""
    out = sys.stdout if out is None else out
    console = Console(file=out, highlight=False, soft_wrap=True)
    answers_at = escape(", ".join(server_addresses(settings, addresses)))
    console.print(f"\n[bold]Belplan answers[/bold] at {answers_at}\n")
    for account in accounts:
        console.print(
            f"[bold]{escape(account.name)}[/bold]   main number [bold]{readable_number(account.numbers.main)}[/bold]"
        )
        if len(accounts) > 1:
            console.print(f"domain {account.domain} (the server address above is then the phone's proxy)")
        console.print(_people(account, passwords, everything=out.isatty()))
    again = f"{_command()} {SHOW_PASSWORDS}"
    console.print(f"Type server, user name and password into any softphone. To see them again: {again}\n")
    out.flush()


def server_addresses(settings: Settings, addresses: Sequence[Address]) -> list[str]:
    """``192.168.1.20:5060 (UDP, TCP)``: what to type into a phone, one entry an address."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        host = _reachable(settings, address.host)
        if host is not None:
            where = f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"
            found.setdefault(where, []).append(address.transport.upper())
    return [f"{where} ({', '.join(transports)})" for where, transports in found.items()]


def readable_number(number: str) -> str:
    """``+31 20 123 4567`` of an E.164 number; anything else as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


def _command() -> str:
    """How this program is called from here: by its name where the shell finds it, else by its path."""
    program = Path(sys.argv[0])
    if shutil.which("belplan") or program.name != "belplan":
        return "belplan"
    return os.path.relpath(program)


def _people(account: Account, passwords: Passwords, *, everything: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("person", "user name", "password"):
        table.add_column(title, no_wrap=True)
    for name, person in account.people.items():
        known = passwords.lookup(account.key, person.extension) or ""
        shown = known if everything or passwords.is_new(account.key, person.extension) else "as before"
        table.add_row(escape(person.name or name), person.extension, shown)
    return table


def _reachable(settings: Settings, host: str) -> str | None:
    """The address others use for one we listen on: of a wildcard the one that faces the network, None if none does."""
    if host not in WILDCARDS:
        return host
    family = WILDCARDS[host]
    if settings.advertise is not None and (":" in settings.advertise) == (family == socket.AF_INET6):
        return settings.advertise
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((FAR_AWAY[family], 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1" if family == socket.AF_INET else None
