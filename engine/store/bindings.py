"""Registrations that outlive the process: ``sip.registrar``'s BindingStore on the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, Engine, delete, select

from engine.store.database import in_slices, upsert
from engine.store.ledger import Changes, Ledger
from engine.store.tables import BindingsRow
from sip.registrar import Binding

TABLE = "bindings"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Binding]).decode


class StoredBindings:
    """All bindings of all addresses-of-record. ``save`` has written to the journal when it returns."""

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def load(self) -> Iterable[Binding]:
        """Every binding kept, expired ones too; a row that this version cannot read is left out."""
        with self._database.connect() as connection:
            rows = connection.execute(select(BindingsRow.data)).scalars().all()
        for data in rows:
            try:
                yield from _decode(data)
            except msgspec.DecodeError:
                continue

    def save(self, aor: str, bindings: Sequence[Binding]) -> None:
        """Keep exactly these bindings for ``aor``; none forgets it."""
        self._ledger.put(TABLE, aor, _encode(bindings) if bindings else None)


def apply(connection: Connection, changes: Changes) -> None:
    """Bring changes from the journal into the table."""
    for aors in in_slices(aor for aor, data in changes.items() if data is None):
        connection.execute(delete(BindingsRow).where(BindingsRow.aor.in_(aors)))
    upsert(connection, BindingsRow, [{"aor": aor, "data": data.decode()} for aor, data in changes.items() if data])
