"""The audit log: who changed what, and when. Entries are added and read, and forgotten when old; never changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Engine, Index, Text, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables import Base


class AuditRow(Base):
    """One entry. ``what`` is a sentence and what fills its gaps, as JSON; ``who`` an address or a program's name."""

    __tablename__ = "console_audit"
    __table_args__ = (Index("ix_console_audit_account", "account", "id"), Index("ix_console_audit_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    account: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    at: Mapped[float]


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A row of AuditRow, as a value; ``id`` grows from one entry to the next."""

    account: str
    who: str
    what: str
    detail: str
    at: float
    id: int = 0


class StoredAudit:
    """Every account's log. What is added is on its way to the disk when ``add`` returns."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def add(self, entry: StoredEntry) -> None:
        values = asdict(entry)
        del values["id"]
        with self._database.begin() as connection:
            connection.execute(insert(AuditRow).values(values))

    def last(self, account: str, limit: int, before: int | None = None) -> list[StoredEntry]:
        """The newest entries, the newest first; those that are older than the entry ``before``."""
        query = select(AuditRow.__table__).where(AuditRow.account == account)
        if before is not None:
            query = query.where(AuditRow.id < before)
        with self._database.connect() as connection:
            rows = connection.execute(query.order_by(AuditRow.id.desc()).limit(limit)).mappings()
            return [StoredEntry(**row) for row in rows]

    def forget_older(self, at: float) -> int:
        """Forget what was before ``at``. How many entries that were."""
        with self._database.begin() as connection:
            return connection.execute(delete(AuditRow).where(AuditRow.at < at)).rowcount
