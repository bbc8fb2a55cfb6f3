"""The ledger: takes what changes during calls at once, and brings it into the database from a thread of its own.

``put`` appends to the journal and returns. Twice a second at most the thread ends the journal's segment, applies it to
the database in one transaction (the newest value of each key) and removes it. After a kill -9 the segments that are
still there are applied the same way when the store is next opened: recovery and daily work are the same code.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from engine.store.journal import Entry, Journal, read_segment

CHECKPOINT_SECONDS = 0.5
CHORE_SECONDS = 1.0
RETRY_SECONDS = 5.0
MAX_SEGMENT_BYTES = 8 << 20
"""While the database cannot be reached a segment is ended at this size, so that catching up takes bounded memory."""

Changes = Mapping[str, bytes | None]
Apply = Callable[[Connection, Changes], None]
Value = TypeVar("Value")

log = logging.getLogger(__name__)


class Ledger:
    """``tables`` tells for each table how its changes get into the database.

    ``chores`` are run on the thread about once a second: what else the store has to look after.
    """

    def __init__(
        self, folder: Path, database: Engine, tables: Mapping[str, Apply], chores: Sequence[Callable[[], None]] = ()
    ) -> None:
        self._journal = Journal(folder)
        self._database = database
        self._tables = tables
        self._chores = chores
        self._guard = threading.Lock()
        self._checkpointing = threading.Lock()
        self._news = threading.Event()
        self._over = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def start(self) -> None:
        """Begin to checkpoint by itself. Without it, ``checkpoint`` and ``close`` do."""
        self._thread.start()

    def put(self, table: str, key: str, value: bytes | None) -> None:
        """Keep ``value`` as the newest of ``key``. Never raises: a disk that takes nothing is logged, calls go on."""
        with self._guard:
            try:
                self._journal.append(Entry(table, key, value))
                if self._journal.open_size > MAX_SEGMENT_BYTES:
                    self._journal.seal()
                self._failing = False
            except OSError as problem:
                if not self._failing:
                    log.error("the journal cannot be written, so a restart may forget what happens now: %s", problem)
                self._failing = True
        if not self._news.is_set():
            self._news.set()

    def checkpoint(self) -> None:
        """Bring everything put so far into the database; raises SQLAlchemyError and then has lost nothing."""
        with self._checkpointing:
            with self._guard:
                self._journal.seal()
                segments = self._journal.segments()
            for segment in segments:
                self._apply(segment)

    def close(self) -> None:
        """Stop the thread and bring in what is left; what the database does not take stays in the journal."""
        self._over.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()
        self._try_checkpoint()

    def _run(self) -> None:
        while not self._over.is_set():
            self._news.wait(CHORE_SECONDS)
            self._over.wait(CHECKPOINT_SECONDS)
            news = self._news.is_set()
            self._news.clear()
            if not self._try_checkpoint(news):
                self._news.set()
                self._over.wait(RETRY_SECONDS)

    def _try_checkpoint(self, news: bool = True) -> bool:
        try:
            if news:
                self.checkpoint()
            for chore in self._chores:
                chore()
        except (SQLAlchemyError, OSError) as problem:
            log.error("the state store takes nothing at the moment, the journal keeps it: %s", problem)
            return False
        except Exception:
            log.exception("the state store takes nothing at the moment, the journal keeps it")
            return False
        return True

    def _apply(self, segment: Path) -> None:
        newest: defaultdict[str, dict[str, bytes | None]] = defaultdict(dict)
        for entry in read_segment(segment):
            newest[entry.table][entry.key] = entry.value
        with self._database.begin() as connection:
            for table, changes in newest.items():
                if table in self._tables:
                    self._tables[table](connection, changes)
        segment.unlink()


def readable(changes: Changes, decode: Callable[[bytes], Value]) -> list[Value]:
    """The values of ``changes``, decoded. One that cannot be read (of another version) is logged and left out."""
    values = []
    for key, data in changes.items():
        if data is None:
            continue
        try:
            values.append(decode(data))
        except msgspec.DecodeError as problem:
            log.error("an entry of the journal cannot be read and is left out: %s: %s", key, problem)
    return values
