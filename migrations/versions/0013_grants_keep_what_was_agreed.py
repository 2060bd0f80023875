"""A grant says what both sides have agreed beside its conditions. What was agreed before stands in its letter and its
case, as it did."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("share_grant", sa.Column("agreed_text", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("share_grant", "agreed_text")  # SQLite, too: a table that others point at cannot be made anew
