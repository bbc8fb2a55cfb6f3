"""The versions of dialplans, as they are kept: each account's own, the newest first, and so many at most."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.console import versions as room
from engine.store.console.versions import StoredVersions
from engine.store.store import Store


@pytest.fixture
def versions(database: str | None, tmp_path: Path) -> Iterator[StoredVersions]:
    with Store(Settings(state=tmp_path / "state", database=database)) as store:
        yield store.console.versions


def add(versions: StoredVersions, text: str, account: str = "bakery") -> int:
    return versions.add(account, text, f"digest of {text}", author="an@bakery.example", what="menus", at=1.0)


def test_each_account_counts_its_own(versions: StoredVersions) -> None:
    assert [add(versions, "a"), add(versions, "é"), add(versions, "c", "clinic")] == [1, 2, 1]
    assert [(each.number, each.size) for each in versions.of("bakery")] == [(2, 2), (1, 1)]
    assert versions.newest("clinic") == versions.of("clinic")[0]
    assert versions.newest("nothing") is None
    assert (versions.text("bakery", 2), versions.text("bakery", 3)) == ("é", None)
    assert versions.text_with("bakery", "digest of a") == "a"
    versions.withdraw("bakery", 2)
    assert [each.number for each in versions.of("bakery")] == [1]


def test_old_ones_make_room(versions: StoredVersions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_VERSIONS", 3)
    for number in range(5):
        add(versions, str(number))
    assert [each.number for each in versions.of("bakery", 10)] == [5, 4, 3]
    monkeypatch.setattr(room, "MAX_KEPT_BYTES", 1)
    add(versions, "x")
    assert [each.number for each in versions.of("bakery", 10)] == [6, 5]
    add(versions, "much longer than that")
    assert [each.number for each in versions.of("bakery", 10)] == [7, 6]
