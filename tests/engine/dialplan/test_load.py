"""Loading: good files load, bad ones are told by file, line and column with all that is wrong at once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.dialplan import load as loading
from engine.dialplan.account import Account
from engine.dialplan.check import check
from engine.dialplan.findings import DialplanErrors, Finding, Severity
from engine.dialplan.load import load_account, load_accounts
from engine.dialplan.reading import MAX_FINDINGS
from engine.dialplan.source import MAX_BYTES

Load = Callable[..., Account]

CORPUS = Path(__file__).parents[2] / "dialplans"
EXAMPLES = Path(__file__).parents[3] / "dialplans"
GOOD = sorted((CORPUS / "good").glob("*.yaml"))
BAD = sorted((CORPUS / "bad").glob("*.yaml"))

HEAD = """
account: {name: The Bakery, country: NL, language: en, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people:
  front-desk: {extension: 101}
  orders: {extension: 102}
"""


def load_file(path: Path, folder: Path) -> Account:
    copy = folder / path.name
    shutil.copyfile(path, copy)
    return load_account(copy, sounds_cache=folder / "cache", prompts_dir=folder / "prompts")


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_files_load_and_raise_the_doubts_they_should(path: Path, folder: Path) -> None:
    told = [str(finding).replace(f"{folder}/{path.name}:", "") for finding in check(load_file(path, folder))]
    doubts = path.with_suffix(".doubts")
    assert told == (doubts.read_text().splitlines() if doubts.exists() else [])


def test_a_text_loads_as_if_it_were_saved_already(folder: Path) -> None:
    there = {"sounds_cache": folder / "cache", "prompts_dir": folder / "prompts"}
    path = folder / "unsaved.yaml"
    text = HEAD + "main_number: {play: welcome.wav, then: {ring: orders}}\n"
    account = load_account(path, text=text.encode(), **there)
    assert (account.key, account.sounds["play", "welcome.wav", "en"].path) == (
        "unsaved",
        str(folder / "sounds" / "welcome.wav"),
    )
    with pytest.raises(DialplanErrors, match=r"unsaved\.yaml:7:21: .*welcom\.wav"):
        load_account(path, text=text.replace("welcome.", "welcom.").encode(), **there)
    assert not path.exists()


def test_there_are_both_kinds_of_files() -> None:
    assert len(GOOD) >= 3
    assert len(BAD) >= 25


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_files_are_told_all_that_is_wrong_and_where(path: Path, folder: Path) -> None:
    with pytest.raises(DialplanErrors) as caught:
        load_file(path, folder)
    told = [str(finding).replace(f"{folder}/{path.name}:", "") for finding in caught.value.findings]
    assert told == path.with_suffix(".expected").read_text().splitlines()


def test_the_example_account_loads(folder: Path) -> None:
    account = load_file(EXAMPLES / "bakery.yaml", folder)
    assert account.key == account.domain == "bakery"
    assert account.name == "The Bakery"
    assert dict(account.person_by_extension) == {"101": "front-desk", "102": "orders"}
    assert set(account.numbers_at) == {"+31201234567", "+31201234568"}
    assert [finding.what for finding in check(account)] == ["key 1 of menu 'welcome' begins extensions 101, 102"]


def test_a_message_is_what_editors_jump_to() -> None:
    finding = Finding("a.yaml", 3, 7, Severity.ERROR, "no person is called 'ordres'", "did you mean 'orders'?")
    assert str(finding) == "a.yaml:3:7: no person is called 'ordres' (did you mean 'orders'?)"


def test_what_yaml_would_have_misread_is_what_was_written(folder: Path) -> None:
    account = load_file(CORPUS / "good/traps.yaml", folder)
    assert account.country == "NO"
    assert account.person_by_extension["0101"] == "on"
    assert account.hours["yes"].lines[0].openings == ((8 * 60, 12 * 60 + 30),)
    assert list(account.numbers_at) == ["+4722123459", "+4722123458", "+4722123457", "+4722123456"]


def test_a_huge_file_is_refused_unread(folder: Path) -> None:
    path = folder / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(DialplanErrors, match=f"{MAX_BYTES:,} bytes"):
        load_account(path, sounds_cache=folder, prompts_dir=folder)
    path.unlink()


@pytest.mark.parametrize("name", ["absent.yaml", "sounds", "nul\0.yaml"])
def test_a_file_that_cannot_be_read_is_a_finding(name: str, folder: Path) -> None:
    with pytest.raises(DialplanErrors, match=r"cannot be read|is no file"):
        load_account(folder / name, sounds_cache=folder, prompts_dir=folder)


def test_findings_are_bounded(load: Load) -> None:
    ways = "\n".join(f"- {{during: nix{number}, ring: nobody{number}}}" for number in range(49))
    menus = "\n".join(f"  m{number}: {{greeting: nothing.wav, keys: {{1: nowhere}}}}" for number in range(500))
    with pytest.raises(DialplanErrors) as caught:
        load(f"{HEAD}main_number:\n{ways}\n- hang_up\nmenus:\n{menus}")
    assert len(caught.value.findings) == MAX_FINDINGS


def test_a_text_that_cannot_be_spoken_is_an_error_at_its_place(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.dialplan import sound_files

    def mute(*_: object) -> Path:
        raise sound_files.SpeechUnavailable("espeak-ng is not installed")

    monkeypatch.setattr(sound_files, "synthesise", mute)
    with pytest.raises(DialplanErrors) as caught:
        load(HEAD + 'main_number: {say: "We are closed."}')
    (finding,) = caught.value.findings
    assert (finding.line, finding.column) == (7, 20)
    assert finding.what == "this text cannot be spoken"
    assert "espeak-ng is not installed" in finding.suggestion


def test_a_spoken_text_is_made_in_the_accounts_language(
    load: Load, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    from engine.dialplan import sound_files

    spoken: list[tuple[str, str, Path]] = []

    def speak(text: str, language: str, cache: Path) -> Path:
        spoken.append((text, language, cache))
        return cache / "spoken.wav"

    monkeypatch.setattr(sound_files, "synthesise", speak)
    account = load(HEAD.replace("language: en", "language: nl") + 'main_number: {say: "We zijn  dicht."}')
    assert spoken == [("We zijn dicht.", "nl", folder / "cache")]
    (file,) = account.sounds_of(account.main.announcements)  # type: ignore[attr-defined]
    assert file.path == str(folder / "cache" / "spoken.wav")  # type: ignore[union-attr]


# --- several accounts -------------------------------------------------------------------------------------------------


def other(name: str, number: str, extra: str = "") -> str:
    return f"""
account: {{name: {name}, country: NL, timezone: Europe/Amsterdam{extra}}}
numbers: {{main: "{number}"}}
people:
  desk: {{extension: 101}}
main_number: desk
"""


def load_all(tmp_path: Path, **texts: str) -> list[Account]:
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return load_accounts(tmp_path, sounds_cache=tmp_path, prompts_dir=tmp_path)


def test_extensions_may_recur_in_another_account(tmp_path: Path) -> None:
    accounts = load_all(tmp_path, b=other("B", "+31201234562"), a=other("A", "+31201234561"))
    assert [account.key for account in accounts] == ["a", "b"]
    assert [account.ring_extension("101").ring for account in accounts] == ["desk", "desk"]


def test_a_number_belongs_to_one_account_only(tmp_path: Path) -> None:
    with pytest.raises(DialplanErrors) as caught:
        load_all(tmp_path, a=other("A", "+31201234561"), b=other("B", "020 123 4561"))
    (finding,) = caught.value.findings
    assert finding.file == str(tmp_path / "b.yaml")
    assert (finding.line, finding.column) == (3, 17)
    assert finding.what == f"the number +31201234561 belongs to {tmp_path / 'a.yaml'} already"


def test_a_domain_belongs_to_one_account_only(tmp_path: Path) -> None:
    with pytest.raises(DialplanErrors, match="the domain a belongs to"):
        load_all(tmp_path, a=other("A", "+31201234561"), b=other("B", "+31201234562", ", domain: A"))


def test_errors_of_all_files_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(DialplanErrors) as caught:
        load_all(tmp_path, a="x: 1", b="- y", c=other("C", "+31201234561"))
    assert {Path(finding.file).name for finding in caught.value.findings} == {"a.yaml", "b.yaml"}


def test_a_folder_without_dialplans_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DialplanErrors, match="there is no dialplan here"):
        load_accounts(tmp_path, sounds_cache=tmp_path, prompts_dir=tmp_path)


BESIDE_DIALPLANS = {
    "vim": (".a.yaml.swp", ".a.yaml.un~", "4913", "a.yaml~"),
    "emacs": (".#a.yaml", "#a.yaml#", "a.yaml.~1~"),
    "nano, kate, gedit": ("a.yaml.save", ".a.yaml.kate-swp", ".goutputstream-2K7X01"),
    "jetbrains": ("a.yaml___jb_tmp___", "a.yaml___jb_old___"),
    "sed, rsync, copies": ("sedQ1x2Y3", ".a.yaml.x4T9kQ", "a.yaml.bak", "a.yaml.orig", "a.yaml.tmp", "a.yaml.new"),
    "others": (".hidden.yaml", "notes.txt", "a.wav"),
}


@pytest.mark.parametrize("names", BESIDE_DIALPLANS.values(), ids=BESIDE_DIALPLANS)
def test_what_editors_leave_beside_dialplans_is_none(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).write_text("nonsense")
    assert [account.key for account in load_all(tmp_path, a=other("A", "+31201234561"))] == ["a"]
    assert loading.dialplan_files(tmp_path) == [tmp_path / "a.yaml"]


def test_a_cache_that_cannot_be_written_is_a_finding(folder: Path) -> None:
    path = folder / "spoken.yaml"
    path.write_text(HEAD + 'main_number: {say: "We are closed."}')
    with pytest.raises(DialplanErrors, match="cannot be spoken"):
        load_account(path, sounds_cache=folder / "spoken.yaml" / "cache", prompts_dir=folder / "prompts")


MINIMAL = """\
account: {name: Office, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
people: {desk: {extension: 101}}
main_number: {ring: desk}
"""


@pytest.mark.parametrize("name", ["my office", "Bäckerei", "-dash"])
def test_a_file_name_that_is_no_domain_asks_for_one(load: Load, folder: Path, name: str) -> None:
    with pytest.raises(DialplanErrors, match="add `domain:` to `account:`") as caught:
        load(MINIMAL, f"{name}.yaml")
    assert caught.value.findings[0].line == 1
    assert load(MINIMAL.replace("{name", "{domain: office.test, name"), f"{name}.yaml").domain == "office.test"
    (folder / f"{name}.yaml").unlink()


def test_a_folder_that_cannot_be_read_is_a_finding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DialplanErrors, match="the folder cannot be read"):
        load_accounts(folder, sounds_cache=folder, prompts_dir=folder)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(DialplanErrors, match="this is no file"):
        load_account(tmp_path / "pipe.yaml", sounds_cache=tmp_path, prompts_dir=tmp_path)
