"""The list of calls, on SQLite and PostgreSQL: page after page, found by what is looked for, and messages counted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.office.messages import Message
from engine.settings import Settings
from engine.store.records import CallRecord
from engine.store.store import Store
from web.dashboard.paging import Search, cursor_of, found
from web.dashboard.view import Messages, Sight

NOW = time.time()


@pytest.fixture
def settings(tmp_path: Path, database: str | None) -> Settings:
    return Settings(state=tmp_path / "state", dialplans=tmp_path / "dialplans", database=database)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store(settings) as store:
        for number in range(25):
            verdict = "talked" if number % 2 else "abandoned"
            caller = f"+3170111{number:04}"
            # two begin in the same moment
            store.records.put(CallRecord(f"c{number:02}", "bakery", caller, "b", NOW - number // 2, verdict=verdict))
        store.records.put(CallRecord("x", "other", "+31701110000", "b", NOW, verdict="talked"))
        store.ledger.checkpoint()
        yield store


def test_pages_follow_one_another_to_the_last_call(store: Store) -> None:
    seen: list[str] = []
    search = Search()
    while page := found(store, "bakery", search, None, 7):
        seen += [record.id for record in page]
        search = Search(before=cursor_of(page[-1]))
    assert len(seen) == len(set(seen)) == 25
    assert set(seen[:2]) == {"c00", "c01"}


def test_calls_are_found_by_number_and_outcome(store: Store) -> None:
    assert [record.id for record in found(store, "bakery", Search(text="070 111 0003"), None)] == ["c03"]
    assert len(found(store, "bakery", Search(outcome="missed"), None)) == 13
    assert found(store, "bakery", Search(text="somebody"), None) == []


def test_messages_are_counted(store: Store, settings: Settings) -> None:
    for number, heard in enumerate((None, 5.0, None)):
        message = Message(f"vm/{number}.wav", "bakery", "anna", "x", "c", left_at=1.0, seconds=1.0, heard_at=heard)
        store.voicemail.put(message)
    store.ledger.checkpoint()
    assert Sight(settings, store).messages("bakery") == Messages(2, 3)
    assert Sight(settings, store).messages("other") == Messages()
