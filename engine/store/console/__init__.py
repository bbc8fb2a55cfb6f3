"""What the console keeps in the state store: only what no dialplan holds. Times are seconds since the Unix epoch.

Each room writes in short transactions of its own, straight to the database: the console's process, commands and the API
are beside each other, and the engine needs none of it to take calls.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from engine.store.console.invitations import StoredInvitations
from engine.store.console.numbers import StoredNumbers
from engine.store.console.versions import StoredVersions


@dataclass(frozen=True, slots=True)
class Console:
    """The stock of numbers, the invitations of people, and the versions of every dialplan."""

    numbers: StoredNumbers
    invitations: StoredInvitations
    versions: StoredVersions

    @classmethod
    def of(cls, database: Engine) -> Console:
        return cls(StoredNumbers(database), StoredInvitations(database), StoredVersions(database))
