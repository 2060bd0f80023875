"""superior texts and proposals of rules"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "superior_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("loaded_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.String(length=80), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_superior_text")),
    )
    with op.batch_alter_table("superior_text", schema=None) as batch_op:
        batch_op.create_index(
            "uq_superior_text_current",
            ["code"],
            unique=True,
            sqlite_where=sa.text("current"),
            postgresql_where=sa.text("current"),
        )
    op.create_table(
        "rule_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("superior", sa.String(length=40), nullable=True),
        sa.Column("article", sa.JSON(), nullable=False),
        sa.Column("open_article", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=400), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_proposal")),
    )
    with op.batch_alter_table("rule_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rule_proposal_jurisdiction"), ["jurisdiction"], unique=False)
        batch_op.create_index(
            "uq_rule_proposal_open",
            ["jurisdiction", "key"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )


def downgrade() -> None:
    op.drop_table("rule_proposal")
    op.drop_table("superior_text")
