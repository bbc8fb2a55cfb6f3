"""Outside: what was called outside during a call, over which trunk and for how long.

Revision ID: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("outside", sa.Text(), nullable=False, server_default="[]"))
