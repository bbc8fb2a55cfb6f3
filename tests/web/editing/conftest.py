"""Dialplans in a folder of their own, and what edits them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.store import Store
from web.editing.plans import Plans

ROOT = Path(__file__).parents[3]
GOOD = sorted(
    path
    for folder in (ROOT / "dialplans", ROOT / "dialplans" / "examples", ROOT / "tests" / "dialplans" / "good")
    for path in folder.glob("*.yaml")
    if not path.stem.endswith(".tests")
)
"""Every dialplan that comes with Belplan, and those of the loader's own tests."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The bakery, and all that its tests need, in a folder of their own."""
    shutil.copytree(ROOT / "dialplans" / "sounds", tmp_path / "dialplans" / "sounds")
    shutil.copy(ROOT / "dialplans" / "bakery.yaml", tmp_path / "dialplans")
    return Settings(state=tmp_path / "state", dialplans=tmp_path / "dialplans", prompts=ROOT / "prompts")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store(settings) as store:
        yield store


@pytest.fixture
def plans(settings: Settings, store: Store) -> Plans:
    return Plans(settings, store)
