"""Start a case: which procedure, on which resource, then the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.accounts import Actor
from app.cases.commands import flow, opening
from app.cases.definition import Definition
from app.cases.definition_cache import current_plan
from app.cases.read import act_preview
from app.cases.read import case_page as shown
from app.cases.transition import Transition
from app.catalogue import entries
from app.diagrams.forms import Forms
from app.entry import words, writing
from app.floor import clock
from app.floor.errors import Forbidden, Invalid, NotFound
from app.floor.messages import Say, Text, say
from app.jurisdictions.rulebook import rulebook
from app.web.filters import asked
from app.web.forms import law_of, one_row_more, page_form, posted, rules_in
from app.web.inbox.paper_applications import WHEN, WHOM, WHY, at_its_fields, entry_form, taken_apart
from app.web.inbox.routes import pages, works
from app.web.labels import held_already, titled_code
from app.web.layout import page

Errors = Mapping[str, Sequence[Say]]
ON_A_PAGE = 30


@pages.get("/start")
@works
def start() -> str:
    with page() as (session, actor):
        procedure = asked("procedure")
        if procedure is None:
            return _shown(procedures=[_card(*one) for one in shown.offered_procedures(session, actor)])
        return _page(session, actor, procedure, _given())


@pages.post("/start")
@works
def begin() -> Answer | str | tuple[str, int]:
    procedure = request.args.get("procedure", "")
    with page() as (session, actor):
        data = posted(entry_form(actor, _plan(session, actor, procedure).top), request.form)
        form = _plan(session, actor, procedure).top.start
        if "more" in request.form:
            return _page(session, actor, procedure, one_row_more(form, data, request.form["more"]))
    try:
        own, beside = taken_apart(data)
        with writing() as (session, actor):
            case = flow.open_case(session, actor, procedure, actor.jurisdiction or "", own, **beside)
            id, number = case.id, case.number
    except Invalid as error:
        with page() as (session, actor):
            found = _of_a_need(_plan(session, actor, procedure), data, at_its_fields(error))
            return _page(session, actor, procedure, data, found), 422
    flash(words(say("Started: case %(number)s.", number=number)), "success")
    return redirect(url_for("inbox.case", id=id), 303)


@pages.post("/start/fields")
@works
def start_fields() -> str:
    """The start form's fields as they apply to the answer so far."""
    procedure = request.args.get("procedure", "")
    with page() as (session, actor):
        data = posted(entry_form(actor, _plan(session, actor, procedure).top), request.form)
        step = _foreseen(session, actor, procedure, data)
        return render_template("inbox/_fields.html", form=_form(session, step, procedure, data, {}))


def _card(procedure: str, plan: Definition) -> dict[str, Any]:
    return {
        "code": procedure,
        "title": plan.top.title,
        "about": plan.top.start.help or Text("", ""),
        "url": url_for("inbox.start", procedure=procedure),
    }


def _plan(session: Session, actor: Actor, procedure: str) -> Definition:
    if actor.jurisdiction is None:
        raise Forbidden(say("Only a department can start this."))
    process = rulebook(session, actor.jurisdiction).pack.procedures.get(procedure)
    if process is None:
        raise NotFound(say("This regulation does not offer the procedure %(procedure)s.", procedure=procedure))
    return current_plan(session, process, actor.jurisdiction)


def _given() -> dict[str, Any]:
    resource = asked("resource")
    return {"resource": resource} if resource else {}


def _page(session: Session, actor: Actor, procedure: str, data: Mapping[str, Any], errors: Errors | None = None) -> str:
    plan = _plan(session, actor, procedure)
    card = _card(procedure, plan)
    if plan.top.about == "resource" and not data.get("resource") and not _asks_for_more(plan, data):
        return _shown(procedure=card, resources=_resources(session, actor, procedure, plan))
    step = _foreseen(session, actor, procedure, data)
    rule = shown.first_rule(step)
    return _shown(
        procedure=card,
        form=_form(session, step, procedure, data, errors or {}),
        preview=shown.foreseen(step, rule) if rule else None,
        law=law_of(step, _asked_rules(plan)),
        already=held_already(step),
        ways=_ways(step),
    )


def _ways(step: Transition) -> list[dict[str, Any]]:
    """Which way the application will take, as the start form says it of the entry, and whose rule it is."""
    today, found = clock.office_date(step.now), []
    for one in step.plan.top.start.preview:
        if one.when is None or not step.holds(one.when):
            continue
        rules = [step.rule_value(key, today) for key in rules_in(one.when)]
        article = [each for rule in rules for each in rule.article]
        ours = next((rule.kind for rule in rules if rule.kind == "convention"), None)
        found.append({"text": one.text, "article": list(dict.fromkeys(article)), "kind": ours})
    return found


def _grouped(plan: Definition) -> tuple[str, ...]:
    """The fields by which something is described that has no entry in the catalogue."""
    return tuple(field.key for field in plan.top.start.fields if field.group)


def _asks_for_more(plan: Definition, data: Mapping[str, Any]) -> bool:
    """Whether the form is wanted without an entry: something is described, or is about to be."""
    grouped = _grouped(plan)
    return bool(grouped) and (asked("without") is not None or any(data.get(key) for key in grouped))


def _of_a_need(plan: Definition, data: Mapping[str, Any], errors: Errors) -> Errors:
    """Where no entry is asked for, what is missing is the description, not the entry."""
    about = plan.top.about
    if data.get(about) or about not in errors or not _asks_for_more(plan, data):
        return errors
    described = _grouped(plan)[0]
    rest = {name: said for name, said in errors.items() if name != about}
    return {described: errors[about], **rest}


def _foreseen(session: Session, actor: Actor, procedure: str, data: Mapping[str, Any]) -> Transition:
    """The case as it would begin. For a department that is not there it is foreseen as one's own: its field says so."""
    own = {name: value for name, value in data.items() if name not in (WHOM, WHEN, WHY)}
    jurisdiction = actor.jurisdiction or ""
    try:
        return opening.foresee(session, actor, procedure, jurisdiction, own, data.get(WHOM) or None)
    except Invalid as error:
        if WHOM not in error.errors:
            raise
        return opening.foresee(session, actor, procedure, jurisdiction, own)


def _shown(**context: Any) -> str:
    nothing: dict[str, Any] = {
        "procedures": [],
        "procedure": None,
        "resources": None,
        "form": None,
        "preview": None,
        "already": [],
        "ways": [],
        "law": [],
    }
    return render_template("inbox/start.html", **{**nothing, **context})


def _asked_rules(plan: Definition) -> list[str]:
    form = plan.top.start
    sources = [source for field in form.fields for source in (field.required, field.shown) if isinstance(source, str)]
    return [key for source in [*sources, *(check.when for check in form.checks)] for key in rules_in(source)]


def _form(
    session: Session, step: Transition, procedure: str, data: Mapping[str, Any], errors: Errors
) -> dict[str, Any]:
    top = step.plan.top
    code = data.get("resource") if top.about == "resource" else None
    entry = step.entry(str(code)) if code else None
    defaults = {field.key: field.default for field in top.start.fields if field.default is not None}
    anew = url_for("inbox.start_fields", procedure=procedure, without=asked("without"))
    apart = [top.about] if code is None and _asks_for_more(step.plan, data) else []
    form = page_form(
        session, entry_form(step.actor, top), step,
        id="start", action=url_for("inbox.begin", procedure=procedure, resource=code, without=asked("without")),
        refresh=anew, under="application",
        send=say("Send the application"), answers={**defaults, **data}, errors=errors,
        fixed={"resource": titled_code(entry.name, entry.code)} if entry else None,
        cancel=url_for("inbox.start"), says=_warnings(step, data), without=[*_of_the_bureau(step, top), *apart],
    )  # fmt: skip
    return form | {"refresh": anew} if _counts_by_a_day(top) else form


def _of_the_bureau(step: Transition, top: Forms) -> list[str]:
    """The field by which the bureau opens a duty for a department: a department itself is not asked who it is."""
    return [opening.OWED_BY] if "bureau" in top.starters and step.actor.kind != "bureau" else []


def _warnings(step: Transition, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """That the case would be overdue as it begins, beside the day that says so."""
    return [
        {"quote": None, "parts": [{"text": words(one), "theirs": False}]} for one in act_preview.born_late(step, data)
    ]


def _counts_by_a_day(top: Forms) -> bool:
    """Whether a clock begins on a day that the form names: the fields are then asked for anew as it changes."""
    return any(field.type == "date" for field in top.start.fields)


def _resources(session: Session, actor: Actor, procedure: str, plan: Definition) -> dict[str, Any]:
    q = asked("q")
    found = entries.find(session, jurisdiction=actor.jurisdiction, q=q, sort="name", limit=ON_A_PAGE)
    return {
        "q": q or "",
        "without_url": url_for("inbox.start", procedure=procedure, without="entry") if _grouped(plan) else None,
        "found": [
            {
                "code": one.code,
                "name": one.name,
                "provider": one.provider.name,
                "share_type": one.share_type,
                "url": url_for("inbox.start", procedure=procedure, resource=one.code),
            }
            for one in found.items
        ],
    }
