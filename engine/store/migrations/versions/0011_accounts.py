"""Accounts: who owns and manages them, the codes they sign in with, sessions, API tokens, and the audit log.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0015"
branch_labels = None
depends_on = None


def text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Double(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "console_accounts",
        *(text(name) for name in ("key", "name", "country", "timezone", "language")),
        sa.Column("licences", sa.Integer(), nullable=False),
        *(text("owner_email"), text("owner_name"), moment("created_at")),
        sa.PrimaryKeyConstraint("key", name="pk_console_accounts"),
    )
    op.create_table(
        "console_managers",
        *(text("account"), text("email"), text("name"), text("role"), moment("since")),
        sa.PrimaryKeyConstraint("account", "email", name="pk_console_managers"),
    )
    op.create_index("ix_console_managers_email", "console_managers", ["email"])
    op.create_table(
        "console_codes",
        *(text(name) for name in ("asked_by", "email", "purpose", "draft", "code")),
        *(moment("made_at"), moment("expires_at"), sa.Column("tries_left", sa.Integer(), nullable=False)),
        sa.PrimaryKeyConstraint("asked_by", name="pk_console_codes"),
    )
    op.create_index("ix_console_codes_expires_at", "console_codes", ["expires_at"])
    op.create_index("ix_console_codes_email", "console_codes", ["email"])
    op.create_table(
        "console_asked",
        *(text("whom"), moment("since"), sa.Column("times", sa.Integer(), nullable=False)),
        sa.PrimaryKeyConstraint("whom", name="pk_console_asked"),
    )
    op.create_index("ix_console_asked_since", "console_asked", ["since"])
    op.create_table(
        "console_sessions",
        *(text("id"), text("email"), text("account")),
        *(moment("created_at"), moment("seen_at"), moment("expires_at")),
        *(text("source"), text("agent")),
        sa.PrimaryKeyConstraint("id", name="pk_console_sessions"),
    )
    op.create_index("ix_console_sessions_email", "console_sessions", ["email"])
    op.create_index("ix_console_sessions_expires_at", "console_sessions", ["expires_at"])
    op.create_table(
        "console_tokens",
        *(text(name) for name in ("id", "hash", "account", "name", "scopes", "created_by")),
        *(moment("created_at"), moment("used_at", nullable=True), moment("revoked_at", nullable=True)),
        sa.PrimaryKeyConstraint("id", name="pk_console_tokens"),
    )
    op.create_index("ix_console_tokens_account", "console_tokens", ["account"])
    op.create_index("ix_console_tokens_hash", "console_tokens", ["hash"], unique=True)
    op.create_table(
        "console_audit",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        *(text("account"), text("who"), text("what"), text("detail"), moment("at")),
        sa.PrimaryKeyConstraint("id", name="pk_console_audit"),
    )
    op.create_index("ix_console_audit_account", "console_audit", ["account", "id"])
    op.create_index("ix_console_audit_at", "console_audit", ["at"])
