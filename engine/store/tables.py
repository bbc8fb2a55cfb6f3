"""The tables of the state store, as SQLAlchemy sees them. Times are seconds since the Unix epoch."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import Double, Index, MetaData, Text, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA_VERSION = "0016"
"""The newest Alembic revision; a test holds it against the migrations."""


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {float: Double}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class BindingsRow(Base):
    """All bindings of one address-of-record, as the JSON list that ``bindings.py`` writes."""

    __tablename__ = "bindings"

    aor: Mapped[str] = mapped_column(Text, primary_key=True)
    data: Mapped[str] = mapped_column(Text)


class PasswordRow(Base):
    """The SIP password of one person, under seal; ``account`` is the account's key.

    ``password`` is "" but in what an earlier version has written, until the store is next opened.
    """

    __tablename__ = "passwords"

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    extension: Mapped[str] = mapped_column(Text, primary_key=True)
    password: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[float]
    sealed: Mapped[str] = mapped_column(Text, server_default="")


class CallRow(Base):
    """One call; ``verdict`` is null while it goes on. ``path``, ``keys``, ``rings`` and ``outside`` are JSON lists."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_started_at", "started_at"),
        Index("ix_calls_account", "account", "started_at", "id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    account: Mapped[str] = mapped_column(Text)
    caller: Mapped[str] = mapped_column(Text)
    called: Mapped[str] = mapped_column(Text)
    person: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[float]
    answered_at: Mapped[float | None]
    path: Mapped[str] = mapped_column(Text)
    keys: Mapped[str] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(Text)
    seconds: Mapped[float | None]
    talked: Mapped[float]
    verdict: Mapped[str | None] = mapped_column(Text)
    ended_by: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    status: Mapped[int | None]
    rings: Mapped[str] = mapped_column(Text, server_default="[]")
    outside: Mapped[str] = mapped_column(Text, server_default="[]")
    diverted: Mapped[str | None] = mapped_column(Text)


class VoicemailRow(Base):
    """One message; ``path`` is the recording inside the state folder.

    ``taking`` while the caller is not done with it; ``deleted_at`` is set until the recording is removed, too.
    """

    __tablename__ = "voicemail"
    __table_args__ = (
        Index("ix_voicemail_account", "account", "mailbox"),
        Index("ix_voicemail_deleted_at", "deleted_at"),
    )

    path: Mapped[str] = mapped_column(Text, primary_key=True)
    account: Mapped[str] = mapped_column(Text)
    mailbox: Mapped[str] = mapped_column(Text)
    caller: Mapped[str] = mapped_column(Text)
    call: Mapped[str] = mapped_column(Text)
    left_at: Mapped[float]
    seconds: Mapped[float]
    heard_at: Mapped[float | None]
    urgent: Mapped[bool] = mapped_column(server_default=false())
    taking: Mapped[bool] = mapped_column(server_default=false())
    to_mail: Mapped[bool] = mapped_column(server_default=false())
    deleted_at: Mapped[float | None]


class StandingRow(Base):
    """What somebody of an account has set, by name; ``value`` is null once it is forgotten."""

    __tablename__ = "standing"

    account: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[float]


class SubscriptionRow(Base):
    """One subscription of a phone, as the JSON that ``subscriptions.py`` writes."""

    __tablename__ = "subscriptions"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    data: Mapped[str] = mapped_column(Text)


class TextRow(Base):
    """One text that waits for ``recipient`` (an AOR), from ``sender``."""

    __tablename__ = "texts"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(Text)
    sender_name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[float]


class BanRow(Base):
    """A source that is not listened to for a while, or one user there whose credentials are not; see ``bans.py``."""

    __tablename__ = "bans"

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    user: Mapped[str] = mapped_column(Text, primary_key=True)
    why: Mapped[str] = mapped_column(Text)
    level: Mapped[int]
    since: Mapped[float]
    until: Mapped[float]
    changed_at: Mapped[float]
