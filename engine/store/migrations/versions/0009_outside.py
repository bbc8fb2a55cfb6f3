"""Outside: what was called outside during a call, over which trunk and for how long.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("outside", sa.Text(), nullable=False, server_default="[]"))
