"""Opening the database: SQLite in the state folder by default, PostgreSQL by URL, its schema brought up to date."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, event, false, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from engine.store.tables import SCHEMA_VERSION, Base

BUSY_SECONDS = 10.0
"""How long a writer waits for another one of the same SQLite file."""
MIGRATIONS = Path(__file__).parent / "migrations"


class StoreFailed(Exception):
    """The state store cannot be opened or used; the text is a sentence for the administrator."""


def open_database(url: str) -> Engine:
    """Open the database and bring its schema up to date; raises StoreFailed."""
    try:
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        migrate(engine)
    except ModuleNotFoundError:
        raise StoreFailed("PostgreSQL needs its driver: .venv/bin/pip install 'psycopg[binary]'") from None
    except (ArgumentError, NoSuchModuleError):
        raise StoreFailed("the setting `database` is no database URL; expected postgresql://user@host/name") from None
    except (SQLAlchemyError, OSError) as problem:
        raise StoreFailed(f"the state store cannot be opened: {reason(problem)}") from None
    return engine


def reason(problem: Exception) -> str:
    """What the database said, without our statement and its parameters."""
    said = str(problem.orig if isinstance(problem, DBAPIError) else problem).strip().splitlines()
    return said[0] if said else type(problem).__name__


def migrate(engine: Engine) -> None:
    """Run the migrations that are missing. Alembic is imported only if there are any."""
    with engine.connect() as connection:
        version = _version(connection)
    if version == SCHEMA_VERSION:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as problem:
            raise StoreFailed(f"the state store was written by another version of Belplan: {problem}") from None


def insert_of(connection: Connection, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say what is to be done where there is such a row already: each database has its own."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, replacing those with the same primary key."""
    if not rows:
        return
    statement = insert_of(connection, table)
    keys = [column.name for column in inspect(table).primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), list(rows))


@contextmanager
def alone(engine: Engine, table: type[Base]) -> Iterator[Connection]:
    """A transaction beside which nobody else writes to ``table``: what it reads there stays so until it has written."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"LOCK TABLE {table.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
        else:
            # the first write takes SQLite's only lock for writers, also if it finds no row
            connection.execute(delete(table).where(false()))
        yield connection


def in_slices(values: Iterable[str], size: int = 500) -> Iterable[list[str]]:
    """Lists of at most ``size`` values, as many as one statement takes as parameters."""
    batch: list[str] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, so that readers and the writer do not wait for each other; every commit on the disk before it is believed.

    Commits are a few a second at most (``ledger.py``), so FULL costs nothing that matters.
    """
    path = engine.url.database
    if path is not None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))

    @event.listens_for(engine, "connect")
    def pragmas(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
