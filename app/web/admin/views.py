"""What holds here and what went wrong: rules with their sources, the working calendar, incidents."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import clock
from app.accounts import Actor
from app.cases import incidents as cases
from app.cases.recount import apply_rules
from app.deadlines.calendar import Calendar, Day
from app.deadlines.notice import NATIONAL
from app.door import access, words, writing
from app.errors import Conflict, Invalid
from app.jurisdictions.calendars import CalendarVersion, calendar_for, notices
from app.jurisdictions.entering import set_target as set_internal
from app.jurisdictions.rulebook import RuleBook, editions, rulebook
from app.rules.pack import PERIODS, LadderStep, Pack, RuleValue, in_force_on
from app.web.admin.titles import titles_of
from app.web.asking import plain_field, plain_form
from app.web.frame import page, place_of
from app.web.listing import asked, choice, page_of, sort_by
from app.web.naming import VERBS
from app.words import Say, Text, say

pages = Blueprint("admin", __name__)
reads = access("clerk", "head", "supervisor", "administrator")
supervises = access("supervisor", "administrator")
administers = access("administrator")
Title = Text | Say


# rules


@pages.get("/admin/rules")
@reads
def rules() -> str:
    with page() as (session, actor):
        known = list(editions(session))
        here = _one_of(asked("jurisdiction"), known, actor.jurisdiction)
        book = rulebook(session, here)
        changes = actor.may("administrator")
        listed = [_rule(session, book, key, changes) for key in sorted(book.pack.rules)]
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


def _rule(session: Session, book: RuleBook, key: str, changes: bool) -> dict[str, Any]:
    periods, today = book.periods(key), clock.today()
    now = in_force_on(periods, today)
    upcoming = [one for one in periods if one.effective_from and one.effective_from > today]
    names = titles_of(session, book.pack, key)
    values = [_value(book.pack, one, now, names) for one in now.cases or (now,)]
    if upcoming and values:
        values[0]["upcoming"] = say("changes on %(day)s", day=upcoming[0].effective_from)
    url = url_for("admin.target", jurisdiction=book.jurisdiction, key=key) if changes and _is_target(now) else None
    return {"key": key, "title": book.pack.keys[key].title, "url": url, "values": values}


def _is_target(value: RuleValue) -> bool:
    """A period of our own, that an administrator may set otherwise."""
    return value.kind == "internal" and value.type in PERIODS and not value.cases


def _value(pack: Pack, value: RuleValue, whole: RuleValue, names: Mapping[str, Title]) -> dict[str, Any]:
    counted = isinstance(value.value, int) and not isinstance(value.value, bool)
    return {
        "when": value.when,
        "kind": value.kind,
        "value": value.value if counted else None,
        "unit": value.type if value.type in ("days", "months") else None,
        "words": None if counted else _in_words(pack, value.value, names),
        "reason": value.reason,
        "article": list(value.article),
        "note": value.note,
        "effective_from": whole.effective_from,
        "upcoming": None,
    }


def _in_words(pack: Pack, value: Any, names: Mapping[str, Title]) -> Any:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, tuple):
        return [_part(pack, one, names) for one in value] or say("none")
    return names.get(value, value) if isinstance(value, str) else value


def _part(pack: Pack, one: Any, names: Mapping[str, Title]) -> Any:
    if isinstance(one, LadderStep):
        return say("%(body)s %(verb)s", body=pack.body(one.body).title, verb=VERBS[one.verb])
    return names.get(one, one)


def _counts(listed: list[dict[str, Any]]) -> dict[str, int]:
    counted = Counter(value["kind"] for rule in listed for value in rule["values"])
    return {kind: counted.get(kind, 0) for kind in ("statutory", "internal", "convention", "none")}


# an internal target set otherwise


@pages.get("/admin/rules/<jurisdiction>/<key>")
@administers
def target(jurisdiction: str, key: str) -> str:
    with page() as (session, _):
        return _target_page(session, jurisdiction, key, {"from_on": clock.today().isoformat()})


@pages.post("/admin/rules/<jurisdiction>/<key>")
@administers
def set_target(jurisdiction: str, key: str) -> Answer | tuple[str, int]:
    """From that day on, for open deadlines too: internal targets always move them."""
    given = {name: request.form.get(name, "").strip() for name in ("value", "from_on", "source")}
    try:
        with writing(alone=True) as (session, actor):
            value, from_on = _target_given(given)
            set_internal(session, jurisdiction, key, value, from_on=from_on, source=given["source"], actor=actor)
            moves = apply_rules(session, jurisdiction, actor)
    except Invalid as error:
        with page() as (session, _):
            return _target_page(session, jurisdiction, key, given, error.errors), 422
    flash(words(say("The target was changed; open deadlines counted anew: %(count)s.", count=len(moves))), "success")
    return redirect(url_for("admin.rules", jurisdiction=jurisdiction), 303)


def _target_given(given: Mapping[str, str]) -> tuple[int, date]:
    errors: dict[str, list[Say]] = {}
    if not (given["value"].isascii() and given["value"].isdecimal()):
        errors["value"] = [say("A whole number is needed here.")]
    try:
        from_on = date.fromisoformat(given["from_on"])
    except ValueError:
        errors["from_on"] = [say("A date such as 2026-03-31 is needed here.")]
    if not given["source"]:
        errors["source"] = [say("Please say why.")]
    if errors:
        raise Invalid(errors)
    return int(given["value"][:9]), from_on


def _target_page(
    session: Session,
    jurisdiction: str,
    key: str,
    answers: Mapping[str, str],
    errors: Mapping[str, Sequence[Say]] | None = None,
) -> str:
    book = rulebook(session, jurisdiction)
    now = book.value(key, clock.today())
    if not _is_target(now):
        raise Conflict(say("Only an internal target can be changed here."), "statutory")
    unit = say("Working days") if now.type == "days" else say("Months")
    form = plain_form(
        [
            plain_field("value", "integer", unit, min=1),
            plain_field("from_on", "date", say("In force from")),
            plain_field("source", "longtext", say("Reason"), max=400),
        ],
        id="target",
        action=url_for("admin.set_target", jurisdiction=jurisdiction, key=key),
        title=say("Change the internal target"),
        send=say("Change it and count anew"),
        answers={"value": str(now.value), **answers},
        errors=errors,
        effect=say("Each case whose deadline moves gets a line in its history."),
    )
    return render_template(
        "admin/target.html", form=form, rule=book.pack.keys[key].title, place=place_of(session, jurisdiction),
        jurisdiction=jurisdiction,
    )  # fmt: skip


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
                "issued_on": None,
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
