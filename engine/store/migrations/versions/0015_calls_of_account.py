"""An account's calls by their time, as the console pages through them.

Revision ID: 0015
"""

from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_calls_account", "calls", ["account", "started_at", "id"])
