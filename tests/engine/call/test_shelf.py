"""Recordings by phone as files: kept safely, found by name, and swept away when no fact names them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.call.shelf import REST_SECONDS, FileShelf
from engine.call.virtual_time import VirtualTimeLoop


class Facts:
    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self) -> list[str]:
        return self.names


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture
def shelf(tmp_path: Path, facts: Facts) -> FileShelf:
    return FileShelf(tmp_path / "bakery", facts)


def draft(shelf: FileShelf, text: str = "said") -> str:
    path = shelf.draft()
    Path(path).write_text(text)
    return path


def test_a_draft_is_kept_under_a_name_that_is_never_used_again(shelf: FileShelf, tmp_path: Path) -> None:
    first, second = (shelf.keep(draft(shelf, text), "greeting.welcome.en") for text in ("one", "two"))
    assert first != second
    found = [shelf.find(first), shelf.find(second)]
    assert [Path(path or "").read_text() for path in found] == ["one", "two"]
    assert first.startswith("greeting.welcome.en.")
    assert list((tmp_path / "bakery" / "drafts").iterdir()) == []
    assert (tmp_path / "bakery" / "drafts").stat().st_mode & 0o077 == 0


def test_what_is_not_there_is_not_found_and_nothing_outside_is(shelf: FileShelf, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_text("secret")
    assert shelf.find("greeting.welcome.en.0.wav") is None
    assert shelf.find("../secret.wav") is None


def test_a_draft_nobody_keeps_is_gone(shelf: FileShelf) -> None:
    path = draft(shelf)
    shelf.drop(path)
    shelf.drop(path)
    assert not Path(path).exists()


def test_what_cannot_be_tidied_stays_as_it_is(shelf: FileShelf) -> None:
    path = draft(shelf, "no sound")
    asyncio.run(shelf.tidy(path))
    asyncio.run(shelf.tidy(path + ".gone"))
    assert Path(path).read_text() == "no sound"


def test_what_no_fact_names_goes_once_no_call_can_be_about_to_hear_it(shelf: FileShelf, facts: Facts) -> None:
    old, new = (shelf.keep(draft(shelf), "greeting.welcome.en") for _ in range(2))
    facts.names = [new]

    async def scene() -> None:
        shelf.sweep()
        await asyncio.sleep(REST_SECONDS - 1)
        assert shelf.find(old) is not None, "a call may have been told to play it"
        await asyncio.sleep(2)
        assert shelf.find(old) is None
        assert shelf.find(new) is not None

    loop = VirtualTimeLoop()
    loop.run_until_complete(scene())
    loop.close()


def test_a_new_engine_sweeps_what_a_killed_one_left(shelf: FileShelf, facts: Facts, tmp_path: Path) -> None:
    kept, forgotten, unfinished = (shelf.keep(draft(shelf), "a"), shelf.keep(draft(shelf), "b"), draft(shelf))
    facts.names = [kept]
    after = FileShelf(tmp_path / "bakery", facts)
    assert after.find(kept) is not None
    assert after.find(forgotten) is None
    assert not Path(unfinished).exists()
