"""``belplan demo``: what it runs on, how it judges what was heard, and the whole of it with real softphones."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from engine.cli import demo as room
from engine.cli.demo import TONES, DemoFailed, Timeline, _judge, _settings_of_demo, run_demo
from engine.cli.main import run
from engine.settings import Settings
from engine.softphone.phone import PhoneUnavailable
from engine.softphone.server import Server, ServerFailed
from engine.softphone.settings import PhoneEvent

NO_PHONE = importlib.util.find_spec("pjsua2") is None and shutil.which("baresip") is None


def heard(folder: Path, **hertz: float) -> Path:
    times = np.arange(40000) / 8000
    for who, tone in hertz.items():
        soundfile.write(folder / f"{who}-heard.wav", 0.3 * np.sin(2 * np.pi * tone * times), 8000)
    return folder


def test_it_says_who_heard_whom(tmp_path: Path) -> None:
    lines = _judge(heard(tmp_path, caller=TONES["orders"], orders=TONES["caller"]))
    assert "caller heard the menu and the ringing, then orders's tone, 880 Hz (0 % silence)" in lines[0]
    assert "orders heard caller's tone, 440 Hz (0 % silence)" in lines[1]


@pytest.mark.parametrize(
    ("caller", "orders"),
    [(TONES["caller"], TONES["caller"]), (TONES["orders"], 0.0), (TONES["orders"], TONES["front desk"])],
)
def test_a_call_in_which_one_did_not_hear_the_other_failed(tmp_path: Path, caller: float, orders: float) -> None:
    with pytest.raises(DemoFailed, match="in place of"):
        _judge(heard(tmp_path, caller=caller, orders=orders))


def test_it_runs_the_example_alone_at_any_hour_and_touches_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree("dialplans", mine)
    (mine / "other.yaml").write_text("not even a dialplan")
    before = (mine / "bakery.yaml").read_text()
    wanted = _settings_of_demo(Settings(dialplans=mine), tmp_path / "demo")
    assert [path.name for path in wanted.dialplans.glob("*.yaml")] == ["bakery.yaml"]
    assert yaml.safe_load((wanted.dialplans / "bakery.yaml").read_text())["main_number"] == {"menu": "welcome"}
    assert (mine / "bakery.yaml").read_text() == before
    assert (mine / "other.yaml").exists()
    assert {each.host for each in wanted.listen} == {"127.0.0.1"}
    assert wanted.state.is_relative_to(tmp_path / "demo")


def test_without_the_example_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DemoFailed, match=r"no bakery\.yaml"):
        _settings_of_demo(Settings(dialplans=tmp_path / "empty"), tmp_path / "demo")


def test_the_timeline_tells_what_matters() -> None:
    said: list[str] = []
    timeline = Timeline(said.append)
    tell = timeline.of("caller")
    for kind in ("calling", "media", "answered"):
        tell(PhoneEvent(kind, 0.0))
    tell(PhoneEvent("failed", 0.0, 1, 486, "Busy Here"))
    assert [line.split("caller")[1].strip() for line in said] == [
        "dials the main number",
        "is connected",
        "is not connected: 486 Busy Here",
    ]


def test_without_a_softphone_the_demo_fails_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none_installed() -> list[str]:
        raise PhoneUnavailable("No softphone is installed; 'apt install baresip' works.")

    monkeypatch.setattr(room, "program", none_installed)
    assert run(["demo"]) == 1
    said = "".join(capsys.readouterr())
    assert "apt install baresip" in said
    assert "Traceback" not in said


async def test_a_server_that_cannot_start_is_quoted(tmp_path: Path) -> None:
    shutil.copytree("dialplans", tmp_path / "dialplans")
    wanted = _settings_of_demo(Settings(dialplans=tmp_path / "dialplans", prompts=Path("prompts")), tmp_path / "demo")
    server = Server(wanted)
    (wanted.dialplans / "bakery.yaml").write_text("nonsense: 1\n")
    with pytest.raises(ServerFailed, match="dialplans cannot be used"):
        async with server:
            pass


@pytest.mark.end_to_end
@pytest.mark.skipif(NO_PHONE, reason="neither pjsua2 nor baresip is installed")
def test_the_demo_succeeds(tmp_path: Path) -> None:
    said: list[str] = []
    asyncio.run(run_demo(Settings(dialplans=Path("dialplans").resolve()), tmp_path, said.append))
    story = "\n".join(said)
    for step in ("main number", "presses 1", "rings", "hangs up", "orders's tone", "caller's tone"):
        assert step in story, story
    assert sorted(path.name for path in tmp_path.glob("*.wav"))[:1] == ["caller-heard.wav"]
