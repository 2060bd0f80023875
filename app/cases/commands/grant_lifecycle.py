"""What people and the days do to grants: one is revoked, renewed, or nears its end; a catalogue was loaded; the log of
uses has been kept long enough. Whatever is decided on a grant is a case, in which its holder can contest it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import history, outbox
from app.accounts import SYSTEM, Actor, directory
from app.cases import audit, grant_decisions, policy
from app.cases.commands import answer_preview, flow, opening
from app.cases.commands.answer_preview import Foretold
from app.cases.definition_cache import current_plan, definition_of
from app.cases.disputes import summary
from app.cases.models import Case, Task
from app.cases.superior_decisions import superior_of
from app.catalogue import grants, use_log_seals
from app.catalogue.models import Grant, Resource
from app.diagrams import forms
from app.floor import clock
from app.floor.errors import Conflict, Forbidden, Invalid, NotFound
from app.floor.messages import Say, say
from app.jurisdictions.rulebook import editions, rulebook

Made = TypeVar("Made")
WARNED, KEPT_MONTHS = "grant.warned_days", "log.kept_months"
"""What the regulation, or our convention, says of a grant's end and of the log of uses."""


# revoking


def revoke(session: Session, actor: Actor, grant_id: int, reason: str, basis: Mapping[str, Any] | None = None) -> Grant:
    """Take a grant back: a case is opened in which that has been decided, with its letter, and its holder can contest
    it. Raises NotFound, Forbidden, Invalid (`reason`, `basis`), Conflict where somebody has done it before, or where a
    body of a ladder has decided that there shall be a grant (decided-above)."""
    found = grants.grant_by_id(session, grant_id)
    _require_revoker(session, actor, found)
    grants.require_reason(reason)
    case = grant_decisions.case_of(session, found)  # first of all, as ever
    grant = grants.locked_grant(session, grant_id)
    grants.require_unrevoked(grant)
    grants.require_unended(grant)
    procedure = opening.reviewing(session, grant.jurisdiction)
    _require_revoker(session, actor, grant)  # as it is now: a body may have decided on it meanwhile
    _require_undecided(session, grant, procedure)
    if procedure is None:
        _revoke_alone(session, actor, grant, case, reason, basis)
    else:
        data = _revocation(session, actor, grant, reason, basis)
        _named(lambda: flow.open_case(session, actor, procedure, grant.jurisdiction, data, grant=grant))
    return grant


def foretell_revocation(
    session: Session, actor: Actor, grant_id: int, reason: str, basis: Mapping[str, Any] | None = None
) -> Foretold:
    """What the notice of revocation will say, before anything is done; nothing where no case is opened for it. Raises
    as `revoke` does."""
    grant = grants.grant_by_id(session, grant_id)
    _require_revoker(session, actor, grant)
    grants.require_reason(reason)
    grants.require_unrevoked(grant)
    grants.require_unended(grant)
    procedure = opening.reviewing(session, grant.jurisdiction)
    _require_undecided(session, grant, procedure)
    if procedure is None:
        return answer_preview.NOTHING
    data = _revocation(session, actor, grant, reason, basis)
    step = opening.foresee(session, actor, procedure, grant.jurisdiction, data, grant=grant)
    return _named(lambda: answer_preview.of_opening(step, data))


def _revocation(
    session: Session, actor: Actor, grant: Grant, reason: str, basis: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What the case begins with in which it has been decided to revoke."""
    decided = {"reason": reason, "basis": basis, "decider": actor.department_code}
    return opening.to_review(session, grant, opening.REVOCATION, **decided)


def _require_undecided(session: Session, grant: Grant, procedure: str | None) -> None:
    """Raises Conflict while a review is open in which it is decided on a suspended grant: it is decided there."""
    if grant.state != "suspended" or procedure is None:
        return
    here = select(Case.number).where(Case.grant_id == grant.id, Case.procedure == procedure, Case.status == "open")
    number = session.scalars(here.order_by(Case.id).limit(1)).first()
    if number is not None:
        told = say("Case %(number)s is open, in which it is decided on this grant; please decide there.", number=number)
        raise Conflict(told, "review-open")


def _named(do: Callable[[], Made]) -> Made:
    """What the form does not take is told by the names that the caller has used; the rest is ours."""
    try:
        return do()
    except Invalid as error:
        if not set(error.errors) & {"reason", "basis"}:
            raise
        raise Invalid({name: said for name, said in error.errors.items() if name in ("reason", "basis")}) from error


def _revoke_alone(
    session: Session, actor: Actor, grant: Grant, case: Case | None, reason: str, basis: Mapping[str, Any] | None
) -> None:
    """Where the regulation offers no review, or is out of force: revoked and told, and that is all. It carries what a
    refusal carries."""
    book, today = rulebook(session, grant.jurisdiction), clock.today()
    try:
        kinds, carried = (book.value(key, today).plain for key in ("refusal.basis_kinds", "refusal.carries"))
    except NotFound:
        kinds, carried = [one.value for one in forms.BASIS_KINDS], ()
    judged = forms.judged_basis(basis, kinds, needed="basis" in carried)
    grants.revoke_grant(session, actor, grant.id, reason, judged)
    grant_decisions.tell(session, actor, case, audit.REVOKED, grant, reason=grant.reason)
    _notify(session, grant, "revoked")


def _notify(session: Session, grant: Grant, what: str, role: str = "any") -> None:
    outbox.put(
        session,
        key=f"grant:{grant.id}:{what}:{clock.now().isoformat()}",
        channel="notice",
        kind=f"grant_{what}",
        case_id=grant.case_id,
        recipient_department_id=grant.department_id,
        role=role,
        payload={"number": grant.number, "subject": grant.resource.name, "day": str(grant.valid_until or "")},
    )


def _require_revoker(session: Session, actor: Actor, grant: Grant) -> None:
    """What a body of a ladder has decided only that body takes back, or one above it, and what a superior has decided
    by letter only that superior; else the provider or the bureau, but nobody who holds the grant."""
    by_letter = superior_of(session, grant)
    if by_letter is not None:
        if grant.decided_by_id is None or actor.department_id != grant.decided_by_id:
            policy.require_revoker(actor, grant)
        raise Conflict(_above_all(by_letter.name), "decided-above")
    if grant.decided_by_id is None:
        policy.require_revoker(actor, grant)
        return
    if actor.may("clerk") and actor.department_id in (grant.decided_by_id, *_above(session, actor, grant)):
        return
    policy.require_revoker(actor, grant)
    body = directory(session).by_id[grant.decided_by_id].name
    raise Conflict(_above_all(body), "decided-above")


def _above_all(body: object) -> Say:
    return say("%(body)s has decided on this grant; only that body or one above it can take it back.", body=body)


def _above(session: Session, actor: Actor, grant: Grant) -> list[int]:
    """The bodies (ids) that come after the one which decided, on the ladder that was climbed in the case which made the
    grant, or in one which reviewed it."""
    query = select(Case).where((Case.id == grant.case_id) | (Case.grant_id == grant.id)).order_by(Case.id.desc())
    climbed = [
        one for one in session.scalars(query) if (one.lanes.get("ladder") or {}).get("id") == grant.decided_by_id
    ]
    if not climbed:
        return []
    case = climbed[0]
    step = flow.step_for(session, case, actor)
    tasks = session.scalars(select(Task).where(Task.case_id == case.id).order_by(Task.id)).all()
    dispute = summary.dispute_of(step, tasks)
    bodies = [rung.body.department for rung in dispute.rungs] if dispute else []
    ids = [body.id for body in bodies if body is not None]
    return ids[ids.index(grant.decided_by_id) + 1 :] if grant.decided_by_id in ids else []


def may_revoke(session: Session, actor: Actor, grant: Grant) -> bool:
    try:
        _require_revoker(session, actor, grant)
        _require_undecided(session, grant, opening.reviewing(session, grant.jurisdiction))
    except (Conflict, Forbidden, NotFound):
        return False
    return grant.state_on(clock.today()) not in ("revoked", "expired")


# renewing


def renew(session: Session, actor: Actor, grant_id: int) -> Case:
    """A new application with what the first one said, by the department that holds the grant; one that is under way
    is given again. Raises NotFound, Forbidden, Invalid (what the application lacks today), Conflict."""
    grant = grants.grant_by_id(session, grant_id)
    policy.require_grant(actor, grant)
    if not may_renew(actor, grant):
        raise Forbidden(say("Only the department that holds a grant can have it renewed."))
    grants.require_unrevoked(grant)
    left = grants.left_of(grant)
    _require_not_renewed(session, grant, left)
    case = grant_decisions.case_of(session, grant)
    if case is None or not definition_of(session, case).bundle.elements_with(grant_decisions.CREATES):
        raise Conflict(say("No application has made this grant; please apply anew."))
    running = select(Case).where(Case.grant_id == grant.id, Case.procedure == case.procedure, Case.status == "open")
    known = session.scalars(running.order_by(Case.id).limit(1)).first()
    if known is not None:
        return known
    data = _asked_before(session, case, grant, left)
    return flow.open_case(session, actor, case.procedure, case.jurisdiction, data, grant=grant)


def _require_not_renewed(session: Session, grant: Grant, left: Sequence[str]) -> None:
    """Raises Conflict (renewed) where another grant that counts has taken the place of all of it."""
    later = renewed_by(session, grant)
    if later is not None and set(left) <= set(later.items):
        told = say("The grant was renewed already, as %(number)s; please have that one renewed.", number=later.number)
        raise Conflict(told, "renewed")


def renewed_by(session: Session, grant: Grant) -> Grant | None:
    """The grant that renews this one, as long as that one counts or can count again."""
    later = select(Grant).where(Grant.renews_id == grant.id).order_by(Grant.id.desc()).limit(1)
    found, today = session.scalars(later).first(), clock.today()
    return found if found is not None and found.state_on(today) in ("active", "suspended") else None


def may_renew(actor: Actor, grant: Grant) -> bool:
    return actor.department_id == grant.department_id and actor.may("clerk")


def _asked_before(session: Session, case: Case, grant: Grant, left: list[str]) -> dict[str, Any]:
    """The answers of the first application, as far as today's form asks for them, about what the grant is for now, and
    the entry still has."""
    process = rulebook(session, case.jurisdiction).pack.procedures.get(case.procedure)
    if process is None:
        raise NotFound(say("This regulation does not offer the procedure %(procedure)s.", procedure=case.procedure))
    form = current_plan(session, process).top.start
    before = (case.facts or {}).get("application", {})
    now = {"items": left, "purpose": grant.purpose, "resource": grant.resource.code}
    said = {**before, **now, **({"share_mode": grant.mode} if grant.mode else {})}
    return {field.key: said[field.key] for field in form.fields if said.get(field.key) is not None}


# what the days bring


def follow_catalogue(session: Session, actor: Actor, jurisdiction: str, code: str | None = None) -> int:
    """After entries have changed in bulk: suspend every grant that its entry (or that one of this code) no longer
    bears, and open the reviews. Returns how many."""
    resources = _no_longer_borne(session, jurisdiction, code)
    suspended = grant_decisions.suspend(session, actor, resources) if resources else []
    if suspended and opening.reviewing(session, jurisdiction) is None:
        for grant in suspended:
            _notify(session, grant, "suspended")
    flow.review_suspended(session, jurisdiction, suspended)
    return len(suspended)


def _no_longer_borne(session: Session, jurisdiction: str, code: str | None = None) -> list[Resource]:
    """The entries (or that one, as far as it is one of them) on which there are grants that they do not bear as they
    are now. Only an entry that has changed since a grant was made on it, or is not published, is looked at."""
    held = select(Grant).join(Resource, Resource.id == Grant.resource_id).where(
        Grant.jurisdiction == jurisdiction, Grant.state == "active", grants.not_ended(clock.now()),
        or_(Resource.version != Grant.resource_version, Resource.published.is_(False)),
        *([Resource.code == code] if code is not None else []),
    )  # fmt: skip
    unfit = {one.resource_id: one.resource for one in session.scalars(held) if grants.why_suspended(one, one.resource)}
    return [unfit[id] for id in sorted(unfit)]


def warn_ending(session: Session, jurisdiction: str) -> int:
    """Tell the holders of grants that end soon, each once. Returns how many were told."""
    lead, told = _number(session, jurisdiction, WARNED), 0
    if not lead:
        return 0
    soon = grants.ending(session, jurisdiction, clock.today() + timedelta(days=lead))
    for one in soon:
        case = grant_decisions.case_of(session, one)
        grant = grants.locked_grant(session, one.id)
        if grant.warned_on is not None or grant.state != "active":
            continue  # another worker was faster, or somebody has decided on it
        grant.warned_on = clock.today()
        if case is not None:
            said = {"number": grant.number, "valid_until": str(grant.valid_until)}
            history.append(session, case, "grant.ending", SYSTEM.username, said)
        _notify(session, grant, "ending", "clerk")
        told += 1
    return told


def forget_uses(session: Session, jurisdiction: str) -> int:
    """Take out of the log of uses what need no longer be kept there; nothing where no period is given."""
    months = _number(session, jurisdiction, KEPT_MONTHS)
    return use_log_seals.forget_before(session, jurisdiction, _months_ago(clock.today(), months)) if months else 0


def _number(session: Session, jurisdiction: str, key: str) -> int:
    try:
        value = rulebook(session, jurisdiction).value(key, clock.today()).value
    except NotFound:
        return 0
    return value if isinstance(value, int) else 0


def _months_ago(day: date, months: int) -> date:
    return grants.months_later(day, -months)


def daily(session: Session) -> Iterator[Callable[[Session], int]]:
    """All of this, for every jurisdiction, in pieces that do not wait for one another; and what has been written into
    the log of uses is sealed."""
    yield use_log_seals.close
    for place in editions(session):
        for entry in _no_longer_borne(session, place):
            yield partial(follow_catalogue, actor=SYSTEM, jurisdiction=place, code=entry.code)
        yield partial(warn_ending, jurisdiction=place)
        yield partial(forget_uses, jurisdiction=place)
