"""Before a case runs: may it be opened, under which rules and diagram, by whom, about what, and under which number."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.accounts import Actor, DepartmentRef, digest, directory
from app.cases import lanes
from app.cases.definition import Definition
from app.cases.definition_cache import current_plan
from app.cases.form_lookups import CaseLookup
from app.cases.models import Case, Deadline
from app.cases.superior_decisions import superior_of
from app.cases.transition import Transition
from app.catalogue.entries import which_entry
from app.catalogue.models import NO_ENTRY, Grant, Resource
from app.database import unit_of_work
from app.database.transactions import ask
from app.deadlines.calendar import asked_in
from app.diagrams import forms
from app.floor import clock
from app.floor.errors import Conflict, Forbidden, Invalid, NotFound
from app.floor.messages import say, visible
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import rulebook

OF_GRANT = "grant"
"""Among the starters of a procedure: it reviews grants, and is opened for one of them."""
REVOCATION, ABOVE = "revocation", "above"
"""Of such a procedure: the cause that is a decision already, and the field that names the superior who decides."""
LATE_ENTRY_DAYS = 3
"""How many working days back a receipt may be entered by anybody; further back only by the bureau, with a reason."""
OWED_BY = "department"
"""The field of a start form in which the bureau names the department that owes the duty."""
MOST_REASON = 4000


def scoped(actor: Actor, key: str | None) -> str | None:
    """An idempotency key belongs to the account that sent it."""
    return f"{actor.account_id}:{key}"[:200] if key else None


def known_by_key(session: Session, actor: Actor, key: str | None, request_hash: str) -> Case | None:
    """The case that this key has opened. Raises Invalid (key-reused) where something else was sent with it then; of
    keys from before that is not known."""
    if not key:
        return None
    known = session.scalars(select(Case).where(Case.idempotency_key == scoped(actor, key))).first()
    if known is not None and known.request_hash not in (None, request_hash):
        told = say("This key has opened case %(number)s with another content; send a new key.", number=known.number)
        raise Invalid({"Idempotency-Key": [told]}, told, code="key-reused")
    return known


def hash_of(**request: Any) -> str:
    """The digest of a request, whatever the order of its fields."""
    return hashlib.sha256(orjson.dumps(request, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


def prepare(
    session: Session, actor: Actor, procedure: str, jurisdiction: str, occurred_at: datetime | None, reason: str | None
) -> tuple[Case, Definition]:
    """The case's row, not yet filled. Raises NotFound, Forbidden, Conflict (regulation out of force), Invalid."""
    rules = rulebook(session, jurisdiction)
    if procedure not in rules.pack.procedures:
        raise NotFound(say("This regulation does not offer the procedure %(procedure)s.", procedure=procedure))
    if actor.jurisdiction not in (jurisdiction, None):
        raise Forbidden(say("Your department belongs to another jurisdiction."))
    plan = current_plan(session, rules.pack.procedures[procedure], jurisdiction)
    now = clock.now()
    occurred = _occurred(session, actor, jurisdiction, occurred_at, reason, now)
    refused = rules.opens_cases(clock.office_date(now))
    if refused is not None:
        raise Conflict(refused, "regulation-out-of-force")
    case = unit_of_work.made(
        Case,
        jurisdiction=jurisdiction,
        procedure=procedure,
        bundle=plan.stored_as,
        diagram_version=plan.version,
        rule_version=rules.version,
        status="open",
        occurred_at=occurred,
        opened_at=now,
        opened_by=actor.username,
        lanes={},
        facts={},
        history_seq=0,
        history_hash="",
    )
    return case, plan


def _occurred(
    session: Session, actor: Actor, jurisdiction: str, given: datetime | None, reason: str | None, now: datetime
) -> datetime:
    if given is None:
        return now
    if given > now:
        raise Invalid({"occurred_at": [say("The day of receipt cannot lie in the future.")]})
    calendar = calendar_for(session, jurisdiction)
    with asked_in("occurred_at"):
        back = calendar.between(clock.office_date(given), clock.office_date(now))
    if back > LATE_ENTRY_DAYS:
        if actor.kind != "bureau":
            sentence = say(
                "More than %(days)s working days back can only be entered by the bureau.", days=LATE_ENTRY_DAYS
            )
            raise Invalid({"occurred_at": [sentence]})
        if not visible(reason):
            raise Invalid({"reason": [say("An entry this late needs a reason.")]})
    return given


def why_late(reason: str | None) -> str | None:
    """Why a receipt is entered only now, as the history keeps it. Raises Invalid for more than it keeps."""
    if reason is None or not visible(reason):
        return None
    if len(reason) > MOST_REASON:
        raise Invalid({"reason": [say("At most %(most)s characters.", most=MOST_REASON)]})
    return reason.strip()


def give_receipt(case: Case) -> str:
    """A code for somebody without an account: shown once, kept as a digest. With the number it opens the case."""
    code = "-".join(secrets.token_hex(2).upper() for _ in range(4))
    case.receipt = digest(f"{case.number}:{code}")
    return code


def fill(step: Transition, data: Mapping[str, Any]) -> None:
    """Number the case, check the application against the start form, seat the parties."""
    case, top = step.case, step.plan.top
    _number(step, data)
    applicant, provider, resource = _seat(step, data)
    step.facts["application"] = forms.validate(
        top.start, data, facts=step.facts, under="application", functions=step.functions, lookup=CaseLookup(step)
    )
    if provider is None and top.about == "resources":
        provider = applicant
        step.facts["provider"] = lanes.seat(provider) or {}
    case.resource = resource.code if resource else None
    case.subject = _subject(step, resource)
    step.session.add(case)
    for lane, department in (("applicant", applicant), ("provider", provider)):
        if department is not None:
            lanes.sit(step, lane, department)
    extension = step.rules.extended_on(clock.office_date(step.now))
    carried_on = {"carried_on_by": extension.ground} if extension else {}
    entered = (
        {"on_behalf_of": applicant.code} if applicant is not None and "entered_by" in step.facts["applicant"] else {}
    )
    late = {"reason": step.late_reason} if step.late_reason else {}
    step.record(
        "case.opened", procedure=case.procedure, rule_version=case.rule_version, diagram=case.diagram_version,
        occurred_at=case.occurred_at.isoformat(), **carried_on, **entered, **late,
        data={k: v for k, v in step.facts["application"].items() if v is not None},
    )  # fmt: skip


def _number(step: Transition, data: Mapping[str, Any]) -> None:
    """Number and key of the case, asked together with the entry that it is about."""
    case, session, code = step.case, step.session, step.plan.top.number_code
    year = clock.office_date(step.now).year
    counter = f"case:{case.jurisdiction}:{code}:{year}"
    named = _named(step, data)
    entry = () if named is None else (which_entry(case.jurisdiction, named),)
    numbered, *known = ask(session, outbox.number_and_key(session, counter, Case, Deadline), *entry)
    [(number, case.id, step.spare)] = numbered.rows()
    stem = f"{step.rules.pack.number_code}-{code}-{year}"
    case.number, case.number_order = f"{stem}-{number:04d}", f"{stem}-{number:010d}"
    if named is not None:
        step.know_entry(named, *known)


def foresee(
    session: Session,
    actor: Actor,
    procedure: str,
    jurisdiction: str,
    data: Mapping[str, Any] | None = None,
    on_behalf_of: str | None = None,
    grant: Grant | None = None,
) -> Transition:
    """A case as it would begin, with its parties seated and nothing stored: what its start form may ask. `grant`:
    the one that it would review. Raises as `prepare` does."""
    case, plan = prepare(session, actor, procedure, jurisdiction, None, None)
    step = Transition(session, case, plan, actor)
    step.on_behalf_of = on_behalf_of
    if grant is not None:
        step.review(grant)
    _seat(step, data or {})
    return step


def _seat(
    step: Transition, data: Mapping[str, Any]
) -> tuple[DepartmentRef | None, DepartmentRef | None, Resource | None]:
    """Who takes part, as far as the application says it, and what it is about: the seed facts of the case."""
    applicant = _applicant(step, data)
    resource = _resource(step, data)
    provider = directory(step.session).by_id[resource.provider_id] if resource else None
    step.case.lanes = {"applicant": lanes.seat(applicant)}
    step.facts = {
        "application": {},
        "resource": resource.as_fact() if resource else _no_entry(step),
        "applicant": (lanes.seat(applicant) or {"code": None, "level": None}) | _entered_by(step, applicant),
        "provider": lanes.seat(provider) or _nobody(step),
    }
    return applicant, provider, resource


def _no_entry(step: Transition) -> dict[str, Any]:
    """Of a procedure about one entry, that there is none yet: expressions may ask all the same."""
    return dict(NO_ENTRY) if step.plan.top.about == "resource" else {}


def _nobody(step: Transition) -> dict[str, Any]:
    return {"code": None, "level": None} if step.plan.top.about == "resource" else {}


def _entered_by(step: Transition, applicant: DepartmentRef | None) -> dict[str, Any]:
    """Whose hand it was, where that is not the applicant's own."""
    own = step.actor.department_code
    return {"entered_by": own} if applicant is not None and own not in (None, applicant.code) else {}


def _represented(step: Transition, code: str) -> DepartmentRef:
    """The department whose paper application the bureau enters."""
    if step.actor.kind != "bureau" or "department" not in step.plan.top.starters:
        raise Invalid({"on_behalf_of": [say("Only the bureau can open this for another department.")]})
    found = step.department(code)
    if found is None or found.kind == "platform" or found.closed_on is not None:
        raise Invalid({"on_behalf_of": [say("There is no department %(code)s here.", code=code[:60])]})
    return found


def reviewing(session: Session, jurisdiction: str) -> str | None:
    """The procedure by which grants are reviewed there; None where the regulation offers none, or is out of force."""
    rules = rulebook(session, jurisdiction)
    if rules.opens_cases(clock.today()) is not None:
        return None
    for procedure, process in rules.pack.procedures.items():
        if OF_GRANT in current_plan(session, process).top.starters:
            return procedure
    return None


def to_review(session: Session, grant: Grant, cause: str, **more: Any) -> dict[str, Any]:
    """What a case that reviews a grant begins with. Who decided it decides anew: a body of a ladder, else the
    provider. What a superior has decided by letter it decides by letter, which the registry records."""
    entry, by_id = grant.resource, directory(session).by_id
    left = [] if entry.withdrawn else [item["code"] for item in entry.items]
    decider = by_id[grant.decided_by_id or entry.provider_id].code
    return {
        "resource": entry.code,
        "grant": grant.number,
        "items": [code for code in grant.items if code in left],
        "purpose": grant.purpose,
        "cause": cause,
        "decider": decider,
        **(_put_above(session, grant) if cause != REVOCATION else {}),
        **more,
    }


def _put_above(session: Session, grant: Grant) -> dict[str, Any]:
    """Which superior decides on the grant, and who records what it says; nothing where none does, or where the form of
    the review, drawn otherwise, has no place for it."""
    procedure = reviewing(session, grant.jurisdiction)
    process = rulebook(session, grant.jurisdiction).pack.procedures[procedure] if procedure is not None else None
    if process is None or current_plan(session, process).top.start.field(ABOVE) is None:
        return {}
    superior = superior_of(session, grant)
    return {ABOVE: superior.name, "decider": superior.registry} if superior is not None else {}


def _applicant(step: Transition, data: Mapping[str, Any]) -> DepartmentRef | None:
    """The caller's department. The bureau may open a case for another one: what has come on paper, or where the form
    has a field for it."""
    actor, top = step.actor, step.plan.top
    if OF_GRANT in top.starters and step.grant is not None:
        return directory(step.session).by_id[step.grant.department_id]
    if actor.department_id is None:
        if "public" in top.starters and actor.kind == "public":
            return None
        raise Forbidden(say("Only a department can start this."))
    if not (actor.may("clerk") or actor.may("head")):
        raise Forbidden(say("Only clerks and heads can start this."))
    if "department" not in top.starters and not ("bureau" in top.starters and actor.kind == "bureau"):
        raise Forbidden(say("Only the bureau may do this."))
    if step.on_behalf_of is not None:
        return _represented(step, step.on_behalf_of)
    own = directory(step.session).by_id[actor.department_id]
    named = data.get(OWED_BY)
    if isinstance(named, str) and named and named != own.code and "bureau" in top.starters:
        if actor.kind != "bureau":
            raise Invalid({OWED_BY: [say("Only the bureau can open this for another department.")]})
        return step.department(named) or own
    return own


def _resource(step: Transition, data: Mapping[str, Any]) -> Resource | None:
    """What the case is about, as the catalogue has it now."""
    code = _named(step, data)
    if code is None:
        return None
    found = step.entry(code)
    if found is None:
        raise Invalid({"resource": [say("There is no such resource in the catalogue of this jurisdiction.")]})
    return found


def _named(step: Transition, data: Mapping[str, Any]) -> str | None:
    """The code of the one entry that such a case is about."""
    code = data.get("resource")
    return code if step.plan.top.about == "resource" and isinstance(code, str) else None


def _subject(step: Transition, resource: Resource | None) -> str:
    if resource:
        return resource.name
    application = step.facts["application"]
    wanted = application.get("description") or application.get("wanted_description")
    return str(wanted or ", ".join(application.get("resources") or []))[:300]
