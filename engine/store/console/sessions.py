"""Sessions of managers who have signed in. Only hashes of the random ids that their browsers hold are kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Engine, Index, Text, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables import Base


class SessionRow(Base):
    """One browser that has signed in. ``account`` is the one that is looked at, of those the person manages.

    ``source`` and ``agent`` tell the person which browser it is.
    """

    __tablename__ = "console_sessions"
    __table_args__ = (
        Index("ix_console_sessions_email", "email"),
        Index("ix_console_sessions_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    account: Mapped[str] = mapped_column(Text)
    created_at: Mapped[float]
    seen_at: Mapped[float]
    expires_at: Mapped[float]
    source: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A row of SessionRow, as a value."""

    id: str
    email: str
    account: str
    created_at: float
    seen_at: float
    expires_at: float
    source: str = ""
    agent: str = ""


class StoredSessions:
    """Every session. Whatever is done returns when it is on its way to the disk."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def begin(self, session: StoredSession, most: int) -> None:
        """Keep a new one. Sessions that have expired are forgotten, and all but the ``most`` newest of the person."""
        mine = SessionRow.email == session.email
        with self._database.begin() as connection:
            connection.execute(delete(SessionRow).where(SessionRow.expires_at <= session.created_at))
            connection.execute(insert(SessionRow).values(asdict(session)))
            newest = select(SessionRow.id).where(mine).order_by(SessionRow.created_at.desc()).limit(most)
            connection.execute(delete(SessionRow).where(mine, SessionRow.id.not_in(newest.scalar_subquery())))

    def find(self, id_: str) -> StoredSession | None:
        query = select(SessionRow.__table__).where(SessionRow.id == id_)
        with self._database.connect() as connection:
            row = connection.execute(query).mappings().first()
            return StoredSession(**row) if row else None

    def of(self, email: str) -> list[StoredSession]:
        """A person's sessions, the one last used first."""
        query = select(SessionRow.__table__).where(SessionRow.email == email).order_by(SessionRow.seen_at.desc())
        with self._database.connect() as connection:
            return [StoredSession(**row) for row in connection.execute(query).mappings()]

    def seen(self, id_: str, now: float) -> None:
        """It is in use."""
        with self._database.begin() as connection:
            connection.execute(update(SessionRow).where(SessionRow.id == id_).values(seen_at=now))

    def look_at(self, id_: str, account: str) -> None:
        """It looks at another account from now on."""
        with self._database.begin() as connection:
            connection.execute(update(SessionRow).where(SessionRow.id == id_).values(account=account))

    def end(self, id_: str) -> None:
        """The browser is signed out."""
        with self._database.begin() as connection:
            connection.execute(delete(SessionRow).where(SessionRow.id == id_))

    def end_all(self, email: str, but: str = "") -> int:
        """Every browser of the person is signed out, ``but`` the one. How many were."""
        with self._database.begin() as connection:
            mine = (SessionRow.email == email) & (SessionRow.id != but)
            return connection.execute(delete(SessionRow).where(mine)).rowcount
