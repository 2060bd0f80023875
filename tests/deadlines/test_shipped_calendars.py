"""The files under rules/calendars against two independent packages. Fails when a package knows a notice that we do not
ship, or when a file was edited wrongly."""

from __future__ import annotations

import re
from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest
from holidays.countries.china import ChinaStaticHolidays

from app.deadlines.calendar import Calendar
from app.deadlines.notice import Notice

ANNOUNCED = range(2004, 2027)
NUMBER = r"国办发明电〔20\d\d〕\d+号"


def _year(year: int) -> list[date]:
    return [
        date(year, 1, 1) + timedelta(days=i) for i in range(366) if (date(year, 1, 1) + timedelta(days=i)).year == year
    ]


@pytest.fixture(scope="module")
def package() -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=range(2003, 2030), language="zh_CN")


@pytest.mark.parametrize("year", ANNOUNCED)
def test_every_day_agrees_with_holidays(national: Calendar, package: holidays.HolidayBase, year: int) -> None:
    assert [on for on in _year(year) if national.is_working(on) != package.is_working_day(on)] == []


@pytest.mark.parametrize("year", ANNOUNCED)
def test_every_day_agrees_with_chinesecalendar(national: Calendar, year: int) -> None:
    """But for 2005-12-31, which the notice for 2006 has worked (国办发明电〔2005〕35号) and that package has off."""
    wrong = [on for on in _year(year) if national.is_working(on) != chinese_calendar.is_workday(on)]
    assert wrong == ([date(2005, 12, 31)] if year == 2005 else [])


def test_no_package_knows_a_notice_that_we_do_not_ship() -> None:
    assert max(ChinaStaticHolidays.special_public_holidays) == ANNOUNCED[-1]


def test_every_announced_year_names_its_notice_and_source(notices: dict[int, Notice]) -> None:
    for year in ANNOUNCED:
        notice = notices[year]
        assert re.fullmatch(NUMBER, notice.number or ""), year
        assert f"〔{year - 1}〕" in (notice.number or "")
        assert (notice.source or "").startswith("https://")
        assert notice.announced_until == date(year, 12, 31)


def test_every_special_day_is_named_in_both_languages(notices: dict[int, Notice]) -> None:
    names = [day.name for notice in notices.values() for day in notice.days]
    assert all(name is not None and name.zh and name.en.isascii() for name in names)


@pytest.mark.parametrize("year", [2027, 2028])
def test_an_estimated_year_has_the_statutory_days_and_no_makeup_days(
    national: Calendar, package: holidays.HolidayBase, notices: dict[int, Notice], year: int
) -> None:
    assert notices[year].estimate
    assert notices[year].announced_until is None
    assert all(day.estimated and day.kind == "estimate" and not day.working for day in notices[year].days)
    assert [on for on in _year(year) if national.is_working(on) != package.is_working_day(on)] == []
    assert {national.certainty(on) for on in _year(year)} == {"provisional"}


@pytest.mark.parametrize(
    ("on", "number"),
    [
        (date(2015, 9, 4), "国发明电〔2015〕1号"),
        (date(2019, 5, 2), "国办发明电〔2019〕3号"),
        (date(2020, 1, 31), "国办发明电〔2020〕1号"),
        (date(2020, 1, 30), "国办发明电〔2019〕16号"),
        (date(2018, 12, 31), "国办发明电〔2018〕15号"),
    ],
)
def test_a_day_cites_the_notice_that_made_it(national: Calendar, on: date, number: str) -> None:
    assert national.day(on).notice == number
