"""SIP passwords: made once, readable, private, and known to a running engine when another process changes them."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.database import StoreFailed, open_database
from engine.store.keys import KEY_BYTES
from engine.store.passwords import (
    ALPHABET,
    GROUP_LENGTH,
    GROUPS,
    MAX_PASSWORD,
    MIN_PASSWORD,
    Passwords,
    WeakPassword,
    check_password,
    new_password,
)
from engine.store.sealing import KEY_FILE, Seal
from engine.store.store import Store
from sip.digest import Secret

PASSWORD = "crumbs-101-crumbs"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.sqlite3"


def opened(url: str) -> Passwords:
    return Passwords(open_database(url), Seal(b"k" * KEY_BYTES))


def rows(url: str) -> list[str]:
    """What is sealed in the table."""
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return [sealed for (sealed,) in connection.execute("select sealed from passwords")]


def test_a_new_password_is_long_and_of_letters_nobody_mistakes() -> None:
    words = {new_password() for _ in range(100)}
    assert len(words) == 100
    for word in words:
        assert len(word.replace("-", "")) == GROUPS * GROUP_LENGTH >= 16
        assert set(word) <= set(ALPHABET) | {"-"}
        assert check_password(word) == word
    assert not set("0O1lIi") & set(ALPHABET)


def test_each_extension_gets_one_once_and_keeps_it(url: str) -> None:
    passwords = opened(url)
    first = passwords.ensure("bakery", ["101", "102"])
    assert set(first) == {"101", "102"}
    assert passwords.ensure("bakery", ["101", "102", "103"]).keys() == {"103"}
    again = opened(url)
    assert again.lookup("bakery", "101") == first["101"]
    assert again.ensure("bakery", ["101"]) == {}


def test_only_passwords_made_in_this_process_are_new(url: str) -> None:
    opened(url).ensure("bakery", ["101"])
    passwords = opened(url)
    passwords.ensure("bakery", ["101", "102"])
    assert not passwords.is_new("bakery", "101")
    assert passwords.is_new("bakery", "102")


def test_of_a_hidden_password_only_hashes_of_one_realm_are_kept(url: str) -> None:
    command, engine = opened(url), opened(url)
    engine.take_changed()
    command.set("bakery", "101", PASSWORD, hidden_in="bakery.test")
    engine.refresh()
    assert list(engine.take_changed()) == [("bakery", "101")]
    assert engine.is_hidden("bakery", "101")
    assert engine.lookup("bakery", "101") is None
    assert engine.proof("bakery", "101", "bakery.test") == Secret.of("101", "bakery.test", PASSWORD)
    assert engine.proof("bakery", "101", "other.test") is None
    assert engine.of_other_realms("bakery", ["101", "102"], "bakery.test") == []
    assert engine.of_other_realms("bakery", ["101", "102"], "other.test") == ["101"]
    assert engine.ensure("bakery", ["101"]) == {}, "it is a password like any other"
    (sealed,) = rows(url)
    assert PASSWORD not in Seal(b"k" * KEY_BYTES).open(sealed, "sip password bakery 101")
    command.set("bakery", "101", "shown-again-1")
    engine.refresh()
    assert (engine.lookup("bakery", "101"), engine.is_hidden("bakery", "101")) == ("shown-again-1", False)


def test_a_hidden_password_has_to_be_a_good_one(url: str) -> None:
    passwords = opened(url)
    with pytest.raises(WeakPassword):
        passwords.set("bakery", "101", "1234", hidden_in="bakery.test")
    assert passwords.proof("bakery", "101", "bakery.test") is None


def test_accounts_never_meet(url: str) -> None:
    passwords = opened(url)
    passwords.ensure("bakery", ["101"])
    passwords.ensure("clinic", ["101"])
    assert passwords.lookup("bakery", "101") != passwords.lookup("clinic", "101")
    assert passwords.lookup("office", "101") is None


def test_a_running_engine_learns_what_another_process_changed(url: str) -> None:
    engine, command = opened(url), opened(url)
    engine.ensure("bakery", ["101"])
    command.set("bakery", "101", "another-password")
    engine.refresh()
    assert engine.lookup("bakery", "101") == "another-password"
    command.forget("bakery", "101")
    engine.refresh()
    assert engine.lookup("bakery", "101") is None


@pytest.mark.parametrize(
    "word",
    [
        "x" * (MIN_PASSWORD - 1),
        "ab" * MAX_PASSWORD,
        "has spaces 12",
        'quoted"123',
        "back\\slash1",
        "línea-larga",
        "a" * 12,
        "a\tbcdefghij",
    ],
)
def test_weak_or_untypeable_passwords_are_refused(word: str, url: str) -> None:
    passwords = opened(url)
    with pytest.raises(WeakPassword):
        passwords.set("bakery", "101", word)
    assert passwords.lookup("bakery", "101") is None


def test_a_password_that_another_process_has_just_set_is_kept(url: str) -> None:
    serving = opened(url)
    opened(url).set("bakery", "101", "set-by-the-admin-7")
    assert serving.ensure("bakery", ["101"]) == {}
    assert serving.lookup("bakery", "101") == "set-by-the-admin-7"


def test_a_change_is_noticed_though_the_clock_was_set_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    serving, command = opened(url), opened(url)
    serving.ensure("bakery", ["101"])
    command.refresh()
    hour_ago = time.time() - 3600
    monkeypatch.setattr(time, "time", lambda: hour_ago)
    command.set("bakery", "101", "set-by-the-admin-7")
    serving.refresh()
    assert serving.lookup("bakery", "101") == command.lookup("bakery", "101") == "set-by-the-admin-7"


# --- under seal -------------------------------------------------------------------------------------------------------


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_file_of_the_state_folder_holds_a_password(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    with Store(settings, serving=True) as store:
        made = store.passwords.ensure("bakery", ["101"])["101"]
        store.passwords.set("bakery", "102", "chosen-by-the-admin")
    held = contents(settings.state)
    for password in (made, "chosen-by-the-admin"):
        assert password.encode() not in held
    with Store(settings) as store:
        assert store.passwords.lookup("bakery", "102") == "chosen-by-the-admin"


def test_passwords_of_an_earlier_version_are_sealed_and_leave_no_trace(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    Store(settings).close()
    with contextlib.closing(sqlite3.connect(settings.state / "belplan.sqlite3")) as database, database:
        rows = [("bakery", str(number), f"in-the-clear-{number}", 1.0) for number in range(50)]
        columns = "account, extension, password, changed_at"
        database.executemany(f"insert into passwords ({columns}) values (?, ?, ?, ?)", rows)
    assert b"in-the-clear-7" in contents(settings.state)
    with Store(settings) as store:
        assert store.passwords.lookup("bakery", "7") == "in-the-clear-7"
    assert b"in-the-clear" not in contents(settings.state)


def test_the_key_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    Seal.beside(tmp_path)
    key = tmp_path / KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    sealed = Seal.beside(tmp_path).close("secret", "a")
    assert key.stat().st_mode & 0o777 == 0o600
    assert Seal.beside(tmp_path).open(sealed, "a") == "secret"
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_another_key_another_row_and_a_damaged_one_open_nothing(tmp_path: Path) -> None:
    seal = Seal(b"1" * KEY_BYTES)
    sealed = seal.close("secret", "bakery 101")
    damaged = ("A" if sealed[30] != "A" else "B").join((sealed[:30], sealed[31:]))
    for key, about, text in (
        (Seal(b"2" * KEY_BYTES), "bakery 101", sealed),
        (seal, "bakery 102", sealed),
        (seal, "bakery 101", damaged),
        (seal, "bakery 101", "no base64!"),
        (seal, "bakery 101", ""),
    ):
        with pytest.raises(StoreFailed, match="bring back the key"):
            key.open(text, about)
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(StoreFailed, match="no key of Belplan's"):
        Seal.beside(tmp_path)


def test_a_lost_key_is_told_in_a_sentence(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    with Store(settings) as store:
        store.passwords.ensure("bakery", ["101"])
    (settings.state / KEY_FILE).unlink()
    with pytest.raises(StoreFailed, match="cannot be opened with the key"):
        Store(settings)
