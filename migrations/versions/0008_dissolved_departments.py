"""A department that was dissolved or merged, and who took its duties over"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("department", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("department", sa.Column("successor", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("department", "successor")  # SQLite, too: a table that others point at cannot be made anew
    op.drop_column("department", "closed_on")
