"""``belplan bans``: who is listed, what is lifted, and a table that nft takes."""

from __future__ import annotations

import shutil
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.store import Store
from sip.guard.bans import Offence
from tests.engine.cli.conftest import Belplan, settle

BAKERY = "account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}\nmain_number: {hang_up: closed}\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return settle(tmp_path, monkeypatch, BAKERY)


@pytest.fixture
def belplan(belplan: Belplan) -> Belplan:
    return partial(belplan, "bans")


@pytest.fixture
def banned(home: Path) -> None:
    now = time.time()
    with Store(Settings(state=home / "state")) as store:
        store.bans.put("198.51.100.66", "", Offence.WRONG_CREDENTIALS.value, 1, now, now + 300.0)
        store.bans.put("198.51.100.66", "107", Offence.WRONG_CREDENTIALS.value, 1, now, now + 60.0)
        store.bans.put("2001:db8:0:1::/64", "", Offence.SCANNER.value, 2, now, now + 1800.0)
        store.bans.put("198.51.100.1", "", Offence.SCANNER.value, 1, now - 600.0, now - 300.0)


def test_nobody_is_banned_at_first(belplan: Belplan) -> None:
    assert belplan() == (0, "nobody is banned\n", "")


def test_it_lists_who_why_and_until_when(belplan: Belplan, banned: None) -> None:
    head, *lines = belplan()[1].splitlines()
    assert head.split("\t") == ["address", "user", "why", "since", "until"]
    assert [line.split("\t")[:3] for line in lines] == [
        ["198.51.100.66", "107", "wrong passwords"],
        ["198.51.100.66", "", "wrong passwords"],
        ["2001:db8:0:1::/64", "", "a scanner's name"],
    ]


def test_it_lifts_all_of_an_address(belplan: Belplan, banned: None) -> None:
    status, out, _ = belplan("--lift", "198.51.100.66")
    assert (status, sorted(out.removeprefix("lifted: ").strip().split(", "))) == (
        *(0, ["107 at 198.51.100.66", "198.51.100.66"]),
    )
    assert belplan("--lift", "2001:db8:0:1::77")[1] == "lifted: 2001:db8:0:1::/64\n"
    assert belplan()[1] == "nobody is banned\n"


@pytest.mark.parametrize(
    ("word", "said"),
    [("198.51.100.99", "is not banned ('belplan bans' lists who is)"), ("example", "is no IP address")],
)
def test_what_cannot_be_lifted(belplan: Belplan, banned: None, word: str, said: str) -> None:
    status, _, err = belplan("--lift", word)
    assert status == 1
    assert said in err


def test_the_table_for_nftables_holds_whole_addresses_and_their_time(belplan: Belplan, banned: None) -> None:
    _, table, _ = belplan("--nftables")
    assert "elements = { 198.51.100.66 timeout 300s }" in table.replace("299s", "300s")
    assert "elements = { 2001:db8:0:1::/64 timeout 1800s }" in table.replace("1799s", "1800s")
    assert "th dport { 5060 } ip saddr @banned_ipv4 drop" in table
    assert "198.51.100.1 " not in table


@pytest.mark.skipif(shutil.which("unshare") is None or shutil.which("nft") is None, reason="nft is not installed")
@pytest.mark.parametrize("some", [False, True])
def test_nft_takes_the_table_once_and_again(
    belplan: Belplan, home: Path, request: pytest.FixtureRequest, some: bool
) -> None:
    """In a network namespace of its own, so that nothing of the machine changes."""
    if some:
        request.getfixturevalue("banned")
    (home / "table.nft").write_text(belplan("--nftables")[1])
    script = "nft -f table.nft && nft -f table.nft && nft list table inet belplan"
    ran = subprocess.run(["unshare", "-rn", "sh", "-c", script], cwd=home, capture_output=True, text=True, timeout=20)
    if "Operation not permitted" in ran.stderr:
        pytest.skip("network namespaces are not allowed here")
    assert ran.returncode == 0, ran.stderr
    assert ("198.51.100.66" in ran.stdout) == some
