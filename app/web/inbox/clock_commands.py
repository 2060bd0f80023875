"""What people do to a clock on the page of its case: pause it, let it go on, set its start right, with a reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.accounts import Actor
from app.cases.commands import clock_commands, start_corrections
from app.cases.models import Deadline
from app.cases.read import act_preview, deadlines
from app.entry import access, words, writing
from app.floor.errors import Conflict, Invalid
from app.floor.messages import Say, say
from app.web.fields import a_date
from app.web.forms import Tried, tried_out
from app.web.inbox.cases import case_page
from app.web.inbox.clocks import form_id
from app.web.inbox.routes import ID, judges, pages
from app.web.layout import page

Page = Answer | str | tuple[str, int]
Change = Callable[[Session, Actor], Deadline]
holds = access("clerk", "head", "supervisor")


@pages.post(f"/deadlines/<{ID}:id>/pause")
@holds
def pause(id: int) -> Page:
    ground, reason = request.form.get("ground", ""), request.form.get("reason", "")
    if not ground:
        return _refused("pause", id, Invalid({"ground": [say("Please answer this.")]}))
    return _changed("pause", id, lambda session, actor: clock_commands.pause(session, actor, id, ground, reason))


@pages.post(f"/deadlines/<{ID}:id>/resume")
@holds
def resume(id: int) -> Page:
    reason = request.form.get("reason", "")
    return _changed("resume", id, lambda session, actor: clock_commands.resume(session, actor, id, reason))


@pages.post(f"/deadlines/<{ID}:id>/correct")
@judges
def correct(id: int) -> Page:
    reason = request.form.get("reason", "")

    def change(session: Session, actor: Actor) -> Deadline:
        started_on = a_date("started_on", request.form.get("started_on", ""))
        deadline, proposal = start_corrections.correct(
            session, actor, id, started_on, reason, foretell="preview" in request.form
        )
        proposed.extend([proposal] if proposal else [])
        return deadline

    proposed: list[start_corrections.Proposal] = []
    return _changed("correct", id, change, lambda: PROPOSED if proposed else SAID["correct"])


@pages.post(f"/deadlines/<{ID}:id>/confirm")
@judges
def confirm(id: int) -> Page:
    return _changed("confirm", id, lambda session, actor: start_corrections.confirm(session, actor, id))


@pages.post(f"/deadlines/<{ID}:id>/reject")
@judges
def reject(id: int) -> Page:
    reason = request.form.get("reason", "")
    return _changed("reject", id, lambda session, actor: start_corrections.reject(session, actor, id, reason))


SAID: dict[str, Say] = {
    "pause": say("The clock is paused."),
    "resume": say("The clock goes on."),
    "correct": say("The start of the clock was set right."),
    "confirm": say("The start of the clock was set right."),
    "reject": say("The correction was rejected."),
}


WAITS = say("The start is set right only once a second person of the bureau has confirmed it.")
PROPOSED = say("The correction waits for a second person of the bureau to confirm it.")


def _changed(act: str, id: int, change: Change, told: Callable[[], Say] | None = None) -> Page:
    """In earnest; or, asked for a preview, in a transaction that is taken back."""
    previews = "preview" in request.form
    try:
        with writing() as (session, actor):
            case_id = clock_commands.case_of(session, id)
            if previews:
                shifts = act_preview.foretell(session, actor, case_id, lambda: change(session, actor))
            else:
                change(session, actor)
    except (Invalid, Conflict) as error:
        return _refused(act, id, error)
    done = told() if told else SAID[act]
    if previews:
        with page() as (session, actor):
            tried: Tried = form_id(act, id), request.form.to_dict(), {}
            note = WAITS if done is PROPOSED else None
            return case_page(session, actor, case_id, tried, tried_out(shifts, request.form, note))
    flash(words(done), "success")
    return redirect(url_for("inbox.case", id=case_id), 303)


def _refused(act: str, id: int, error: Invalid | Conflict) -> Page:
    """The case's page again, with what was written; what somebody else has done meanwhile is told above it."""
    with page() as (session, actor):
        case_id = deadlines.visible(session, actor, id).case_id
        if isinstance(error, Conflict):
            flash(words(error.detail), "error")
            return case_page(session, actor, case_id), error.status
        asked = ("ground", "started_on", "reason")
        errors = {name if name in asked else "": said for name, said in error.errors.items()}
        return case_page(session, actor, case_id, (form_id(act, id), request.form.to_dict(), errors)), error.status
