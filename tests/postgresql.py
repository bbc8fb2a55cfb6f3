"""A PostgreSQL of the tests' own: a cluster that dies with the process, and an empty store for whoever asks.

Tests take ``database``, the URL of a store of theirs or None for SQLite; ``DATABASES`` are its parameters. Those with
PostgreSQL run in one process, so that there is one cluster.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql")))
USER = "postgres"
PATIENCE = 30.0
STORE = "belplan"
PR_SET_PDEATHSIG = 1
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=40")


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """What the setting ``database`` is to be for this test."""
    if request.param == "sqlite":
        yield None
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    yield cluster.url(STORE)
    cluster.clear()


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """Started when it is first asked for."""
    programs = installed()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt: postgresql)")
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed (pip: psycopg)")
    folder = Path(tempfile.mkdtemp(prefix="belplan-postgresql-"))
    try:
        with Cluster(programs, folder) as cluster:
            yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path | None:
    """Where the programs of the newest version are."""
    found = (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    newest = max(found, key=lambda path: float(path.parent.name), default=None)
    return newest if newest is None or os.geteuid() or _has_user() else None


class Cluster:
    """Listens on a socket in its folder only; nothing of it needs to survive anything."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Cluster:
        root = os.geteuid() == 0
        if root:
            shutil.chown(self._folder, USER, USER)
        data = self._folder / "data"
        user = USER if root else None
        words = [
            self._programs / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        subprocess.run(words, user=user, group=user, check=True, capture_output=True, cwd=self._folder)
        options = [word for each in QUICK for word in ("-c", each)]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", data, "-k", self._folder, "-h", "", *options],
                user=user,
                group=user,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                preexec_fn=_die_with_parent,
            )
        self._wait()
        self._run(f"CREATE DATABASE {STORE}")
        from engine.settings import Settings
        from engine.store.console import Console  # noqa: F401  (its tables are to be cleared, too)
        from engine.store.database import open_database

        open_database(Settings(database=self.url(STORE)).database_url).dispose()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(PATIENCE)

    def url(self, name: str) -> str:
        """As the setting ``database`` takes it."""
        return f"postgresql://{USER}@/{name}?host={self._folder}"

    def clear(self) -> None:
        """Make the store empty for the next test, which is much faster than to make another one."""
        from engine.store.tables import Base

        self._run("; ".join(f"DELETE FROM {table}" for table in Base.metadata.tables), STORE)

    def _run(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(host=str(self._folder), user=USER, dbname=database, autocommit=True) as connection:
            connection.execute(statement)

    def _wait(self) -> None:
        assert self._process is not None
        until = time.monotonic() + PATIENCE
        while True:
            with socket.socket(socket.AF_UNIX) as one:
                ready = one.connect_ex(str(self._folder / ".s.PGSQL.5432")) == 0
            if ready and self._is_up():
                return
            said = (self._folder / "log").read_text()
            assert self._process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.05)

    def _is_up(self) -> bool:
        import psycopg

        try:
            self._run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _has_user() -> bool:
    import pwd

    return any(each.pw_name == USER for each in pwd.getpwall())
