"""SIP passwords under seal. The engine seals those that are there when it next opens the store, as it has the key.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("passwords", sa.Column("sealed", sa.Text(), nullable=False, server_default=""))
