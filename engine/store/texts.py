"""Texts (MESSAGE) that wait for somebody whose phones are away: on the ledger, one row for each."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, Engine, delete, select

from engine.office.texts import Text
from engine.store.database import in_slices, upsert
from engine.store.ledger import Changes, Ledger, readable
from engine.store.tables import TextRow

TABLE = "texts"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Text).decode


class StoredTexts:
    """``put`` and ``remove`` have written to the journal when they return."""

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def load(self) -> Iterable[Text]:
        """All that wait, in the order in which they came."""
        with self._database.connect() as connection:
            query = select(TextRow.__table__).order_by(TextRow.sent_at, TextRow.key)
            return [Text(**row) for row in connection.execute(query).mappings()]

    def put(self, text: Text) -> None:
        """Keep a text until it is removed."""
        self._ledger.put(TABLE, text.key, _encode(text))

    def remove(self, text: Text) -> None:
        """It was delivered, or has waited for too long."""
        self._ledger.put(TABLE, text.key, None)


def apply(connection: Connection, changes: Changes) -> None:
    """Bring changes from the journal into the table."""
    for keys in in_slices(key for key, data in changes.items() if data is None):
        connection.execute(delete(TextRow).where(TextRow.key.in_(keys)))
    upsert(connection, TextRow, [msgspec.structs.asdict(text) for text in readable(changes, _decode)])
