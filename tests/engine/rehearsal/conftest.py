"""The example account, loaded once, with its scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dialplan.account import Account
from engine.dialplan.load import load_account
from engine.rehearsal.scenarios import Suite, load_suite

ROOT = Path(__file__).resolve().parents[3]
BAKERY = ROOT / "dialplans" / "bakery.yaml"


@pytest.fixture(scope="session")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Account:
    return load_account(BAKERY, sounds_cache=tmp_path_factory.mktemp("speech"), prompts_dir=ROOT / "prompts")


@pytest.fixture(scope="session")
def suite(bakery: Account) -> Suite:
    return load_suite(BAKERY.with_name("bakery.tests.yaml"), bakery)
