"""When tokens end. Those that are there already end when they are revoked, as they were made.

Revision ID: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("console_tokens", sa.Column("expires_at", sa.Double()))
