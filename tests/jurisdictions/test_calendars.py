from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import clock, history
from app.accounts import Actor
from app.db import Base, Database
from app.deadlines.notice import load_notice
from app.errors import Conflict
from app.history import HistoryEvent, Ledger
from app.jurisdictions.calendars import (
    CalendarDay,
    CalendarVersion,
    add_notice,
    calendar_for,
    latest_version,
    notices,
    seed,
)
from tests.world import counting

SHIPPED = Path(__file__).parents[2] / "rules" / "calendars"
ADMIN = Actor(account_id=1, username="admin", name="Administrator")
HEAD = "year: 2020\ntitle: {zh: 通知, en: Notice}\nnotice: 国办发明电〔2019〕16号\n"
SPRING = "name: {zh: 春节, en: Spring Festival}"
YEAR_2020 = (
    f"{HEAD}days:\n"
    "  - {on: 2020-01-19, off: false}\n"
    + "".join(f"  - {{on: 2020-01-{day}, off: true, {SPRING}}}\n" for day in range(24, 31))
    + "  - {on: 2020-02-01, off: false}\n"
)
PROLONGED = (
    "year: 2020\namends: true\nnotice: 国办发明电〔2020〕1号\ndays:\n"
    f"  - {{on: 2020-01-31, off: true, {SPRING}}}\n"
    f"  - {{on: 2020-02-01, off: true, {SPRING}}}\n"
    f"  - {{on: 2020-02-02, off: true, {SPRING}}}\n"
)
CLOSED = "jurisdiction: yima\ndays:\n  - {on: 2020-03-02, off: true, name: {zh: 割接, en: Cut-over}}\n"
TAKEN_BACK = "jurisdiction: yima\ndays:\n  - {on: 2020-03-02, withdrawn: true}\n"


def enter(database: Database, text: str) -> int:
    with database.transaction() as session:
        return add_notice(session, load_notice(text, "notice.yaml"), ADMIN)


def test_without_a_notice_there_is_no_calendar(sqlite: Database) -> None:
    with sqlite.transaction(write=False) as session:
        assert latest_version(session, "yima") == 0
        with pytest.raises(Conflict, match="No yearly holiday notice"):
            calendar_for(session, "yima")


def test_the_shipped_files_become_versions_once(database: Database) -> None:
    with database.transaction() as session:
        versions = seed(session, SHIPPED)
        assert versions == sorted(versions)
        assert len(versions) == len(list(SHIPPED.rglob("*.yaml")))
    with database.transaction() as session:
        assert seed(session, SHIPPED) == []
        calendar = calendar_for(session, "yima")
        assert calendar.version == versions[-1]
        assert calendar.announced_until == date(2026, 12, 31)
        assert (calendar.first, calendar.known_until) == (date(2004, 1, 1), date(2028, 12, 31))
        assert calendar.last == date(2030, 12, 31)
        assert calendar.add(date(2026, 2, 12), 5) == date(2026, 2, 26)
        assert calendar.day(date(2026, 2, 16)).notice == "国办发明电〔2025〕7号"
        assert calendar.day(date(2027, 2, 8)).estimated


def test_a_real_notice_replaces_the_estimate_of_its_year_and_moves_the_horizon(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        assert not calendar_for(session, "yima").is_working(date(2027, 2, 9))
    new_year = "{on: 2027-01-01, off: true, name: {zh: 元旦, en: New Year's Day}}"
    enter(sqlite, f"year: 2027\ndays:\n  - {new_year}\n")
    with sqlite.transaction(write=False) as session:
        calendar = calendar_for(session, "yima")
        assert calendar.announced_until == date(2027, 12, 31)
        assert calendar.is_working(date(2027, 2, 9))
        assert calendar.certainty(date(2027, 6, 1)) == "firm"
        assert calendar.day(date(2027, 6, 1)).estimated is False
        assert calendar.certainty(date(2028, 1, 4)) == "provisional"


def test_an_estimate_never_covers_an_announced_year(sqlite: Database) -> None:
    enter(sqlite, YEAR_2020)
    with pytest.raises(Conflict, match="2020 has been entered"):
        enter(sqlite, "year: 2020\nestimate: true\ndays:\n  - {on: 2020-10-03, off: true}\n")


def test_a_year_announced_beyond_a_gap_is_not_yet_firm(sqlite: Database) -> None:
    enter(sqlite, YEAR_2020)
    enter(sqlite, "year: 2022\ndays:\n  - {on: 2022-01-01, off: true}\n")
    with sqlite.transaction(write=False) as session:
        assert calendar_for(session, "yima").announced_until == date(2020, 12, 31)


def test_what_was_known_before_an_amendment_stays_answerable(database: Database) -> None:
    """Received on 20 January 2020, five working days: why did we say 1 February, and why is it 4 February now?"""
    before = enter(database, YEAR_2020)
    after = enter(database, PROLONGED)
    with database.transaction(write=False) as session:
        assert calendar_for(session, "yima").add(date(2020, 1, 20), 5) == date(2020, 2, 4)
        then = calendar_for(session, "yima", version=before)
        assert then.add(date(2020, 1, 20), 5) == date(2020, 2, 1)
        assert then.day(date(2020, 2, 1)).kind == "makeup"
        now = calendar_for(session, "yima", version=after).day(date(2020, 2, 1))
        assert (now.kind, now.notice) == ("holiday", "国办发明电〔2020〕1号")
        assert calendar_for(session, "yima").announced_until == date(2020, 12, 31)


def test_a_corrected_year_drops_the_days_that_it_no_longer_lists(sqlite: Database) -> None:
    enter(sqlite, YEAR_2020)
    enter(sqlite, PROLONGED)
    enter(sqlite, f"{HEAD}days:\n  - {{on: 2020-01-24, off: true, {SPRING}}}\n")
    with sqlite.transaction(write=False) as session:
        calendar = calendar_for(session, "yima")
        assert calendar.is_working(date(2020, 1, 27))
        assert calendar.is_working(date(2020, 1, 31))
        assert not calendar.is_working(date(2020, 2, 1))


def test_local_days_lie_over_national_ones_whatever_was_entered_last(sqlite: Database) -> None:
    enter(sqlite, YEAR_2020)
    local = enter(sqlite, "jurisdiction: yima\ndays:\n  - {on: 2020-01-31, off: false, name: {zh: 上班, en: Open}}\n")
    enter(sqlite, PROLONGED)
    with sqlite.transaction(write=False) as session:
        assert calendar_for(session, "yima").is_working(date(2020, 1, 31))
        assert not calendar_for(session, "jiangsu").is_working(date(2020, 1, 31))
        assert latest_version(session, "jiangsu") != local


def test_a_local_closure_can_be_taken_back(sqlite: Database) -> None:
    on = date(2020, 3, 2)
    enter(sqlite, YEAR_2020)
    closed = enter(sqlite, CLOSED)
    enter(sqlite, TAKEN_BACK)
    with sqlite.transaction(write=False) as session:
        assert calendar_for(session, "yima").day(on).kind == "workday"
        then = calendar_for(session, "yima", version=closed)
        assert not then.is_working(on)
        assert then.for_statutory().is_working(on)


def test_a_local_version_concerns_its_own_jurisdiction_only(sqlite: Database) -> None:
    national = enter(sqlite, YEAR_2020)
    local = enter(sqlite, CLOSED)
    with sqlite.transaction(write=False) as session:
        assert latest_version(session, "yima") == local
        assert latest_version(session, "jiangsu") == national
        assert [row.id for row in notices(session, "jiangsu")] == [national]
        assert [row.id for row in notices(session)] == [local, national]


def test_a_notice_entered_twice_in_a_row_is_one_version(sqlite: Database) -> None:
    assert enter(sqlite, YEAR_2020) == enter(sqlite, YEAR_2020)
    first = enter(sqlite, CLOSED)
    assert enter(sqlite, CLOSED) == first
    assert first < enter(sqlite, TAKEN_BACK) < enter(sqlite, CLOSED)


def test_a_preview_keeps_nothing(sqlite: Database) -> None:
    enter(sqlite, YEAR_2020)
    with sqlite.transaction() as session:
        tried = calendar_for(session, "yima", extra=load_notice(PROLONGED, "f"))
        assert tried.add(date(2020, 1, 20), 5) == date(2020, 2, 4)
        assert calendar_for(session, "yima").add(date(2020, 1, 20), 5) == date(2020, 2, 1)
        elsewhere = calendar_for(session, "jiangsu", extra=load_notice(CLOSED, "f"))
        assert elsewhere.is_working(date(2020, 3, 2))
        assert session.scalar(select(func.count()).select_from(CalendarVersion)) == 1


def test_days_are_read_once_for_each_version(sqlite: Database) -> None:
    version = enter(sqlite, YEAR_2020)
    with sqlite.transaction(write=False) as session:
        first = calendar_for(session, "yima")
    with counting(sqlite) as seen, sqlite.transaction(write=False) as session:
        assert calendar_for(session, "yima") is first
        assert len([statement for statement in seen if "SELECT" in statement]) == 1
        assert calendar_for(session, "yima", version=version) is first
        assert len([statement for statement in seen if "SELECT" in statement]) == 1


def test_a_notice_that_was_rolled_back_leaves_no_trace(sqlite: Database) -> None:
    enter(sqlite, YEAR_2020)
    with sqlite.transaction() as session:
        lost = add_notice(session, load_notice(PROLONGED, "f"), ADMIN)
        assert not calendar_for(session, "yima").is_working(date(2020, 1, 31))
        session.rollback()
    kept = enter(sqlite, CLOSED)
    assert kept == lost  # SQLite gives the number again: what was kept in memory must not answer for it
    with sqlite.transaction(write=False) as session:
        assert calendar_for(session, "yima").is_working(date(2020, 1, 31))


def test_two_databases_in_one_process_do_not_share_calendars(sqlite: Database, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    Base.metadata.create_all(other.engine)
    assert enter(sqlite, YEAR_2020) == enter(other, YEAR_2020.replace("2020-01-24", "2020-01-23"))
    with sqlite.transaction(write=False) as one, other.transaction(write=False) as two:
        assert calendar_for(one, "yima").is_working(date(2020, 1, 23))
        assert not calendar_for(two, "yima").is_working(date(2020, 1, 23))
    other.engine.dispose()


def test_every_entry_is_in_the_history_with_its_actor(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
    version = enter(sqlite, CLOSED)
    with sqlite.transaction(write=False) as session:
        shipped, added = session.scalars(select(HistoryEvent).where(HistoryEvent.stream == "calendar"))
        assert (shipped.kind, shipped.actor, len(shipped.detail["versions"])) == ("notices_shipped", "system", 25)
        assert (added.kind, added.actor) == ("notice_added", "admin")
        assert (added.detail["version"], added.detail["scope"], added.detail["days"]) == (version, "yima", 1)
        head = session.get_one(Ledger, "calendar")
        heads = iter([(head.name, head.history_seq, head.history_hash)])
        assert list(history.broken_links(session, heads)) == []


def test_a_version_says_when_and_by_whom_it_was_entered(sqlite: Database) -> None:
    moment = datetime(2019, 11, 21, 1, 0, tzinfo=UTC)
    with sqlite.transaction() as session:
        clock.stop_at(moment)
        version = add_notice(session, load_notice(YEAR_2020, "f"), ADMIN)
    with sqlite.transaction(write=False) as session:
        row = session.get_one(CalendarVersion, version)
        assert (row.recorded_at, row.recorded_by, row.notice) == (moment, "admin", "国办发明电〔2019〕16号")
        assert (row.announced_until, row.title_en) == (date(2020, 12, 31), "Notice")
        assert session.scalar(select(func.count()).select_from(CalendarDay)) == 9
