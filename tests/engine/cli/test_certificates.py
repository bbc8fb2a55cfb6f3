"""What commands say about certificates: check, serve, and the server that phones are told."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from engine import program
from tests.certificates import Authority
from tests.engine.cli.conftest import Belplan, settle
from tests.engine.cli.test_provisioning import DIALPLAN

LISTEN = 'listen: ["udp:127.0.0.1:5070", "tls:127.0.0.1:5061"]\ncertificates: tls\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle(tmp_path, monkeypatch, DIALPLAN)
    (tmp_path / "config/belplan.yaml").write_text("state: state\n" + LISTEN)
    return tmp_path


def test_phones_are_told_the_name_that_the_certificate_has(home: Path, belplan: Belplan) -> None:
    Authority(home).issue(["*.bakery.test", "phone.bakery.test"], into=home / "tls")
    assert belplan("people", "--provision", "102", "--folder", "phones")[0] == 0
    leaflet = (home / "phones/102.txt").read_text()
    assert "server (proxy): phone.bakery.test\ntransport: TLS\n" in leaflet
    assert "&lt;sip:phone.bakery.test;transport=tls&gt;" in (home / "phones/102.xml").read_text()


def test_without_a_good_certificate_they_are_told_another_way(home: Path, belplan: Belplan) -> None:
    assert belplan("people", "--provision", "102", "--folder", "phones")[0] == 0
    assert "transport: UDP\n" in (home / "phones/102.txt").read_text()


def test_check_says_what_is_wrong_with_them(home: Path, belplan: Belplan) -> None:
    status, out, err = belplan("check")
    assert (status, out) == (1, "")
    assert f"{home / 'tls'}: there is no such file or folder" in err
    authority = Authority(home)
    folder = authority.issue(["phone.bakery.test"], into=home / "tls", ends=timedelta(hours=-1))
    status, out, err = belplan("check")
    assert (status, err) == (0, "1 dialplan can be used, with 1 warning\n")
    assert out.startswith(f"{folder / 'fullchain.pem'}:1:1: warning: has expired on ")
    authority.issue(["phone.bakery.test"], into=folder)
    assert belplan("check", "--strict") == (0, "", "1 dialplan can be used\n")


def test_serve_does_not_start_without_and_says_why(
    home: Path, belplan: Belplan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(program, "configure", lambda *_: None)
    monkeypatch.setenv("BELPLAN_LISTEN", "tls:127.0.0.1:0")
    status, out, err = belplan("serve")
    assert status == 1
    assert "belplan cannot start" in out + err
    assert "there is no such file or folder" in out + err
