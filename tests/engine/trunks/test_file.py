"""The file of providers: what it may hold, and every mistake with its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.dialplan.findings import DialplanErrors
from engine.dialplan.load import load_account
from engine.trunks.check import check_trunks
from engine.trunks.file import MAX_TRUNKS, load_trunks
from sip.credentials import Credentials

DOCUMENTED = Path(__file__).parents[3] / "docs" / "trunks.md"


def write(folder: Path, text: str) -> Path:
    path = folder / "trunks.yaml"
    path.write_text(text)
    return path


def test_the_example_of_the_manual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOIP_PASSWORD", "secret")
    voip, reserve = load_trunks(write(tmp_path, documented()[0]))
    assert (voip.name, voip.host, voip.port, voip.transport) == ("voip", "sip.provider.example", None, "")
    assert voip.credentials == Credentials("31201234567", "secret")
    assert voip.serves("anybody")
    assert (voip.registers, voip.user, str(voip.registrar)) == (600.0, "31201234567", "sip:sip.provider.example")
    assert (reserve.port, reserve.transport, reserve.writes) == (5062, "tcp", "national")
    assert [str(network) for network in reserve.addresses] == ["203.0.113.20/32", "203.0.113.32/28"]
    assert reserve.shows == "+31201234567"
    assert (reserve.serves("bakery"), reserve.serves("clinic")) == (True, False)
    assert "secret" not in repr(voip)


def documented() -> list[str]:
    """The files that the manual shows."""
    return re.findall(r"```yaml\n(.*?)```", DOCUMENTED.read_text(), re.DOTALL)


def test_all_examples_of_the_manual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VOIP", "CLOUD", "NETWORK"):
        monkeypatch.setenv(f"{name}_PASSWORD", "secret")
    trunks, dialplans = [], 0
    for text in documented():
        if text.startswith("trunks:"):
            trunks += load_trunks(write(tmp_path, text))
        else:
            (tmp_path / "bakery.yaml").write_text(text)
            load_account(tmp_path / "bakery.yaml", sounds_cache=tmp_path, prompts_dir=Path("prompts"))
            dialplans += 1
    assert [trunk.name for trunk in trunks] == ["voip", "reserve", "cloud", "carrier", "network", "rotterdam"]
    assert dialplans == 1
    network = trunks[4]
    assert network.credentials == Credentials("4930123456@ims.network.example", "secret")
    assert [str(route) for route in network.routes] == ["<sip:sbc.network.example:5060;lr>"]


def test_the_manual_names_every_field() -> None:
    from engine.trunks.file import TrunkEntry

    page = DOCUMENTED.read_text()
    assert [name for name in TrunkEntry.yaml_names() if f"`{name}`" not in page] == []


def test_no_file_is_no_trunk(tmp_path: Path) -> None:
    assert load_trunks(tmp_path / "trunks.yaml") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("[1]", "this is no file of trunks"),
        ("trunks: {a: {}}", "1:13: 'host' is missing"),
        ("trunk: {}", "'trunk' means nothing here (did you mean 'trunks'?)"),
        ("trunks: {a: {host: a.example, prot: 5060}}", "1:31: 'prot' means nothing here (did you mean 'port'?)"),
        ("trunks: {a: {host: 'a b'}}", "is no name or address of a machine"),
        ("trunks: {a: {host: 'a.example;transport=tls'}}", "is no name or address of a machine"),
        ("trunks: {a: {host: a.example, port: 70000}}", "'port' cannot be '70000'"),
        ("trunks: {a: {host: a.example, transport: sctp}}", "'transport' cannot be 'sctp'"),
        ("trunks: {a: {host: a.example, user: u}}", "a user name and a password go together"),
        ("trunks: {a: {host: a.example, user: 'u\"v', password: p}}", "is no user name"),
        ("trunks: {a: {host: a.example, user: u, password: {env: NOT_SET_ANYWHERE}}}", "NOT_SET_ANYWHERE is not set"),
        ("trunks: {a: {host: a.example, user: u, password: [p]}}", "this is no password"),
        ("trunks: {a: {host: a.example, shows: '020 1234567'}}", "is no telephone number"),
        ("trunks: {a: {host: a.example, writes: plus}}", "'writes' cannot be 'plus'"),
        ("trunks: {a: {host: a.example, unheard: 1h}}", "is no length of time"),
        ("trunks: {a: {host: a.example, unheard: 60s}}", "is out of bounds"),
        ("trunks: {a: {host: a.example, register: yes}}", "'register' needs to know who we are there"),
        ("trunks: {a: {host: a.example, expires: 5s}}", "expected between 1m and 120m"),
        ("trunks: {a: {host: a.example, check: 0.1s}}", "expected between 1s and 60m, or off"),
        ("trunks: {a: {host: a.example, addresses: [x]}}", "'x' is no address"),
        ("trunks: {a: {host: a.example, proxy: 'a b'}}", "is no machine"),
        ("trunks: {a: {host: a.example, numbers: ['0049']}}", "is no beginning of numbers"),
        ("trunks: {a: {host: a.example, identity: header}}", "'identity' cannot be 'header'"),
        ("trunks: {a: {host: a.example, country: XX}}", "'XX' is no country"),
        ("trunks: {a: {host: a.example, calls: 0}}", "'calls' cannot be '0'"),
    ],
)
def test_mistakes_are_told_where_they_are(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DialplanErrors) as caught:
        load_trunks(write(tmp_path, text))
    assert told in str(caught.value)


def test_there_is_a_bound(tmp_path: Path) -> None:
    many = "\n".join(f"  t{number}: {{host: a.example}}" for number in range(MAX_TRUNKS + 1))
    with pytest.raises(DialplanErrors, match=f"more than {MAX_TRUNKS} trunks"):
        load_trunks(write(tmp_path, f"trunks:\n{many}\n"))


def test_a_wrong_password_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(DialplanErrors) as caught:
        load_trunks(write(tmp_path, 'trunks: {a: {host: a.example, user: u, password: "hunter\\t2"}}'))
    assert "hunter" not in str(caught.value)


def test_check_tells_accounts_and_numbers_that_there_are_not(tmp_path: Path) -> None:
    (tmp_path / "bakery.yaml").write_text(
        "account: {name: B, country: NL, timezone: UTC}\nnumbers: {main: '+31 20 123 4567'}\n"
        "people: {a: {extension: 101}}\nmain_number: a\n"
    )
    account = load_account(tmp_path / "bakery.yaml", sounds_cache=tmp_path, prompts_dir=tmp_path)
    text = """trunks:
  a: {host: a.example, accounts: [bakry]}
  b: {host: a.example, number: "+31 20 765 4321"}
  c: {host: a.example, user: x7431, password: p, register: yes}
  d: {host: a.example, user: "31201234567", password: p, register: yes, accounts: bakery}
"""
    told = [finding.what for finding in check_trunks(write(tmp_path, text), [account])]
    assert told == [
        "trunk 'a' is for account 'bakry', which there is not",
        "+31207654321 is no number of an account that trunk 'b' is for",
        "calls over trunk 'c' that name 'x7431' lead to no number of an account",
    ]
