"""My tasks, and the cases that I may follow."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from app.accounts import Actor
from app.cases.definition_cache import offered
from app.cases.read import case_page as shown
from app.cases.read import inbox as listed
from app.diagrams import library
from app.floor import clock
from app.floor.messages import Say, say
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import editions, rulebook
from app.web.filters import asked, choice, page_of, sort_by, words
from app.web.i18n import counted, here
from app.web.inbox.routes import follows, pages, works
from app.web.inbox.timeline import happenings
from app.web.labels import Naming
from app.web.layout import page, place_of

TAB_TITLES = {
    "all": say("All"),
    "overdue": say("Overdue"),
    "soon": say("Due soon"),
    "paused": say("Clock paused"),
}
GROUPS = {
    "overdue": say("Overdue"),
    "today": say("Today"),
    "soon": say("Within two working days"),
    "later": say("Later"),
    "paused": say("Clock paused"),
    "none": say("Without a deadline"),
}
LATEST = 5


@pages.get("/inbox")
@works
def tasks() -> str:
    with page() as (session, actor):
        tab, sort = asked("tab") or "all", sort_by("due_at", "due_at", "number", "opened_at")
        filters = _task_filters(session, actor.jurisdiction)
        found = listed.inbox(
            session, actor, tab=tab, procedure=asked("procedure"), kind=asked("kind"), q=asked("q"), sort=sort,
            after=asked("after"),
        )  # fmt: skip
        return render_template(
            "inbox/list.html",
            tabs=_tabs(listed.tab_counts(session, actor), tab),
            filters=filters,
            page=page_of(len(found.items), found.next, sort, filters),
            groups=_groups(found.items, sort),
            day_note=_day_note(session, actor),
            chosen=_chosen(session, actor, found.items),
        )


def _tabs(counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    return [
        {
            "title": TAB_TITLES[name],
            "count": counted(count, listed.MOST_TASKS),
            "url": here(tab=None if name == "all" else name, after=None, chosen=None),
            "current": name == (current if current in counts else "all"),
            "red": name == "overdue" and count > 0,
        }
        for name, count in counts.items()
    ]


def _task_filters(session: Session, place: str | None) -> list[dict[str, Any]]:
    rank = rulebook(session, place).pack.regulation.rank if place else None
    law = say("By the regulation") if rank == "normative_document" else say("Statutory")
    kinds = [("statutory", law), ("ordered", say("Ordered date")), ("internal", say("Internal target"))]
    return [
        choice("procedure", say("Procedure"), _procedures(session)),
        choice("kind", say("Nature"), kinds),
        words("q", say("Words"), say("resource, number")),
    ]


def _procedures(session: Session) -> list[tuple[str, Any]]:
    """Each once, however many drawings there are of it."""
    titles = {one.process: one.title for one in library.procedures(session)}
    found: dict[str, Any] = {}
    for procedure, process in offered(session):
        if process in titles:
            found.setdefault(procedure, titles[process])
    return list(found.items())


def _groups(tasks: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """By how soon they are due, as long as the list is in that order; else one group."""
    if not tasks:
        return []
    if not sort.endswith("due_at"):
        return [{"title": say("All"), "tasks": tasks, "note": None}]
    grouped = groupby(tasks, key=_group_of)
    return [{"title": GROUPS[name], "tasks": list(some), "note": None} for name, some in grouped]


def _group_of(task: dict[str, Any]) -> str:
    if task["paused"]:
        return "paused"
    if task["due_on"] is None:
        return "none"
    if _is_over(task):
        return "overdue"
    return "today" if task["left"] == 0 else "soon" if task["left"] <= 2 else "later"


def _is_over(task: dict[str, Any]) -> bool:
    """The lamp turns at the close of business; what the law or a body has set is over with the day."""
    return task["lamp"] == "red" and (task["due_kind"] == "internal" or task["left"] != 0)


def _day_note(session: Session, actor: Actor) -> Say | None:
    """What kind of day today is, where it is not what the week says."""
    if actor.jurisdiction is None:
        return None
    today = calendar_for(session, actor.jurisdiction).day(clock.today())
    named = {
        "holiday": say("%(name)s, a day off", name=today.name or ""),
        "makeup": say("a make-up working day"),
        "weekend": say("a day off"),
        "local_closure": say("closed here: %(name)s", name=today.name or ""),
        "local_working": say("a local working day"),
    }
    return named.get(today.kind, say("a working day"))


def _chosen(session: Session, actor: Actor, tasks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The task beside the list: why it comes where it does, what it is about, what happened last."""
    wanted = asked("chosen")
    line = next((task for task in tasks if str(task["id"]) == wanted), None)
    if line is None:
        return None
    work = shown.work(session, actor, line["id"])
    told = shown.story(session, actor, work.case)
    return {
        "task": line,
        "own": work.view["own"],
        "deadline": work.deadline,
        "why": _why(line),
        "facts": Naming(work.step).rows(work.plan.top.start, work.step.facts.get("application") or {})[:5],
        "events": happenings(told)[:LATEST],
    }


def _why(task: dict[str, Any]) -> list[Say]:
    why = []
    if _is_over(task):
        why.append(say("It is past its due day."))
    elif task["left"] is not None and task["left"] <= 2:
        why.append(say("Two working days or fewer are left."))
    if why and task["due_kind"] == "statutory":
        why.append(say("The regulation itself sets this deadline."))
    if why and task["due_kind"] == "ordered":
        why.append(say("A body has ordered this date."))
    return why


@pages.get("/cases")
@follows
def cases() -> str:
    with page() as (session, actor):
        filters = _case_filters(session, actor)
        sort = sort_by("-opened_at", "due_at", "number", "opened_at")
        overdue = {"yes": True, "no": False}.get(request.args.get("overdue", ""))
        found = listed.case_lines(
            session, actor, status=asked("status"), procedure=asked("procedure"), jurisdiction=asked("jurisdiction"),
            overdue=overdue, q=asked("q"), sort=sort, after=asked("after"),
        )  # fmt: skip
        return render_template(
            "inbox/cases.html",
            title=say("Cases"),
            filters=filters,
            page=page_of(len(found.items), found.next, sort, filters),
            cases=found.items,
        )


def _case_filters(session: Session, actor: Actor) -> list[dict[str, Any]]:
    filters = [
        choice("status", say("State"), [("open", say("Open")), ("closed", say("Closed"))]),
        choice("overdue", say("Overdue"), [("yes", say("Overdue only"))]),
        choice("procedure", say("Procedure"), _procedures(session)),
    ]
    if actor.jurisdiction is None:
        places = [(one, place_of(session, one)) for one in editions(session)]
        filters.append(choice("jurisdiction", say("Jurisdiction"), places))
    return [*filters, words("q", say("Words"), say("resource, number"))]
