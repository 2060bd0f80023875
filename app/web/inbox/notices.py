"""What the reader has been told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import outbox
from app.cases import second_persons
from app.cases.definition_cache import definition_of
from app.cases.models import Case
from app.cases.read import case_page as shown
from app.entry import writing
from app.floor.messages import Say, Text, say
from app.jurisdictions.rulebook import rulebook
from app.web.filters import asked, page_of
from app.web.inbox.routes import follows, pages
from app.web.layout import page

ON_A_PAGE = 50


@pages.get("/notices")
@follows
def notices() -> str:
    with page() as (session, actor):
        after = asked("after") or ""
        found = outbox.notices_for(
            session, actor, int(after[:9]) if after.isascii() and after.isdecimal() else None, ON_A_PAGE + 1
        )
        told = found[:ON_A_PAGE]
        cases = shown.cases_by_id(session, {one.case_id for one in told if one.case_id})
        return render_template(
            "inbox/notices.html",
            notices=[_notice(session, one, cases.get(one.case_id or 0)) for one in told],
            page=page_of(len(told), str(told[-1].id) if len(found) > ON_A_PAGE else None, "-at"),
        )


OF_TRANSFERS = {
    "case_moved_here": say("Duties were transferred; this case is yours now:"),
    "case_moved_away": say("Duties were transferred; this case has moved to the department that took them over:"),
    "provider_changed": say("Another department provides the data of this case now:"),
    "case_moot": say("This case has ended, because its two sides have become one:"),
    "grant_moved_here": say("A department was closed; the grant of this case is yours now:"),
    "entry_withdrawn": say("The entry that this case is about has left the catalogue:"),
    "entry_retyped": say(
        "The share type of the entry that this case is about has changed, and the catalogue of the day of the decision "
        "counts:"
    ),
}
"""What a case's departments are told when its entry moves or goes, whatever its procedure."""
OF_STEPS = {
    "task_opened": say("New: %(step)s, %(subject)s"),
    second_persons.ALONE: say(
        "No second person can do “%(step)s”; an administrator opens an account for one: %(subject)s"
    ),
}
"""What is told of a step that has opened."""


@pages.post("/notices/read")
@follows
def read() -> Answer:
    with writing() as (session, actor):
        outbox.mark_read(session, actor)
    return redirect(url_for("inbox.notices"), 303)


def _notice(session: Session, one: outbox.OutboxMessage, case: Case | None) -> dict[str, Any]:
    return {
        "at": one.created_at,
        "title": _title(session, one, case),
        "number": one.payload.get("number"),
        "url": url_for("inbox.case", id=case.id) if case else None,
        "unread": one.read_at is None,
    }


def _title(session: Session, one: outbox.OutboxMessage, case: Case | None) -> Say | Text:
    if one.kind == "grant_revoked":
        return say("A grant was revoked: %(subject)s", subject=one.payload["subject"])
    if one.kind == "grant_suspended":
        return say("A grant was suspended: %(subject)s", subject=one.payload["subject"])
    if one.kind == "grant_ending":
        ends = {"subject": one.payload["subject"], "day": one.payload["day"]}
        return say("A grant ends on %(day)s: %(subject)s", **ends)
    if case is None:
        return say("%(kind)s", kind=one.kind)
    if one.kind in OF_TRANSFERS:
        return say("%(notice)s %(subject)s", notice=OF_TRANSFERS[one.kind], subject=case.subject)
    plan, key = definition_of(session, case), one.payload.get("key") or one.payload.get("on")
    step = plan.tasks[key][1].title if key in plan.tasks else None
    said = next((forms.notices[one.kind] for forms in plan.forms.values() if one.kind in forms.notices), None)
    if (rule := plan.rules.get(str(one.payload.get("rule")))) is not None and one.payload.get("due_on"):
        if one.kind == "overdue":
            return say(
                "Overdue since %(day)s: %(rule)s, %(subject)s",
                day=one.payload["due_on"],
                rule=rule.title,
                subject=case.subject,
            )
        return say(
            "Due on %(day)s: %(rule)s, %(subject)s", day=one.payload["due_on"], rule=rule.title, subject=case.subject
        )
    if one.kind == "clock_paused" and rule is not None:
        ground = rulebook(session, case.jurisdiction).grounds.get(str(one.payload.get("ground")))
        told = ground.title if ground is not None else str(one.payload.get("ground"))
        return say(
            "Paused by hand (%(ground)s): %(rule)s, %(subject)s", ground=told, rule=rule.title, subject=case.subject
        )
    if step and one.kind in OF_STEPS:
        return replace(OF_STEPS[one.kind], params={"step": step, "subject": case.subject})
    if one.kind == "case_annulled":
        return say("The case was annulled: %(subject)s", subject=case.subject)
    if one.kind == "letter":
        return say("A letter has come: %(subject)s", subject=case.subject)
    if said is not None and step is not None:
        return say("%(step)s: %(notice)s", step=step, notice=said)
    return said or say("%(subject)s: news", subject=case.subject)
