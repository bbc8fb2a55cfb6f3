"""Dialplans read while they are being written: never half a file, and the last content wins."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import reloading
from engine.dialplan.findings import DialplanErrors
from engine.reloading import MAX_READS, SWITCH_SECONDS, YOUNG_OBJECTS, Unsettled, let_loop_go_first, reread
from engine.settings import Settings

OFFICE = """\
account: {name: The Bakery, country: NL, timezone: Europe/Amsterdam}
numbers: {main: "+31 20 123 4567"}
main_number: {hang_up: done}
people:
  orders: {extension: 102}
  ovens: {extension: 103}
"""
HALF = OFFICE[: OFFICE.index("  ovens")]
"""A good dialplan by itself: that is what makes half a file dangerous."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(reloading, "SETTLE_SECONDS", 0.0)
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "dialplans" / "bakery.yaml").write_text(OFFICE)
    return Settings(state=tmp_path / "state", dialplans=tmp_path / "dialplans", prompts=Path("prompts").resolve())


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterator[Callable[[], None]]], list[int]]:
    """Lets something happen to the files during each reading, as long as there is something; counts the readings."""

    def during(happenings: Iterator[Callable[[], None]]) -> list[int]:
        readings = [0]
        read = reloading.read_accounts

        def slowly(settings: Settings, **words: Any) -> Any:
            readings[0] += 1
            try:
                return read(settings, **words)
            finally:
                next(happenings, lambda: None)()

        monkeypatch.setattr(reloading, "read_accounts", slowly)
        return readings

    return during


def people(settings: Settings) -> set[str]:
    (account,) = reread(settings, ()).numbering.accounts
    return set(account.people)


def test_a_file_at_rest_is_read_once(settings: Settings, meanwhile: Any) -> None:
    readings = meanwhile(iter(()))
    assert people(settings) == {"orders", "ovens"}
    assert readings == [1]


@pytest.mark.parametrize("half", [HALF, "", "account: {name: The Ba"], ids=["valid", "empty", "invalid"])
def test_half_a_file_is_read_again_when_it_is_whole(settings: Settings, meanwhile: Any, half: str) -> None:
    plan = settings.dialplans / "bakery.yaml"
    plan.write_text(half)
    readings = meanwhile(iter([lambda: plan.write_text(OFFICE)]))
    assert people(settings) == {"orders", "ovens"}
    assert readings == [2]


def test_a_file_that_is_being_replaced_is_not_missing(settings: Settings, meanwhile: Any) -> None:
    plan, backup = (settings.dialplans / name for name in ("bakery.yaml", "bakery.yaml~"))
    (settings.dialplans / "garage.yaml").write_text(OFFICE.replace("Bakery", "Garage").replace("4567", "4568"))
    plan.replace(backup)  # as vim does before it writes
    meanwhile(iter([lambda: plan.write_text(OFFICE)]))
    assert [account.key for account in reread(settings, ()).numbering.accounts] == ["bakery", "garage"]


def test_none_is_an_error_only_where_there_was_one(settings: Settings) -> None:
    before = reread(settings, ()).numbering.accounts
    (settings.dialplans / "bakery.yaml").unlink()
    assert reread(settings, ()).numbering.accounts == ()
    with pytest.raises(DialplanErrors, match="there is no dialplan here"):
        reread(settings, before)


def test_half_a_file_that_stays_so_is_an_error_at_its_place(settings: Settings) -> None:
    (settings.dialplans / "bakery.yaml").write_text("account: {name: The Ba")
    with pytest.raises(DialplanErrors, match=r"bakery\.yaml:2:1: a comma or a closing bracket"):
        reread(settings, ())


def test_files_that_never_come_to_rest_are_given_up(settings: Settings, meanwhile: Any) -> None:
    plan = settings.dialplans / "bakery.yaml"
    readings = meanwhile(lambda number=number: plan.write_text(OFFICE + "#" * number) for number in range(1, 100))
    with pytest.raises(Unsettled, match="reload once more"):
        reread(settings, ())
    assert readings == [MAX_READS]


def test_the_search_for_garbage_waits_while_dialplans_are_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, during = gc.get_threshold(), []
    load = reloading.load_accounts

    def looks(*words: Any, **more: Any) -> Any:
        during.append(gc.get_threshold()[0])
        return load(*words, **more)

    monkeypatch.setattr(reloading, "load_accounts", looks)
    reread(settings, ())
    (settings.dialplans / "bakery.yaml").write_text("nonsense: 1")
    with pytest.raises(DialplanErrors):
        reread(settings, ())
    assert during == [YOUNG_OBJECTS, YOUNG_OBJECTS]
    assert gc.get_threshold() == before


def test_the_loop_waits_no_longer_for_its_turn_than_said() -> None:
    before = sys.getswitchinterval()
    try:
        let_loop_go_first()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
    finally:
        sys.setswitchinterval(before)
