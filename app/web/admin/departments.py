"""A department is closed on a page: who takes over, what would move, and only then in earnest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import accounts
from app.accounts import Actor, Department, directory
from app.cases.commands import department_closure
from app.cases.commands.department_closure import CLOSABLE, Closed
from app.catalogue.entries import RECEIVERS, names_of, provided_by
from app.entry import words, writing
from app.floor import clock
from app.floor.errors import Invalid, ShuliuError
from app.floor.messages import Say, say
from app.jurisdictions.rulebook import rules_today
from app.web.admin import successors
from app.web.admin.routes import pages, supervises
from app.web.fields import a_date, option, plain_field, plain_form
from app.web.layout import page, place_of

Given = Mapping[str, Any]
"""What stands in the form: texts, and under `others` rows."""
Errors = Mapping[str, Sequence[Say]]
NAMES = ("department", "successor", "on")
MOST_SHOWN = 20


@pages.get("/admin/departments")
@supervises
def departments() -> str:
    with page() as (session, actor):
        return _page(session, actor, {"on": clock.today().isoformat()})


@pages.post("/admin/departments/fields")
@supervises
def department_fields() -> str:
    """The form as it applies once the department is chosen."""
    given = _sent()
    with page() as (session, actor):
        return render_template("inbox/_fields.html", form=_page_form(session, actor, given, None)[0])


@pages.post("/admin/departments")
@supervises
def close_department() -> Answer | str | tuple[str, int]:
    """First what would move, in a transaction that is rolled back; with `apply`, in earnest. Without scripts a button
    lists the entries of the department, another adds a row."""
    given = _sent()
    if "list" in request.form or "more" in request.form:
        rows = [*(given["others"] or [{}]), {}] if "more" in request.form else given["others"]
        with page() as (session, actor):
            return _page(session, actor, {**given, "others": rows[: successors.MOST_ROWS]})
    applies = "apply" in request.form
    try:
        with writing(alone=True) as (session, actor):
            closed = _closed(session, actor, given)
            if not applies:
                session.rollback()
    except Invalid as error:
        with page() as (session, actor):
            return _page(session, actor, given, error.errors), error.status
    except ShuliuError as error:
        with page() as (session, actor):
            return _page(session, actor, given, {"": [error.detail]}), error.status
    if not applies:
        with page() as (session, actor):
            return _page(session, actor, given, closed=closed)
    flash(
        words(say("The department was closed; open cases handed over: %(count)s.", count=len(closed.cases))), "success"
    )
    return redirect(url_for("admin.departments"), 303)


def _sent() -> dict[str, Any]:
    given: dict[str, Any] = {name: request.form.get(name, "").strip() for name in NAMES}
    return given | {successors.FIELD: successors.posted(request.form)}


def _closed(session: Session, actor: Actor, given: Given) -> Closed:
    """Raises Invalid and whatever closing raises."""
    place, code = _named(session, actor, given["department"])
    on = a_date("on", given["on"])
    successor = given["successor"].partition("/")[2] if given["successor"] else None
    if given["successor"] and given["successor"].partition("/")[0] != place:
        raise Invalid({"successor": [say("Name another department of the jurisdiction that is not closed.")]})
    others = successors.shared_out(given["others"], place)
    return department_closure.close_department(session, actor, place, code, on, successor, rules_today(session), others)


def _named(session: Session, actor: Actor, value: str) -> tuple[str, str]:
    place, _, code = value.partition("/")
    if (place, code) not in directory(session).by_code or place not in _places(session, actor):
        raise Invalid({"department": [say("Please answer this.")]})
    return place, code


def _places(session: Session, actor: Actor) -> list[str]:
    """The jurisdictions whose departments this reader may close."""
    if actor.may("administrator"):
        return sorted({card.jurisdiction for card in directory(session).by_id.values()})
    return [actor.jurisdiction] if actor.jurisdiction and actor.kind == "bureau" else []


# the page


def _page(
    session: Session, actor: Actor, given: Given, errors: Errors | None = None, closed: Closed | None = None
) -> str:
    form, found, several = _page_form(session, actor, given, errors)
    return render_template(
        "admin/departments.html",
        form=form,
        preview=_preview(session, given, closed) if closed else None,
        gone=[_gone(session, one, several=several) for one in found if one.closed_on],
    )


def _page_form(
    session: Session, actor: Actor, given: Given, errors: Errors | None
) -> tuple[dict[str, Any], Sequence[Department], bool]:
    """The form, the departments that it is about, and whether they are of several jurisdictions."""
    places = _places(session, actor)
    found = [one for one in accounts.departments(session) if one.jurisdiction in places]
    several = len(places) > 1
    return _form(session, found, given, errors, several=several), found, several


def _form(
    session: Session, found: Sequence[Department], given: Given, errors: Errors | None, *, several: bool
) -> dict[str, Any]:
    def options(kinds: Sequence[str], of: Sequence[Department], *, named: bool) -> list[dict[str, Any]]:
        return [
            option(f"{one.jurisdiction}/{one.code}", _title(session, one, several=named)) | {"code": one.code}
            for one in of
            if one.kind in kinds and one.closed_on is None
        ]

    chosen = given.get("department", "")
    place = chosen.partition("/")[0] if several else None
    others = [one for one in found if place in (None, one.jurisdiction) and f"{one.jurisdiction}/{one.code}" != chosen]
    takers = options(RECEIVERS, others, named=False)
    known = any(chosen == f"{one.jurisdiction}/{one.code}" for one in found)
    held = provided_by(session, *chosen.split("/", 1)) if known else None
    fields = [
        plain_field(
            "department", "menu", say("Department that is dissolved or merged"),
            options=options(CLOSABLE, found, named=several),
        ),
        plain_field(
            "successor", "menu", say("Successor"), required=False, depends=True, options=takers,
            needed=say("needed while anything is open"),
            help=say(
                "It takes over all that is open: entries, cases with their clocks, grants. Needed unless nothing is."
            ),
        ),
        successors.field(held, takers),
        plain_field("on", "date", say("Day of the dissolution"), help=say("Today, or a day that has passed.")),
    ]  # fmt: skip
    return plain_form(
        fields,
        id="close",
        action=url_for("admin.close_department"),
        refresh=url_for("admin.department_fields"),
        title=say("Close a department"),
        send=say("See what would move"),
        answers=given,
        errors=errors,
        effect=say("Nothing is handed over yet."),
    )


def _title(session: Session, one: Department, *, several: bool) -> Any:
    return (
        say("%(place)s · %(name)s", place=place_of(session, one.jurisdiction), name=one.name) if several else one.name
    )


def _preview(session: Session, given: Given, closed: Closed) -> dict[str, Any]:
    place = given["department"].partition("/")[0]
    known = directory(session).by_code
    shown = list(closed.entries.items())[:MOST_SHOWN]
    titles = names_of(session, [code for code, _ in shown])
    return {
        "department": known[place, given["department"].partition("/")[2]].name,
        "counts": [
            (say("entries"), len(closed.entries)), (say("open cases"), len(closed.cases)),
            (say("tasks"), closed.tasks), (say("clocks"), closed.clocks),
            (say("grants"), len(closed.grants)), (say("accounts"), len(closed.accounts)),
        ],
        "entries": [(code, titles.get(code, code), known[place, to].name) for code, to in shown],
        "more_entries": max(0, len(closed.entries) - MOST_SHOWN),
        "cases": closed.cases[:MOST_SHOWN],
        "more_cases": max(0, len(closed.cases) - MOST_SHOWN),
        "stopped": closed.stopped,
        "grants": closed.grants[:MOST_SHOWN],
        "accounts": closed.accounts,
        "sent": [*((name, given[name]) for name in NAMES), *successors.as_sent(given[successors.FIELD])],
    }  # fmt: skip


def _gone(session: Session, one: Department, *, several: bool) -> dict[str, Any]:
    card = directory(session).by_code.get((one.jurisdiction, one.successor or ""))
    return {
        "name": _title(session, one, several=several),
        "code": one.code,
        "on": one.closed_on,
        "successor": card.name if card else None,
    }
