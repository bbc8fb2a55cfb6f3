"""The list of voicemail messages; the recordings themselves are files that the media worker writes."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, Engine, select

from engine.store.database import upsert
from engine.store.ledger import Changes, Ledger, readable
from engine.store.tables import VoicemailRow

TABLE = "voicemail"


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message left for ``person``; ``path`` is the recording. Times are seconds since the epoch."""

    path: str
    account: str
    person: str
    caller: str
    call: str
    left_at: float
    seconds: float
    heard_at: float | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


class StoredVoicemail:
    """All messages. ``put`` has written to the journal when it returns."""

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def put(self, message: Message) -> None:
        """Keep a message, or its newest state."""
        self._ledger.put(TABLE, message.path, _encode(message))

    def messages(self, account: str, person: str) -> list[Message]:
        """What is kept for a person, oldest first."""
        query = (
            select(VoicemailRow.__table__)
            .where(VoicemailRow.account == account, VoicemailRow.person == person)
            .order_by(VoicemailRow.left_at)
        )
        with self._database.connect() as connection:
            return [Message(**row) for row in connection.execute(query).mappings()]


def apply(connection: Connection, changes: Changes) -> None:
    """Bring changes from the journal into the table."""
    rows = [msgspec.structs.asdict(message) for message in readable(changes, _decode)]
    upsert(connection, VoicemailRow, rows)
