"""The file of providers: what it may hold, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dialplan.findings import DialplanErrors
from engine.trunks.file import MAX_TRUNKS, load_trunks
from sip.credentials import Credentials

DOCUMENTED = Path(__file__).parents[3] / "docs" / "trunks.md"


def write(folder: Path, text: str) -> Path:
    path = folder / "trunks.yaml"
    path.write_text(text)
    return path


def test_the_example_of_the_manual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOIP_PASSWORD", "secret")
    text = DOCUMENTED.read_text().partition("```yaml\n")[2].partition("```")[0]
    voip, reserve = load_trunks(write(tmp_path, text))
    assert (voip.name, voip.host, voip.port, voip.transport) == ("voip", "sip.provider.example", None, "")
    assert voip.credentials == Credentials("31201234567", "secret")
    assert voip.serves("anybody")
    assert (reserve.port, reserve.transport, reserve.writes) == (5062, "tcp", "national")
    assert reserve.shows == "+31201234567"
    assert (reserve.serves("bakery"), reserve.serves("clinic")) == (True, False)
    assert "secret" not in repr(voip)


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
