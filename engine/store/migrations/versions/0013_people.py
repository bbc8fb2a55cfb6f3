"""People: the stock of numbers, the length of extensions, and invitations.

Revision ID: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("coming", sa.Boolean(), nullable=False),
        sa.Column("meant_for", sa.Text()),
        sa.Column("stands_in_for", sa.Text()),
        sa.Column("added_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_console_numbers"),
    )
    op.create_index("ix_console_numbers_account", "console_numbers", ["account"])
    op.create_table(
        "console_extensions",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_console_extensions"),
    )
    op.create_table(
        "console_invitations",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("sent_at", sa.Double()),
        sa.Column("opened_at", sa.Double()),
        sa.Column("revealed_at", sa.Double()),
        sa.Column("revoked_at", sa.Double()),
        sa.Column("file_token", sa.Text(), nullable=False),
        sa.Column("files_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "extension", name="pk_console_invitations"),
    )
    op.create_index("ix_console_invitations_token", "console_invitations", ["token"])
    op.create_index("ix_console_invitations_file_token", "console_invitations", ["file_token"])
