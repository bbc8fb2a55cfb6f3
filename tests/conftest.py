"""For all tests: the page of what was shown with programs of others, and stores on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from interop import InteropPage, note_marks
from postgresql import database, postgresql_cluster

__all__ = ["database", "postgresql_cluster"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-interop", metavar="FILE", help="write docs/interop.md from the results of this run")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--write-interop")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(InteropPage(Path(path).absolute()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        note_marks(item)
