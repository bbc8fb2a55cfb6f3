"""Rings: who was rung during a call, what came of it and for how long.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("rings", sa.Text(), nullable=False, server_default="[]"))
