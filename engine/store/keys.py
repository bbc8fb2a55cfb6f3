"""Secrets of the engine itself: random, made on first use, the same after every restart."""

from __future__ import annotations

import secrets

from sqlalchemy import Engine, select

from engine.store.database import upsert
from engine.store.tables import KeyRow

KEY_BYTES = 32
NONCE_KEY = "digest-nonce"
"""Signs the nonces of digest authentication, so that phones stay known over a restart."""


def key(database: Engine, name: str) -> bytes:
    """The secret called ``name``, KEY_BYTES long."""
    with database.begin() as connection:
        found = connection.execute(select(KeyRow.value).where(KeyRow.name == name)).scalar_one_or_none()
        if found is None:
            found = secrets.token_bytes(KEY_BYTES)
            upsert(connection, KeyRow, [{"name": name, "value": found}])
    return bytes(found)
