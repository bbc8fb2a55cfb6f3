"""Invitations: the personal links by which people set up their phones. Only hashes of the links' tokens are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Text, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.database import upsert
from engine.store.tables import Base


class InvitationRow(Base):
    """The newest invitation of whoever has the extension. ``email`` is where it went: it is good for no other address.

    ``token`` and ``file_token`` (of the file that a phone fetches) are SHA-256 in hexadecimal, "" while there is none.
    ``files_left`` says how often the file may yet be fetched.
    """

    __tablename__ = "console_invitations"

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    extension: Mapped[str] = mapped_column(Text, primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text, index=True)
    made_at: Mapped[float]
    expires_at: Mapped[float]
    sent_at: Mapped[float | None]
    opened_at: Mapped[float | None]
    revealed_at: Mapped[float | None]
    revoked_at: Mapped[float | None]
    file_token: Mapped[str] = mapped_column(Text, index=True)
    files_left: Mapped[int]


@dataclass(frozen=True, slots=True)
class StoredInvitation:
    """A row of InvitationRow, as a value."""

    account: str
    extension: str
    email: str
    token: str
    made_at: float
    expires_at: float
    sent_at: float | None = None
    opened_at: float | None = None
    revealed_at: float | None = None
    revoked_at: float | None = None
    file_token: str = ""
    files_left: int = 0

    def is_open(self, now: float) -> bool:
        """Whether its link leads anywhere; ``_is_open`` asks the same of rows."""
        return self.revoked_at is None and now < self.expires_at


class StoredInvitations:
    """Every account's invitations. Whatever is done returns when it is on its way to the disk."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def of(self, account: str) -> dict[str, StoredInvitation]:
        """An account's, by extension."""
        return {each.extension: each for each in self._select(InvitationRow.account == account)}

    def find(self, account: str, extension: str) -> StoredInvitation | None:
        found = self._select(InvitationRow.account == account, InvitationRow.extension == extension)
        return found[0] if found else None

    def by_token(self, token: str) -> StoredInvitation | None:
        """The one whose link has the token with this hash, whatever has become of it."""
        found = self._select(InvitationRow.token == token) if token else []
        return found[0] if found else None

    def by_file_token(self, token: str) -> StoredInvitation | None:
        """The same for the token of the file that a phone fetches."""
        found = self._select(InvitationRow.file_token == token) if token else []
        return found[0] if found else None

    def put(self, invitations: Sequence[StoredInvitation]) -> None:
        """Keep them in place of those that the same people had: older links lead nowhere from now on."""
        rows = [asdict(each) for each in invitations]
        with self._database.begin() as connection:
            upsert(connection, InvitationRow, rows)

    def sent(self, token: str, now: float) -> None:
        """The letter with the link is on its way."""
        self._change(InvitationRow.token == token, sent_at=now)

    def opened(self, token: str, now: float) -> None:
        """Somebody, or something, has looked at the link's page; only the first time counts."""
        self._change((InvitationRow.token == token) & InvitationRow.opened_at.is_(None), opened_at=now)

    def reveal(self, token: str, now: float, file_token: str, files: int) -> bool:
        """The settings are about to be shown: True for the first who asks, and for nobody ever after."""
        fresh = (InvitationRow.token == token) & InvitationRow.revealed_at.is_(None)
        return self._change(fresh & _is_open(now), revealed_at=now, file_token=file_token, files_left=files) == 1

    def take_file(self, file_token: str, now: float) -> bool:
        """A phone asks for the file: whether it may have it, which is so for a few times."""
        left = (InvitationRow.file_token == file_token) & (InvitationRow.files_left > 0)
        return self._change(left & _is_open(now), files_left=InvitationRow.files_left - 1) == 1

    def revoke(self, account: str, extension: str, now: float) -> bool:
        """Its link leads nowhere any more; False if there is none that does."""
        mine = (InvitationRow.account == account) & (InvitationRow.extension == extension)
        return self._change(mine & _is_open(now), revoked_at=now) == 1

    def forget(self, account: str, extension: str) -> None:
        """Whoever had the extension is gone."""
        mine = (InvitationRow.account == account) & (InvitationRow.extension == extension)
        with self._database.begin() as connection:
            connection.execute(delete(InvitationRow).where(mine))

    def _select(self, *conditions: ColumnElement[bool]) -> list[StoredInvitation]:
        query = select(InvitationRow.__table__).where(*conditions).order_by(InvitationRow.extension)
        with self._database.connect() as connection:
            return [StoredInvitation(**row) for row in connection.execute(query).mappings()]

    def _change(self, which: ColumnElement[bool], **values: Any) -> int:
        """How many were changed."""
        with self._database.begin() as connection:
            return connection.execute(update(InvitationRow).where(which).values(**values)).rowcount


def _is_open(now: float) -> ColumnElement[bool]:
    return InvitationRow.revoked_at.is_(None) & (InvitationRow.expires_at > now)
