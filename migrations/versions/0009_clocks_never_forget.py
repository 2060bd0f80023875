"""clocks never forget: when each ended, what was missed and given up is missed, a period of the law is judged by the
day; the other act from which an answer comes
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

OPEN = sa.text("state in ('pending', 'running', 'paused')")
OPEN_BEFORE = sa.text("state in ('running', 'paused')")
GIVEN_UP = "select max(e.\"{column}\") from clock_entry e where e.deadline_id = deadline.id and e.kind = 'cancel'"


def upgrade() -> None:
    op.add_column("deadline", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column("deadline", sa.Column("law", sa.String(length=200), nullable=True))
    op.drop_index("ix_deadline_open", "deadline")
    op.create_index("ix_deadline_open", "deadline", ["due_on"], postgresql_where=OPEN, sqlite_where=OPEN)
    given_up, given_up_at = GIVEN_UP.format(column="on"), GIVEN_UP.format(column="at")
    past_due = f"(ended_on > due_on or (kind <> 'statutory' and ended_on = due_on and ({given_up_at}) > due_at))"
    for change in (
        "ended_on = met_on where met_on is not null",
        f"ended_on = ({given_up}) where state = 'cancelled'",
        "late = (1 = 0) where kind = 'statutory' and met_on <= due_on",
        "state = 'missed' where state = 'met' and late",
        f"state = 'missed', late = (1 = 1) where state = 'cancelled' and due_on is not null and {past_due}",
    ):
        op.execute("update deadline set " + change)  # noqa: S608  constants


def downgrade() -> None:
    op.execute("update deadline set state = 'met' where state = 'missed' and met_on is not null")
    op.execute("update deadline set state = 'cancelled' where state = 'missed'")
    op.drop_index("ix_deadline_open", "deadline")
    op.create_index("ix_deadline_open", "deadline", ["due_on"], postgresql_where=OPEN_BEFORE, sqlite_where=OPEN_BEFORE)
    op.execute("alter table deadline drop column law")
    op.execute("alter table deadline drop column ended_on")
