"""What a person needs to know once Belplan runs: its address, the main number, and what to type into a softphone."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TextIO

import phonenumbers
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engine.cli.stored import HIDDEN
from engine.dialplan.account import Account
from engine.facing import facing
from engine.settings import Settings
from engine.store.passwords import Passwords

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
    *,
    pages: str | None = None,
) -> None:
    """Print it on ``out`` (standard output). Passwords are shown on a terminal, elsewhere only those made just now.

    ``pages`` is where the console is, if there is one.
    """
    out = sys.stdout if out is None else out
    console = Console(file=out, highlight=False, soft_wrap=True)
    answers_at = escape(", ".join(server_addresses(settings, addresses)))
    console.print(f"\n[bold]Belplan answers[/bold] at {answers_at}\n")
    if not accounts:
        console.print("There is no account yet. Calls are refused until there is one.\n")
    for account in accounts:
        console.print(
            f"[bold]{escape(account.name)}[/bold]   main number [bold]{readable_number(account.numbers.main)}[/bold]"
        )
        if len(accounts) > 1:
            console.print(f"domain {account.domain} (the server address above is then the phone's proxy)")
        console.print(_people(account, passwords, everything=out.isatty()))
    if accounts:
        again = f"{_command()} {SHOW_PASSWORDS}"
        console.print(f"Type server, user name and password into any softphone. To see them again: {again}\n")
    if pages is not None:
        console.print(f"[bold]Set it up in a browser[/bold] at {escape(pages)}\n")
    out.flush()


def server_addresses(settings: Settings, addresses: Sequence[Address]) -> list[str]:
    """``192.168.1.20:5060 (UDP, TCP)``: what to type into a phone, one entry an address."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        host = facing(settings, address.host)
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
        known = passwords.lookup(account.key, person.extension) or HIDDEN
        shown = known if everything or passwords.is_new(account.key, person.extension) else "as before"
        table.add_row(escape(person.name or name), person.extension, shown)
    return table
