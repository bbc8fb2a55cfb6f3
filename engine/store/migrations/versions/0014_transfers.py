"""Transfers: orders to bring numbers over from another provider, their news, and the reports of carriers.

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_transfers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_console_transfers"),
    )
    op.create_index("ix_console_transfers_account", "console_transfers", ["account"])
    op.create_index("ix_console_transfers_state", "console_transfers", ["state"])
    op.create_table(
        "console_transfer_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("transfer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_console_transfer_numbers"),
    )
    op.create_index("ix_console_transfer_numbers_transfer", "console_transfer_numbers", ["transfer"])
    op.create_table(
        "console_transfer_news",
        sa.Column("transfer", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("transfer", "place", name="pk_console_transfer_news"),
    )
    op.create_table(
        "console_transfer_reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("came_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_console_transfer_reports"),
    )
