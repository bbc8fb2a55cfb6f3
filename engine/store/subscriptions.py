"""Subscriptions that outlive the process, so that lamps are right soon after a restart: on the ledger."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, Engine, delete, select

from engine.store.database import in_slices, upsert
from engine.store.ledger import Changes, Ledger
from engine.store.tables import SubscriptionRow
from sip.dialog.subscribed import Kept

TABLE = "subscriptions"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Kept).decode


class StoredSubscriptions:
    """Each subscription under its key. ``save`` has written to the journal when it returns."""

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def load(self) -> Iterable[Kept]:
        """All that are kept, expired ones too; a row that this version cannot read is left out."""
        with self._database.connect() as connection:
            rows = connection.execute(select(SubscriptionRow.data)).scalars().all()
        for data in rows:
            try:
                yield _decode(data)
            except msgspec.DecodeError:
                continue

    def save(self, key: str, kept: Kept | None) -> None:
        """Keep a subscription, or forget it (None)."""
        self._ledger.put(TABLE, key, _encode(kept) if kept is not None else None)


def apply(connection: Connection, changes: Changes) -> None:
    """Bring changes from the journal into the table."""
    for keys in in_slices(key for key, data in changes.items() if data is None):
        connection.execute(delete(SubscriptionRow).where(SubscriptionRow.key.in_(keys)))
    upsert(connection, SubscriptionRow, [{"key": key, "data": data.decode()} for key, data in changes.items() if data])
