"""SIP passwords: made once, readable, private, and known to a running engine when another process changes them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.store.database import open_database
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


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.sqlite3"


def test_a_new_password_is_long_and_of_letters_nobody_mistakes() -> None:
    words = {new_password() for _ in range(100)}
    assert len(words) == 100
    for word in words:
        assert len(word.replace("-", "")) == GROUPS * GROUP_LENGTH >= 16
        assert set(word) <= set(ALPHABET) | {"-"}
        assert check_password(word) == word
    assert not set("0O1lIi") & set(ALPHABET)


def test_each_extension_gets_one_once_and_keeps_it(url: str) -> None:
    passwords = Passwords(open_database(url))
    first = passwords.ensure("bakery", ["101", "102"])
    assert set(first) == {"101", "102"}
    assert passwords.ensure("bakery", ["101", "102", "103"]).keys() == {"103"}
    again = Passwords(open_database(url))
    assert again.lookup("bakery", "101") == first["101"]
    assert again.ensure("bakery", ["101"]) == {}


def test_only_passwords_made_in_this_process_are_new(url: str) -> None:
    Passwords(open_database(url)).ensure("bakery", ["101"])
    passwords = Passwords(open_database(url))
    passwords.ensure("bakery", ["101", "102"])
    assert not passwords.is_new("bakery", "101")
    assert passwords.is_new("bakery", "102")


def test_accounts_never_meet(url: str) -> None:
    passwords = Passwords(open_database(url))
    passwords.ensure("bakery", ["101"])
    passwords.ensure("clinic", ["101"])
    assert passwords.lookup("bakery", "101") != passwords.lookup("clinic", "101")
    assert passwords.lookup("office", "101") is None


def test_a_running_engine_learns_what_another_process_changed(url: str) -> None:
    engine, command = Passwords(open_database(url)), Passwords(open_database(url))
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
    passwords = Passwords(open_database(url))
    with pytest.raises(WeakPassword):
        passwords.set("bakery", "101", word)
    assert passwords.lookup("bakery", "101") is None


def test_a_password_that_another_process_has_just_set_is_kept(url: str) -> None:
    serving = Passwords(open_database(url))
    Passwords(open_database(url)).set("bakery", "101", "set-by-the-admin-7")
    assert serving.ensure("bakery", ["101"]) == {}
    assert serving.lookup("bakery", "101") == "set-by-the-admin-7"


def test_a_change_is_noticed_though_the_clock_was_set_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    serving, command = Passwords(open_database(url)), Passwords(open_database(url))
    serving.ensure("bakery", ["101"])
    command.refresh()
    hour_ago = time.time() - 3600
    monkeypatch.setattr(time, "time", lambda: hour_ago)
    command.set("bakery", "101", "set-by-the-admin-7")
    serving.refresh()
    assert serving.lookup("bakery", "101") == command.lookup("bakery", "101") == "set-by-the-admin-7"
