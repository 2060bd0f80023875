"""What holds here and what went wrong: rules with their sources, the working calendar, incidents."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import clock
from app.accounts import Actor
from app.cases import incidents as cases
from app.deadlines.calendar import Calendar, Day
from app.deadlines.notice import NATIONAL
from app.door import access, words, writing
from app.jurisdictions.calendars import CalendarVersion, calendar_for, notices
from app.jurisdictions.rulebook import RuleBook, editions, rulebook
from app.rules.pack import LadderStep, Pack, RuleValue, in_force_on
from app.web.frame import page, place_of
from app.web.listing import asked, choice, page_of, sort_by
from app.words import Say, Text, say

pages = Blueprint("admin", __name__)
reads = access("clerk", "head", "supervisor", "administrator")
supervises = access("supervisor", "administrator")

VERBS = {
    "coordinate": say("coordinates"),
    "judge": say("judges"),
    "verify": say("verifies"),
    "decide": say("decides"),
}


# rules


@pages.get("/admin/rules")
@reads
def rules() -> str:
    with page() as (session, actor):
        known = list(editions(session))
        here = _one_of(asked("jurisdiction"), known, actor.jurisdiction)
        book = rulebook(session, here)
        listed = [_rule(book, key) for key in sorted(book.pack.rules)]
        return render_template(
            "admin/rules.html",
            jurisdictions=[{"code": one, "title": place_of(session, one)} for one in known],
            jurisdiction=here,
            regulation=_regulation(book),
            rules=listed,
            counts=_counts(listed),
            pending=[],
            moves=None,
            slips=[{"article": list(slip.article), "note": slip.note} for slip in book.pack.slips],
        )


def _one_of(wanted: str | None, known: list[str], otherwise: str | None) -> str:
    return wanted if wanted in known else otherwise if otherwise in known else known[0]


def _regulation(book: RuleBook) -> dict[str, Any]:
    regulation, today = book.pack.regulation, clock.today()
    extension = book.extended_on(today)
    return {
        "title": regulation.title,
        "document": regulation.document,
        "from_on": regulation.from_on,
        "until_on": regulation.until,
        "article": list(regulation.article),
        "bureau": book.pack.bureau.title,
        "expired": book.opens_cases(today) is not None,
        "carried_on": say("Carried on until %(day)s by: %(document)s", day=extension.until, document=extension.ground)
        if extension
        else None,
    }


def _rule(book: RuleBook, key: str) -> dict[str, Any]:
    periods, today = book.periods(key), clock.today()
    now = in_force_on(periods, today)
    upcoming = [one for one in periods if one.effective_from and one.effective_from > today]
    values = [_value(book.pack, one, now) for one in now.cases or (now,)]
    if upcoming and values:
        values[0]["upcoming"] = say("changes on %(day)s", day=upcoming[0].effective_from)
    return {"key": key, "title": book.pack.keys[key].title, "url": None, "values": values}


def _value(pack: Pack, value: RuleValue, whole: RuleValue) -> dict[str, Any]:
    counted = isinstance(value.value, int) and not isinstance(value.value, bool)
    return {
        "when": value.when,
        "kind": value.kind,
        "value": value.value if counted else None,
        "unit": value.type if value.type in ("days", "months") else None,
        "words": None if counted else _in_words(pack, value.value),
        "reason": value.reason,
        "article": list(value.article),
        "note": value.note,
        "effective_from": whole.effective_from,
        "upcoming": None,
    }


def _in_words(pack: Pack, value: Any) -> Any:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, tuple):
        return [_part(pack, one) for one in value]
    return value


def _part(pack: Pack, one: Any) -> Any:
    if isinstance(one, LadderStep):
        return say("%(body)s %(verb)s", body=pack.body(one.body).title, verb=VERBS[one.verb])
    return one


def _counts(listed: list[dict[str, Any]]) -> dict[str, int]:
    counted = Counter(value["kind"] for rule in listed for value in rule["values"])
    return {kind: counted.get(kind, 0) for kind in ("statutory", "internal", "convention", "none")}


# the working calendar


@pages.get("/admin/calendar")
@reads
def calendar() -> str:
    with page() as (session, actor):
        places = list(editions(session))
        scope = _one_of(asked("scope"), [NATIONAL, *places], actor.jurisdiction or NATIONAL)
        known = calendar_for(session, scope)
        years = list(range(max(known.first.year, known.last.year - 3), known.last.year + 1))
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
            local=[_local(day) for day in _days(known, year) if day.kind.startswith("local")],
            form=None,
            preview=None,
        )


def _notice_of(known: list[CalendarVersion], year: int) -> dict[str, Any] | None:
    """The notice of the State Council that fixed the year; estimates are none."""
    for one in known:
        if one.year == year and one.scope == NATIONAL and not one.estimate and one.notice:
            title = Text(one.title_zh or "", one.title_en or "")
            return {
                "number": one.notice,
                "title": title,
                "issued_on": clock.office_date(one.recorded_at),
                "url": one.source,
            }
    return None


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
        "tail": sum(known.certainty(day.on) == "soft" for day in days),
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
    return {"date": on, "look": _look(day), "tail": known.certainty(on) != "firm", "name": day.name}


def _local(day: Day) -> dict[str, Any]:
    effect: Say = say("a working day here") if day.working else say("statutory clocks stop, too")
    if not day.working and not day.stops_statutory:
        effect = say("statutory clocks go on")
    return {"date": day.on, "name": day.name or say("local day"), "works": day.working, "effect": effect}


# incidents


@pages.get("/admin/incidents")
@supervises
def incidents() -> str:
    with page() as (session, actor):
        filters, sort = _incident_filters(session, actor), sort_by("-opened_at", "opened_at")
        solved = {"solved": True, "all": None}.get(request.args.get("state", ""), False)
        found = cases.incidents(
            session, actor, solved=solved, jurisdiction=asked("jurisdiction"), sort=sort, after=asked("after")
        )
        return render_template(
            "admin/incidents.html",
            filters=filters,
            page=page_of(len(found.items), found.next, sort, filters),
            incidents=[
                {
                    **one,
                    "jurisdiction": place_of(session, one["jurisdiction"]),
                    "message": say("The step could not run."),
                    "cause": one["message"],
                    "can_retry": True,
                }
                for one in found.items
            ],
        )


def _incident_filters(session: Session, actor: Actor) -> list[dict[str, Any]]:
    filters = [choice("state", say("State"), [("solved", say("Solved")), ("all", say("All"))])]
    if actor.jurisdiction is None:
        places = [(one, place_of(session, one)) for one in editions(session)]
        filters.append(choice("jurisdiction", say("Jurisdiction"), places))
    return filters


@pages.post("/admin/incidents/<int(max=2147483647):id>/retry")
@supervises
def retry(id: int) -> Answer:
    with writing() as (session, actor):
        case_id = cases.retry(session, actor, id).case_id
    flash(words(say("The step was tried again.")), "success")
    return redirect(url_for("inbox.case", id=case_id), 303)
