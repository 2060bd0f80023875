"""The demonstration is told once, can be broken off, and shows cases in many states, all really played."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import SYSTEM
from app.cases.models import Case, Deadline, Incident, Task, Timer
from app.catalogue.models import Grant, ResourceVersion
from app.database.transactions import Base, Database
from app.deadlines.calendar import Calendar
from app.demo.loading import is_wanted, load_demo, read_record
from app.demo.stories import CLOSES, last_finished_day, moves_of, read_stories
from app.floor import clock
from app.history import HistoryEvent
from app.jurisdictions.calendars import calendar_for
from app.outbox import OutboxMessage
from tests.demo.conftest import DEMO, NOW, broken, load


def counted(database: Database) -> dict[str, int]:
    with database.transaction(write=False) as session:
        tables = Base.metadata.sorted_tables
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


@pytest.fixture
def session(told: Database) -> Session:
    with told.transaction(write=False) as session:
        yield session


def open_steps(session: Session) -> Counter[str]:
    return Counter(session.scalars(select(Task.key).where(Task.status == "open")))


def outcomes(session: Session) -> set[str | None]:
    return set(session.scalars(select(Case.outcome).where(Case.status == "closed")))


# what there is to see


def test_every_story_is_played_and_none_of_them_stopped(session: Session) -> None:
    played = select(func.count()).where(Case.idempotency_key.is_not(None))  # beside them, reviews of grants
    assert session.scalar(played) == len(read_stories()) == 95
    assert session.scalars(select(Incident)).all() == []
    assert session.scalars(select(Timer).where(Timer.state == "failed")).all() == []


def test_cases_wait_at_all_kinds_of_steps(session: Session) -> None:
    waited_at = open_steps(session)
    for key in (
        "provider_review", "applicant_supplement", "applicant_response", "bureau_authorise", "can_supply",
        "find_holder",
        "confirm_agreement_applicant", "confirm_agreement_provider", "negotiate_applicant", "negotiate_provider",
        "coordinate", "decide_above", "correct_record", "verify_error", "consent_extension", "correct_error",
        "reporter_response", "draft_update", "review_update", "decide_grant", "holder_response",
    ):  # fmt: skip
        assert waited_at[key], key


def test_cases_have_ended_in_all_kinds_of_ways(session: Session) -> None:
    ends = {"granted", "granted_partly", "refused", "withdrawn", "corrected", "no_error", "published", "agreed"}
    assert outcomes(session) >= ends | {"record_stands"}


def test_each_jurisdiction_has_open_and_closed_cases_of_its_own(session: Session) -> None:
    found = {(place, status) for place, status in session.execute(select(Case.jurisdiction, Case.status))}
    assert len(found) == 10


def test_some_are_overdue_some_due_soon_some_paused_some_longer(session: Session) -> None:
    running = session.scalars(select(Deadline).where(Deadline.state == "running")).all()
    days = {(one.due_on - clock.today()).days for one in running if one.due_on}
    assert min(days) < 0
    assert days & {0, 1}
    assert max(days) > 5
    states = Counter(session.scalars(select(Deadline.state)))
    assert states["paused"]
    assert session.scalars(select(Deadline).where(Deadline.late)).all()
    extended = session.scalars(select(Deadline).where(Deadline.entries.any(kind="extend"))).all()
    assert [one.length for one in extended] == [10]


def test_a_paused_clock_is_an_internal_target_a_statutory_one_goes_on(session: Session) -> None:
    asked = session.scalars(select(Task).where(Task.key == "applicant_supplement", Task.status == "open")).all()
    replies = session.scalars(
        select(Deadline).where(
            Deadline.case_id.in_([one.case_id for one in asked]), Deadline.rule == "conditional_share.reply"
        )
    )
    assert {(one.kind, one.state) for one in replies} == {("internal", "paused"), ("statutory", "running")}


def test_reminders_and_overdue_notices_are_booked_to_the_system_at_their_own_moment(session: Session) -> None:
    told = session.scalars(
        select(HistoryEvent).where(HistoryEvent.kind.in_(["notice.reminder", "notice.overdue"]))
    ).all()
    assert {one.actor for one in told} == {"system"}
    kinds = {
        (f"case:{number}", rule, due_on.isoformat()): kind
        for number, rule, due_on, kind in session.execute(
            select(Case.number, Deadline.rule, Deadline.overdue_for, Deadline.kind)
            .join(Case, Case.id == Deadline.case_id)
            .where(Deadline.overdue_for.is_not(None))
        )
    }
    for one in told:
        at, due_on = one.at.astimezone(clock.OFFICE), date.fromisoformat(one.detail["due_on"])
        if one.kind == "notice.reminder":
            assert (at.date() <= due_on, at.time()) == (True, time(8, 30)), one.detail
        elif kinds[one.stream, one.detail["rule"], one.detail["due_on"]] == "internal":
            assert at == datetime.combine(due_on, time(17, 30), clock.OFFICE), one.detail
        else:  # a statutory period is kept or missed by the day
            assert at == datetime.combine(due_on + timedelta(days=1), time(), clock.OFFICE), one.detail
    assert {one.kind for one in told} == {"notice.reminder", "notice.overdue"}
    assert set(kinds.values()) >= {"internal", "statutory"}


def test_the_rest_is_done_by_people_on_working_days_in_office_hours(session: Session) -> None:
    calendar: Calendar = calendar_for(session, "yima")
    acted = session.scalars(
        select(HistoryEvent).where(HistoryEvent.stream.like("case:%"), HistoryEvent.actor != "system")
    )
    for one in acted:
        local = one.at.astimezone(clock.OFFICE)
        assert calendar.is_working(local.date()), one.at
        assert local.time() <= CLOSES
        assert one.at < NOW


def test_nothing_is_left_that_should_have_fallen_due(session: Session) -> None:
    assert session.scalars(select(Timer).where(Timer.state == "armed", Timer.due_at <= NOW)).all() == []


def test_grants_live_end_and_are_revoked(session: Session) -> None:
    grants = session.scalars(select(Grant)).all()
    assert len(grants) > 10
    assert {one.state for one in grants} == {"active", "suspended", "revoked"}
    assert [one for one in grants if one.valid_until and 0 < (one.valid_until - NOW.date()).days < 45]
    assert all(one.purpose and one.items for one in grants)


def test_published_updates_made_new_versions_of_the_catalogue(session: Session) -> None:
    made = session.scalars(select(ResourceVersion).where(ResourceVersion.case_id.is_not(None))).all()
    assert {one.version for one in made} == {1, 2}  # an entry was added, others were changed


def test_a_citizen_has_a_receipt(session: Session) -> None:
    reported = session.scalars(select(Case).where(Case.opened_by == "citizen")).all()
    assert {one.jurisdiction for one in reported} == {"yinchuan", "yunyang"}
    assert all(one.receipt for one in reported)


def test_old_notices_are_read_and_new_ones_are_not(session: Session) -> None:
    read = {
        bool(one) for one in session.scalars(select(OutboxMessage.read_at).where(OutboxMessage.channel == "notice"))
    }
    assert read == {True, False}


def test_every_chain_of_history_holds(told: Database) -> None:
    assert broken(told) is None


def test_cases_are_numbered_in_the_order_in_which_they_were_opened(session: Session) -> None:
    opened = session.execute(select(Case.number, Case.opened_at).order_by(Case.opened_at)).all()
    by_form: dict[str, list[str]] = {}
    for number, _ in opened:
        by_form.setdefault(number.rsplit("-", 2)[0], []).append(number)
    for numbers in by_form.values():
        assert numbers == sorted(numbers)


# loading


def test_a_second_load_adds_nothing(told: Database) -> None:
    before = counted(told)
    assert not is_wanted(told)
    load(told)
    load(told, cases=20)
    assert counted(told) == before


def test_a_few_cases_can_be_asked_for_and_more_later(shipped: Database) -> None:
    assert is_wanted(shipped)
    load(shipped, cases=3)
    assert counted(shipped)["case"] == 3
    record = load(shipped, cases=6)
    assert counted(shipped)["case"] == record.cases == 6
    record = load(shipped, cases=12)  # a grant is revoked in one of them, which opens a case
    assert counted(shipped)["case"] == record.cases == 12
    assert record.copies == 0
    assert broken(shipped) is None


def test_a_load_that_was_broken_off_goes_on_where_it_stopped(shipped: Database) -> None:
    def stop(done: int, total: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_demo(shipped, SYSTEM, DEMO, cases=8, progress=stop)
    assert clock.stopped_at() is None
    assert is_wanted(shipped)
    record = load(shipped)
    assert counted(shipped)["case"] == record.cases == 8
    with shipped.transaction(write=False) as session:
        assert read_record(session) == record
        assert len(set(session.scalars(select(Case.idempotency_key)))) == 8
    assert not is_wanted(shipped)


def test_the_same_seed_tells_the_same_and_another_one_does_not(shipped: Database) -> None:
    with shipped.transaction(write=False) as session:
        stories = [one for one in read_stories() if one.jurisdiction == "yima"]
        first, again, other = (moves_of(session, stories, NOW, seed) for seed in (1, 1, 2))
    assert first == again
    assert [move.at for move in first] != [move.at for move in other]


@pytest.mark.parametrize("hours", range(0, 24 * 7, 13))
def test_no_move_lies_in_the_future_whenever_it_is_told(shipped: Database, hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    with shipped.transaction(write=False) as session:
        moves = moves_of(session, [one for one in read_stories() if one.jurisdiction == "jiangsu"], now, 1)
        last = last_finished_day(session, "jiangsu", now)
    assert moves[-1].at < now
    assert clock.office_date(moves[-1].at) == last
    assert all(move.at.tzinfo is UTC for move in moves)
