"""The versions of every dialplan: its whole text at each change, with who made it and when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, Text, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables import Base

MAX_VERSIONS = 200
MAX_KEPT_BYTES = 20_000_000
"""Of one account, beside the newest; the oldest go first."""


class VersionRow(Base):
    """One version; ``digest`` is that of ``text``, and the numbers of an account count from 1."""

    __tablename__ = "console_versions"

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    at: Mapped[float]


@dataclass(frozen=True, slots=True)
class Version:
    """A version without its text. ``size`` is in bytes, ``at`` seconds since the epoch."""

    number: int
    digest: str
    author: str
    what: str
    at: float
    size: int


_SHOWN = (VersionRow.number, VersionRow.digest, VersionRow.author, VersionRow.what, VersionRow.at, VersionRow.size)


class StoredVersions:
    """All versions, by account. Whoever adds one holds the lock of the dialplans (``web.editing.saving``)."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def of(self, account: str, limit: int = MAX_VERSIONS) -> list[Version]:
        """An account's, the newest first."""
        query = select(*_SHOWN).where(VersionRow.account == account).order_by(VersionRow.number.desc()).limit(limit)
        with self._database.connect() as connection:
            return [Version(*row) for row in connection.execute(query)]

    def newest(self, account: str) -> Version | None:
        versions = self.of(account, 1)
        return versions[0] if versions else None

    def text(self, account: str, number: int) -> str | None:
        """A version's text; None if it is not kept (any more)."""
        query = select(VersionRow.text).where(VersionRow.account == account, VersionRow.number == number)
        with self._database.connect() as connection:
            return connection.execute(query).scalar_one_or_none()

    def text_with(self, account: str, digest: str) -> str | None:
        """The text of the newest version with that digest."""
        query = select(VersionRow.text).where(VersionRow.account == account, VersionRow.digest == digest)
        with self._database.connect() as connection:
            return connection.execute(query.order_by(VersionRow.number.desc()).limit(1)).scalar_one_or_none()

    def add(self, account: str, text: str, digest: str, *, author: str, what: str, at: float) -> int:
        """Keep another version, and forget those that are too many; its number."""
        highest = select(func.coalesce(func.max(VersionRow.number), 0)).where(VersionRow.account == account)
        size = len(text.encode())
        with self._database.begin() as connection:
            number = int(connection.execute(highest).scalar_one()) + 1
            row = {"account": account, "number": number, "text": text, "size": size, "digest": digest}
            connection.execute(insert(VersionRow), [{**row, "author": author, "what": what, "at": at}])
            sizes = select(VersionRow.number, VersionRow.size).where(VersionRow.account == account)
            kept, left = number, MAX_KEPT_BYTES
            for each, each_size in connection.execute(sizes.order_by(VersionRow.number.desc()).offset(1)):
                left -= each_size
                if left < 0 or number - each >= MAX_VERSIONS:
                    break
                kept = each
            connection.execute(delete(VersionRow).where(VersionRow.account == account, VersionRow.number < kept))
        return number

    def withdraw(self, account: str, number: int) -> None:
        """Forget a version that never came to be."""
        with self._database.begin() as connection:
            connection.execute(delete(VersionRow).where(VersionRow.account == account, VersionRow.number == number))
