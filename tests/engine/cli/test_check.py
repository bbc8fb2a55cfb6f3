"""`belplan check` on what the machine's settings make of a dialplan."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.cli.conftest import Belplan, settle

DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101, encryption: required}
  orders: {extension: 102}
main_number: {ring: orders, else: front-desk}
"""
UNSAFE = "sound must be encrypted, but no phone can register by TLS"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return settle(tmp_path, monkeypatch, DIALPLAN)


def test_encryption_that_is_required_without_tls_is_doubted(home: Path, belplan: Belplan) -> None:
    line = next(line for line in belplan("check")[1].splitlines() if UNSAFE in line)
    assert "bakery.yaml:4:44:" in line
    assert belplan("check", "--strict")[0] == 1


def test_with_tls_it_is_not(home: Path, belplan: Belplan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELPLAN_LISTEN", "udp:127.0.0.1:5060,tls:127.0.0.1:5061")
    assert UNSAFE not in belplan("check")[1]


def test_what_is_not_required_is_not_doubted(home: Path, belplan: Belplan) -> None:
    (home / "dialplans/bakery.yaml").write_text(DIALPLAN.replace("required", "offered"))
    assert UNSAFE not in belplan("check")[1]


def test_a_password_that_every_user_can_read_is_doubted(home: Path, belplan: Belplan) -> None:
    trunks = home / "config/trunks.yaml"
    trunks.write_text('trunks: {provider: {host: 192.0.2.1, user: "31201234567", password: bread-and-butter}}\n')
    trunks.chmod(0o644)
    assert f"chmod 600 {trunks}" in belplan("check")[1]
    trunks.chmod(0o600)
    assert "chmod" not in belplan("check")[1]
