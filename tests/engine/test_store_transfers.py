"""Orders to transfer numbers, as they are kept: one order a number, nothing overtaken, news and reports once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.console.transfers import News, NumberTaken, Overtaken, StoredTransfer, StoredTransfers
from engine.store.store import Store

ORDER = StoredTransfer("A", "bakery", "draft", "{}", 1.0)
FIRST, SECOND = "+31201110001", "+31201110002"


@pytest.fixture
def transfers(tmp_path: Path, database: str | None) -> Iterator[StoredTransfers]:
    with Store(Settings(state=tmp_path / "state", database=database)) as store:
        yield store.console.transfers


def news(what: str, *, told: bool = True) -> News:
    return News(2.0, "owner", what, "draft", "draft", "a note", told)


def test_an_order_is_kept_and_counts_its_changes(transfers: StoredTransfers) -> None:
    first = transfers.put(ORDER, [FIRST])
    second = transfers.put(replace(first, state="submitted", data='{"a": 1}'), [FIRST])
    assert (first.version, second.version) == (1, 2)
    assert transfers.find("A") == second
    assert transfers.of("bakery") == transfers.in_state("submitted") == [second]
    assert transfers.of("clinic") == transfers.in_state("draft") == []
    assert transfers.find("B") is None


def test_an_order_that_has_changed_meanwhile_is_not_written_over(transfers: StoredTransfers) -> None:
    first = transfers.put(ORDER, [])
    transfers.put(first, [], [news("a")])
    with pytest.raises(Overtaken):
        transfers.put(replace(first, state="cancelled"), [], [news("b")])
    kept = transfers.find("A")
    assert kept is not None
    assert kept.state == "draft"
    assert [each.what for each in transfers.news("A")] == ["a"]


def test_a_number_is_in_one_open_order(transfers: StoredTransfers) -> None:
    first = transfers.put(ORDER, [FIRST, FIRST])
    with pytest.raises(NumberTaken) as caught:
        transfers.put(replace(ORDER, id="B", account="clinic"), [SECOND, FIRST])
    assert caught.value.number == FIRST
    assert transfers.find("B") is None
    assert transfers.taken([FIRST, SECOND]) == {FIRST: "A"}
    transfers.put(first, [SECOND])
    transfers.put(replace(ORDER, id="B"), [FIRST])
    assert transfers.taken([FIRST, SECOND]) == {FIRST: "B", SECOND: "A"}


def test_news_come_in_order_and_are_told_once(transfers: StoredTransfers) -> None:
    first = transfers.put(ORDER, [], [news("a")])
    transfers.put(first, [], [news("b", told=False), news("c", told=False)])
    assert [(each.place, each.what, each.note) for each in transfers.news("A")] == [
        (1, "a", "a note"),
        (2, "b", "a note"),
        (3, "c", "a note"),
    ]
    untold = transfers.untold()
    assert [each.what for each in untold] == ["b", "c"]
    transfers.tell(untold[0])
    assert [each.what for each in transfers.untold()] == ["c"]


def test_a_report_is_remembered_as_it_was_answered_first(transfers: StoredTransfers) -> None:
    assert transfers.report("r1") is None
    transfers.take_report("r1", "digest", "answer", 1.0)
    transfers.take_report("r1", "other", "other", 2.0)
    assert transfers.report("r1") == ("digest", "answer")
