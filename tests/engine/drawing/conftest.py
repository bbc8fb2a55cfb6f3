"""Loads the dialplans that are drawn, with the built-in prompts as their recordings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from tests.engine.drawing.plans import Load

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Load a dialplan from its values."""
    folder = tmp_path_factory.mktemp("drawing")

    def load(plan: object) -> Account:
        path = folder / "plan.yaml"
        path.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
        return load_account(path, sounds_cache=folder / "cache", prompts_dir=ROOT / "prompts")

    return load
