"""Voicemail that outlives the process: ``engine.office.messages`` kept in the store. The recordings are files.

A running engine holds all messages in memory and writes changes through the journal. A message goes in steps, so that a
kill between any two of them leaves neither a message without its file nor a file without its message: it is marked
deleted, a while later its file is removed, then its row. A command beside a running engine only marks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, case, delete, func, select, update

from engine.office.messages import Message, RememberedMessages
from engine.store.database import in_slices, insert_of
from engine.store.ledger import Changes, Ledger, readable
from engine.store.tables import VoicemailRow

TABLE = "voicemail"

log = logging.getLogger(__name__)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


class StoredVoicemail:
    """The messages of all accounts. ``put`` has written to the journal when it returns."""

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._accounts: dict[str, RememberedMessages] = {}
        self._doomed: set[str] = set()
        self._purged: set[tuple[str, str]] = set()
        self._guard = threading.Lock()

    def load(self) -> None:
        """Read all messages that are kept. Call it before the first call."""
        with self._database.connect() as connection:
            query = select(VoicemailRow.__table__).where(VoicemailRow.deleted_at.is_(None))
            for row in connection.execute(query).mappings():
                message = Message(**row)
                self._remembered(message.account).put(message)

    def of(self, account: str) -> MessagesOfAccount:
        """The messages of one account."""
        return MessagesOfAccount(self, account, self._remembered(account))

    def _remembered(self, account: str) -> RememberedMessages:
        return self._accounts.setdefault(account, RememberedMessages())

    def all(self) -> list[Message]:
        """Every message of every account, also those that are being taken."""
        return [message for remembered in list(self._accounts.values()) for message in remembered.all()]

    def put(self, message: Message) -> None:
        """Keep a new message."""
        with self._guard:
            self._remembered(message.account).put(message)
            self._ledger.put(TABLE, message.path, _encode(message))

    def change(self, message: Message) -> bool:
        """Keep the newest state of a message; False if it has been deleted meanwhile."""
        with self._guard:
            there = self._remembered(message.account).change(message)
            if there:
                self._ledger.put(TABLE, message.path, _encode(message))
        return there

    def delete(self, message: Message, now: float) -> None:
        """Take a message away; ``purge`` removes its file."""
        with self._guard:
            self._remembered(message.account).delete(message, now)
            self._ledger.put(TABLE, message.path, _encode(msgspec.structs.replace(message, deleted_at=now)))

    def mark_deleted(self, paths: Iterable[str]) -> None:
        """``delete`` for a command beside a running engine, whose the journal is: straight into the database."""
        with self._database.begin() as connection:
            for some in in_slices(paths):
                connection.execute(
                    update(VoicemailRow).where(VoicemailRow.path.in_(some)).values(deleted_at=time.time())
                )

    def purge(self) -> None:
        """Remove the files, and then the rows, of messages that were marked deleted when this was called before.

        In between nobody can change them any more, and what was changed until then has reached the database.
        """
        with self._database.connect() as connection:
            query = select(VoicemailRow.__table__).where(VoicemailRow.deleted_at.is_not(None))
            marked = [Message(**row) for row in connection.execute(query).mappings()]
        if not marked:
            self._doomed.clear()
            return
        with self._guard:
            for message in marked:
                self._remembered(message.account).delete(message, 0.0)
        gone = [message for message in marked if message.path in self._doomed]
        self._doomed = {message.path for message in marked}
        for message in gone:
            remove_file(message.path)
            self._purged.add((message.account, message.mailbox))
        with self._database.begin() as connection:
            for some in in_slices(message.path for message in gone):
                connection.execute(delete(VoicemailRow).where(VoicemailRow.path.in_(some)))

    def take_purged(self) -> set[tuple[str, str]]:
        """The account and mailbox of messages that were removed since this was last asked."""
        purged, self._purged = self._purged, set()
        return purged

    def counts(self, account: str) -> dict[str, tuple[int, int]]:
        """How many messages of each mailbox are new, and how many there are in all, from the database."""
        new = func.sum(case((VoicemailRow.heard_at.is_(None), 1), else_=0))
        query = (
            select(VoicemailRow.mailbox, new, func.count())
            .where(VoicemailRow.account == account, VoicemailRow.deleted_at.is_(None), ~VoicemailRow.taking)
            .group_by(VoicemailRow.mailbox)
        )
        with self._database.connect() as connection:
            return {mailbox: (int(fresh), all_) for mailbox, fresh, all_ in connection.execute(query)}

    def messages(self, account: str, mailbox: str | None = None) -> list[Message]:
        """What is kept of an account or a mailbox, oldest first, from the database: for commands."""
        query = (
            select(VoicemailRow.__table__)
            .where(VoicemailRow.account == account, VoicemailRow.deleted_at.is_(None), ~VoicemailRow.taking)
            .order_by(VoicemailRow.left_at)
        )
        if mailbox is not None:
            query = query.where(VoicemailRow.mailbox == mailbox)
        with self._database.connect() as connection:
            return [Message(**row) for row in connection.execute(query).mappings()]


class MessagesOfAccount:
    """The ``Messages`` of one account."""

    def __init__(self, stored: StoredVoicemail, account: str, remembered: RememberedMessages) -> None:
        self._stored = stored
        self._account = account
        self._remembered = remembered

    def of(self, mailbox: str) -> list[Message]:
        return self._remembered.of(mailbox)

    def newest(self, message: Message) -> Message | None:
        return self._remembered.newest(message)

    def full(self, mailbox: str) -> bool:
        return self._remembered.full(mailbox)

    def put(self, message: Message) -> None:
        self._stored.put(message)

    def change(self, message: Message) -> bool:
        return self._stored.change(message)

    def delete(self, message: Message, now: float) -> None:
        self._stored.delete(message, now)

    def discard(self, path: str) -> None:
        remove_file(path)


def remove_file(path: str) -> None:
    """Remove a recording; one that is not there is removed already."""
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as problem:
        log.error("a recording cannot be removed: %s", problem)


def apply(connection: Connection, changes: Changes) -> None:
    """Bring changes from the journal into the table. What is marked deleted stays so."""
    rows = [msgspec.structs.asdict(message) for message in readable(changes, _decode)]
    if not rows:
        return
    statement = insert_of(connection, VoicemailRow)
    changed: dict[str, Any] = {name: statement.excluded[name] for name in rows[0] if name not in ("path", "deleted_at")}
    changed["deleted_at"] = func.coalesce(VoicemailRow.deleted_at, statement.excluded.deleted_at)
    connection.execute(statement.on_conflict_do_update(index_elements=["path"], set_=changed), rows)
