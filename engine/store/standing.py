"""What people of the accounts have set: ``engine.office.standing`` kept in the store.

A running engine holds all of it in memory, writes changes through the journal, and learns within about a second what
another process (``belplan switch``) changed. Of two changes of one fact the later counts, whichever way it came.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import msgspec
from sqlalchemy import Connection, Engine, func, select

from engine.office.standing import check_fact
from engine.store.database import insert_of
from engine.store.ledger import Changes, Ledger, readable
from engine.store.tables import StandingRow

TABLE = "standing"
CLOCK_STEP = 1e-3
"""Each change of a fact is dated later than the one before, in seconds, also where the clock was set back."""


class Fact(msgspec.Struct, frozen=True):
    """One fact of an account; ``value`` is None once it is forgotten."""

    account: str
    name: str
    value: str | None
    changed_at: float


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Fact).decode


class StoredStanding:
    """The facts of all accounts. ``put`` has written to the journal when it returns.

    ``on_change`` hears the account and the name of each fact that is changed, from whatever thread.
    """

    def __init__(self, database: Engine, ledger: Ledger) -> None:
        self.on_change: Callable[[str, str], None] = lambda _account, _name: None
        self._database = database
        self._ledger = ledger
        self._facts: dict[tuple[str, str], Fact] = {}
        self._newest: tuple[int, float | None] = (0, None)
        self._guard = threading.Lock()

    def of(self, account: str) -> StandingOfAccount:
        """The facts of one account."""
        return StandingOfAccount(self, account)

    def get(self, account: str, name: str) -> str | None:
        fact = self._facts.get((account, name))
        return fact.value if fact else None

    def names(self, account: str, beginning: str) -> list[str]:
        return sorted(
            name
            for (owner, name), fact in list(self._facts.items())
            if owner == account and fact.value is not None and name.startswith(beginning)
        )

    def put(self, account: str, name: str, value: str | None) -> None:
        fact = self._change(account, name, value)
        self._ledger.put(TABLE, f"{account}/{name}", _encode(fact))

    def write(self, account: str, name: str, value: str | None) -> None:
        """``put`` for a command beside a running engine, whose the journal is: straight into the database."""
        fact = self._change(account, name, value)
        with self._database.begin() as connection:
            _write(connection, [fact])

    def _change(self, account: str, name: str, value: str | None) -> Fact:
        check_fact(name, value)
        with self._guard:
            before = self._facts.get((account, name))
            now = max(time.time(), before.changed_at + CLOCK_STEP if before else 0.0)
            fact = self._facts[account, name] = Fact(account, name, value, now)
        self.on_change(account, name)
        return fact

    def refresh(self) -> None:
        """Take over what another process changed; costs one small query if nothing did."""
        with self._database.connect() as connection:
            count, newest = connection.execute(select(func.count(), func.max(StandingRow.changed_at))).one()
            if (count, newest) == self._newest:
                return
            facts = [Fact(**row) for row in connection.execute(select(StandingRow.__table__)).mappings()]
        changed = []
        with self._guard:
            for fact in facts:
                known = self._facts.get((fact.account, fact.name))
                if known is None or known.changed_at < fact.changed_at:
                    self._facts[fact.account, fact.name] = fact
                    changed.append(fact)
        self._newest = (count, newest)
        for fact in changed:
            self.on_change(fact.account, fact.name)


class StandingOfAccount:
    """The ``Standing`` of one account."""

    def __init__(self, stored: StoredStanding, account: str) -> None:
        self._stored = stored
        self._account = account

    def get(self, name: str) -> str | None:
        return self._stored.get(self._account, name)

    def put(self, name: str, value: str | None) -> None:
        self._stored.put(self._account, name, value)

    def names(self, beginning: str) -> Iterable[str]:
        return self._stored.names(self._account, beginning)


def apply(connection: Connection, changes: Changes) -> None:
    """Bring changes from the journal into the table, but for those that a later change has overtaken."""
    _write(connection, readable(changes, _decode))


def _write(connection: Connection, facts: list[Fact]) -> None:
    rows = [msgspec.structs.asdict(fact) for fact in facts]
    if not rows:
        return
    statement = insert_of(connection, StandingRow)
    newer = statement.excluded.changed_at > StandingRow.changed_at
    changed = {name: statement.excluded[name] for name in ("value", "changed_at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["account", "name"], set_=changed, where=newer), rows
    )
