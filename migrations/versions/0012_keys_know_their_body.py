"""A case knows what was sent with its key, so that the same key with another body is told apart. Keys of before go on
answering the first case, whatever comes with them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("case", sa.Column("request_hash", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "request_hash")  # SQLite, too: a table that others point at cannot be made anew
