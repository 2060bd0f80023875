"""Large numbers of cases: those that were really played, copied as rows with new ids, numbers and days.

A copy is what the same case would be, had it been played so many working days earlier: its moments move by working
days, its due dates are counted anew from its own journal, its history is chained anew. It sends nothing again.
"""

from __future__ import annotations

import random
import re
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from app import history
from app.cases import audit
from app.cases.clocks import alerts, journal_rows
from app.cases.models import Case, ClockEntry, Deadline, Task, Timer
from app.catalogue.grants import months_later
from app.catalogue.models import Grant
from app.database.transactions import Database
from app.demo.bulk_templates import COPIED, MOMENT, Model, Original, Row, Shift, read_originals
from app.engine.serializer import renamed
from app.floor import clock
from app.floor.languages import dated
from app.history import HistoryEvent
from app.outbox import Counter, Letter, OutboxMessage
from app.outbox.numbers import insert_for

PORTION = 400
OPEN_SHARE = 0.15
"""Of the copies, so many are of cases that are still open."""
NUMBERED: tuple[Model, ...] = (Case, Deadline, Task, Letter, Grant, OutboxMessage)
POINTERS: Mapping[str, Model] = {"case_id": Case, "deadline_id": Deadline, "parent_id": Task}
CASE_DIGITS, LETTER_DIGITS = 4, 5
DAY = re.compile(
    r"(?P<zh>\d{4}年\d{1,2}月\d{1,2}日)|(?P<en>\d{1,2} (?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December) \d{4})"
)
"""A day in the text of a letter."""
Note = Callable[[Session, int], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Draw:
    """A copy to be made: of what, so many working days before it."""

    original: Original
    back: int

    @property
    def opened_at(self) -> datetime:
        return self.shift().moment(self.original.case["opened_at"])

    def shift(self) -> Shift:
        return Shift(self.original.calendar, self.back)


def copy_cases(
    database: Database, count: int, seed: str, note: Note, progress: Progress, open_share: float = OPEN_SHARE
) -> int:
    """Make so many copies, `open_share` of them of open cases; `note` is told in each transaction how many there are by
    then. Returns how many were made: none where nothing can be copied."""
    with database.transaction(write=False) as session:
        originals = read_originals(session, clock.now())
    if not originals:
        return 0
    rng = random.Random(seed)  # noqa: S311  not a secret
    draws = sorted(drawn(originals, count, rng, open_share), key=lambda draw: draw.opened_at)
    for start in range(0, count, PORTION):
        part = draws[start : start + PORTION]
        with database.transaction() as session:
            insert_copies(session, part, rng)
            note(session, start + len(part))
        progress(start + len(part), count)
    database.gather_statistics()
    return count


def drawn(
    originals: Sequence[Original], count: int, rng: random.Random, open_share: float = OPEN_SHARE
) -> Iterator[Draw]:
    """Most of a department's cases are closed, and its past is longer than its present."""
    ended = [one for one in originals if not one.is_open]
    running = [one for one in originals if one.is_open]
    for _ in range(count):
        some = (running or ended) if rng.random() < open_share else (ended or running)
        original = rng.choice(some)
        yield Draw(original, rng.choice(original.backs))


def insert_copies(session: Session, draws: Sequence[Draw], rng: random.Random) -> None:
    ids = {model: _fresh_ids(session, model, _count(draws, model)) for model in NUMBERED}
    numbers = _numbers(session, draws)
    rows: dict[Model, list[Row]] = {model: [] for model in COPIED}
    for draw in draws:
        for model, some in _Copy(draw, ids, numbers, rng).rows().items():
            rows[model] += some
    for model in COPIED:
        if rows[model]:
            session.execute(insert(model.__table__), rows[model])  # type: ignore[arg-type]


def _count(draws: Iterable[Draw], model: Model) -> int:
    return sum(len(draw.original.rows[model]) for draw in draws)


def _fresh_ids(session: Session, model: Model, count: int) -> Iterator[int]:
    """Ids that nobody else gets. On SQLite this transaction is the only writer."""
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(model.__table__.c.id))) or 0
        return iter(range(last + 1, last + count + 1))
    sequence = text("select nextval(pg_get_serial_sequence(:name, 'id')) from generate_series(1, :count)")
    return iter(session.scalars(sequence, {"name": f'"{model.__tablename__}"', "count": count}).all())


def _numbers(session: Session, draws: Iterable[Draw]) -> dict[str, Iterator[int]]:
    """The next numbers of cases and letters, by counter, in blocks."""
    needed: Tally[str] = Tally()
    for draw in draws:
        shift = draw.shift()
        needed[_case_counter(draw.original, shift)] += 1
        needed.update(_letter_counter(draw.original, shift, letter) for letter in draw.original.rows[Letter])
    return {name: _block(session, name, count) for name, count in sorted(needed.items())}


def _case_counter(original: Original, shift: Shift) -> str:
    case = original.case
    form = _stem(case["number"]).removeprefix(f"{original.rules.pack.number_code}-")
    return f"case:{case['jurisdiction']}:{form}:{_year(shift, case['opened_at'])}"


def _letter_counter(original: Original, shift: Shift, letter: Row) -> str:
    return f"letter:{original.case['jurisdiction']}:{_year(shift, letter['issued_at'])}"


def _year(shift: Shift, at: datetime) -> int:
    return clock.office_date(shift.moment(at)).year


def _stem(number: str) -> str:
    return number.rsplit("-", 2)[0]


def _block(session: Session, name: str, count: int) -> Iterator[int]:
    statement = (
        insert_for(session.get_bind().dialect.name, Counter)
        .values(name=name, value=count)
        .on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + count})
        .returning(Counter.value)
    )
    last = session.execute(statement).scalar_one()
    return iter(range(last - count + 1, last + 1))


class _Copy:
    """One copy being made: what its original's ids, numbers, engine ids and moments become."""

    def __init__(
        self,
        draw: Draw,
        ids: Mapping[Model, Iterator[int]],
        numbers: Mapping[str, Iterator[int]],
        rng: random.Random,
    ):
        self.original, self.shift = draw.original, draw.shift()
        rows = self.original.rows
        self.ids = {model: {row["id"]: next(ids[model]) for row in rows[model]} for model in NUMBERED}
        self.engine_ids = {
            row["engine_id"]: str(UUID(int=rng.getrandbits(128), version=4))
            for row in (*rows[Task], *rows[Timer])
            if row["engine_id"] is not None
        }
        self.words = {**self.engine_ids, **self._new_numbers(numbers)}

    def _new_numbers(self, numbers: Mapping[str, Iterator[int]]) -> dict[str, str]:
        case, new = self.original.case, {}
        counter = _case_counter(self.original, self.shift)
        number = f"{_stem(case['number'])}-{counter[-4:]}-{next(numbers[counter]):0{CASE_DIGITS}d}"
        new[case["number"]] = number
        self.number_order = f"{number.rpartition('-')[0]}-{int(number.rpartition('-')[2]):010d}"
        for letter in self.original.rows[Letter]:
            counter = _letter_counter(self.original, self.shift, letter)
            new[letter["number"]] = (
                f"{_stem(letter['number'])}-{counter[-4:]}-{next(numbers[counter]):0{LETTER_DIGITS}d}"
            )
        for grant in self.original.rows[Grant]:
            new[grant["number"]] = grant["number"].replace(case["number"], number)
        return new

    def rows(self) -> dict[Model, list[Row]]:
        """All rows of the copy, by table."""
        rows = {model: [*self._moved(model)] for model in COPIED}
        recount(rows, self.original)
        for grant, then in zip(rows[Grant], self.original.rows[Grant], strict=True):
            grant["valid_until"] = _as_long(then, grant["valid_from"])
        for message in rows[OutboxMessage]:
            self._mark_sent(message)
        for letter in rows[Letter]:
            letter["text"] = self._rewritten(letter["text"])
        for event in rows[HistoryEvent]:
            if "task" in event["detail"]:
                event["detail"] = {**event["detail"], "task": self.ids[Task][event["detail"]["task"]]}
        _seal_anew(rows)
        case = rows[Case][0]
        case["number_order"] = self.number_order
        case["idempotency_key"] = case["request_hash"] = case["receipt"] = None
        case["state"] = case["state"] and renamed(case["state"], self.engine_ids)
        case["history_hash"] = chain(rows[HistoryEvent], Case(id=case["id"], number=case["number"]).stream)
        return rows

    def _mark_sent(self, message: Row) -> None:
        """What the original told was told once; a copy has nothing to send."""
        parts = [self.words.get(part, part) for part in message["key"].split(":")]
        if parts[1] == str(self.original.case["id"]):
            parts[1] = str(message["case_id"])
        message["key"] = ":".join(parts)
        if message["state"] != "sent":
            message |= {"state": "sent", "sent_at": message["created_at"], "attempts": 1, "error": None}
            message |= {"claimed_by": None, "claimed_until": None}

    def _rewritten(self, kept: Any) -> Any:
        """The text of a letter with the numbers and the days of the copy, wherever they stand in a sentence."""
        if isinstance(kept, dict):
            return {name: self._rewritten(one) for name, one in kept.items()}
        if isinstance(kept, list):
            return [self._rewritten(one) for one in kept]
        if not isinstance(kept, str):
            return kept
        for old in sorted(self.words, key=len, reverse=True):
            kept = kept.replace(old, self.words[old])
        return DAY.sub(self._moved_day, kept)

    def _moved_day(self, match: re.Match[str]) -> str:
        if match["zh"]:
            return dated(self.shift.day(date(*map(int, re.findall(r"\d+", match["zh"])))), "zh")
        return dated(self.shift.day(datetime.strptime(match["en"], "%d %B %Y").replace(tzinfo=UTC).date()), "en")

    def _moved(self, model: Model) -> Iterator[Row]:
        for row, moving in zip(self.original.rows[model], self.original.moving[model], strict=True):
            new = dict(row)
            for name in moving:
                new[name] = self._value(row[name])
            if model in NUMBERED:
                new["id"] = self.ids[model][row["id"]]
            for name, target in POINTERS.items():
                if row.get(name) is not None:
                    new[name] = self.ids[target][row[name]]
            yield new

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, datetime):
            return self.shift.moment(value)
        if isinstance(value, date):
            return self.shift.day(value)
        if isinstance(value, dict):
            return {name: self._value(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._value(one) for one in value]
        return value

    def _text(self, value: str) -> str:
        """A text that is one of the case's numbers, a day or a moment is replaced; any other stays as it is."""
        if value in self.words:
            return self.words[value]
        if not MOMENT.fullmatch(value):
            return value
        if len(value) == len("2026-02-12"):
            return self.shift.day(date.fromisoformat(value)).isoformat()
        return self.shift.moment(datetime.fromisoformat(value)).isoformat()


def recount(rows: Mapping[Model, list[Row]], original: Original) -> None:
    """Fold each clock of the copy from its own journal, and let the case, its open tasks and armed timers follow."""
    calendar, conventions = original.calendar, original.rules.conventions
    deadlines: dict[int, Any] = {}
    for row in rows[Deadline]:
        deadline = _with_journal(rows, row)
        row |= journal_rows.as_kept(
            journal_rows.standing_of(deadline, calendar, conventions, clock.now()), calendar.version
        )
        told: Any = SimpleNamespace(**row)
        if row["watch_at"] is not None:
            over = alerts.overdue_at(told)
            soon = row["watch_at"] < over
            row["watch_at"] = alerts.remind_at(told, calendar, conventions) if soon else over
        deadlines[row["id"]] = told
    for task in rows[Task]:
        if task["status"] == "open" and task["deadline_id"] is not None:
            task["due_at"] = deadlines[task["deadline_id"]].due_at
    for timer in rows[Timer]:
        if timer["state"] == "armed" and timer["due_at"] is not None:
            deadline = deadlines[timer["deadline_id"]]
            due = timer["kind"] == "deadline"
            timer["due_at"] = deadline.due_at if due else alerts.remind_at(deadline, calendar, conventions)
    speaks = alerts.first_of(one for one in deadlines.values() if one.state == "running")
    rows[Case][0]["due_at"] = speaks.due_at if speaks else None


def _seal_anew(rows: Mapping[Model, list[Row]]) -> None:
    """The row, clocks, letters and grants of a copy are others, and so are the seals that its history has of them."""
    seals = {one["number"]: audit.seal(audit.GRANT, SimpleNamespace(**one)) for one in rows[Grant]}
    sealed: dict[str, Any] = {one["number"]: audit.seals_of(SimpleNamespace(**one)) for one in rows[Letter]}
    for event in rows[HistoryEvent]:
        detail = event["detail"]
        if letters := detail.get(audit.LETTERS):
            detail = {**detail, audit.LETTERS: [{**one, **sealed[one["number"]]} for one in letters]}
        if event["kind"].startswith(audit.OF_GRANTS) and "seal" in detail:
            detail = {**detail, "seal": seals[detail["number"]]}
        event["detail"] = {name: said for name, said in detail.items() if name not in (audit.STANDINGS, history.ROW)}
    last = rows[HistoryEvent][-1]
    if journal_rows := [audit.as_standing(_with_journal(rows, row)) for row in rows[Deadline]]:
        last["detail"] = {**last["detail"], audit.STANDINGS: journal_rows}
    last["detail"] = {**last["detail"], history.ROW: history.sealed_row(Case, SimpleNamespace(**rows[Case][0]))}


def _with_journal(rows: Mapping[Model, list[Row]], clock: Row) -> Any:
    """A clock of the copy with the entries of its own journal, the first one first."""
    entries = [SimpleNamespace(**entry) for entry in rows[ClockEntry] if entry["deadline_id"] == clock["id"]]
    return SimpleNamespace(**clock, entries=sorted(entries, key=lambda entry: entry.seq))


def chain(events: list[Row], stream: str) -> str:
    """Chain the events of a copy anew; returns the head."""
    head = ""
    for event in events:
        event |= {"stream": stream, "prev_hash": head}
        head = event["hash"] = HistoryEvent.digest(SimpleNamespace(**event))  # type: ignore[arg-type]
    return head


def _as_long(then: Row, valid_from: date) -> date | None:
    """The last day of a grant for as many months as that one."""
    first, last = then["valid_from"], then["valid_until"]
    if last is None:
        return None
    return months_later(valid_from, (last.year - first.year) * 12 + last.month - first.month)
