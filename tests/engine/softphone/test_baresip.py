"""What baresip is told in its files, and what its events become."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import soundfile

from engine.softphone.baresip import EVENTS, Baresip, write_config, write_tone
from engine.softphone.settings import PhoneSettings
from media.sound.analysis import loudest_frequency


def config(folder: Path, **words: object) -> tuple[str, str]:
    settings = PhoneSettings(**{"user": "101", "server": "127.0.0.1:5070", "tone": 500.0, **words})  # type: ignore[arg-type]
    write_config(folder, settings, 4444)
    return (folder / "config").read_text(), (folder / "accounts").read_text()


def test_a_registered_phone(tmp_path: Path) -> None:
    told, account = config(tmp_path, password="s3cret", domain="bakery.test", codecs=("PCMA", "PCMU"))
    assert "ctrl_tcp_listen 127.0.0.1:4444" in told
    assert account.startswith("<sip:101@bakery.test;transport=udp>")
    assert "auth_pass=s3cret" in account
    assert "audio_codecs=pcma,pcmu" in account
    assert "regint=300" in account
    assert stat.S_IMODE((tmp_path / "accounts").stat().st_mode) == 0o600


def test_a_caller_from_outside_does_not_register(tmp_path: Path) -> None:
    told, account = config(tmp_path, server="[::1]:5070", transport="tcp")
    assert "regint=0" in account
    assert "auth_pass" not in account
    assert "transport=tcp" in account
    assert "sip_listen [::1]:0" in told


def test_it_speaks_with_a_tone(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "tone.wav", 500.0)
    assert loudest_frequency(path, last_seconds=1.0) == pytest.approx(500, abs=1)
    assert soundfile.info(path).samplerate == 8000


def events(capsysbinary: pytest.CaptureFixture[bytes], *happened: dict[str, str]) -> list[tuple[str, int, int]]:
    phone = Baresip(PhoneSettings(user="101", server="127.0.0.1:5070"), Path())
    for each in happened:
        phone.translate(each)
    lines = capsysbinary.readouterr().out.splitlines()
    return [(event["kind"], event["call"], event["status"]) for event in map(json.loads, lines)]


def test_its_events_become_ours(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    def call(kind: str, name: str = "a", param: str = "") -> dict[str, str]:
        return {"type": kind, "id": name, "param": param, "peeruri": "sip:x@y"}

    assert events(
        capsysbinary,
        {"type": "CALL_SOMETHING_NEW", "id": "a"},
        call("CALL_INCOMING"),
        call("CALL_ESTABLISHED"),
        call("CALL_DTMF_START", param="5"),
        call("CALL_CLOSED"),
        call("CALL_RINGING", "b"),
        call("CALL_CLOSED", "b", "486 Busy Here"),
    ) == [
        ("incoming", 1, 0),
        ("answered", 1, 200),
        ("media", 1, 0),
        ("digit", 1, 0),
        ("ended", 1, 0),
        ("ringing", 2, 0),
        ("failed", 2, 486),
    ]
    assert EVENTS["REGISTER_OK"] == "registered"
