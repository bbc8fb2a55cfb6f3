"""``belplan phone``: whose phone it is, where it registers, and what is said when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli import phone as room
from engine.cli.common import Failed
from engine.cli.main import run
from engine.cli.phone import _own_server
from engine.setting_values import ListenOn
from engine.settings import Settings
from engine.settings_file import load_settings
from engine.softphone.phone import PhoneFailed, PhoneUnavailable
from engine.softphone.settings import PhoneSettings
from engine.store.store import Store

DIALPLAN = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam, domain: bakery.test}
numbers: {main: "+31 20 123 4567"}
people: {orders: {extension: 102}}
main_number: {ring: orders}
"""
PASSWORD = "crumbs-102-crumbs"

Belplan = Callable[..., tuple[int, str, str]]


@pytest.fixture
def belplan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Belplan:
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "bakery.yaml").write_text(DIALPLAN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BELPLAN_LISTEN", "udp:0.0.0.0:5070,tcp:[::]:5071")

    def command(*words: str) -> tuple[int, str, str]:
        status = run(list(words))
        return (status, *capsys.readouterr())

    return command


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> list[PhoneSettings]:
    """The settings of the phones that would have been run."""
    phones: list[PhoneSettings] = []

    async def note(settings: PhoneSettings) -> None:
        phones.append(settings)

    monkeypatch.setattr(room, "_run", note)
    return phones


def know_password() -> None:
    with Store(load_settings()) as store:
        store.passwords.set("bakery", "102", PASSWORD)


def test_it_registers_with_the_persons_password(belplan: Belplan, wanted: list[PhoneSettings]) -> None:
    know_password()
    assert belplan("phone", "102", "--tone", "500", "--record", "heard.wav")[0] == 0
    assert belplan("phone", "102", "--tcp")[0] == 0
    assert belplan("phone", "102", "--server", "pbx.test:5060")[0] == 0
    assert [(each.user, each.password, each.domain) for each in wanted] == [("102", PASSWORD, "bakery.test")] * 3
    assert [(each.server, each.transport) for each in wanted] == [
        ("127.0.0.1:5070", "udp"),
        ("[::1]:5071", "tcp"),
        ("pbx.test:5060", "udp"),
    ]
    assert (wanted[0].tone, wanted[0].record) == (500.0, "heard.wav")


def test_a_phone_of_nobody(belplan: Belplan, wanted: list[PhoneSettings]) -> None:
    status, _, err = belplan("phone", "999")
    assert (status, wanted) == (1, [])
    assert "nobody has extension 999" in err


def test_a_person_without_a_password(belplan: Belplan, wanted: list[PhoneSettings]) -> None:
    status, _, err = belplan("phone", "102")
    assert (status, wanted) == (1, [])
    assert "belplan password 102" in err


def test_equal_extensions_of_two_accounts(belplan: Belplan, wanted: list[PhoneSettings]) -> None:
    clinic = DIALPLAN.replace("Bakery", "Clinic").replace("bakery.test", "clinic.test").replace("4567", "9999")
    Path("dialplans/clinic.yaml").write_text(clinic)
    know_password()
    status, _, err = belplan("phone", "102")
    assert status == 1
    assert "--account bakery or clinic" in err
    assert belplan("phone", "102", "--account", "bakery")[0] == 0
    assert [each.domain for each in wanted] == ["bakery.test"]


@pytest.mark.parametrize("problem", [PhoneUnavailable("No softphone is installed."), PhoneFailed("102: 403")])
def test_what_prevents_it_is_a_sentence(belplan: Belplan, monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    async def fails(settings: PhoneSettings) -> None:
        raise problem

    know_password()
    monkeypatch.setattr(room, "_run", fails)
    status, out, err = belplan("phone", "102")
    assert status == 1
    assert str(problem) in err
    assert "Traceback" not in out + err
    assert PASSWORD not in out + err


def test_a_system_without_the_transport_wants_to_be_told_where() -> None:
    settings = Settings(listen=(ListenOn("udp", "192.0.2.1", 5060),))
    assert _own_server(settings, "udp") == "192.0.2.1:5060"
    with pytest.raises(Failed, match="--server"):
        _own_server(settings, "tcp")
