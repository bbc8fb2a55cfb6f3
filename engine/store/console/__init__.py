"""What the console keeps in the state store: only what no dialplan holds. Times are seconds since the Unix epoch.

Each room writes in short transactions of its own, straight to the database: the console's process, commands and the API
are beside each other, and the engine needs none of it to take calls.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from engine.store.console.versions import StoredVersions


@dataclass(frozen=True, slots=True)
class Console:
    """The versions of every dialplan."""

    versions: StoredVersions

    @classmethod
    def of(cls, database: Engine) -> Console:
        return cls(versions=StoredVersions(database))
