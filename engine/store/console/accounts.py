"""Accounts that were set up with the console, and the people who manage them.

An account without a row is one whose dialplan was written by hand and that nobody has claimed: it has no owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Engine, Index, Text, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.database import alone
from engine.store.tables import Base

OWNER: Final = "owner"
MANAGER: Final = "manager"


class AccountRow(Base):
    """One account. ``name`` to ``language`` are how it was set up: they count until there is a dialplan, no longer.

    The owner's name and address are those of the first person of the dialplan to be.
    """

    __tablename__ = "console_accounts"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    licences: Mapped[int]
    owner_email: Mapped[str] = mapped_column(Text)
    owner_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[float]


class ManagerRow(Base):
    """Somebody who may sign in to manage an account. ``email`` as it is compared, in lower case."""

    __tablename__ = "console_managers"
    __table_args__ = (Index("ix_console_managers_email", "email"),)

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    since: Mapped[float]


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A row of AccountRow, as a value."""

    key: str
    name: str
    country: str
    timezone: str
    language: str
    licences: int
    owner_email: str
    owner_name: str
    created_at: float


@dataclass(frozen=True, slots=True)
class StoredManager:
    """A row of ManagerRow, as a value."""

    account: str
    email: str
    name: str
    role: str
    since: float


class StoredAccounts:
    """Every account and its managers. Whatever is done returns when it is on its way to the disk."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def all(self) -> list[StoredAccount]:
        """Every account, in the order of the keys."""
        with self._database.connect() as connection:
            rows = connection.execute(select(AccountRow.__table__).order_by(AccountRow.key)).mappings()
            return [StoredAccount(**row) for row in rows]

    def find(self, key: str) -> StoredAccount | None:
        with self._database.connect() as connection:
            row = connection.execute(select(AccountRow.__table__).where(AccountRow.key == key)).mappings().first()
            return StoredAccount(**row) if row else None

    def owned(self) -> set[str]:
        """The keys of the accounts that have an owner."""
        with self._database.connect() as connection:
            return set(connection.execute(select(ManagerRow.account).where(ManagerRow.role == OWNER)).scalars())

    def begin(self, account: StoredAccount, *, first: bool = False) -> bool:
        """Keep a new account, with its owner as the manager; False, and nothing is done, where it has one already.

        ``first``: also if any other account has one.
        """
        with alone(self._database, ManagerRow) as connection:
            taken = select(func.count()).select_from(ManagerRow).where(ManagerRow.role == OWNER)
            if connection.execute(taken if first else taken.where(ManagerRow.account == account.key)).scalar_one():
                return False
            connection.execute(delete(AccountRow).where(AccountRow.key == account.key))
            connection.execute(insert(AccountRow).values(asdict(account)))
            mine = (ManagerRow.account == account.key) & (ManagerRow.email == account.owner_email)
            connection.execute(delete(ManagerRow).where(mine))
            connection.execute(
                insert(ManagerRow).values(
                    account=account.key,
                    email=account.owner_email,
                    name=account.owner_name,
                    role=OWNER,
                    since=account.created_at,
                )
            )
        return True

    def change(self, key: str, values: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        """Keep other values of an account; False, and nothing is done, unless it has those of ``before``."""
        there = [AccountRow.key == key, *(getattr(AccountRow, name) == value for name, value in before.items())]
        with self._database.begin() as connection:
            return connection.execute(update(AccountRow).where(*there).values(**values)).rowcount == 1

    # --- managers ---------------------------------------------------------------------------------------------------

    def managers(self, account: str) -> list[StoredManager]:
        """An account's managers, the longest-serving first."""
        query = select(ManagerRow.__table__).where(ManagerRow.account == account)
        with self._database.connect() as connection:
            rows = connection.execute(query.order_by(ManagerRow.since, ManagerRow.email)).mappings()
            return [StoredManager(**row) for row in rows]

    def managed_by(self, email: str) -> list[StoredManager]:
        """What somebody manages, in the order of the accounts' keys."""
        query = select(ManagerRow.__table__).where(ManagerRow.email == email).order_by(ManagerRow.account)
        with self._database.connect() as connection:
            return [StoredManager(**row) for row in connection.execute(query).mappings()]

    def add_manager(self, manager: StoredManager, most: int) -> bool | None:
        """Add one; False if they are one already, None if the account has ``most`` of them."""
        mine = ManagerRow.account == manager.account
        with alone(self._database, ManagerRow) as connection:
            if connection.execute(select(ManagerRow.email).where(mine, ManagerRow.email == manager.email)).first():
                return False
            if connection.execute(select(func.count()).select_from(ManagerRow).where(mine)).scalar_one() >= most:
                return None
            connection.execute(insert(ManagerRow).values(asdict(manager)))
        return True

    def remove_manager(self, account: str, email: str) -> bool | None:
        """Remove one; False if there is none, None if it is the last owner, who stays."""
        return self._change_manager(account, email, None)

    def set_role(self, account: str, email: str, role: str) -> bool | None:
        """The same for another role."""
        return self._change_manager(account, email, role)

    def _change_manager(self, account: str, email: str, role: str | None) -> bool | None:
        mine = (ManagerRow.account == account) & (ManagerRow.email == email)
        with alone(self._database, ManagerRow) as connection:
            before = connection.execute(select(ManagerRow.role).where(mine)).scalar_one_or_none()
            if before is None:
                return False
            owners = select(func.count()).select_from(ManagerRow)
            owners = owners.where(ManagerRow.account == account, ManagerRow.role == OWNER)
            if before == OWNER and role != OWNER and connection.execute(owners).scalar_one() == 1:
                return None
            if role is None:
                connection.execute(delete(ManagerRow).where(mine))
            else:
                connection.execute(update(ManagerRow).where(mine).values(role=role))
        return True
