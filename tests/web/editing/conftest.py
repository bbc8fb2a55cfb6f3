"""Dialplans in a folder of their own, and what edits them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.store import Store
from tests.web.bakery import ROOT, bakery_in
from web.editing.plans import Plans

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
    return bakery_in(tmp_path)


@pytest.fixture
def plans(settings: Settings, store: Store) -> Plans:
    return Plans(settings, store)
