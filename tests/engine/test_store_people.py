"""The console's stock of numbers and its invitations, as they are kept: each thing once, whoever else wants it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.console import Console
from engine.store.console.invitations import StoredInvitation
from engine.store.console.numbers import ROWS_AT_ONCE, StoredNumber
from engine.store.store import Store

NOW = 1_800_000_000.0
INVITATION = StoredInvitation("bakery", "101", "desk@bakery.example", "abc", NOW, NOW + 60)


@pytest.fixture
def console(database: str | None, tmp_path: Path) -> Iterator[Console]:
    with Store(Settings(state=tmp_path / "state", database=database)) as store:
        yield store.console


def number(last: int, account: str = "bakery", **more: bool) -> StoredNumber:
    return StoredNumber(f"+31201{last:06}", account, added_at=NOW, **more)


def test_a_number_is_in_one_stock_only(console: Console) -> None:
    assert console.numbers.add([number(1), number(2)]) == {"+31201000001", "+31201000002"}
    assert console.numbers.add([number(2, "clinic"), number(3, "clinic")]) == {"+31201000003"}
    assert console.numbers.of("bakery") == [number(1), number(2)]
    assert console.numbers.owners(["+31201000002", "+31201000003", "+1"]) == {
        "+31201000002": "bakery",
        "+31201000003": "clinic",
    }
    console.numbers.remove("clinic", ["+31201000001"])
    assert console.numbers.count("bakery") == 2


def test_of_two_who_add_the_same_numbers_at_once_each_number_goes_to_one(database: str | None, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state", database=database)
    numbers = range(ROWS_AT_ONCE * 3)
    got: dict[str, set[str]] = {}
    with Store(settings) as store, Store(settings) as other:

        def add(one: Store, account: str) -> None:
            got[account] = one.console.numbers.add([number(each, account) for each in numbers])

        threads = [
            threading.Thread(target=add, args=each) for each in ((store, "bakery"), (other, "clinic"), (other, "shop"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(map(len, got.values())) == len(set().union(*got.values())) == len(numbers)
        for account, mine in got.items():
            assert {each.number for each in store.console.numbers.of(account)} == mine


def test_a_coming_number_is_promised_to_one_and_another_stands_in_for_it(console: Console) -> None:
    console.numbers.add([number(1, coming=True), number(2), number(3)])
    coming, temporary, other = "+31201000001", "+31201000002", "+31201000003"
    assert not console.numbers.promise("bakery", other, "anna", None)
    assert not console.numbers.promise("clinic", coming, "anna", None)
    assert console.numbers.promise("bakery", coming, "anna", temporary)
    assert not console.numbers.promise("bakery", coming, "bob", other)
    kept = {each.number: (each.meant_for, each.stands_in_for) for each in console.numbers.of("bakery")}
    assert kept == {coming: ("anna", None), temporary: (None, coming), other: (None, None)}
    assert console.numbers.promise("bakery", coming, "anna", other)
    assert not console.numbers.promise("bakery", coming, "anna", "+31201999999")
    kept = {each.number: (each.meant_for, each.stands_in_for) for each in console.numbers.of("bakery")}
    assert kept == {coming: ("anna", None), temporary: (None, None), other: (None, coming)}
    console.numbers.set_coming("bakery", [coming], False)
    assert all(not each.coming and not each.stands_in_for for each in console.numbers.of("bakery"))


def test_what_was_promised_to_somebody_who_leaves_is_free(console: Console) -> None:
    console.numbers.add([number(1, coming=True), number(2)])
    console.numbers.promise("bakery", "+31201000001", "anna", "+31201000002")
    console.numbers.unpromise("bakery", "anna")
    assert [(each.meant_for, each.stands_in_for) for each in console.numbers.of("bakery")] == [(None, None)] * 2


def test_the_length_of_extensions(console: Console) -> None:
    assert console.numbers.extension_length("bakery") is None
    for length in (4, 3):
        console.numbers.set_extension_length("bakery", length)
        assert console.numbers.extension_length("bakery") == length


def test_settings_are_shown_once_and_the_file_is_given_a_few_times(console: Console) -> None:
    console.invitations.put([INVITATION])
    console.invitations.opened("abc", NOW + 1)
    console.invitations.opened("abc", NOW + 2)
    assert not console.invitations.reveal("abc", NOW + 60, "file", 2)
    assert console.invitations.reveal("abc", NOW + 3, "file", 2)
    assert not console.invitations.reveal("abc", NOW + 3, "another", 2)
    assert [console.invitations.take_file("file", NOW + 4) for _ in range(3)] == [True, True, False]
    kept = console.invitations.by_file_token("file")
    assert kept is not None
    assert (kept.opened_at, kept.revealed_at, kept.files_left) == (NOW + 1, NOW + 3, 0)
    assert console.invitations.by_token("") is None
    assert console.invitations.by_file_token("") is None


def test_a_new_invitation_takes_the_place_of_the_old_one(console: Console) -> None:
    console.invitations.put([INVITATION])
    console.invitations.reveal("abc", NOW, "file", 2)
    console.invitations.put([StoredInvitation("bakery", "101", "desk@bakery.example", "def", NOW + 1, NOW + 60)])
    assert console.invitations.by_token("abc") is None
    assert not console.invitations.take_file("file", NOW + 2)
    assert console.invitations.revoke("bakery", "101", NOW + 2)
    assert not console.invitations.revoke("bakery", "101", NOW + 3)
    assert not console.invitations.reveal("def", NOW + 3, "file", 2)
    console.invitations.forget("bakery", "101")
    assert console.invitations.of("bakery") == {}
