"""`belplan people --provision`: what is printed and written, for whom, and who may read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import provisioning as room
from tests.engine.cli.conftest import Belplan, settle

DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101, name: Front desk}
  orders: {extension: 102}
main_number: {ring: orders, else: front-desk}
"""
SETTINGS = 'state: state\nlisten: ["udp:127.0.0.1:5070", "tcp:127.0.0.1:5071"]\n'
OTHER = DIALPLAN.replace("The Bakery", "The Clinic").replace("bakery.test", "clinic.test").replace("4567", "9999")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle(tmp_path, monkeypatch, DIALPLAN)
    (tmp_path / "config/belplan.yaml").write_text(
        'state: state\nlisten: ["udp:127.0.0.1:5070", "tcp:127.0.0.1:5071"]\n'
    )
    return tmp_path


def test_files_for_a_phone_that_only_their_owner_may_read(home: Path, belplan: Belplan) -> None:
    status, out, _ = belplan("people", "--provision", "102", "--folder", "phones", "--url", "https://x.example/p/")
    assert status == 0
    assert out.split() == ["phones/102.xml", "phones/102.txt", "phones/102.svg"]
    password = belplan("people", "--show-passwords")[1].splitlines()[-1].split("\t")[-1]
    leaflet = dict(line.split(": ", 1) for line in (home / "phones/102.txt").read_text().splitlines())
    assert leaflet == {
        "name": "orders",
        "user name": "102",
        "password": password,
        "domain": "bakery.test",
        "server (proxy)": "127.0.0.1:5071",
        "transport": "TCP",
        "encryption": "none",
    }
    assert password in (home / "phones/102.xml").read_text()
    for name in ("102.xml", "102.txt"):
        assert (home / "phones" / name).stat().st_mode & 0o777 == 0o600
    assert "<svg" in (home / "phones/102.svg").read_text()


def test_a_second_time_writes_the_new_password(home: Path, belplan: Belplan) -> None:
    belplan("people", "--provision", "102", "--folder", "phones")
    assert not (home / "phones/102.svg").exists()
    (home / "phones/102.xml").chmod(0o644)
    belplan("password", "102", "--set", "another-password-99")
    assert belplan("people", "--provision", "102", "--folder", "phones")[0] == 0
    assert "another-password-99" in (home / "phones/102.xml").read_text()
    assert (home / "phones/102.xml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--provision", "999"), "nobody has extension 999"),
        (("--folder", "x"), "go with --provision"),
        (("--provision", "102", "--url", "https://x.example"), "--url goes with --folder"),
        (("--provision", "102", "--folder", "config/belplan.yaml/x"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], says: str, belplan: Belplan) -> None:
    status, out, err = belplan("people", *words)
    assert status != 0
    assert says in out + err


def test_the_account_is_asked_for_where_several_have_the_extension(home: Path, belplan: Belplan) -> None:
    (home / "dialplans/clinic.yaml").write_text(OTHER)
    assert "add --account bakery or clinic" in belplan("people", "--provision", "102", "--folder", "p")[2]
    assert belplan("people", "--provision", "102", "--folder", "p", "--account", "clinic")[0] == 0
    assert "domain: clinic.test" in (home / "p/102.txt").read_text()


def test_no_phone_comes(belplan: Belplan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "WAIT_SECONDS", 0.0)
    status, out, err = belplan("people", "--provision", "101")
    assert status == 1
    assert "user name        101" in out
    assert "█" in out
    assert "no phone came for it" in err
