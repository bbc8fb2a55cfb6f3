"""The console in this process: the real app with its front door, on a real store in a folder of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from engine.store.store import Store
from tests.web.browsing import Browser
from web.app import make_app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Everything below the test's folder. A test that needs other values makes a copy of these."""
    (tmp_path / "dialplans").mkdir()
    return Settings(state=tmp_path / "state", dialplans=tmp_path / "dialplans", trunks=tmp_path / "trunks.yaml")


@pytest.fixture(scope="session")
def newest_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema: to copy it takes a hundredth of the time that making one takes."""
    settings = Settings(state=tmp_path_factory.mktemp("newest"))
    Store(settings).close()
    assert not list(settings.state.glob("*.sqlite3-wal"))
    return settings.state / "belplan.sqlite3"


@pytest.fixture
def store(settings: Settings, newest_store: Path) -> Iterator[Store]:
    """An empty store. One whose settings name PostgreSQL is emptied after the test by whoever gave it."""
    settings.state.mkdir(mode=0o700, exist_ok=True)
    if settings.database is None and not (settings.state / newest_store.name).exists():
        shutil.copy(newest_store, settings.state)
    with Store(settings) as store:
        yield store


@pytest.fixture
def app(settings: Settings, store: Store) -> FastAPI:
    return make_app(settings, store)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """A visitor with a cookie jar."""
    async with Browser(app) as browser:
        yield browser
