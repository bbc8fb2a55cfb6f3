"""Bans that outlive the process, and that ``belplan bans`` lists and lifts beside a running engine.

Times are seconds since 1970. The engine writes through the journal; a command that lifts a ban writes its row, and the
engine learns of it within about a second.
"""

from __future__ import annotations

import threading
import time

import msgspec
from sqlalchemy import Connection, Engine, delete, func, select, update

from engine.store.database import insert_of
from engine.store.ledger import Changes, Ledger, readable
from engine.store.tables import BanRow

TABLE = "bans"
KEPT_SECONDS = 7 * 86_400.0
"""How long a ban that is over is kept: the next one of the same source is longer for it."""
CLOCK_STEP = 1e-3


class StoredBan(msgspec.Struct, frozen=True):
    """One ban; ``user`` is "" for all of a source, ``level`` is 0 once it has been lifted."""

    source: str
    user: str
    why: str
    level: int
    since: float
    until: float
    changed_at: float


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(StoredBan).decode


class StoredBans:
    """All bans kept. ``put`` has written to the journal when it returns."""

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._newest = 0.0
        self._lifted: list[tuple[str, str]] = []
        self._guard = threading.Lock()

    def load(self) -> list[StoredBan]:
        """All that are kept, those that are over included."""
        with self._database.connect() as connection:
            rows = connection.execute(select(BanRow.__table__)).mappings().all()
        return [StoredBan(**row) for row in rows]

    def put(self, source: str, user: str, why: str, level: int, since: float, until: float) -> None:
        """Keep a ban that has just begun."""
        ban = StoredBan(source, user, why, level, since, until, time.time())
        self._ledger.put(TABLE, f"{source} {user}", _encode(ban))

    def lift(self, source: str) -> list[StoredBan]:
        """For a command: end all bans of a source, and of users there; those that held."""
        now = time.time()
        lifted = [ban for ban in self.load() if ban.source == source and ban.until > now]
        with self._database.begin() as connection:
            for ban in lifted:
                values = {"level": 0, "until": now, "changed_at": max(now, ban.changed_at + CLOCK_STEP)}
                mine = (BanRow.source == ban.source, BanRow.user == ban.user)
                connection.execute(update(BanRow).where(*mine).values(**values))
        return lifted

    def take_lifted(self) -> list[tuple[str, str]]:
        """Sources and users whose ban another process has lifted since the last time."""
        with self._guard:
            taken, self._lifted = self._lifted, []
        return taken

    def refresh(self) -> None:
        """Learn what another process lifted; costs one small query if nothing changed."""
        with self._database.connect() as connection:
            newest = connection.execute(select(func.max(BanRow.changed_at))).scalar() or 0.0
            if newest == self._newest:
                return
            changed = select(BanRow.source, BanRow.user).where(BanRow.changed_at > self._newest, BanRow.level == 0)
            lifted = [(source, user) for source, user in connection.execute(changed)]
        self._newest = newest
        with self._guard:
            self._lifted += lifted

    def forget_older(self, seconds: float = KEPT_SECONDS) -> None:
        """Remove those that have been over for so long."""
        with self._database.begin() as connection:
            connection.execute(delete(BanRow).where(BanRow.until < time.time() - seconds))


def apply(connection: Connection, changes: Changes) -> None:
    """Bring changes from the journal into the table, but for those that a later change has overtaken."""
    rows = [msgspec.structs.asdict(ban) for ban in readable(changes, _decode)]
    if not rows:
        return
    statement = insert_of(connection, BanRow)
    changed = {name: statement.excluded[name] for name in ("why", "level", "since", "until", "changed_at")}
    newer = statement.excluded.changed_at > BanRow.changed_at
    connection.execute(
        statement.on_conflict_do_update(index_elements=["source", "user"], set_=changed, where=newer), rows
    )
