"""``belplan greeting``: what callers hear first, changed from the command line; and the simulator hears it too."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import run
from engine.settings import Settings
from engine.store.store import Store
from tests.engine.cli.conftest import settle
from tests.web.greeting.sounds import by_libsndfile
from web.accounts.audit import entries
from web.main import belplan

BAKERY = """\
# by hand
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
main_number: {menu: welcome}
menus:
  welcome: {greeting: {say: Hello}, keys: {1: {menu: sales}}}
  sales: {greeting: {say: Sales}, keys: {1: repeat}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return settle(tmp_path, monkeypatch, BAKERY)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(["greeting", *words], belplan)
    out, error = capsys.readouterr()
    return status, out, error


def test_a_file_becomes_what_callers_hear_first(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys) == (0, "no recording is kept as a greeting\n", "")
    (home / "hello.mp3").write_bytes(by_libsndfile("MP3"))
    with Store(Settings(state=home / "state")) as store:
        store.standing.write("bakery", "greeting/welcome/en", "greeting.x.wav")
    status, out, error = said(capsys, "welcome", "--file", str(home / "hello.mp3"))
    assert (status, error) == (0, "")
    assert out.startswith("callers of welcome hear the new greeting first\nwhat was recorded by phone")
    status, out, _ = said(capsys)
    recording, label, seconds, _, used = out.splitlines()[1].split("\t")
    assert (label, seconds, used) == ("welcome", "3.0", "yes")
    assert run(["simulate", "--hang-up", "2s"], belplan) == 0
    assert f"{recording} (2.0 of 3.0 s)" in capsys.readouterr().out
    assert (home / "dialplans" / "bakery.yaml").read_text().startswith("# by hand\naccount: {name: The Bakery, coun")

    assert said(capsys, "--remove", recording)[2] == (
        "belplan: Callers hear this greeting. Choose another one first, then remove it.\n"
    )
    assert said(capsys, "welcome", "--say", "Good morning")[0] == 0
    assert said(capsys, "welcome", "--use", recording)[0] == 0
    assert said(capsys, "welcome", "--say", "Good evening")[0] == 0
    assert said(capsys, "--remove", recording) == (0, f"{recording} is removed\n", "")


def test_recording_by_phone_is_switched_on_and_off(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "welcome", "--by-phone", "4711") == (0, "greetings can be recorded by phone: dial *77\n", "")
    assert "'*77': {record_prompt: welcome, pin: '4711'}" in (home / "dialplans" / "bakery.yaml").read_text().replace(
        '"', "'"
    )
    assert said(capsys)[1].splitlines()[1] == "*77: records the greeting of welcome by phone"
    assert said(capsys, "--not-by-phone", "*77") == (0, "*77 is switched off\n", "")
    assert said(capsys, "--by-phone", "4711")[1] == "greetings can be recorded by phone: dial *77\n"
    assert said(capsys, "welcome", "--say", "Good morning")[0] == 0
    with Store(Settings(state=home / "state")) as store:
        assert [str(entry.what) for entry in entries(store, "bakery")][::-1] == [
            "greetings can be recorded by phone with *77",
            "greetings cannot be recorded by phone with *77 any more",
            "greetings can be recorded by phone with *77",
            "chose another greeting for welcome",
        ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["welcome"], "name a menu with one of"),
        (["--say", "Hello"], "name a menu with one of"),
        (["welcome", "--say", "Hello", "--file", "x"], "name a menu with one of"),
        (["welcome", "--file", "/nowhere.wav"], "cannot be read: No such file"),
        (["nowhere", "--say", "Hello"], "There is no menu nowhere"),
        (["welcome", "--use", "../../../etc/passwd"], "There is no such greeting"),
        (["--remove", "../bakery.yaml", "--by-phone", "4711"], "name a menu with one of"),
        (["--by-phone", "1234"], "Anybody would try this one first"),
        (["--by-phone", "47a1"], "Choose 4 to 12 digits"),
        (["--not-by-phone", "*97"], "There is no such code"),
        (["--remove", "../bakery.yaml"], "There is no such greeting"),
        (["welcome", "--say", "Hello", "--account", "flower-shop"], "there is no account 'flower-shop'"),
    ],
)
def test_what_will_not_do_is_told(home: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    status, out, error = said(capsys, *words)
    assert (status, out) == (1, "")
    assert told in error


def test_a_file_that_is_none_is_not_kept(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "letter.pdf").write_bytes(b"%PDF-1.7 not for ears")
    assert "This is a PDF document" in said(capsys, "welcome", "--file", str(home / "letter.pdf"))[2]
    assert "there is no menu 'nowhere'" in said(capsys, "nowhere", "--file", str(home / "letter.pdf"))[2]
    assert said(capsys)[1] == "no recording is kept as a greeting\n"
