"""Follow one case: where it stands, what happened, its deadlines day by day, its letters and its drawing."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import outbox
from app.accounts import Actor
from app.cases import rule_levels
from app.cases.clocks import alerts
from app.cases.commands import clock_commands, withdrawal
from app.cases.models import Case, Task
from app.cases.policy import SECOND_PERSON
from app.cases.read import api, deadlines
from app.cases.read import case_page as shown
from app.cases.read.case_page import CaseStory
from app.catalogue.grants import find_grants
from app.diagrams import library
from app.entry import speak_as, words, writing
from app.floor import clock
from app.floor.citations import titled
from app.floor.errors import EngineError, Invalid, NotFound
from app.floor.messages import Say, Text, said, say
from app.web.fields import plain_field, plain_form
from app.web.forms import Trial, Tried, page_form
from app.web.i18n import short_moment, t
from app.web.inbox.clocks import clock_forms
from app.web.inbox.disputes import disputed
from app.web.inbox.routes import ID, follows, judges, pages, works
from app.web.inbox.timeline import happenings
from app.web.labels import Naming, grant_line, what_began
from app.web.layout import page
from app.web.letters import letter_blocks


@pages.get(f"/cases/<{ID}:id>")
@follows
def case(id: int) -> str:
    with page() as (session, actor):
        return case_page(session, actor, id)


@pages.post(f"/cases/<{ID}:id>/withdraw")
@works
def withdraw(id: int) -> Answer | tuple[str, int]:
    reason = request.form.get("reason", "")
    try:
        with writing() as (session, actor):
            withdrawal.withdraw(session, actor, id, reason)
    except Invalid as error:
        with page() as (session, actor):
            return case_page(session, actor, id, ("withdraw", {"reason": reason}, error.errors)), 422
    flash(words(say("The case was withdrawn.")), "success")
    return redirect(url_for("inbox.case", id=id), 303)


@pages.post(f"/cases/<{ID}:id>/annul")
@judges
def annul(id: int) -> Answer | tuple[str, int]:
    reason = request.form.get("reason", "")
    try:
        with writing() as (session, actor):
            withdrawal.annul(session, actor, id, reason)
    except Invalid as error:
        with page() as (session, actor):
            return case_page(session, actor, id, ("annul", {"reason": reason}, error.errors)), 422
    flash(words(say("The case was annulled.")), "success")
    return redirect(url_for("inbox.case", id=id), 303)


@pages.get(f"/cases/<{ID}:id>/drawings/<process>")
@follows
def drawing(id: int, process: str) -> Response:
    """The drawing that this case runs, as plain text: a browser must never take it for a document of its own."""
    with page() as (session, actor):
        row = api.visible_case(session, actor, id)
        content = library.bundle_content(session, row.bundle)
        files = dict(zip(sorted(content.versions), content.files, strict=True))
        if process not in files:
            raise NotFound(say("There is no such drawing."))
        return Response(files[process], mimetype="text/plain")


@pages.get(f"/deadlines/<{ID}:id>")
@follows
def deadline(id: int) -> str:
    with page() as (session, actor):
        row = deadlines.visible(session, actor, id)
        grounds = shown.rulebook(session, row.case.jurisdiction).grounds
        return render_template(
            "inbox/deadline.html",
            case=api.case_line(session, row.case),
            deadline=shown.deadline_page(session, row, row.case),
            grounds={code: deadlines.ground_title(ground, row.rule) for code, ground in grounds.items()},
        )


@pages.get("/letters/<number>")
@follows
def letter(number: str) -> str:
    with page() as (session, actor):
        found = outbox.letter_by_number(session, number)
        try:
            case = api.visible_case(session, actor, found.case_id)
        except NotFound:  # told alike: whether there is one is nobody else's to know
            raise outbox.no_letter(number) from None
        return render_template("letters/letter.html", letter=_letter(found, case))


# the page of a case


def case_page(session: Session, actor: Actor, id: int, tried: Tried | None = None, trial: Trial | None = None) -> str:
    """`tried`: a form of this page that comes back, with what was written and what was wrong; `trial`: what it would
    do."""
    case = api.visible_case(session, actor, id)
    speak_as(session, case.jurisdiction)
    told = shown.story(session, actor, case)
    return render_template(
        "inbox/case.html",
        case={
            **told.line,
            "parties": _parties(told),
            "carried_on": _carried_on(session, told),
            "entered_by": _entered_by(told),
            "own_work": _own_work(told),
            "diagram_version": told.case.diagram_version.rpartition("@")[2],
            "rule_version": shown.in_force_from(told.step.rules),
        },
        deadline=told.leading,
        deadlines=told.deadlines,
        tasks=[one for one in told.lines if one["status"] == "open"],
        events=happenings(told),
        answers=_answers(session, told),
        diagrams=_diagrams(told),
        letters=[{"number": one.number, "title": one.title, "issued_at": one.issued_at} for one in told.letters],
        grants=[grant_line(actor, one) for one in find_grants(session, case_id=case.id).items],
        shares=shown.time_shares(told),
        **disputed(session, told.step, told.tasks),
        incident=_incident(actor, told),
        adjust=clock_forms(told.step, tried, trial),
        withdraw=_withdrawal(session, actor, told, tried),
        annul=_annulment(session, told, tried),
    )


def _parties(told: CaseStory) -> list[dict[str, Any]]:
    """The departments of the case by their lanes, each once; a citizen is named by the lane alone."""
    parties: list[dict[str, Any]] = []
    seen: set[int] = set()
    for lane in ("applicant", "provider"):
        if lane not in told.case.lanes:
            continue
        seat = told.case.lanes[lane]
        declared = told.plan.top.lanes.get(lane)
        role = declared.title if declared else None
        if seat and seat["id"] not in seen:
            seen.add(seat["id"])
            parties.append({"role": role, "department": told.departments[seat["id"]]})
        elif not seat:
            parties.append({"role": role, "department": say("Citizen or organisation")})
    return parties


def _entered_by(told: CaseStory) -> Say | None:
    """That the bureau has entered what came on paper."""
    by = (told.case.facts.get("applicant") or {}).get("entered_by")
    found = told.step.department(by) if by and told.plan.top.received else None
    return say("Entered by %(department)s for the applicant.", department=found.name) if found else None


def _own_work(told: CaseStory) -> Say | None:
    """That a department has drafted and checked the same: it has no other above it for this step."""
    own = next((task for task in told.tasks if task.role == SECOND_PERSON), None)
    if own is None:
        return None
    return say(
        "Self-review: %(department)s has drafted this and checks it itself; a second person does “%(step)s”.",
        department=told.departments[own.department_id or 0], step=told.plan.task(own.key).title,
    )  # fmt: skip


def _carried_on(session: Session, told: CaseStory) -> Say | None:
    extension = rule_levels.carried_on(session, told.case)
    if extension is None:
        return None
    return say("The regulation is out of force and is carried on by: %(document)s", document=titled(extension.ground))


def _answers(session: Session, told: CaseStory) -> list[dict[str, Any]]:
    naming = Naming(told.step)
    people = shown.people_by_id(session, {task.closed_by_id for task in told.tasks})
    applicant = told.case.lanes.get("applicant")
    first: dict[str, Any] = {
        "title": what_began(told.plan),
        "by": told.departments[applicant["id"]] if applicant and told.plan.top.received else None,
        "at": told.case.opened_at,
        "rows": naming.rows(told.plan.top.start, told.step.facts.get("application") or {}),
    }
    done = [task for task in told.tasks if task.status == "done" and task.answer and task.key in told.plan.tasks]
    later: list[dict[str, Any]] = [
        {
            "title": told.plan.task(task.key).title,
            "by": people.get(task.closed_by_id or 0),
            "at": task.closed_at,
            "rows": naming.rows(told.plan.task(task.key), task.answer or {}, given=task.id),
        }
        for task in done
    ]
    return [one for one in [first, *later] if one["rows"]]


def _diagrams(told: CaseStory) -> list[dict[str, Any]]:
    """The case's own drawing, and those of the procedures that it has called."""
    called = dict.fromkeys(task.process for task in told.tasks)
    return [_diagram(told, process) for process in dict.fromkeys([told.plan.process, *called])]


def _diagram(told: CaseStory, process: str) -> dict[str, Any]:
    tasks = [task for task in told.tasks if task.process == process]
    open_ones = [task for task in tasks if task.status == "open"]
    overdue = {task.key for task in open_ones if _is_late(task)}
    current = {task.key for task in open_ones}
    return {
        "title": told.plan.forms[process].title,
        "url": url_for("inbox.drawing", id=told.case.id, process=process),
        "lanes": {name: t(lane.title) for name, lane in told.plan.forms[process].lanes.items()},
        "current": sorted(current),
        "done": sorted({task.key for task in tasks if task.status == "done"} - current),
        "overdue": sorted(overdue),
        "steps": [_walked(told, task) for task in tasks if task.status in ("done", "open")],
    }


def _is_late(task: Task) -> bool:
    return task.due_at is not None and alerts.is_over(task.due_at, task.due_kind, clock.now())


def _walked(told: CaseStory, task: Task) -> dict[str, Any]:
    late = task.status == "open" and _is_late(task)
    return {
        "title": told.plan.tasks[task.key][1].title if task.key in told.plan.tasks else Text(task.key, task.key),
        "look": "done" if task.status == "done" else "late" if late else "now",
        "note": short_moment(task.closed_at) if task.closed_at else None,
    }


def _incident(actor: Actor, told: CaseStory) -> dict[str, Any] | None:
    one = told.incident
    if one is None:
        return None
    may = actor.may("supervisor") or actor.may("administrator")
    return {
        "message": say("A step could not run: %(message)s", message=said(one.message)),
        "opened_at": one.opened_at,
        "retry_url": url_for("admin.retry", id=one.id) if may else None,
    }


def _withdrawal(session: Session, actor: Actor, told: CaseStory, tried: Tried | None) -> dict[str, Any] | None:
    """The form by which the applicant takes the case back, while the diagram offers it."""
    seat, action = told.case.lanes.get("applicant"), told.plan.top.actions.get("withdraw")
    offered = any("withdraw" in (task.actions or ()) for task in told.tasks if task.status == "open")
    if action is None or not offered or not seat or seat["id"] != actor.department_id:
        return None
    if not (actor.may("clerk") or actor.may("head")) or not _holds(told, action.offered):
        return None
    _, answers, errors = tried if tried and tried[0] == "withdraw" else ("", None, None)
    return page_form(
        session, action, told.step, id="withdraw", action=url_for("inbox.withdraw", id=told.case.id), under="withdraw",
        send=action.title, answers=answers, errors=errors,
        question=say("Withdraw case %(number)s? It ends, and cannot be opened again.", number=told.case.number),
    )  # fmt: skip


def _annulment(session: Session, told: CaseStory, tried: Tried | None) -> dict[str, Any] | None:
    """The form by which the bureau takes a duty off the books."""
    if not withdrawal.may_annul(session, told.step):
        return None
    _, answers, errors = tried if tried and tried[0] == "annul" else ("", {}, {})
    return plain_form(
        [plain_field("reason", "longtext", say("Reason"), max=clock_commands.MOST_REASON)],
        id="annul", action=url_for("inbox.annul", id=told.case.id), title=say("Annul the case"),
        send=say("Annul the case"), answers=answers or {}, errors=errors,
        effect=say("Every open step falls, every clock ends; what was missed stays missed. All sides are told."),
        question=say("Annul case %(number)s? It ends, and cannot be opened again.", number=told.case.number),
    )  # fmt: skip


def _holds(told: CaseStory, offered: str | None) -> bool:
    try:
        return offered is None or told.step.holds(offered)
    except EngineError:
        return False


# letters


def _letter(found: outbox.Letter, case: Case) -> dict[str, Any]:
    """All of it is kept with the letter; nothing is asked of rows that may have changed since."""
    return {
        "number": found.number,
        "title": found.title,
        "to": found.receiver,
        "blocks": letter_blocks(found),
        "issuer": found.issuer,
        "signatory": found.signatory,
        "issued_at": found.issued_at,
        "fixed_at": found.frozen_at,
        "case": {"id": case.id, "number": case.number},
    }
