"""What the console keeps in the state store: only what no dialplan holds. Times are seconds since the Unix epoch.

Each room writes in short transactions of its own, straight to the database: the console's process, commands and the API
are beside each other, and the engine needs none of it to take calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from engine.store.console.accounts import StoredAccounts
from engine.store.console.audit import StoredAudit
from engine.store.console.codes import StoredCodes
from engine.store.console.invitations import StoredInvitations
from engine.store.console.numbers import StoredNumbers
from engine.store.console.sessions import StoredSessions
from engine.store.console.tokens import StoredTokens
from engine.store.console.transfers import StoredTransfers
from engine.store.console.versions import StoredVersions
from engine.store.keys import KeyedHash, key_beside

KEY_FILE = "console.key"


@dataclass(frozen=True, slots=True)
class Console:
    """Accounts with their managers, how those sign in, what programs may, and who did what; then the slices' own."""

    accounts: StoredAccounts
    codes: StoredCodes
    sessions: StoredSessions
    tokens: StoredTokens
    audit: StoredAudit
    hashes: KeyedHash
    numbers: StoredNumbers
    invitations: StoredInvitations
    versions: StoredVersions
    transfers: StoredTransfers

    @classmethod
    def of(cls, database: Engine, folder: Path) -> Console:
        """What the database holds; the key of its hashes is in ``folder``, the state folder. Raises StoreFailed."""
        return cls(
            accounts=StoredAccounts(database),
            codes=StoredCodes(database),
            sessions=StoredSessions(database),
            tokens=StoredTokens(database),
            audit=StoredAudit(database),
            hashes=KeyedHash(key_beside(folder, KEY_FILE)),
            numbers=StoredNumbers(database),
            invitations=StoredInvitations(database),
            versions=StoredVersions(database),
            transfers=StoredTransfers(database),
        )
