"""Mailboxes: shared ones, urgent messages, those being taken, to be mailed, and deleted.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("voicemail", "person", new_column_name="mailbox")
    for name in ("urgent", "taking", "to_mail"):
        op.add_column("voicemail", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("voicemail", sa.Column("deleted_at", sa.Double()))
    op.create_index("ix_voicemail_deleted_at", "voicemail", ["deleted_at"])
