"""No request to the API ends in an error of ours, and every answer is what the API's description says.

Schemathesis makes the requests from that description: such as it allows, and such as it does not.
BELPLAN_TEST_REQUESTS says how many for each operation.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import response_schema_conformance

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from tests.web.browsing import Browser
from web.accounts import tokens
from web.app import guarded, make_app

OWNER = "an@bakery.example"
REQUESTS = int(os.environ.get("BELPLAN_TEST_REQUESTS", "4"))
EXAMPLE = Path(__file__).resolve().parents[2] / "dialplans" / "bakery.yaml"
THERE = {"key": "orders", "name": "welcome", "menu": "welcome", "number": "+31201234568", "email": OWNER}
"""What the account has, by the names of parameters in paths: half of all requests are about these."""
CHECKS = [not_a_server_error, response_schema_conformance]


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, str]]:
    """The console with the example account, and a token that may do everything there."""
    folder = tmp_path_factory.mktemp("bakery")
    dialplans = folder / "dialplans"
    shutil.copytree(EXAMPLE.parent, dialplans, ignore=shutil.ignore_patterns("examples", "*.tests.yaml"))
    chosen = Settings(
        state=folder / "state", dialplans=dialplans, trunks=folder / "trunks.yaml", console_url="http://testserver"
    )
    with Store(chosen) as store:
        now = time.time()
        account = StoredAccount("bakery", "The Bakery", "NL", "Europe/Amsterdam", "en", 3, OWNER, "An Bakker", now)
        assert store.console.accounts.begin(account)
        made = tokens.make(store, "bakery", OWNER, "fuzz", list(tokens.SCOPES), now)
        yield make_app(chosen, store), made.secret


@pytest.fixture(scope="module")
def described(bakery: tuple[FastAPI, str]) -> BaseSchema:
    app, _ = bakery
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", guarded(app))


def operations(described: BaseSchema) -> list[Any]:
    return [result.ok() for result in described.get_all_operations()]


def about_what_is_there(case: Case, chosen: bool) -> None:
    if chosen and case.path_parameters:
        case.path_parameters = {name: THERE.get(name, value) for name, value in case.path_parameters.items()}


def test_every_operation_stands_what_it_is_sent(bakery: tuple[FastAPI, str], described: BaseSchema) -> None:
    _, secret = bakery
    tried = 0
    for operation in operations(described):

        @settings(max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), chosen=st.booleans())
        def stands(case: Case, chosen: bool) -> None:
            nonlocal tried
            tried += 1
            about_what_is_there(case, chosen)
            case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=CHECKS)

        stands()
    assert tried >= 60


async def test_nobody_gets_anything_without_a_token(bakery: tuple[FastAPI, str], described: BaseSchema) -> None:
    app, _ = bakery
    async with Browser(app) as browser:
        for operation in operations(described):
            path = re.sub(r"\{\w+\}", "1", operation.path)
            answer = await browser.request(operation.method, path, json={})
            assert answer.status_code in (401, 403), operation.label
