"""Report an error in the data without an account, follow the report by number and code, and answer what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as browser
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import accounts
from app.accounts import CITIZEN, Actor
from app.cases.commands import flow, opening
from app.cases.models import Case, Task
from app.cases.read import api
from app.cases.read import case_page as shown
from app.cases.read.case_page import CaseStory
from app.cases.transition import Transition
from app.catalogue import entries
from app.catalogue.open_catalogue import may_be_named
from app.entry import PUBLIC, access, database, speak_as, words
from app.floor.citations import titled
from app.floor.errors import Invalid, NotFound
from app.floor.languages import both
from app.floor.messages import Say, Text, say
from app.jurisdictions.rulebook import editions, rulebook
from app.web.filters import asked
from app.web.forms import law_of, page_form, posted, rules_in
from app.web.labels import Naming, titled_code
from app.web.layout import looking, place_of
from app.web.letters import letter_blocks

pages = Blueprint("public", __name__)
anyone = access(PUBLIC)
MOST_REPORTS, MOST_LOOKS = 5, 20
ON_A_PAGE = 30
Errors = Mapping[str, Sequence[Say]]


# where, and about what


@pages.get("/report")
@anyone
def places() -> str:
    """The jurisdictions whose regulation lets citizens report."""
    with looking() as (session, _):
        links = [
            {"title": place_of(session, one), "note": titled(rulebook(session, one).pack.regulation.title, known=True),
             "url": url_for("public.report", jurisdiction=one)}
            for one in _open_places(session)
        ]  # fmt: skip
        return render_template(
            "public/choose.html", public=_public(None), title=say("Report wrong government data"),
            sub=say("Where are the data kept?"), links=links, q=None,
        )  # fmt: skip


def _open_places(session: Session) -> list[str]:
    return [one for one in editions(session) if shown.public_procedure(session, one) is not None]


def _place(session: Session, jurisdiction: str) -> Text:
    _procedure(session, jurisdiction)
    speak_as(session, jurisdiction)
    return place_of(session, jurisdiction)


def _procedure(session: Session, jurisdiction: str) -> str:
    found = shown.public_procedure(session, jurisdiction) if jurisdiction in editions(session) else None
    if found is None:
        raise NotFound(say("Citizens cannot report in this way here."))
    return found


def _public(place: Text | None) -> dict[str, Any]:
    return {"place": place or say("Government data"), "follow_url": url_for("public.follow")}


def _citizen(jurisdiction: str) -> Actor:
    return replace(CITIZEN, jurisdiction=jurisdiction)


@pages.get("/report/<jurisdiction>")
@anyone
def report(jurisdiction: str) -> str:
    with looking() as (session, _):
        place, code = _place(session, jurisdiction), asked("resource")
        if code is None and asked("unlisted") is None:
            return _choose(session, jurisdiction, place)
        return _form_page(session, jurisdiction, place, {"resource": code})


def _choose(session: Session, jurisdiction: str, place: Text) -> str:
    q = asked("q")
    found = entries.find(session, jurisdiction=jurisdiction, opened=True, q=q, sort="name", limit=ON_A_PAGE)
    links = [
        {
            "title": one.name,
            "note": one.provider.name,
            "url": url_for("public.report", jurisdiction=jurisdiction, resource=one.code),
        }
        for one in found.items
    ]
    elsewhere = {
        "title": say("The data are not in this list"),
        "note": say("Say in your own words which data, and where you saw them."),
        "url": url_for("public.report", jurisdiction=jurisdiction, unlisted=1),
    }
    return render_template(
        "public/choose.html", public=_public(place), title=say("Report wrong government data"),
        sub=say("Which data of the open catalogue are wrong? Search by name."), links=links, q=q or "",
        elsewhere=elsewhere,
    )  # fmt: skip


# the report


def _form_page(
    session: Session, jurisdiction: str, place: Text, data: Mapping[str, Any], errors: Errors | None = None
) -> str:
    step = _foreseen(session, jurisdiction, data)
    rule = shown.first_rule(step)
    return render_template(
        "public/report.html",
        public=_public(place),
        form=_form(session, step, data, errors or {}),
        preview=shown.foreseen(step, rule) if rule else None,
        law=law_of(step, _promised(step)),
    )


def _foreseen(session: Session, jurisdiction: str, data: Mapping[str, Any]) -> Transition:
    """The report as it would begin. A withheld, sensitive or unpublished entry is answered like one that is not there,
    so that nobody can find out by asking."""
    procedure = _procedure(session, jurisdiction)
    code = data.get("resource")
    found = entries.find_entry(session, jurisdiction, str(code)) if code else None
    if code and (found is None or not may_be_named(found)):
        raise NotFound(say("There is no such resource in the open catalogue of this jurisdiction."))
    return opening.foresee(session, _citizen(jurisdiction), procedure, jurisdiction, data)


def _form(session: Session, step: Transition, data: Mapping[str, Any], errors: Errors) -> dict[str, Any]:
    start, place = step.plan.top.start, step.case.jurisdiction
    code = data.get("resource")
    entry, about = (step.entry(code), {"resource": code}) if code else (None, {"unlisted": "1"})
    defaults = {field.key: field.default for field in start.fields if field.default is not None}
    return page_form(
        session, start, step, id="report", action=url_for("public.send", jurisdiction=place, **about),
        refresh=url_for("public.report_fields", jurisdiction=place, **about), under="application",
        send=say("Send the report"), title=say("Report wrong government data"),
        answers={**defaults, **data}, errors=errors,
        fixed={"resource": both(titled_code(entry.name, entry.code) if entry else say("Not in the open catalogue"))},
        effect=say("You get a number and a code to follow it."), cancel=url_for("public.places"),
    )  # fmt: skip


def _promised(step: Transition) -> list[str]:
    """The rules that the start form reads: what the regulation promises the reporter."""
    fields = step.plan.top.start.fields
    sources = [source for field in fields for source in (field.shown, field.required) if isinstance(source, str)]
    return [key for source in sources for key in rules_in(source)]


@pages.post("/report/<jurisdiction>/fields")
@anyone
def report_fields(jurisdiction: str) -> str:
    with looking() as (session, _):
        _place(session, jurisdiction)
        data = _sent(session, jurisdiction)
        step = _foreseen(session, jurisdiction, data)
        return render_template("inbox/_fields.html", form=_form(session, step, data, {}))


def _sent(session: Session, jurisdiction: str) -> dict[str, Any]:
    process = rulebook(session, jurisdiction).pack.procedures[_procedure(session, jurisdiction)]
    start = shown.current_plan(session, process, jurisdiction).top.start
    return {**posted(start, request.form), "resource": asked("resource")}  # what is picked on the page before


@pages.post("/report/<jurisdiction>")
@anyone
def send(jurisdiction: str) -> Answer | tuple[str, int]:
    """Open the case, with a receipt in the place of an account."""
    with looking() as (session, _):
        place, data = _place(session, jurisdiction), _sent(session, jurisdiction)
        _foreseen(session, jurisdiction, data)
    _count("report", MOST_REPORTS)
    try:
        with database().transaction() as session:
            procedure = _procedure(session, jurisdiction)
            case = flow.open_case(session, _citizen(jurisdiction), procedure, jurisdiction, data)
            code = opening.give_receipt(case)
            browser["receipt"], browser["fresh"] = case.number, code
            browser["receipt_code"] = code
    except Invalid as error:
        with looking() as (session, _):
            return _form_page(session, jurisdiction, place, data, error.errors), 422
    return redirect(url_for("public.receipt"), 303)


def _count(what: str, most: int) -> None:
    """One more act of a stranger; too many from one address have to wait. Raises TooMany."""
    with database().transaction() as session:
        accounts.count_stranger(session, what, request.remote_addr or "", most)


# the receipt


@pages.get("/follow")
@anyone
def follow() -> str:
    with looking():
        return render_template("public/follow.html", public=_public(None), number="", error=None)


@pages.post("/follow", endpoint="look_up")
@anyone
def look_up() -> Answer | tuple[str, int]:
    number, code = request.form.get("number", "")[:80], request.form.get("code", "")[:80]
    _count("follow", MOST_LOOKS)
    with looking() as (session, _):
        try:
            case = api.case_by_receipt(session, number, code)
        except NotFound as error:
            return render_template("public/follow.html", public=_public(None), number=number, error=error.detail), 404
        browser["receipt"], browser["receipt_code"] = case.number, code.strip().upper()
    return redirect(url_for("public.receipt"), 303)


def _held(session: Session) -> Case:
    """The case whose receipt this browser has shown. Its cookie is signed, and the code is asked again each time."""
    return api.case_by_receipt(session, browser.get("receipt", ""), browser.get("receipt_code", ""))


@pages.get("/receipt")
@anyone
def receipt() -> str | Answer:
    if "receipt" not in browser:
        return redirect(url_for("public.follow"), 303)
    with looking() as (session, _):
        return _receipt(session, _held(session))


@pages.post("/receipt/tasks/<int(max=2147483647):id>")
@anyone
def answer(id: int) -> Answer | tuple[str, int]:
    """The reporter answers the step that waits for them."""
    with looking() as (session, _):
        case = _held(session)
        task = _waiting(shown.story(session, CITIZEN, case))
        if task is None or task.id != id:
            raise NotFound(say("There is no such task."))
        data = posted(shown.definition_of(session, case).task(task.key), request.form)
        case_id = case.id
    try:
        with database().transaction() as session:
            flow.answer_by_receipt(session, case_id, id, data)
    except Invalid as error:
        with looking() as (session, _):
            return _receipt(session, _held(session), data, error.errors), 422
    return redirect(url_for("public.receipt"), 303)


def _receipt(
    session: Session, case: Case, answers: Mapping[str, Any] | None = None, errors: Errors | None = None
) -> str:
    told = shown.story(session, CITIZEN, case)
    fresh = browser.pop("fresh", None)
    waiting = _waiting(told)
    leading = told.leading if case.status == "open" else None
    naming, named = Naming(told.step), _named(session, case)
    return render_template(
        "public/answer.html",
        public=_public(place_of(session, case.jurisdiction)),
        receipt={"number": case.number, "code": fresh, "sent_at": case.opened_at, "fresh": fresh is not None},
        state=_state(told, named=named),
        answer=_answer(told, named=named),
        deadline=leading,
        facts=naming.rows(told.plan.top.start, _reported(told)),
        next=[],
        law=law_of(told.step, _promised(told.step)),
        form=_answer_form(session, told, waiting, answers, errors) if waiting else None,
    )


def _reported(told: CaseStory) -> dict[str, Any]:
    """What the reporter has said: not what the bureau has found it to be about."""
    application = dict(told.step.facts.get("application") or {})
    return {**application, "resource": None} if application.get("unlisted") else application


def _waiting(told: CaseStory) -> Task | None:
    return next((task for task in told.tasks if task.status == "open" and task.role == "external"), None)


def _named(session: Session, case: Case) -> bool:
    """Whether the reporter may be told who holds the data: the entry may have become withheld since."""
    entry = entries.find_entry(session, case.jurisdiction, case.resource) if case.resource else None
    return entry is not None and may_be_named(entry)


def _state(told: CaseStory, *, named: bool) -> Say | Text:
    if told.case.status == "closed":
        outcome = told.plan.outcome(told.case.outcome) or Text("", "")
        return say("Closed: %(outcome)s", outcome=outcome)
    for line in told.lines:
        if line["status"] == "open":
            who = (
                line["department_name"] if named or line["department_name"] is None else say("the department concerned")
            )
            return say("%(step)s: %(who)s", step=line["name"], who=who or say("you"))
    return say("Open")


def _answer(told: CaseStory, *, named: bool) -> dict[str, Any] | None:
    """The last letter that went to the reporter; without its text where that would name what is not open to whoever
    has not named it: the bureau hands it over."""
    found = bool((told.step.facts.get("application") or {}).get("unlisted")) and told.case.resource is not None
    own = [one for one in told.letters if shown.letter_receiver(told.case, one) is None]
    if not own:
        return None
    last = own[-1]
    if found and not named:
        kept = words(say("The answer speaks of data that are not open; please ask the bureau for the document."))
        return {"title": last.title, "number": last.number, "issuer": say("the department concerned"),
                "blocks": [{"quote": None, "parts": [{"text": kept, "theirs": False}]}],
                "issued_at": last.issued_at}  # fmt: skip
    return {"title": last.title, "number": last.number, "blocks": letter_blocks(last), "issuer": last.issuer,
            "issued_at": last.issued_at}  # fmt: skip


def _answer_form(
    session: Session, told: CaseStory, task: Task, answers: Mapping[str, Any] | None, errors: Errors | None
) -> dict[str, Any]:
    return page_form(
        session, told.plan.task(task.key), told.step, id="answer", action=url_for("public.answer", id=task.id),
        under=task.key, send=say("Send the answer"), answers=answers, errors=errors,
    )  # fmt: skip
