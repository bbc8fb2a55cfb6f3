"""Every operation of the API, with what schemathesis makes of its description: nothing sent is a fault of ours."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from tests.web.browsing import BASE
from web.accounts import tokens
from web.app import guarded, make_app

ROOT = Path(__file__).parents[2]
EXAMPLES = 8
OWNER = "an@bakery.example"
NOT_NOW = 503
"""What an operation may answer that needs a running engine, and only with a sentence."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The console of the example account, its phones asleep."""
    folder = tmp_path_factory.mktemp("fuzzed")
    (folder / "dialplans").mkdir()
    shutil.copytree(ROOT / "dialplans" / "sounds", folder / "dialplans" / "sounds")
    shutil.copy(ROOT / "dialplans" / "bakery.yaml", folder / "dialplans")
    settings = Settings(
        state=folder / "state", dialplans=folder / "dialplans", trunks=folder / "trunks.yaml", prompts=ROOT / "prompts"
    )
    with Store(settings) as store:
        account = StoredAccount("bakery", "The Bakery", "NL", "Europe/Amsterdam", "nl", 3, OWNER, "An", 1.0)
        assert store.console.accounts.begin(account)
        yield make_app(settings, store)


def operations() -> list[Any]:
    """What the description has, without running anything."""
    folder = Path("/nonexistent")
    described = make_app(Settings(state=folder), None).openapi()  # type: ignore[arg-type]
    return [each.ok() for each in schemathesis.openapi.from_dict(described).get_all_operations()]


@pytest.mark.parametrize("operation", operations(), ids=lambda each: each.label)
def test_nothing_that_is_sent_is_a_fault_of_ours(operation: Any, app: FastAPI) -> None:
    token = tokens.make(app.state.store, "bakery", OWNER, "fuzz", list(tokens.SCOPES), time.time())
    headers = {"Authorization": f"Bearer {token.secret}", "Host": BASE.partition("//")[2]}
    operation.app = operation.schema.app = guarded(app)
    seen: set[int] = set()

    @hypothesis_settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        answer = case.call(headers=headers)
        seen.add(answer.status_code)
        assert answer.status_code < 500 or (answer.status_code == NOT_NOW and answer.json()["error"]), answer.text
        if answer.status_code >= 400:
            assert answer.json()["error"]

    send()
    assert 401 not in seen
    tokens.revoke(app.state.store, "bakery", OWNER, token.id, time.time())
