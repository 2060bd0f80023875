"""A notice or local days entered by an administrator: typed, read, tried out on every open deadline, then applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.accounts import Actor
from app.accounts.csv_tables import has_hidden
from app.cases.commands.recalculation import MovedDeadline, apply_notice
from app.deadlines.holidays import Omission
from app.deadlines.notice import ALL, NATIONAL, Notice
from app.deadlines.notice_text import Head, typed_notice
from app.entry import words, writing
from app.floor import clock
from app.floor.errors import Conflict, Invalid
from app.floor.messages import Say, Text, say
from app.jurisdictions.calendars import IncompleteNotice, latest_version, remarks_on
from app.jurisdictions.rulebook import editions
from app.web.admin.moved_deadlines import listed
from app.web.admin.routes import administers, pages
from app.web.fields import option, plain_field, plain_form
from app.web.layout import page, place_of

Given = Mapping[str, str]
Errors = Mapping[str, Sequence[Say]]
NAMES = ("kind", "year", "jurisdiction", "title", "title_en", "number", "source", "days", "accept_missing")
KIND: Mapping[str, tuple[Say, Say]] = {
    "year": (
        say("The notice for a year"),
        say("For the whole country. It takes the place of all that was known of that year."),
    ),
    "amends": (say("A later change of a year"), say("For the whole country, laid over what is known of that year.")),
    "local": (say("Local days"), say("Of one jurisdiction, laid over the days of the country.")),
    "none": (say("No local days in a year"), say("Of one jurisdiction, where they are awaited: this year has none.")),
}
LINES = say("A stretch of days a line: first..last, then off, on, closed or withdrawn, then its name.")
LOCAL, YEARLY = ("local", "none"), ("year", "amends", "none")
LONGEST = 400


@pages.get("/admin/calendar/notice")
@administers
def notice() -> str:
    with page() as (session, _):
        return _page(session, {"kind": "year", "year": str(clock.today().year + 1)})


@pages.post("/admin/calendar/notice")
@administers
def enter_notice() -> Answer | str | tuple[str, int]:
    """First what it would move, in a transaction that is rolled back; with `apply`, in earnest."""
    given = {name: request.form.get(name, "").strip() for name in NAMES}
    applies = "apply" in request.form
    try:
        with writing(alone=True) as (session, actor):
            read = _notice(given, list(editions(session)))
            told = remarks_on(session, read)
            moves, new = _tried(session, read, actor)
            if not applies:
                session.rollback()
    except IncompleteNotice as error:
        with page() as (session, _):
            return _page(session, given, error.errors, omitted=error.omitted), error.status
    except Invalid as error:
        with page() as (session, _):
            return _page(session, given, _beside(error.errors)), error.status
    except Conflict as error:
        with page() as (session, _):
            return _page(session, given, {"": [error.detail]}), error.status
    if not applies:
        with page() as (session, _):
            return _page(session, given, preview=_preview(session, read, moves, new, given) | {"told": told})
    return _entered(read, moves, new)


def _tried(session: Session, read: Notice, actor: Actor) -> tuple[list[MovedDeadline], bool]:
    """What moves; and whether the notice says anything that has not been entered already."""
    before = latest_version(session, read.scope)
    moves = apply_notice(session, read, actor)
    return moves, latest_version(session, read.scope) != before


def _entered(read: Notice, moves: list[MovedDeadline], new: bool) -> Answer:
    if new:
        said = say("The calendar was changed; open deadlines counted anew: %(count)s.", count=len(moves))
        flash(words(said), "success")
    else:
        flash(words(say("This has been entered already; nothing was changed.")), "warning")
    return redirect(url_for("admin.calendar", scope=read.scope, year=read.first_on.year), 303)


# what was typed


def _notice(given: Given, places: Sequence[str]) -> Notice:
    """Raises Invalid with all that is wrong."""
    errors, kind = _faults(given, places), given["kind"]
    title = Text(given["title"], given["title_en"] or given["title"])
    head = Head(
        title,
        given["number"] or None,
        given["source"] or None,
        int(given["year"]) if kind in YEARLY and "year" not in errors else None,
        amends=kind == "amends",
        jurisdiction=given["jurisdiction"] if kind in LOCAL else None,
        none=kind == "none",
        accepts=(ALL,) if given["accept_missing"] and kind not in LOCAL else (),
    )
    try:
        read = typed_notice(head, given["days"])
    except Invalid as error:
        errors = {**error.errors, **errors}
    if errors:
        raise Invalid(errors)
    return read


def _faults(given: Given, places: Sequence[str]) -> dict[str, list[Say]]:
    errors: dict[str, list[Say]] = {}
    if given["kind"] not in KIND:
        errors["kind"] = [say("Please answer this.")]
    local = given["kind"] in LOCAL
    if local and given["jurisdiction"] not in places:
        errors["jurisdiction"] = [say("Please answer this.")]
    this_year = clock.today().year
    known = {str(year): year for year in range(this_year - 5, this_year + 6)}
    if given["kind"] != "local" and given["year"] not in known:
        errors["year"] = [say("A year from %(first)s to %(last)s.", first=this_year - 5, last=this_year + 5)]
    for name in ("title",) if local else ("title", "number"):
        if not given[name]:
            errors[name] = [say("Please answer this.")]
    for name in ("title", "title_en", "number", "source"):
        if len(given[name]) > LONGEST or has_hidden(given[name], ""):
            errors[name] = [say("At most %(limit)s characters.", limit=LONGEST)]
    if has_hidden(given["days"]):
        errors["days"] = [say("There are invisible characters in these lines.")]
    return errors


def _beside(errors: Errors) -> Errors:
    return {name if name in NAMES else "": said for name, said in errors.items()}


# the page


def _page(
    session: Session, given: Given, errors: Errors | None = None, preview: Any = None, omitted: Sequence[Omission] = ()
) -> str:
    asks = bool(omitted) or bool(given.get("accept_missing"))
    return render_template("admin/notice.html", form=_form(session, given, errors, asks), preview=preview)


def _form(session: Session, given: Given, errors: Errors | None, asks: bool) -> dict[str, Any]:
    places = [{"value": one, "title": place_of(session, one)} for one in editions(session)]
    kinds = [{"value": code, "title": title, "help": help} for code, (title, help) in KIND.items()]
    fields = [
        plain_field("kind", "choice", say("What is entered"), options=kinds),
        plain_field(
            "year", "integer", say("Year"), required=False, needed=say("needed but for local days"),
            help=say("For the whole country, and where a year has no local days."),
        ),
        plain_field(
            "jurisdiction", "department", say("Jurisdiction"), required=False, options=places,
            needed=say("needed for local days"), help=say("For local days only."),
        ),
        plain_field("title", "text", say("Title"), max=LONGEST),
        plain_field("title_en", "text", say("Title in English"), required=False, max=LONGEST),
        plain_field(
            "number", "text", say("Number of the document"), required=False, max=LONGEST,
            needed=say("needed for the whole country"),
            help=say("Needed for the whole country, and for local days that stop periods set by law."),
        ),
        plain_field("source", "text", say("Where it is published"), required=False, max=LONGEST),
        plain_field(
            "days", "longtext", say("Days"), required=False, max=8000, help=LINES,
            needed=say("needed unless a year has none"),
        ),
    ]  # fmt: skip
    if asks:
        fields.append(
            plain_field(
                "accept_missing", "choices", say("Statutory holidays that are missing"), required=False,
                options=[option("yes", say("Enter it without these holidays"))],
                help=say("Only where the notice itself leaves them out. Dates that they may move stay provisional."),
            )
        )  # fmt: skip
    return plain_form(
        fields,
        id="notice",
        action=url_for("admin.enter_notice"),
        title=say("Enter a notice or local days"),
        send=say("See what it would move"),
        answers=given,
        errors=errors,
        effect=say("Nothing is changed yet."),
    )


def _preview(session: Session, read: Notice, moves: list[MovedDeadline], new: bool, given: Given) -> dict[str, Any]:
    """The days as they were read, and what would move."""
    directions = [move.direction for move in moves]
    return {
        "new": new,
        "off": sum(not day.working for day in read.days),
        "working": sum(day.working for day in read.days),
        "withdrawn": len(read.withdrawn),
        "scope": say("China") if read.scope == NATIONAL else place_of(session, read.scope),
        "replaced": read.year if read.replaces_year else None,
        "moves": listed(session, moves),
        **{name: directions.count(name) for name in ("earlier", "later", "same")},
        "given": dict(given),
    }
