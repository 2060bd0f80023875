"""letters keep their words on the way down and up again

What a letter says is written once, as it is issued. The way down takes its columns; until they are there again its
words lie in a table of their own, so that the way up finds what was issued, closing lines and all.
"""

import json
from datetime import date, datetime

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0011"
down_revision = "0010"

WORDS = (
    sa.column("text", sa.JSON()),
    *(sa.column(name, sa.String()) for name in ("receiver_zh", "receiver_en", "issuer_zh", "issuer_en", "signatory")),
    sa.column("regulation_zh", sa.String()),
    sa.column("regulation_en", sa.String()),
    sa.column("article", sa.JSON()),
    sa.column("received_on", sa.Date()),
    sa.column("due_on", sa.Date()),
    sa.column("due_kind", sa.String()),
    sa.column("frozen_at", app.db.UtcDateTime(timezone=True)),
)
LETTER = sa.table("letter", sa.column("id", sa.Integer()), *WORDS)
KEPT = sa.table("letter_words", sa.column("letter_id", sa.Integer()), sa.column("words", sa.Text()))
DAYS = ("received_on", "due_on")
PORTION = 500


def upgrade() -> None:
    connection = op.get_bind()
    if not sa.inspect(connection).has_table(KEPT.name):
        return
    for letter_id, words in connection.execute(sa.select(*KEPT.c)).all():
        values = json.loads(words)
        values |= {name: date.fromisoformat(values[name]) for name in DAYS if values[name]}
        if values["frozen_at"]:
            values["frozen_at"] = datetime.fromisoformat(values["frozen_at"])
        connection.execute(sa.update(LETTER).where(LETTER.c.id == letter_id).values(values))
    op.drop_table(KEPT.name)


def downgrade() -> None:
    connection = op.get_bind()
    written = sa.select(*LETTER.c).where(LETTER.c.receiver_zh.is_not(None)).order_by(LETTER.c.id)
    found = connection.execute(written).mappings().all()
    if not found:
        return
    op.create_table(KEPT.name, sa.Column("letter_id", sa.Integer(), primary_key=True), sa.Column("words", sa.Text()))
    for start in range(0, len(found), PORTION):
        rows = [
            {"letter_id": one["id"], "words": json.dumps({c.name: _plain(one[c.name]) for c in WORDS})}
            for one in found[start : start + PORTION]
        ]
        connection.execute(sa.insert(KEPT), rows)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
