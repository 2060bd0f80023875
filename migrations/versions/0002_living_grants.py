"""grants with states, what a case says of a grant, and the log of uses"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0002"
down_revision = "0001"

TO_BE_WARNED = sa.text("state = 'active' and warned_on is null and valid_until is not null")
NEW = {
    "state": sa.String(length=10),
    "share_type": sa.String(length=20),
    "suspended_at": app.db.UtcDateTime(timezone=True),
    "suspended_for": sa.String(length=12),
    "basis": sa.JSON(none_as_null=True),
    "decided_by_id": sa.Integer(),
    "renews_id": sa.Integer(),
    "warned_on": sa.Date(),
}


def upgrade() -> None:
    with op.batch_alter_table("share_grant") as batch:
        for name, kind in NEW.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
    _fill()
    with op.batch_alter_table("share_grant") as batch:
        batch.alter_column("state", existing_type=sa.String(length=10), nullable=False)
        batch.alter_column("share_type", existing_type=sa.String(length=20), nullable=False)
        batch.create_index(batch.f("ix_share_grant_renews_id"), ["renews_id"])
        batch.create_index("ix_share_grant_state", ["jurisdiction", "state", "id"])
        batch.create_index(
            "ix_share_grant_ending",
            ["jurisdiction", "valid_until"],
            postgresql_where=TO_BE_WARNED,
            sqlite_where=TO_BE_WARNED,
        )
    op.add_column("case", sa.Column("grant_id", sa.Integer(), nullable=True))
    op.create_index("ix_case_grant", "case", ["grant_id"])
    _uses()


def _fill() -> None:
    """What was taken back is revoked; each grant knows the share type of the version under which it was given, and the
    body of a ladder that had sat in its case."""
    bind = op.get_bind()
    grant = sa.table(
        "share_grant",
        *(sa.column(name) for name in ("case_id", "resource_id", "resource_version", "revoked_at", "state")),
        *(sa.column(name) for name in ("share_type", "decided_by_id")),
    )
    version = sa.table(
        "resource_version", sa.column("resource_id"), sa.column("version"), sa.column("snapshot", sa.JSON())
    )
    resource = sa.table("resource", sa.column("id"), sa.column("share_type"))
    case = sa.table("case", sa.column("id"), sa.column("lanes", sa.JSON()))
    then = (
        sa.select(version.c.snapshot["share_type"].as_string())
        .where(version.c.resource_id == grant.c.resource_id, version.c.version == grant.c.resource_version)
        .scalar_subquery()
    )
    now = sa.select(resource.c.share_type).where(resource.c.id == grant.c.resource_id).scalar_subquery()
    sat = sa.select(case.c.lanes[("ladder", "id")].as_integer()).where(case.c.id == grant.c.case_id).scalar_subquery()
    revoked = sa.case((grant.c.revoked_at.is_not(None), "revoked"), else_="active")
    bind.execute(sa.update(grant).values(state=revoked, share_type=sa.func.coalesce(then, now), decided_by_id=sat))


def _uses() -> None:
    op.create_table(
        "resource_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("jurisdiction", sa.String(length=40), nullable=False),
        sa.Column("department", sa.String(length=120), nullable=False),
        sa.Column("provider", sa.String(length=120), nullable=False),
        sa.Column("resource", sa.String(length=120), nullable=False),
        sa.Column("items", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("grant_number", sa.String(length=120), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_use")),
    )
    op.create_index("ix_resource_use_at", "resource_use", ["jurisdiction", "at", "id"])
    for name in ("department", "provider", "resource"):
        op.create_index(f"ix_resource_use_{name}", "resource_use", ["jurisdiction", name, "at", "id"])


def downgrade() -> None:
    """A grant that was suspended cannot be said in the older schema: there it counts as revoked, for the safe side."""
    op.execute("update share_grant set revoked_at = suspended_at, revoked_by = 'system' where state = 'suspended'")
    op.drop_table("resource_use")
    op.drop_index("ix_case_grant", table_name="case")
    op.drop_column("case", "grant_id")  # not in a batch: others point at the table, which SQLite would make anew
    with op.batch_alter_table("share_grant") as batch:
        batch.drop_index("ix_share_grant_ending")
        batch.drop_index("ix_share_grant_state")
        batch.drop_index(batch.f("ix_share_grant_renews_id"))
        for name in NEW:
            batch.drop_column(name)
