"""The state store: everything that outlives the process, behind one door."""

from __future__ import annotations

import contextlib
import os
import time
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy.exc import SQLAlchemyError

from engine.settings import Settings
from engine.store import bans, bindings, records, standing, subscriptions, texts, voicemail
from engine.store.database import StoreFailed, open_database, reason
from engine.store.ledger import Ledger
from engine.store.locking import locked
from engine.store.passwords import Passwords
from engine.store.sealing import Seal

if TYPE_CHECKING:
    from engine.store.console import Console

LOCK_FILE = "lock"
MADE_BEFORE = frozenset({"speech"})
"""What is there before the store is opened for the first time: the texts of the dialplans, as they are loaded first."""
FORGET_EVERY = 3600.0
PATIENCE = 3.0
"""Seconds that an engine waits for a command that has the state folder for a moment."""


class Store:
    """Opened by ``belplan serve`` for itself alone, or by a command beside it.

    ``serving`` takes the state folder for this process and starts the ledger's thread. A command that finds the folder
    free applies what a killed engine left in the journal; one beside a running engine sees what that has checkpointed.
    ``apart`` leaves the folder to an engine that may come at any time: for what runs as long as that, the console.
    Raises StoreFailed.
    """

    def __init__(
        self, settings: Settings, *, serving: bool = False, apart: bool = False, patience: float = PATIENCE
    ) -> None:
        self.folder = settings.state
        _make_private(self.folder)
        self._lock = None if apart else _take(self.folder / LOCK_FILE, patience if serving else 0.0)
        if serving and self._lock is None:
            owner = _owner(self.folder / LOCK_FILE)
            raise StoreFailed(f"another belplan{owner} is using the state folder {self.folder}; stop it first")
        try:
            self.database = open_database(settings.database_url)
        except StoreFailed:
            self._release()
            raise
        self._keep = settings.keep_call_records
        self._forgotten_at = 0.0
        try:
            self.passwords = Passwords(self.database, Seal.beside(self.folder))
        except SQLAlchemyError as problem:
            self._release()
            raise StoreFailed(f"the state store cannot be read: {reason(problem)}") from None
        except StoreFailed:
            self._release()
            raise
        self.ledger = Ledger(
            self.folder,
            self.database,
            {room.TABLE: room.apply for room in (bindings, records, voicemail, standing, bans, subscriptions, texts)},
            (self.passwords.refresh, self._refresh_standing, self._refresh_bans, self._purge_voicemail, self._forget),
        )
        self.bindings = bindings.StoredBindings(self.database, self.ledger)
        self.records = records.StoredRecords(self.database, self.ledger)
        self.voicemail = voicemail.StoredVoicemail(self.database, self.ledger)
        self.subscriptions = subscriptions.StoredSubscriptions(self.database, self.ledger)
        self.texts = texts.StoredTexts(self.database, self.ledger)
        self.standing = standing.StoredStanding(self.database, self.ledger)
        self.bans = bans.StoredBans(self.database, self.ledger)
        if self._lock is not None:
            try:
                self.ledger.checkpoint()
                self.records.end_abandoned()
            except SQLAlchemyError as problem:
                raise StoreFailed(f"the state store cannot be written: {reason(problem)}") from None
        try:
            self.standing.refresh()
            if serving:
                self.voicemail.load()
        except SQLAlchemyError as problem:
            raise StoreFailed(f"the state store cannot be read: {reason(problem)}") from None
        if serving:
            self.ledger.start()

    @cached_property
    def console(self) -> Console:
        """What the console keeps; the engine never asks for it."""
        from engine.store.console import Console

        return Console.of(self.database, self.folder)

    def close(self) -> None:
        """Bring everything into the database and let go of the state folder."""
        if self._lock is not None:
            self.ledger.close()
            with contextlib.suppress(SQLAlchemyError):
                self._purge_voicemail()
        self.database.dispose()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refresh_standing(self) -> None:
        self.standing.refresh()

    def _refresh_bans(self) -> None:
        self.bans.refresh()

    def _purge_voicemail(self) -> None:
        self.voicemail.purge()

    def _forget(self) -> None:
        if time.monotonic() - self._forgotten_at > FORGET_EVERY:
            self._forgotten_at = time.monotonic()
            self.records.forget_older(self._keep)
            self.bans.forget_older()


def _make_private(folder: Path) -> None:
    """Only the user who runs Belplan may look into the state folder: it holds passwords."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            others = {entry.name for entry in folder.iterdir()} - MADE_BEFORE
            if others and not (folder / LOCK_FILE).exists():
                raise StoreFailed(f"the state folder {folder} holds other things: it must be a folder of Belplan's own")
            folder.chmod(0o700)
    except (OSError, ValueError) as problem:
        raise StoreFailed(
            f"the state folder {folder} cannot be used: {getattr(problem, 'strerror', None) or problem}"
        ) from None


def _take(path: Path, patience: float) -> int | None:
    """The lock as an open file, None if another process keeps it. The kernel frees it when that process dies."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise StoreFailed(f"the state folder {path.parent} cannot be used: {problem.strerror}") from None
    if not locked(file, patience):
        os.close(file)
        return None
    os.ftruncate(file, 0)
    os.write(file, str(os.getpid()).encode())
    return file


def _owner(path: Path) -> str:
    try:
        return f" (process {int(path.read_text())})"
    except (OSError, ValueError):
        return ""
