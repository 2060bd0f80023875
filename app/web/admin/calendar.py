"""The working calendar of a year: which days are off, which are worked, and by which notice."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import render_template, request, url_for

from app.deadlines.calendar import Calendar, Day, Doubt
from app.deadlines.notice import NATIONAL
from app.deadlines.paragraph import doubted
from app.floor import clock
from app.floor.messages import Say, Text, say
from app.jurisdictions.calendars import CalendarVersion, calendar_for, notices
from app.jurisdictions.rulebook import editions
from app.web.admin.routes import one_of, pages, reads
from app.web.filters import asked
from app.web.layout import page, place_of


@pages.get("/admin/calendar")
@reads
def calendar() -> str:
    with page() as (session, actor):
        places = list(editions(session))
        scope = one_of(asked("scope"), [NATIONAL, *places], actor.jurisdiction or NATIONAL)
        known = calendar_for(session, scope)
        years = list(range(max(known.first.year, known.known_until.year - 3), known.known_until.year + 1))
        wanted = request.args.get("year", "")
        year = int(wanted) if wanted in map(str, years) else min(max(clock.today().year, years[0]), years[-1])
        months = [_month(known, year, number) for number in range(1, 13)]
        notice = _notice_of(notices(session, scope), year)
        return render_template(
            "admin/calendar.html",
            year=year,
            years=years,
            scopes=[
                {"code": NATIONAL, "title": say("China")},
                *({"code": one, "title": place_of(session, one)} for one in places),
            ],
            scope=scope,
            notice=notice,
            counts=_days_of(known, year),
            months=months,
            doubts=[doubted(one) for one in _doubts(known, year)],
            local=[_local(day) for day in _days(known, year) if day.kind.startswith("local")],
            enter_url=url_for("admin.notice") if actor.may("administrator") else None,
        )


def _notice_of(known: list[CalendarVersion], year: int) -> dict[str, Any] | None:
    """The notice of the State Council that fixed the year; estimates are none."""
    for one in known:
        if one.year == year and one.scope == NATIONAL and not one.estimate and one.notice:
            title = Text(one.title_zh or "", one.title_en or "")
            return {
                "number": one.notice,
                "title": title,
                "issued_on": None,
                "url": one.source,
            }
    return None


def _doubts(known: Calendar, year: int) -> list[Doubt]:
    """What the year's notice leaves out, and local days that are awaited."""
    found = known.doubts(date(year, 1, 1), date(year, 12, 31))
    return [one for one in found if one.year == year and one.kind in ("gap", "local")]


def _days(known: Calendar, year: int) -> list[Day]:
    first = date(year, 1, 1).toordinal()
    return [known.day(date.fromordinal(n)) for n in range(first, date(year + 1, 1, 1).toordinal())]


LOOKS: Mapping[str, str] = {
    "workday": "",
    "weekend": "weekend",
    "holiday": "holiday",
    "estimate": "holiday",
    "makeup": "makeup",
    "local_closure": "local",
    "local_working": "local",
}


def _look(day: Day) -> str:
    return LOOKS[day.kind] if not (day.kind == "estimate" and day.working) else ""


def _days_of(known: Calendar, year: int) -> dict[str, int]:
    days = _days(known, year)
    looks = Counter(_look(day) for day in days)
    return {
        "working": sum(day.working for day in days),
        "holidays": looks["holiday"],
        "makeup": looks["makeup"],
        "local": looks["local"],
        "tail": sum(any(doubt.kind == "tail" for doubt in known.doubts(day.on)) for day in days),
    }


def _month(known: Calendar, year: int, number: int) -> dict[str, Any]:
    weeks = [
        [_cell(known, on) if on.month == number else None for on in week]
        for week in Weeks().monthdatescalendar(year, number)
    ]
    names = dict.fromkeys(
        one["name"] for week in weeks for one in week if one and one["name"] and one["look"] == "holiday"
    )
    english = date(year, number, 1).strftime("%B")
    return {
        "number": number,
        "name": Text(f"{number} 月", english),
        "holidays": next(iter(names), None),
        "weeks": weeks,
    }


def _cell(known: Calendar, on: date) -> dict[str, Any]:
    day = known.day(on)
    return {"date": on, "look": _look(day), "tail": _is_marked(known, on), "name": day.name}


def _is_marked(known: Calendar, on: date) -> bool:
    """A year whose local days are awaited says so once: marking each of its days would tell nothing."""
    return any(doubt.kind != "local" for doubt in known.doubts(on))


def _local(day: Day) -> dict[str, Any]:
    effect: Say = say("a working day here") if day.working else say("statutory clocks stop, too")
    if not day.working and not day.stops_statutory:
        effect = say("statutory clocks go on")
    return {"date": day.on, "name": day.name or say("local day"), "works": day.working, "effect": effect}
