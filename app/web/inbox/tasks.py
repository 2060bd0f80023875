"""One task at a time: its form, and what else can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.accounts import Actor
from app.cases import negotiation, policy, second_persons
from app.cases.commands import answer_preview, assignment, flow
from app.cases.read import act_preview
from app.cases.read import case_page as shown
from app.cases.read.case_page import Work
from app.catalogue import entries
from app.diagrams.forms import Form, TaskForm
from app.entry import language, speak_as, words, writing
from app.floor.errors import EngineError, Invalid, NotFound
from app.floor.messages import Say, say
from app.web.changes import SHARE_TYPE
from app.web.forms import UNSAID, UNTRIED, Trial, one_row_more, page_form, posted, tried_out
from app.web.i18n import day
from app.web.inbox import transfers
from app.web.inbox.disputes import disputed
from app.web.inbox.routes import ID, follows, judges, pages, works
from app.web.labels import Naming, entry_terms, held_already, what_began
from app.web.layout import page
from app.web.letters import drawn

Answers = Mapping[str, Any]
Errors = Mapping[str, Sequence[Say]]
SIGNED = "sign"
"""Sent by the button that signs a version as it is; what was wrong then stands over the version of now."""
IF_GRANTED = say("So it will be if the extension is consented to; until then the due date stays as it is.")


@pages.get(f"/inbox/tasks/<{ID}:id>")
@follows
def task(id: int) -> str:
    with page() as (session, actor):
        return _page(session, actor, shown.work(session, actor, id))


@pages.post(f"/inbox/tasks/<{ID}:id>")
@judges
def complete(id: int) -> Answer | str | tuple[str, int]:
    """Answer the task. What was wrong comes back with what was written."""
    with page() as (session, actor):
        work = shown.work(session, actor, id)
        form = work.plan.task(work.task.key)
        data = posted(form, request.form)
        if "more" in request.form:
            return _page(session, actor, work, one_row_more(form, data, request.form["more"]))
    previews = "preview" in request.form
    try:
        with writing() as (session, actor):
            if previews:
                act = partial(flow.complete_task, session, actor, id, data)
                seen = act_preview.of_answer(session, actor, work.task, act)
            else:
                flow.complete_task(session, actor, id, data)
    except Invalid as error:
        with page() as (session, actor):
            written = None if SIGNED in request.form else data
            return _page(session, actor, shown.work(session, actor, id), written, error.errors), 422
    if previews:
        with page() as (session, actor):
            work = shown.work(session, actor, id)
            ways = () if act_preview.awaits_extension(work.step, work.task) else seen.ways  # that is about dates alone
            says = _says(work, data) or _issued(seen.letters)
            trial = tried_out(seen.shifts, request.form, says=says, ways=ways)
            return _page(session, actor, work, data, trial=trial)
    if work.task.status == "open":
        flash(words(say("Done: %(step)s", step=form.title)), "success")
    else:  # the same person again: by a second click, or from a page that was left open
        flash(
            words(say("You had answered this task before. The first answer stands; this one was not taken.")), "warning"
        )
    return redirect(url_for("inbox.case", id=work.case.id), 303)


@pages.post(f"/inbox/tasks/<{ID}:id>/fields")
@judges
def fields(id: int) -> str:
    """The fields as they apply to the answer so far."""
    with page() as (session, actor):
        work = shown.work(session, actor, id)
        data = posted(work.plan.task(work.task.key), request.form)
        return render_template("inbox/_fields.html", form=_form(session, work, data, {}))


@pages.post(f"/inbox/tasks/<{ID}:id>/claim")
@judges
def claim(id: int) -> Answer:
    with writing() as (session, actor):
        assignment.claim(session, actor, id)
    return _back(id, say("You hold this task now."))


@pages.post(f"/inbox/tasks/<{ID}:id>/release")
@judges
def release(id: int) -> Answer:
    with writing() as (session, actor):
        assignment.release(session, actor, id)
    return _back(id, say("The task is open to the department again."))


@pages.post(f"/inbox/tasks/<{ID}:id>/transfer")
@works
def transfer(id: int) -> Answer:
    with writing() as (session, actor):
        assignment.transfer(session, actor, id, request.form.get("to", ""))
    return _back(id, say("The task was handed over."))


@pages.post(f"/inbox/tasks/<{ID}:id>/actions/<key>")
@works
def act(id: int, key: str) -> Answer | str | tuple[str, int]:
    """What the diagram offers beside the answer, such as asking for an extension."""
    with page() as (session, actor):
        work = shown.work(session, actor, id)
        form = _offered(work).get(key)
        if form is None:
            raise NotFound(say("This is not possible at this point of the case."))
        data = posted(form, request.form)
    previews = "preview" in request.form and act_preview.extends(work.plan, key)
    try:
        with writing() as (session, actor):
            if previews:
                granted = partial(act_preview.ask_and_grant, session, actor, id, key, data)
                shifts = act_preview.foretell(session, actor, work.case.id, granted)
            else:
                flow.take_action(session, actor, id, key, data)
    except Invalid as error:
        with page() as (session, actor):
            work = shown.work(session, actor, id)
            return _page(session, actor, work, acting=(key, data, error.errors)), 422
    if previews:
        with page() as (session, actor):
            trial = tried_out(shifts, request.form, IF_GRANTED)
            return _page(session, actor, shown.work(session, actor, id), acting=(key, data, {}), trial=trial)
    return _back(id, say("Done: %(step)s", step=form.title))


def _back(id: int, said: Say) -> Answer:
    flash(words(said), "success")
    return redirect(url_for("inbox.task", id=id), 303)


# the page


def _page(
    session: Session,
    actor: Actor,
    work: Work,
    answers: Answers | None = None,
    errors: Errors | None = None,
    acting: tuple[str, Answers, Errors] | None = None,
    trial: Trial | None = None,
) -> str:
    speak_as(session, work.case.jurisdiction)
    barred = _barred(actor, work)
    mine = barred is None
    return render_template(
        "inbox/task.html",
        task=_task(session, actor, work, barred),
        deadline=work.deadline,
        facts=_known(work),
        form=_form(session, work, answers, errors or {}, None if acting else trial) if mine else None,
        actions=_actions(session, work, acting, trial) if mine else [],
        **disputed(session, work.step, shown.tasks_of(session, work.case), work.task),
        precedents=_precedents(session, actor, work),
        changed=_changed(work),
        already=held_already(work.step) if work.task.status == "open" else [],
    )


def _task(session: Session, actor: Actor, work: Work, barred: Say | None) -> dict[str, Any]:
    task, mine = work.task, policy.may_work(actor, work.task) and work.task.status == "open"
    form = _asked_of(work)
    free = not second_persons.is_held(session, task, form)
    held = mine and (free or task.assignee_id == actor.account_id or actor.may("head"))
    began = {"procedure": work.plan.top.title, "day": day(work.case.occurred_at)}
    return {
        **work.view,
        "title": say("%(step)s: %(subject)s", step=work.view["name"], subject=work.case.subject),
        "received": say("%(procedure)s, received on %(day)s", **began)
        if work.plan.top.arrives
        else say("%(procedure)s, begun on %(day)s", **began),
        "help": work.plan.task(task.key).help if task.key in work.plan.tasks else None,
        "can_claim": mine and free and barred is None,
        "can_release": mine and not free and held,
        "colleagues": shown.colleagues(session, task, actor, second_persons.drafter(session, task, form))
        if held
        else [],
        "barred": barred,
    }


def _asked_of(work: Work) -> TaskForm | None:
    return work.plan.task(work.task.key) if work.task.key in work.plan.tasks else None


def _barred(actor: Actor, work: Work) -> Say | None:
    """Why this reader cannot answer the task, or None."""
    task = work.task
    if task.status != "open":
        return say("This task has been done.") if task.status == "done" else say("This task is no longer needed.")
    if task.department_id != actor.department_id:
        return say("This step is for %(who)s.", who=work.view["department_name"] or work.view["lane_title"])
    if not policy.may_work(actor, task):
        return say("This step is for the head of the department.")
    own: Say | None = work.view["own"]
    if own is not None:
        return own
    if not actor.may("head") and second_persons.held_by_another(work.step.session, actor, task, _asked_of(work)):
        return say(
            "%(name)s holds this task. Ask for it to be released or handed over.", name=work.view["assignee_name"]
        )
    return None


def _form(
    session: Session, work: Work, answers: Answers | None, errors: Errors, trial: Trial | None = None
) -> dict[str, Any]:
    key, id = work.task.key, work.task.id
    tells = work.plan.task(key).preview or transfers.may_draft(work.plan.task(key))
    untried = UNTRIED if not tells and act_preview.awaits_extension(work.step, work.task) else UNSAID
    apart = negotiation.signing(work.step, key)
    return page_form(
        session, work.plan.task(key), work.step, without=[apart] if apart else [],
        id="answer", action=url_for("inbox.complete", id=id), refresh=url_for("inbox.fields", id=id), under=key,
        send=say("Submit"), answers=answers, errors=errors, cancel=url_for("inbox.tasks"),
        trial=trial or untried, says=_says(work, answers or {}) if not errors and trial is None else (),
    )  # fmt: skip


def _says(work: Work, data: Answers) -> list[dict[str, Any]]:
    """What this answer will say, in the words of the letter; nothing while it could not be sent. As long as nothing
    else has been chosen, what the drafted transfer would move."""
    form = work.plan.task(work.task.key)
    said = (
        answer_preview.of_unfinished(work.step, form, data, work.task.department_id) if data else answer_preview.NOTHING
    )
    blocks = drawn(said.blocks(language()))
    return blocks or transfers.told(work.step, form, data)


def _issued(letters: Sequence[act_preview.Issued]) -> list[dict[str, Any]]:
    """What the letters say that an answer would issue, each under its title."""
    found: list[dict[str, Any]] = []
    for one in letters:
        found.append({"quote": None, "parts": [{"text": words(one.heading), "theirs": False}]})
        found += drawn(one.said.blocks(language()))
    return found


def _changed(work: Work) -> Say | None:
    """That the entry is no longer what it was as the case began; the law of the day of the answer counts."""
    key, known = work.task.key, work.step.facts.get("resource") or {}
    if work.task.status != "open" or key not in work.plan.tasks or not work.plan.task(key).by_current_entry:
        return None
    entry = work.step.entry(known["code"]) if known.get("code") else None
    if known.get("code") and entry is None:
        return say("The entry has been withdrawn from the catalogue since the application came.")
    if entry is None or entry.share_type == known.get("received_as", known.get("share_type")):
        return None
    return say(
        "The entry is now listed as: %(now)s. The answer follows the law of the day on which it is given.",
        now=SHARE_TYPE[entry.share_type],
    )


def _offered(work: Work) -> dict[str, Form]:
    """The actions that this task offers whoever may answer it; those of another lane stand on the case's page."""
    found = {}
    for key in work.task.actions or []:
        action = work.plan.action(work.task.process, key)
        if action is not None and action.lane is None and _is_offered(work, action.offered):
            found[key] = action
    return found


def _is_offered(work: Work, offered: str | None) -> bool:
    try:
        return offered is None or work.step.holds(offered)
    except EngineError:
        return False


def _actions(
    session: Session, work: Work, acting: tuple[str, Answers, Errors] | None, trial: Trial | None
) -> list[dict[str, Any]]:
    found = []
    for key, action in _offered(work).items():
        back = acting is not None and acting[0] == key
        _, answers, errors = acting if acting and back else (key, None, {})
        form = page_form(
            session, action, work.step, id=key, action=url_for("inbox.act", id=work.task.id, key=key), under=key,
            send=say("Ask for it"), answers=answers, errors=errors,
            trial=((back and trial) or UNTRIED) if act_preview.extends(work.plan, key) else None,
        )  # fmt: skip
        found.append({"key": key, "title": action.title, "explain": action.help, "form": form})
    return found


def _known(work: Work) -> list[dict[str, Any]]:
    """What the case knows so far in the order of the answers, the application first; also what was asked for by an
    action, such as the days of an extension."""
    naming, facts = Naming(work.step), work.step.facts
    first = {
        "title": what_began(work.plan),
        "rows": naming.rows(work.plan.top.start, facts.get("application") or {}),
    }
    asked = {name: form for one in work.plan.forms.values() for name, form in one.actions.items()}
    forms = asked | {key: form for key, (_, form) in work.plan.tasks.items() if key != work.task.key}
    later = [
        {"title": forms[key].title, "rows": naming.rows(forms[key], answer, given=key)}
        for key, answer in facts.items()
        if key in forms
    ]
    return [one for one in [first, *_of_entry(work), *later] if one["rows"]]


def _of_entry(work: Work) -> list[dict[str, Any]]:
    """For whoever decides by the entry as it is now: on what terms the catalogue says that it is shared."""
    code, key = (work.step.facts.get("resource") or {}).get("code"), work.task.key
    decides = work.task.status == "open" and key in work.plan.tasks and work.plan.task(key).by_current_entry
    entry = work.step.entry(code) if decides and code else None
    return [{"title": say("What the catalogue says"), "rows": entry_terms(entries.content(entry))}] if entry else []


def _precedents(session: Session, actor: Actor, work: Work) -> list[dict[str, Any]]:
    return [
        {
            "url": url_for("inbox.case", id=one["id"]),
            "title": one["applicant_name"] or one["number"],
            "outcome": one["outcome"],
            "outcome_title": one["outcome_title"],
            "note": say("%(number)s, closed on %(day)s", number=one["number"], day=day(one["closed_at"])),
        }
        for one in shown.earlier_cases(session, actor, work.case)
    ]
