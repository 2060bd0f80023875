from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import history
from app.accounts import Actor
from app.database.transactions import Base, Database
from app.deadlines.notice import ALL, load_notice
from app.floor import clock
from app.floor.errors import Conflict
from app.history import HistoryEvent, Ledger
from app.jurisdictions.calendars import (
    CalendarDay,
    CalendarVersion,
    IncompleteNotice,
    add_notice,
    calendar_for,
    latest_version,
    notices,
    omitted_by,
    remarks_on,
    seed,
)
from tests.world import World, counting

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
    """Most notices here are no whole ones, knowingly."""
    with database.transaction() as session:
        return add_notice(session, replace(load_notice(text, "notice.yaml"), accepts=(ALL,)), ADMIN)


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


WHOLE_2027 = """
year: 2027
notice: 国办发明电〔2026〕1号
days:
  - {on: 2027-01-01, off: true, name: {zh: 元旦, en: New Year's Day}}
  - {on: 2027-02-05, off: true, name: {zh: 春节, en: Spring Festival}}
  - {on: 2027-02-08, off: true, name: {zh: 春节, en: Spring Festival}}
  - {on: 2027-02-09, off: true, name: {zh: 春节, en: Spring Festival}}
  - {on: 2027-02-10, off: true, name: {zh: 春节, en: Spring Festival}}
  - {on: 2027-02-11, off: true, name: {zh: 春节, en: Spring Festival}}
  - {on: 2027-02-20, off: false, for: 2027-02-11}
  - {on: 2027-04-05, off: true, name: {zh: 清明节, en: Tomb-Sweeping Day}}
  - {on: 2027-05-03, off: true, name: {zh: 劳动节, en: Labour Day}}
  - {on: 2027-05-04, off: true, name: {zh: 劳动节, en: Labour Day}}
  - {on: 2027-06-09, off: true, name: {zh: 端午节, en: Dragon Boat Festival}}
  - {on: 2027-09-15, off: true, name: {zh: 中秋节, en: Mid-Autumn Festival}}
  - {on: 2027-10-01, off: true, name: {zh: 国庆节, en: National Day}}
  - {on: 2027-10-04, off: true, name: {zh: 国庆节, en: National Day}}
  - {on: 2027-10-05, off: true, name: {zh: 国庆节, en: National Day}}
"""
"""Made up after the estimate of that year."""
ONE_DAY = "year: 2027\nnotice: X\ndays:\n  - {on: 2027-01-01, off: true, name: {zh: 元旦, en: New Year's Day}}\n"


def without(name: str) -> str:
    return "".join(line for line in WHOLE_2027.splitlines(keepends=True) if name not in line)


def test_a_real_notice_replaces_the_estimate_of_its_year_and_moves_the_horizon(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        assert calendar_for(session, "yima").is_working(date(2027, 2, 11))
        assert add_notice(session, load_notice(WHOLE_2027, "2027.yaml"), ADMIN)
    with sqlite.transaction(write=False) as session:
        calendar = calendar_for(session, "yima")
        assert calendar.announced_until == date(2027, 12, 31)
        assert not calendar.is_working(date(2027, 2, 11))
        assert (calendar.gaps, calendar.certainty(date(2027, 1, 1), date(2027, 12, 20))) == ((), "firm")
        assert calendar.day(date(2027, 6, 1)).estimated is False
        assert calendar.certainty(date(2028, 1, 4)) == "provisional"


def test_no_shipped_year_lacks_a_statutory_holiday(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        assert calendar_for(session, "yima").gaps == ()


def test_a_notice_that_lacks_statutory_holidays_is_refused_and_each_is_named(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        with pytest.raises(IncompleteNotice) as refused:
            add_notice(session, load_notice(ONE_DAY, "2027.yaml"), ADMIN)
    said = "".join(map(str, refused.value.errors["accept_missing"]))
    for name in ("Spring", "Tomb-Sweeping", "Labour", "Dragon Boat", "Mid-Autumn", "National Day"):
        assert name in said
    assert "New Year" not in said
    assert {one.kind for one in refused.value.omitted} == {"missing"}


def test_a_notice_without_one_holiday_leaves_that_one_provisional_and_off(sqlite: Database) -> None:
    """The first three days of October are off by law, whatever a notice forgets."""
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        text = without("国庆节") + "accept_missing: [national_day]\n"
        add_notice(session, load_notice(text, "2027.yaml"), ADMIN)
    with sqlite.transaction(write=False) as session:
        calendar = calendar_for(session, "yima")
        assert [calendar.is_working(date(2027, 10, day)) for day in (1, 2, 3, 4)] == [False] * 4
        assert calendar.day(date(2027, 10, 1)).estimated
        for days in (
            (date(2027, 10, 1),),
            (date(2027, 9, 28), date(2027, 10, 8)),
            (date(2027, 8, 2), date(2027, 12, 1)),
        ):
            assert calendar.certainty(*days) == "provisional"
        assert calendar.certainty(date(2027, 3, 1), date(2027, 6, 15)) == "firm"
        assert calendar.for_statutory().certainty(date(2027, 10, 1)) == "provisional"


def test_a_later_change_that_brings_the_missing_holiday_makes_the_year_firm(sqlite: Database) -> None:
    lines = "".join(line for line in WHOLE_2027.splitlines(keepends=True) if "国庆节" in line)
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        enter_in = lambda text: add_notice(session, load_notice(text, "f"), ADMIN)  # noqa: E731
        enter_in(without("国庆节") + "accept_missing: [国庆节]\n")
        enter_in(f"year: 2027\namends: true\nnotice: Y\ndays:\n{lines}")
        assert calendar_for(session, "yima").certainty(date(2027, 9, 1), date(2027, 10, 20)) == "firm"


@pytest.mark.parametrize(
    "change",
    [
        "{on: 2027-10-02, off: false}",  # worked on a day that the law gives
        "{on: 2027-02-08, off: false}",
    ],
)
def test_an_amendment_that_takes_a_statutory_day_away_needs_an_explicit_yes(sqlite: Database, change: str) -> None:
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        add_notice(session, load_notice(WHOLE_2027, "f"), ADMIN)
        amended = f"year: 2027\namends: true\nnotice: Y\ndays:\n  - {change}\n"
        with pytest.raises(IncompleteNotice):
            add_notice(session, load_notice(amended, "f"), ADMIN)
        add_notice(session, replace(load_notice(amended, "f"), accepts=(ALL,)), ADMIN)


def test_a_year_without_an_estimate_is_judged_by_the_names_of_its_holidays(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        moved = WHOLE_2027.replace("2027-", "2029-").replace("year: 2027", "year: 2029").replace("2026", "2028")
        lines = [line for line in moved.splitlines(keepends=True) if "off: false" not in line and "端午" not in line]
        omitted = omitted_by(session, load_notice("".join(lines), "f"))
    [dragon_boat] = [one for one in omitted if one.kind == "missing"]
    assert (dragon_boat.holiday.code, dragon_boat.days) == ("dragon_boat", ())
    assert (dragon_boat.gap.first, dragon_boat.gap.last) == (date(2029, 5, 13), date(2029, 7, 10))


def test_days_off_that_were_never_paid_for_are_remarked(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        seed(session, SHIPPED)
        assert remarks_on(session, load_notice(WHOLE_2027, "f")) == []
        forgotten = "".join(line for line in WHOLE_2027.splitlines(keepends=True) if "off: false" not in line)
        [remark] = remarks_on(session, load_notice(forgotten, "f"))
    assert "14" in str(remark)
    assert "13" in str(remark)


def test_a_place_that_awaits_local_notices_is_at_best_soft_until_they_are_entered(world: World) -> None:
    days = (date(2026, 3, 2), date(2026, 3, 9))
    local = "jurisdiction: yinchuan\nnotice: 宁政发〔2026〕1号\ndays:\n"
    with world.database.transaction() as session:
        assert calendar_for(session, "yima").certainty(*days) == "firm"
        assert calendar_for(session, "yinchuan").certainty(*days) == "soft"
        assert calendar_for(session, "yinchuan").certainty(date(2027, 3, 2)) == "provisional"
        closure = "jurisdiction: yinchuan\ndays:\n  - {on: 2026-06-01, off: true, name: {zh: 割接, en: Cut-over}}\n"
        add_notice(session, load_notice(closure, "f"), ADMIN)
        assert calendar_for(session, "yinchuan").certainty(*days) == "soft"
        eid = "  - {on: 2026-03-20, off: true, holiday: true, name: {zh: 开斋节, en: Eid}}\n"
        add_notice(session, load_notice(local + eid, "f"), ADMIN)
        assert calendar_for(session, "yinchuan").certainty(*days) == "firm"
        assert calendar_for(session, "yinchuan").certainty(date(2025, 12, 1), days[0]) == "soft"


def test_a_year_without_local_days_is_said_to_have_none(world: World) -> None:
    none = load_notice("jurisdiction: yinchuan\nyear: 2026\nnone: true\n", "f")
    with world.database.transaction() as session:
        before = calendar_for(session, "yinchuan")
        version = add_notice(session, none, ADMIN)
        after = calendar_for(session, "yinchuan")
        assert (before.certainty(date(2026, 3, 2)), after.certainty(date(2026, 3, 2))) == ("soft", "firm")
        assert calendar_for(session, "yinchuan", version=version - 1).certainty(date(2026, 3, 2)) == "soft"
        assert [before.is_working(date(2026, 1, day)) for day in range(1, 32)] == [
            after.is_working(date(2026, 1, day)) for day in range(1, 32)
        ]


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
        version = add_notice(session, replace(load_notice(YEAR_2020, "f"), accepts=(ALL,)), ADMIN)
    with sqlite.transaction(write=False) as session:
        row = session.get_one(CalendarVersion, version)
        assert (row.recorded_at, row.recorded_by, row.notice) == (moment, "admin", "国办发明电〔2019〕16号")
        assert (row.announced_until, row.title_en) == (date(2020, 12, 31), "Notice")
        assert session.scalar(select(func.count()).select_from(CalendarDay)) == 9
