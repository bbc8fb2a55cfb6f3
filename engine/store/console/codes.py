"""The six-digit codes that prove an e-mail address, and how often one was asked for.

A code belongs to whoever asked for it: its row is found by the hash of a secret that they alone hold. So nobody can use
up, replace or guess at a code that somebody else has asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Engine, Index, Text, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.database import insert_of
from engine.store.tables import Base

LONGEST_COUNT = 86400.0
"""Seconds after which everybody's count begins anew."""


class CodeRow(Base):
    """One code. ``asked_by`` and ``code`` are hashes under a key; ``draft`` is the account to be, as JSON."""

    __tablename__ = "console_codes"
    __table_args__ = (Index("ix_console_codes_expires_at", "expires_at"), Index("ix_console_codes_email", "email"))

    asked_by: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    draft: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    made_at: Mapped[float]
    expires_at: Mapped[float]
    tries_left: Mapped[int]


class AskedRow(Base):
    """How often ``whom`` (a hash of an address or a source) has asked ``since`` then."""

    __tablename__ = "console_asked"
    __table_args__ = (Index("ix_console_asked_since", "since"),)

    whom: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[float]
    times: Mapped[int]


@dataclass(frozen=True, slots=True)
class StoredCode:
    """A row of CodeRow, as a value."""

    asked_by: str
    email: str
    purpose: str
    draft: str
    code: str
    made_at: float
    expires_at: float
    tries_left: int


class StoredCodes:
    """Every code that is under way. Whatever is done returns when it is on its way to the disk."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def put(self, code: StoredCode) -> None:
        """Keep a new code, in place of the one with the same ``asked_by``; those that have expired are forgotten."""
        old = (CodeRow.expires_at <= code.made_at) | (CodeRow.asked_by == code.asked_by)
        with self._database.begin() as connection:
            connection.execute(delete(CodeRow).where(old))
            connection.execute(insert(CodeRow).values(asdict(code)))

    def find(self, asked_by: str) -> StoredCode | None:
        """The code that somebody has asked for, whether or not it is still good for anything."""
        return self._first(CodeRow.asked_by == asked_by)

    def newest(self, email: str, purpose: str) -> StoredCode | None:
        """The last one that was asked for with this address."""
        return self._first((CodeRow.email == email) & (CodeRow.purpose == purpose))

    def take_try(self, asked_by: str, now: float) -> StoredCode | None:
        """Use one of the tries, before anything is compared. None if there is none left, or the code has expired."""
        good = (CodeRow.asked_by == asked_by) & (CodeRow.tries_left > 0) & (CodeRow.expires_at > now)
        taken = update(CodeRow).where(good).values(tries_left=CodeRow.tries_left - 1)
        with self._database.begin() as connection:
            row = connection.execute(taken.returning(*CodeRow.__table__.columns)).mappings().first()
            return StoredCode(**row) if row else None

    def use(self, asked_by: str) -> bool:
        """The code was right: True for the one who says so first, and it is gone."""
        with self._database.begin() as connection:
            return connection.execute(delete(CodeRow).where(CodeRow.asked_by == asked_by)).rowcount == 1

    def asked(self, whom: Sequence[str], now: float, within: float) -> list[tuple[int, float]]:
        """Count one more for each: how often it has asked since when, ``within`` so many seconds at most."""
        counts: list[tuple[int, float]] = []
        over = AskedRow.whom.in_(whom) & (AskedRow.since <= now - within)
        with self._database.begin() as connection:
            connection.execute(delete(AskedRow).where(over | (AskedRow.since <= now - LONGEST_COUNT)))
            for each in whom:
                first = insert_of(connection, AskedRow).values(whom=each, since=now, times=1)
                more = first.on_conflict_do_update(index_elements=["whom"], set_={"times": AskedRow.times + 1})
                row = connection.execute(more.returning(AskedRow.times, AskedRow.since)).one()
                counts.append((row.times, row.since))
        return counts

    def _first(self, which: ColumnElement[bool]) -> StoredCode | None:
        query = select(CodeRow.__table__).where(which).order_by(CodeRow.made_at.desc()).limit(1)
        with self._database.connect() as connection:
            row = connection.execute(query).mappings().first()
            return StoredCode(**row) if row else None
