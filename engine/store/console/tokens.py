"""API tokens: what programs prove themselves with. Only hashes of them are kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Engine, Index, Text, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.database import alone
from engine.store.tables import Base


class TokenRow(Base):
    """One token of an account. ``id`` is what it is called by, ``scopes`` are words separated by blanks.

    One without ``expires_at`` is good until it is revoked.
    """

    __tablename__ = "console_tokens"
    __table_args__ = (
        Index("ix_console_tokens_account", "account"),
        Index("ix_console_tokens_hash", "hash", unique=True),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    account: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    scopes: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[float]
    used_at: Mapped[float | None]
    revoked_at: Mapped[float | None]
    expires_at: Mapped[float | None]


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A row of TokenRow, as a value."""

    id: str
    hash: str
    account: str
    name: str
    scopes: str
    created_by: str
    created_at: float
    used_at: float | None = None
    revoked_at: float | None = None
    expires_at: float | None = None


class StoredTokens:
    """Every account's tokens. Whatever is done returns when it is on its way to the disk."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def add(self, token: StoredToken, most: int) -> bool:
        """Keep a new one; False if the account has ``most`` that are not revoked."""
        good = (TokenRow.account == token.account) & TokenRow.revoked_at.is_(None)
        with alone(self._database, TokenRow) as connection:
            if connection.execute(select(func.count()).select_from(TokenRow).where(good)).scalar_one() >= most:
                return False
            connection.execute(insert(TokenRow).values(asdict(token)))
        return True

    def by_hash(self, hash_: str) -> StoredToken | None:
        """The token with this hash, also if it was revoked."""
        with self._database.connect() as connection:
            row = connection.execute(select(TokenRow.__table__).where(TokenRow.hash == hash_)).mappings().first()
            return StoredToken(**row) if row else None

    def of(self, account: str) -> list[StoredToken]:
        """An account's tokens, the oldest first."""
        query = select(TokenRow.__table__).where(TokenRow.account == account)
        with self._database.connect() as connection:
            rows = connection.execute(query.order_by(TokenRow.created_at, TokenRow.id)).mappings()
            return [StoredToken(**row) for row in rows]

    def used(self, id_: str, now: float) -> None:
        """A program came with it."""
        with self._database.begin() as connection:
            connection.execute(update(TokenRow).where(TokenRow.id == id_).values(used_at=now))

    def revoke_made_by(self, account: str, who: str, now: float) -> int:
        """Those that somebody has made open nothing any more. How many did."""
        good = (TokenRow.account == account) & (TokenRow.created_by == who) & TokenRow.revoked_at.is_(None)
        with self._database.begin() as connection:
            return connection.execute(update(TokenRow).where(good).values(revoked_at=now)).rowcount

    def revoke(self, account: str, id_: str, now: float) -> bool:
        """It opens nothing any more; False if there is none that does."""
        good = (TokenRow.account == account) & (TokenRow.id == id_) & TokenRow.revoked_at.is_(None)
        with self._database.begin() as connection:
            return connection.execute(update(TokenRow).where(good).values(revoked_at=now)).rowcount == 1
