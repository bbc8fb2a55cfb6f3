"""What people have set: kept over restarts and kills, and shared with commands beside the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.office.standing import MAX_FACT, Remembered, Standing
from engine.settings import Settings
from engine.store.standing import StoredStanding
from engine.store.store import Store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path / "state")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store(settings, serving=True) as store:
        yield store


@pytest.fixture(params=["stored", "remembered"])
def standing(request: pytest.FixtureRequest, settings: Settings) -> Standing:
    if request.param == "remembered":
        return Remembered()
    store = request.getfixturevalue("store")
    assert isinstance(store, Store)
    return store.standing.of("bakery")


def test_what_is_put_is_there_until_it_is_forgotten(standing: Standing) -> None:
    assert standing.get("switch/night") is None
    standing.put("switch/night", "on")
    standing.put("person/orders/away", "yes")
    assert standing.get("switch/night") == "on"
    assert list(standing.names("person/")) == ["person/orders/away"]
    standing.put("switch/night", None)
    assert standing.get("switch/night") is None
    assert list(standing.names("")) == ["person/orders/away"]


def test_a_fact_has_a_bound(standing: Standing) -> None:
    with pytest.raises(ValueError, match="at most"):
        standing.put("note", "x" * (MAX_FACT + 1))
    assert standing.get("note") is None


def test_it_survives_a_restart_and_belongs_to_its_account(settings: Settings) -> None:
    with Store(settings, serving=True) as store:
        store.standing.of("bakery").put("switch/night", "on")
    with Store(settings) as store:
        assert store.standing.of("bakery").get("switch/night") == "on"
        assert store.standing.of("clinic").get("switch/night") is None


def test_it_is_in_the_journal_when_put_returns(settings: Settings) -> None:
    killed = Store(settings, serving=True)
    killed.standing.of("bakery").put("switch/night", "on")
    killed._release()  # as the kernel does when a process is killed
    with Store(settings) as store:
        assert store.standing.of("bakery").get("switch/night") == "on"


def test_a_command_and_the_running_engine_see_each_others_changes(settings: Settings) -> None:
    with Store(settings, serving=True) as engine:
        engine.standing.of("bakery").put("switch/night", "on")
        engine.ledger.checkpoint()
        with Store(settings) as command:
            assert command.standing.of("bakery").get("switch/night") == "on"
            command.standing.write("bakery", "switch/night", None)
        engine.standing.refresh()
        assert engine.standing.of("bakery").get("switch/night") is None


def test_of_two_changes_the_later_counts_whichever_way_it_came(settings: Settings) -> None:
    with Store(settings, serving=True) as engine:
        engine.standing.of("bakery").put("switch/night", "on")
        with Store(settings) as command:
            command.standing.write("bakery", "switch/night", "off")
        engine.ledger.checkpoint()  # the older change comes into the database after the later one
        engine.standing.refresh()
        assert engine.standing.of("bakery").get("switch/night") == "off"
    with Store(settings) as store:
        assert store.standing.of("bakery").get("switch/night") == "off"


def test_a_clock_set_back_loses_no_change(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(settings, serving=True) as store:
        standing: StoredStanding = store.standing
        standing.of("bakery").put("switch/night", "on")
        store.ledger.checkpoint()
        monkeypatch.setattr("engine.store.standing.time.time", lambda: 1000.0)
        standing.of("bakery").put("switch/night", "off")
    monkeypatch.undo()
    with Store(settings) as store:
        assert store.standing.of("bakery").get("switch/night") == "off"
