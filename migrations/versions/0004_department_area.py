"""Departments know the part of the jurisdiction that they serve"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("department", sa.Column("area", sa.String(length=80), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("department", "area")  # SQLite, too: a table that others point at cannot be made anew
