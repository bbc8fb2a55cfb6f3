"""A console on either database, an account with its owner, and the post that keeps letters."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.settings import Settings
from engine.store.console.accounts import StoredAccount
from engine.store.store import Store
from web.accounts.signing_in import From
from web.mail import Post
from web.mail import post as room

NOW = float(int(time.time()))
OWNER = "an@bakery.example"
HERE = From("192.0.2.7", "Firefox", "en")
BAKERY = StoredAccount("bakery", "The Bakery", "NL", "Europe/Amsterdam", "nl", 3, OWNER, "An Bakker", NOW)


@pytest.fixture
def settings(database: str | None, tmp_path: Path) -> Settings:
    (tmp_path / "dialplans").mkdir()
    return Settings(
        state=tmp_path / "state", dialplans=tmp_path / "dialplans", trunks=tmp_path / "trunks.yaml", database=database
    )


@pytest.fixture
def post(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Post:
    """At the time of these tests, as a run of all tests takes longer than a code is good for."""
    moments = itertools.count(1)
    clock = SimpleNamespace(time=lambda: NOW + next(moments) / 1000, monotonic=time.monotonic)
    monkeypatch.setattr(room, "time", clock)
    return Post(settings)


@pytest.fixture
def bakery(store: Store) -> str:
    """An account with an owner."""
    assert store.console.accounts.begin(BAKERY)
    return BAKERY.key
