"""letters kept as they were issued; cases in the order of their numbers

What the text of a letter of before was is written by `flask setup` (app/cases/freezing.py): it needs forms and names.
"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0006"
down_revision = "0005"


def columns() -> tuple[sa.Column, ...]:
    return (
        sa.Column("text", sa.JSON(), nullable=True),
        sa.Column("receiver_zh", sa.String(length=200), nullable=True),
        sa.Column("receiver_en", sa.String(length=200), nullable=True),
        sa.Column("issuer_zh", sa.String(length=200), nullable=True),
        sa.Column("issuer_en", sa.String(length=200), nullable=True),
        sa.Column("signatory", sa.String(length=120), nullable=True),
        sa.Column("regulation_zh", sa.String(length=400), nullable=True),
        sa.Column("regulation_en", sa.String(length=400), nullable=True),
        sa.Column("article", sa.JSON(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_kind", sa.String(length=12), nullable=True),
        sa.Column("frozen_at", app.db.UtcDateTime(timezone=True), nullable=True),
    )


STEM = "rtrim(number, '0123456789')"
SERIAL = f"substr(number, length({STEM}) + 1)"
PADDED = {
    "sqlite": f"{STEM} || substr('0000000000' || {SERIAL}, -10)",
    "postgresql": f"{STEM} || lpad({SERIAL}, 10, '0')",
}


def upgrade() -> None:
    with op.batch_alter_table("letter") as batch_op:
        for column in columns():
            batch_op.add_column(column)
    with op.batch_alter_table("case") as batch_op:
        batch_op.add_column(sa.Column("number_order", sa.String(length=80), nullable=False, server_default=""))
    padded = PADDED[op.get_bind().dialect.name]
    op.execute(f'update "case" set number_order = {padded}')  # noqa: S608  constants
    with op.batch_alter_table("case") as batch_op:
        batch_op.create_index("ix_case_number_order", ["number_order", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case") as batch_op:
        batch_op.drop_index("ix_case_number_order")
    # not in a batch: it would write the table anew, to whose rows others point
    op.execute('alter table "case" drop column number_order')
    for column in reversed(columns()):
        op.execute(f"alter table letter drop column {column.name}")
