"""Greetings as files beside the dialplan: under names of their own, whole or not at all, and never lost while used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.dialplan.load import load_account
from engine.settings import Settings
from tests.web.greeting.sounds import by_libsndfile
from web.greeting import kept
from web.greeting.decoding import Sound
from web.greeting.kept import MOST_KEPT, KeptGreetings
from web.mistakes import Mistakes

NOW = 1_798_761_600.0
SOUND = Sound(by_libsndfile("WAV"), 3.0)
PLAN = """\
account: {{name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}}
numbers: {{main: "+31 20 123 4567"}}
people: {{anna: {{extension: 101}}}}
main_number: {{menu: welcome}}
menus: {{welcome: {{greeting: {{play: "{play}"}}, keys: {{1: {{ring: anna}}}}}}}}
"""


@pytest.fixture
def greetings(settings: Settings) -> KeptGreetings:
    return KeptGreetings(settings, "bakery")


def test_a_greeting_lies_where_its_dialplan_finds_it(greetings: KeptGreetings, settings: Settings) -> None:
    made = greetings.keep(SOUND, "Welcome, dear ../../customers", NOW)
    assert (made.label, made.made_at, made.used) == ("welcome-dear-customers", NOW, False)
    assert made.seconds == pytest.approx(3.0)
    plan = settings.dialplans / "bakery.yaml"
    plan.write_text(PLAN.format(play=made.play))
    account = load_account(plan, sounds_cache=settings.sounds_cache, prompts_dir=settings.prompts)
    assert account.sounds["play", made.play, "en"].path == str(greetings.find(made.name))
    (there,) = greetings.all()
    assert there.used
    assert greetings.find(made.name).stat().st_mode & 0o777 == 0o644  # type: ignore[union-attr]


def test_each_has_a_file_of_its_own_and_the_newest_comes_first(greetings: KeptGreetings) -> None:
    first, second = greetings.keep(SOUND, "a", NOW), greetings.keep(SOUND, "a", NOW + 60)
    assert [one.name for one in greetings.all()] == [second.name, first.name]


def test_no_file_is_written_over(greetings: KeptGreetings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept.secrets, "token_hex", lambda count: "0" * 2 * count)
    made = greetings.keep(SOUND, "a", NOW)
    with pytest.raises(FileExistsError):
        greetings.keep(Sound(b"other", 1.0), "a", NOW)
    assert [path.name for path in greetings.folder.iterdir()] == [made.name], "and nothing is left beside it"
    assert (greetings.folder / made.name).read_bytes() == SOUND.data


def test_a_kill_while_it_is_written_leaves_nothing_that_counts(
    greetings: KeptGreetings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        greetings.keep(SOUND, "a", NOW)
    assert greetings.all() == []


def test_what_a_killed_console_left_is_swept_away_and_nothing_else(greetings: KeptGreetings) -> None:
    greetings.folder.mkdir(parents=True)
    there = [greetings.folder / name for name in (f".{'a' * 16}", f".{'b' * 16}", ".mine", "mine.wav")]
    for path in there:
        path.write_bytes(b"half")
        os.utime(path, (NOW - 4000, NOW - 4000))
    os.utime(there[1], (NOW - 10, NOW - 10))
    made = greetings.keep(SOUND, "a", NOW)
    left = {path.name for path in greetings.folder.iterdir()}
    assert left == {path.name for path in there[1:]} | {made.name}, "the second may just be being written"


def test_what_callers_hear_is_not_removed_and_what_they_do_not_is(greetings: KeptGreetings, settings: Settings) -> None:
    used, unused = greetings.keep(SOUND, "a", NOW), greetings.keep(SOUND, "b", NOW)
    (settings.dialplans / "another.yaml").write_text(f"# once: {used.play}\n")
    with pytest.raises(Mistakes, match="Callers hear this greeting"):
        greetings.remove(used.name)
    greetings.remove(unused.name)
    assert [one.name for one in greetings.all()] == [used.name]
    with pytest.raises(Mistakes, match="no such greeting any more"):
        greetings.remove(unused.name)


@pytest.mark.parametrize(
    "name", ["../../bakery.yaml", "/etc/passwd", "", ".", "a.20270101-000000.00000000.wav/..", "mine.wav", "a\0b"]
)
def test_nothing_but_its_own_files_can_be_named(greetings: KeptGreetings, name: str) -> None:
    greetings.folder.mkdir(parents=True)
    (greetings.folder / "mine.wav").write_bytes(SOUND.data)
    assert greetings.find(name) is None
    assert greetings.all() == [], "a file that somebody put there by hand is none of the console's"
    with pytest.raises(Mistakes):
        greetings.remove(name)
    assert (greetings.folder / "mine.wav").exists()


@pytest.mark.parametrize("account", ["..", "../other", "", "a/b", ".hidden", "a\0"])
def test_an_account_is_no_path(settings: Settings, account: str) -> None:
    with pytest.raises(Mistakes):
        KeptGreetings(settings, account)


def test_accounts_do_not_see_each_others(greetings: KeptGreetings, settings: Settings) -> None:
    made = greetings.keep(SOUND, "a", NOW)
    other = KeptGreetings(settings, "flower-shop")
    assert other.all() == []
    assert other.find(made.name) is None


def test_there_is_an_end_to_it(greetings: KeptGreetings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_KEPT", 2)
    greetings.keep(SOUND, "a", NOW)
    greetings.keep(SOUND, "a", NOW)
    with pytest.raises(Mistakes, match="There are 2 greetings"):
        greetings.keep(SOUND, "a", NOW)
    assert MOST_KEPT >= 100


def test_dialplans_that_lie_in_one_file_have_their_greetings_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "bakery.yaml"
    file.write_text("")
    made = KeptGreetings(Settings(dialplans=file, state=tmp_path / "state"), "bakery").keep(SOUND, "a", NOW)
    assert (tmp_path / "sounds" / made.play).is_file()
