"""the responsibility list: a register with editions"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "responsibility_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility_edition")),
        sa.UniqueConstraint("jurisdiction", "number", name=op.f("uq_responsibility_edition_jurisdiction_number")),
    )
    with op.batch_alter_table("responsibility_edition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_responsibility_edition_case_id"), ["case_id"], unique=False)
    op.create_table(
        "responsibility_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=40), nullable=False),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("resource_name", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("item_name", sa.String(length=120), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("department_name", sa.String(length=120), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_responsibility_line_department_id_department")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility_line")),
    )
    with op.batch_alter_table("responsibility_line", schema=None) as batch_op:
        batch_op.create_index("ix_responsibility_line", ["jurisdiction", "resource", "id"], unique=False)
        batch_op.create_index(
            "ix_responsibility_line_department", ["jurisdiction", "department", "resource", "id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("responsibility_line")
    op.drop_table("responsibility_edition")
