"""The text that greets whoever starts Belplan."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from engine.cli import welcome as room
from engine.cli.welcome import readable_number, server_addresses, welcome
from engine.dialplan.account import Account
from engine.dialplan.load import load_accounts
from engine.setting_values import ListenOn
from engine.settings import Settings
from engine.store.database import open_database
from engine.store.keys import KEY_BYTES
from engine.store.passwords import Passwords
from engine.store.sealing import Seal

DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101, name: Front desk}
  orders: {extension: 102}
main_number: {ring: orders}
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def accounts(tmp_path: Path) -> list[Account]:
    (tmp_path / "bakery.yaml").write_text(DIALPLAN)
    return load_accounts(tmp_path, sounds_cache=tmp_path / "cache", prompts_dir=tmp_path)


@pytest.fixture
def passwords(tmp_path: Path) -> Passwords:
    return Passwords(open_database(f"sqlite:///{tmp_path}/store.sqlite3"), Seal(b"k" * KEY_BYTES))


LOOPBACK = [ListenOn("udp", "127.0.0.1", 5070), ListenOn("tcp", "127.0.0.1", 5070), ListenOn("udp", "fd00::2", 5071)]


def test_it_names_addresses_numbers_and_what_to_type(accounts: list[Account], passwords: Passwords) -> None:
    made = passwords.ensure("bakery", ["101", "102"])
    out = io.StringIO()
    welcome(Settings(), LOOPBACK, accounts, passwords, out)
    text = out.getvalue()
    assert "127.0.0.1:5070 (UDP, TCP), [fd00::2]:5071 (UDP)" in text
    assert "+31 20 123 4567" in text
    for name, extension in (("Front desk", "101"), ("orders", "102")):
        (line,) = [line for line in text.splitlines() if line.strip().startswith(name)]
        assert line.split()[-2:] == [extension, made[extension]]


def test_it_says_that_there_is_no_account(passwords: Passwords) -> None:
    out = io.StringIO()
    welcome(Settings(), LOOPBACK, [], passwords, out)
    assert "127.0.0.1:5070 (UDP, TCP)" in out.getvalue()
    assert "There is no account yet." in out.getvalue()
    assert "password" not in out.getvalue()
    assert "browser" not in out.getvalue()


def test_it_says_where_the_console_is(passwords: Passwords) -> None:
    out = io.StringIO()
    welcome(Settings(), LOOPBACK, [], passwords, out, pages="https://[::1]:8443")
    assert "Set it up in a browser at https://[::1]:8443" in out.getvalue()


def test_old_passwords_are_shown_on_a_terminal_only(
    accounts: list[Account], passwords: Passwords, tmp_path: Path
) -> None:
    made = passwords.ensure("bakery", ["101", "102"])
    later = Passwords(open_database(f"sqlite:///{tmp_path}/store.sqlite3"), Seal(b"k" * KEY_BYTES))
    pipe, terminal = io.StringIO(), Terminal()
    welcome(Settings(), LOOPBACK, accounts, later, pipe)
    welcome(Settings(), LOOPBACK, accounts, later, terminal)
    for secret in made.values():
        assert secret not in pipe.getvalue()
        assert secret in terminal.getvalue()
    assert room.SHOW_PASSWORDS in pipe.getvalue()


def test_a_wildcard_is_shown_as_the_address_to_reach_it_by(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere = [ListenOn("udp", "0.0.0.0", 5060), ListenOn("udp", "::", 5060)]
    shown = server_addresses(Settings(advertise="203.0.113.7"), everywhere)
    assert shown[0] == "203.0.113.7:5060 (UDP)"
    assert all("0.0.0.0" not in text and "[::]" not in text for text in server_addresses(Settings(), everywhere))


def test_numbers_are_shown_as_people_write_them() -> None:
    assert readable_number("+31201234567") == "+31 20 123 4567"
    assert readable_number("front") == "front"


def test_names_are_shown_as_they_are_written(tmp_path: Path, passwords: Passwords) -> None:
    (tmp_path / "bakery.yaml").write_text(DIALPLAN.replace("name: Front desk", 'name: "Orders [/night]"'))
    accounts = load_accounts(tmp_path, sounds_cache=tmp_path / "cache", prompts_dir=tmp_path)
    out = Terminal()
    welcome(Settings(), LOOPBACK, accounts, passwords, out)
    assert "Orders [/night]" in out.getvalue()
