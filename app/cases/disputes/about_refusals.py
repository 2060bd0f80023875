"""A dispute that stands alone about a refusal, or about an entry that is withheld: which application was refused, and
the grant that the dispute comes to where it is won. The case of that application tells of it, as of any it makes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from app.accounts import DepartmentRef
from app.cases import audit, grant_decisions, lanes, negotiation
from app.cases.definition_cache import definition_of
from app.cases.disputes import about_grants
from app.cases.grant_decisions import CREATES
from app.cases.models import Case, Party
from app.catalogue import grants
from app.catalogue.models import Grant, Resource
from app.database.transactions import connection_of
from app.database.unit_of_work import next_key
from app.engine.vocabulary import PREPARES
from app.floor import clock
from app.floor.errors import Invalid
from app.floor.messages import Say, say

if TYPE_CHECKING:
    from app.cases.transition import Transition

AWARDS = "grant.award"
REFUSAL = "refusal"
ABOUT_ACCESS = (REFUSAL, "withheld")
NOT_MADE = "award.none"
"""The link of a dispute that was won and comes to no grant."""
LOOKED_AT = 50
"""So many applications of a department for one entry are looked at, the newest first."""


@dataclass(frozen=True)
class RefusedAccess:
    """What is in dispute. Without a number nothing was applied for here: a withheld entry is needed for the first time,
    or the refusal was never a case of ours. Where no purpose is known either, whoever wins applies with the result."""

    number: str | None
    items: list[str]
    deciders: list[str]
    awards: bool = True
    """Whether a grant follows where the claimant wins."""


@dataclass(frozen=True)
class _Past:
    """What a department, or one that it has taken over from, has had of an entry: its applications that were refused
    with their items that nobody has granted since, what is open, and what it holds; the newest first."""

    entry: Resource
    refused: Sequence[tuple[Case, list[str]]]
    open: Sequence[tuple[Case, list[str]]]
    disputes: Sequence[tuple[Case, Mapping[str, Any]]]
    held: Sequence[Grant]

    @property
    def contested(self) -> list[tuple[Case, list[str]]]:
        """The open disputes that come to a grant or are about an application, each with its items."""
        tied = [(one, said) for one, said in self.disputes if one.status == "open" and _is_tied(said)]
        return [(one, list(said.get("items") or grants.codes_of(self.entry))) for one, said in tied]


def contested(
    step: Transition,
    outcomes: Sequence[str],
    kind: str,
    claimant: str,
    named: Sequence[str] | None,
    purpose: str | None,
) -> RefusedAccess:
    """The latest application of the claimant for the entry that came to one of these outcomes and has the items, and
    those of them that were not granted; a withheld item can be needed without one. Raises Invalid (`kind`) where it is
    decided elsewhere, (`items`) for what was not refused."""
    department, entry = step.department(claimant), step.entry(step.case.resource or "")
    if department is None or entry is None:
        raise Invalid({"resource": [say("There is no such resource in the catalogue of this jurisdiction.")]})
    past = _past(step, department, entry, outcomes)
    busy = {code for _, items in (*past.open, *past.contested) for code in items}
    found, items = _meant(past, named, busy)
    if found is None or busy & set(items):
        _require_free(past, set(items))
    awards = found is not None or (kind != REFUSAL and purpose is not None)
    if found is None and named and kind == REFUSAL and past.refused:
        raise Invalid({"items": _not_refused(past, named)})
    if found is None and awards:
        items = _not_held(past.held, items, purpose or "")
        if not items:
            raise Invalid({"items": [say("What is asked for is granted for this purpose already.")]})
    return RefusedAccess(found.number if found else None, items, _deciders(step, past, found, items, purpose), awards)


def _meant(past: _Past, named: Sequence[str] | None, busy: Set[str]) -> tuple[Case | None, list[str]]:
    """The application that is meant, and its items in dispute: where some are named the latest that has all of them."""
    for one, left in past.refused:
        items = [code for code in left if code not in busy] if named is None else list(named)
        if items and set(items) <= set(left):
            return one, items
    return None, list(named or grants.codes_of(past.entry))


def _require_free(past: _Past, items: Set[str]) -> None:
    """Raises Invalid while a case is open that is about one of the items."""
    for one, about in past.open:
        if items & set(about):
            told = say("Case %(number)s is open, in which this is decided; please dispute it there.", number=one.number)
            raise Invalid({"kind": [told]})
    for one, about in past.contested:
        if items & set(about):
            told = say("Case %(number)s is open, in which this is contested; please go on there.", number=one.number)
            raise Invalid({"kind": [told]})


def _not_refused(past: _Past, named: Sequence[str]) -> list[Say]:
    """Why these items are not in dispute together: they were not refused, or in applications that are not the same."""
    where = {code: one.number for one, left in reversed(past.refused) for code in left}
    foreign = [code for code in named if code not in where]
    if foreign:
        return [say("The item %(code)s was not refused.", code=code) for code in foreign]
    return [
        say(
            "The item %(code)s was refused in case %(number)s; please dispute each application by itself.",
            code=code, number=where[code],
        )
        for code in named
    ]  # fmt: skip


def _not_held(held: Sequence[Grant], items: Sequence[str], purpose: str) -> list[str]:
    """Which of the items are not granted for that purpose."""
    key = grants.purpose_key(purpose)
    given = {code for one in held if one.purpose_key == key for code in one.items}
    return [code for code in items if code not in given]


def _deciders(
    step: Transition, past: _Past, found: Case | None, items: Sequence[str], purpose: str | None
) -> list[str]:
    """Who has decided on these items for this purpose before: in the applications, and in disputes about them."""
    key = _key(_applied(found).get("purpose") if found else purpose)
    refused = [one for one, left in past.refused if one is found or (set(items) & set(left) and _fits(one, key))]
    numbers = {one.number for one in refused}
    before = [one for one, said in past.disputes if said["refused"] in numbers or _is_alike(said, key, items)]
    return list(
        dict.fromkeys(code for one in (*refused, *before) for code in about_grants.decided_in(step.session, one))
    )


def _fits(case: Case, key: str | None) -> bool:
    return key is None or _key(_applied(case).get("purpose")) == key


def _is_alike(said: Mapping[str, Any], key: str | None, items: Sequence[str]) -> bool:
    """Whether a dispute without an application was about one of the items, for the same purpose."""
    alike = said["refused"] is None and key is not None and _key(said["purpose"]) == key
    return alike and bool(set(items) & set(said.get("items") or items))


def _is_tied(said: Mapping[str, Any]) -> bool:
    return said["refused"] is not None or (said["kind"] != REFUSAL and said["purpose"] is not None)


def _key(purpose: str | None) -> str | None:
    return grants.purpose_key(purpose) if purpose is not None else None


def _past(step: Transition, department: DepartmentRef, entry: Resource, outcomes: Sequence[str]) -> _Past:
    stood = lanes.taken_over(step, department)
    made, held = _grants(step, [one.id for one in stood], entry)
    refused, running = [], []
    for one in _applications(step, [card.id for card in stood]):
        if one.status == "open":
            running.append((one, _left(one, made, (), entry)))
        elif one.outcome in outcomes and (left := _left(one, made, held, entry)):
            refused.append((one, left))
    return _Past(entry, refused, running, _disputes(step, {one.code for one in stood}), held)


def _grants(step: Transition, departments: Sequence[int], entry: Resource) -> tuple[Sequence[Grant], list[Grant]]:
    """All that these departments were ever granted of the entry, and of these what has not ended."""
    on_it = select(Grant).where(Grant.resource_id == entry.id, Grant.department_id.in_(departments))
    made, today = step.session.scalars(on_it).all(), clock.office_date(step.now)
    return made, [one for one in made if one.state_on(today) in ("active", "suspended")]


def _applications(step: Transition, departments: Sequence[int]) -> Iterator[Case]:
    """The cases of these departments about the entry, of procedures that make grants, the newest first."""
    mine = exists().where(Party.case_id == Case.id, Party.department_id.in_(departments))
    about = select(Case).where(Case.jurisdiction == step.case.jurisdiction, Case.resource == step.case.resource, mine)
    for one in step.session.scalars(about.order_by(Case.id.desc()).limit(LOOKED_AT)):
        applied = (one.lanes.get("applicant") or {}).get("id") in departments
        if applied and definition_of(step.session, one).bundle.elements_with(CREATES):
            yield one


def _applied(case: Case) -> Mapping[str, Any]:
    return (case.facts or {}).get("application", {})


def _left(case: Case, made: Sequence[Grant], held: Sequence[Grant], entry: Resource) -> list[str]:
    """The items that were asked for in the case and not granted: in it, or for the same purpose later; nor are they
    held for that purpose."""
    asked, key = _applied(case).get("items") or grants.codes_of(entry), _key(_applied(case).get("purpose"))
    later = [one for one in made if (one.case_id or 0) > case.id or one in held]
    own = [one for one in made if one.case_id == case.id]
    given = {code for one in (*own, *(one for one in later if one.purpose_key == key)) for code in one.items}
    return [code for code in asked if code not in given]


def _disputes(step: Transition, claimants: Collection[str]) -> Sequence[tuple[Case, Mapping[str, Any]]]:
    """Their other disputes about a refusal of this entry, or about its being withheld, each with what it is about."""
    others = select(Case).where(
        Case.jurisdiction == step.case.jurisdiction, Case.resource == step.case.resource,
        Case.procedure == step.case.procedure, Case.id != step.case.id,
    )  # fmt: skip
    found = []
    for one in step.session.scalars(others.order_by(Case.id.desc()).limit(LOOKED_AT)):
        named = definition_of(step.session, one).bundle.elements_with(PREPARES)
        opened = next((fact for name in named if (fact := (one.facts or {}).get(name))), None)
        if opened is not None and opened["kind"] in ABOUT_ACCESS and opened["claimant"] in claimants:
            found.append((one, {"refused": None, "purpose": None, **opened}))
    return found


def award(
    step: Transition,
    element: str,
    refused: str | None,
    purpose: str | None,
    decision: str,
    items: list[str] | None,
    stands: bool = False,
    **said: Any,
) -> dict[str, Any]:
    """What was settled for the claimant, or signed by both, is granted: as it was applied for, as far as it was not
    said otherwise, on the entry's own conditions; what it holds for the same purpose is not granted a second time.
    Raises Invalid where the entry, as it is now, does not bear it and whoever decides can decide otherwise. What was
    decided elsewhere, or signed, `stands`: then no grant is made, and the history says why."""
    case = _locked(step, refused) if refused is not None else step.case
    applied = ((case.facts or {}) if refused is not None else step.facts)["application"]
    entry, wanted = step.entry(step.case.resource or ""), negotiation.asked(step) if items is None else items
    there = [code for code in (grants.codes_of(entry) if entry else ()) if wanted is None or code in wanted]
    lacks = entry is None or not there or not entry.published
    if lacks and not stands:
        told = say("The entry, as it is now, does not bear this: nothing of it can be granted.")
        raise Invalid({"agreed" if decision == "agreed" else "decision": [told]})
    claimant = step.department(negotiation.opened(step)["claimant"])
    assert claimant is not None
    holder, meant = lanes.standing(step, claimant), applied.get("purpose") or purpose or ""
    left = [] if lacks or entry is None else _not_held(_grants(step, [holder.id], entry)[1], there, meant)
    if not left or entry is None:
        why = "entry" if lacks else "held"
        step.record(NOT_MADE, why=why, refused=refused)
        return {"number": None, "items": None, "conditions": None, "until": None, "refused": refused, "why": why}
    grant = _made(step, case, holder, entry, left, meant, _terms(applied, entry, **said))
    grant_decisions.tell(step.session, step.actor, case, audit.GRANTED, grant, items=left, by=step.case.number)
    until = grant.valid_until.isoformat() if grant.valid_until else None
    shown = {"number": grant.number, "items": left, "conditions": grant.conditions or None, "until": until}
    return {**shown, "refused": refused, "why": None}


def _terms(
    applied: Mapping[str, Any],
    entry: Resource,
    conditions: str | None = None,
    months: int | None = None,
    mode: str | None = None,
    agreed_text: str | None = None,
) -> dict[str, Any]:
    own = grants.own_conditions(entry.share_type, entry.conditions)
    return {
        "mode": mode or applied.get("share_mode"), "conditions": own if conditions is None else conditions,
        "agreed_text": agreed_text, "months": months or applied.get("period_months"),
    }  # fmt: skip


def _made(
    step: Transition,
    case: Case,
    holder: DepartmentRef,
    entry: Resource,
    items: list[str],
    purpose: str,
    said: Mapping[str, Any],
) -> Grant:
    grant = grants.create_grant(
        step.session,
        case_id=case.id,
        jurisdiction=case.jurisdiction,
        number=f"{step.case.number}-SQ{step.case.history_seq}",
        department_id=holder.id,
        resource=entry.code,
        items=items,
        purpose=purpose,
        decided_by_id=(step.case.lanes.get("ladder") or {}).get("id"),
        now=step.now,
        **said,
    )
    grant.id = connection_of(step.session).scalars(select(next_key(Grant))).one()
    step.case.grant_id = grant.id
    return grant


def _locked(step: Transition, number: str) -> Case:
    return step.session.scalars(select(Case).where(Case.number == number).with_for_update(of=Case)).one()
