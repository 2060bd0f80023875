"""lists of grants are read by index: by holder, by state, by the day on which they end, by who has decided; and the log
of uses by grant
"""

from alembic import op

revision = "0010"
down_revision = "0009"

INDEXES = {
    "ix_share_grant_end": ["jurisdiction", "valid_until", "id"],
    "ix_share_grant_department": ["department_id", "id"],
    "ix_share_grant_department_state": ["department_id", "state", "id"],
    "ix_share_grant_department_end": ["department_id", "valid_until", "id"],
    "ix_share_grant_decided": ["decided_by_id", "id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "share_grant", columns)
    op.create_index("ix_resource_use_grant", "resource_use", ["grant_number", "at"])


def downgrade() -> None:
    op.drop_index("ix_resource_use_grant", table_name="resource_use")
    for name in INDEXES:
        op.drop_index(name, table_name="share_grant")
