"""No request to the API ends in an error of ours, and every answer is what the API's description says.

Schemathesis makes the requests from that description: such as it allows, and such as it does not.
BELPLAN_TEST_REQUESTS says how many for each operation.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
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
from engine.store.console.accounts import StoredAccount, StoredManager
from engine.store.store import Store
from tests.web.browsing import Browser
from tests.web.greeting.sounds import by_libsndfile
from tests.web.transfers import papers
from web.accounts import sessions, tokens
from web.app import guarded, make_app
from web.greeting.desk import GreetingDesk
from web.mail import Post
from web.people.desk import Desk as PeopleDesk
from web.people.rows import TypedPerson
from web.transfers.desk import Desk as TransferDesk
from web.transfers.opening import open_desk

OWNER = "an@bakery.example"
FRIEND = "bo@bakery.example"
REQUESTS = int(os.environ.get("BELPLAN_TEST_REQUESTS", "4"))
EXAMPLE = Path(__file__).resolve().parents[2] / "dialplans" / "bakery.yaml"
NOW = time.time()
CUSTOMER = {
    "provider": "Old Telecom",
    "account_number": "12345678",
    "holder": "The Bakery",
    "street": "Dam 1",
    "postcode": "1012 JS",
    "city": "Amsterdam",
}
COMING = ("+31201110001", "+31201110002", "+31201110003", "+31201110004")
CHECKS = [not_a_server_error, response_schema_conformance]


@dataclass
class Bakery:
    """An account of which there is one of everything. ``there`` are the names of that, by parameters of paths."""

    settings: Settings
    app: FastAPI
    secret: str
    there: dict[str, list[Any]]
    kept: Path

    def restore(self) -> None:
        """Bring back what requests have taken away: each operation meets all of it."""
        with (
            closing(sqlite3.connect(self.kept / "belplan.sqlite3")) as kept,
            closing(sqlite3.connect(self.settings.state / "belplan.sqlite3", timeout=60)) as database,
        ):
            kept.backup(database)
        for folder in ("dialplans", "transfers"):
            home = self.settings.dialplans if folder == "dialplans" else self.settings.state / folder
            shutil.copytree(self.kept / folder, home, dirs_exist_ok=True)

    def about_what_is_there(self, case: Case, chosen: int) -> None:
        """Have a request be about something that there is: two of three are."""
        if chosen % 3 == 0 or not case.path_parameters:
            return
        case.path_parameters = {
            name: names[chosen % len(names)] if (names := self._names(case.path, name)) else value
            for name, value in case.path_parameters.items()
        }

    def _names(self, path: str, parameter: str) -> list[Any]:
        """What a parameter of this path may be: that of the longest key that the path has."""
        keys = [each for each in self.there if each in path and each.endswith(f"{{{parameter}}}")]
        return self.there[max(keys, key=len)] if keys else []


@pytest.fixture(scope="module")
def bakery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bakery]:
    """The console with the example account, and a token that may do everything there."""
    folder = tmp_path_factory.mktemp("bakery")
    dialplans, kept = folder / "dialplans", folder / "kept"
    shutil.copytree(EXAMPLE.parent, dialplans, ignore=shutil.ignore_patterns("examples", "*.tests.yaml"))
    chosen = Settings(
        state=folder / "state", dialplans=dialplans, trunks=folder / "trunks.yaml", console_url="http://testserver"
    )
    with Store(chosen) as store:
        account = StoredAccount("bakery", "The Bakery", "NL", "Europe/Amsterdam", "en", 3, OWNER, "An Bakker", NOW)
        assert store.console.accounts.begin(account)
        assert store.console.accounts.add_manager(StoredManager("bakery", FRIEND, "Bo", "manager", NOW), 9)
        sessions.begin(store, FRIEND, "bakery", NOW)
        made = tokens.make(store, "bakery", OWNER, "fuzz", list(tokens.SCOPES), NOW)
        another = tokens.make(store, "bakery", OWNER, "another", ["read"], NOW)
        desk = PeopleDesk(chosen, store, "bakery", OWNER)
        desk.add_numbers("020 123 4570, 020 123 4571", NOW)
        desk.add_people([TypedPerson("", "anna@bakery.example", "Anna", "any", extension="801")], NOW)
        desk.invite(["anna"], "http://testserver", Post(chosen), NOW)
        greetings = GreetingDesk(chosen, store, "bakery")
        recording = greetings.keep(by_libsndfile("WAV"), "welcome", author=OWNER, now=NOW)
        _, code = greetings.allow_by_phone("4711", author=OWNER, now=NOW)
        there = {
            "/numbers/{number}": ["+31201234571", "+31201234570", "+31201234567"],
            "/people/{key}": ["anna", "orders"],
            "/tokens/{id}": [another.id],
            "/managers/{email}": [FRIEND, OWNER],
            "/versions/{number}": [1, 2],
            "/menus/{name}": ["welcome"],
            "/greetings/{name}": [recording.name],
            "/greetings/of/{menu}": ["welcome"],
            "/greetings/by-phone/{code}": [code],
            "/transfers/{id}": _orders(open_desk(chosen, store, Post(chosen))),
        }
        shutil.copytree(dialplans, kept / "dialplans")
        shutil.copytree(chosen.state / "transfers", kept / "transfers")
        with (
            closing(sqlite3.connect(chosen.state / "belplan.sqlite3")) as database,
            closing(sqlite3.connect(kept / "belplan.sqlite3")) as copy,
        ):
            database.backup(copy)
        yield Bakery(chosen, make_app(chosen, store), made.secret, there, kept)


def _orders(desk: TransferDesk) -> list[str]:
    """An order in each state that somebody may meet before its end, the youngest first."""
    found = []
    for number, stage in zip(COMING, ("draft", "signed", "submitted", "rejected"), strict=True):
        order = desk.begin("bakery", OWNER, NOW)
        found.append(order.id)
        if stage != "draft":
            order = desk.draft.numbers(order, number, OWNER, NOW)
            order = desk.draft.customer(order, CUSTOMER, OWNER, NOW)
            order = desk.draft.invoice(order, papers.pdf(), date.today().isoformat(), "An Bakker", OWNER, NOW)
            digest = desk.draft.letter(order, "en").digest
            order = desk.draft.sign(order, "An Bakker", True, digest, "en", "203.0.113.9", OWNER, NOW)
        if stage in ("submitted", "rejected"):
            order = desk.submit(order, OWNER, NOW)
        if stage == "rejected":
            desk.reject(order, "Another name.", OWNER, NOW)
    return found


@pytest.fixture(scope="module")
def described(bakery: Bakery) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", guarded(bakery.app))


def operations(described: BaseSchema) -> list[Any]:
    return [result.ok() for result in described.get_all_operations()]


def test_every_operation_stands_what_it_is_sent(bakery: Bakery, described: BaseSchema) -> None:
    tried, met = 0, set()
    for operation in operations(described):
        bakery.restore()

        @settings(max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), chosen=st.integers(min_value=0, max_value=5))
        def stands(case: Case, chosen: int) -> None:
            nonlocal tried
            tried += 1
            bakery.about_what_is_there(case, chosen)
            answer = case.call_and_validate(headers={"Authorization": f"Bearer {bakery.secret}"}, checks=CHECKS)
            if answer.status_code != 404:
                met.add(case.operation.label)

        stands()
    assert tried >= 60
    if REQUESTS >= 20:
        there = {each.label for each in operations(described)}
        assert there - met <= {"GET /api/v1/rehearsal/sounds/{reference}"}


async def test_nobody_gets_anything_without_a_token(bakery: Bakery, described: BaseSchema) -> None:
    async with Browser(bakery.app) as browser:
        for operation in operations(described):
            path = re.sub(r"\{\w+\}", "1", operation.path)
            answer = await browser.request(operation.method, path, json={})
            assert answer.status_code in (401, 403), operation.label
