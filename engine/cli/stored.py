"""The state store and the accounts, opened for a command; what is wrong with them is said in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from engine.cli.common import Failed
from engine.settings import Settings
from engine.store.database import StoreFailed
from engine.store.store import Store


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The state store beside a running engine or without one; raises Failed."""
    try:
        with Store(settings) as store:
            yield store
    except StoreFailed as problem:
        raise Failed(str(problem)) from None
    except SQLAlchemyError as problem:
        cause = getattr(problem, "orig", None) or problem
        raise Failed(f"the state store cannot be used: {cause}") from None
