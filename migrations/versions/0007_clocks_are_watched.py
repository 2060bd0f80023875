"""clocks are watched: when somebody must hear of one, and who owes it

Rows that exist: whoever got the last step under a clock owes it. What its timers have told is not told again; the
reminder that is armed is taken over, else the next moment is the due one.
"""

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0007"
down_revision = "0006"

WATCHED = sa.text("watch_at is not null")
LAST_STEP = "(select {column} from task where task.deadline_id = deadline.id order by task.id desc limit 1)"
TOLD = """(select max(told_for) from timer
    where timer.deadline_id = deadline.id and timer.kind = '{kind}' and told_for is not null)"""
ARMED = """(select min(timer.due_at) from timer where timer.deadline_id = deadline.id and timer.state = 'armed'
    and timer.kind <> 'deadline' and timer.due_at is not null)"""


def upgrade() -> None:
    for column in (
        sa.Column("owed_by_id", sa.Integer(), nullable=True),
        sa.Column("owed_role", sa.String(length=10), nullable=False, server_default="clerk"),
        sa.Column("watch_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reminded_for", sa.Date(), nullable=True),
        sa.Column("overdue_for", sa.Date(), nullable=True),
        sa.Column("watch_attempts", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("deadline", column)
    op.create_index("ix_deadline_watch", "deadline", ["watch_at", "id"], postgresql_where=WATCHED, sqlite_where=WATCHED)
    op.add_column("incident", sa.Column("deadline_id", sa.Integer(), nullable=True))
    set_owed = (
        f"owed_by_id = {LAST_STEP.format(column='department_id')},"
        f" owed_role = coalesce({LAST_STEP.format(column='role')}, 'clerk'),"
        f" reminded_for = {TOLD.format(kind='before_deadline')}, overdue_for = {TOLD.format(kind='deadline')}"
    )
    op.execute("update deadline set " + set_owed)  # noqa: S608  constants
    watched = "state = 'running' and due_at is not null and (overdue_for is null or overdue_for <> due_on)"
    op.execute(f"update deadline set watch_at = coalesce({ARMED}, due_at) where {watched}")  # noqa: S608  constants


def downgrade() -> None:
    """Column by column: the tables are pointed at, so that SQLite may not make them anew."""
    op.drop_index("ix_deadline_watch", "deadline")
    op.execute("alter table incident drop column deadline_id")
    for name in ("watch_attempts", "overdue_for", "reminded_for", "watch_at", "owed_role", "owed_by_id"):
        op.execute(f"alter table deadline drop column {name}")
