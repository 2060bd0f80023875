"""What a superior has decided on a grant by letter: nobody here takes it back, and who decides on it anew is that
superior, by another letter, which the registry records."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import SYSTEM
from app.cases import decision_points, superior_answers
from app.cases.definition_cache import definition_of
from app.cases.models import Case
from app.cases.transition import Transition
from app.catalogue.models import Grant


@dataclass(frozen=True)
class DecidedAbove:
    name: str
    registry: str
    """The code of the department that has recorded its letter, and records the next one."""
    case: Case


def superior_of(session: Session, grant: Grant) -> DecidedAbove | None:
    """The superior that has decided by letter that there shall be this grant, in the case that made it or in one which
    reviewed it; None where none has."""
    query = select(Case).where((Case.id == grant.case_id) | (Case.grant_id == grant.id)).order_by(Case.id.desc())
    for case in session.scalars(query):
        registry = case.lanes.get(superior_answers.REGISTRY)
        if registry is None:
            continue
        step = Transition(session, case, definition_of(session, case), SYSTEM)
        answer = superior_answers.by_letter(step)
        if answer is not None and answer["decision"] in (decision_points.SHARES, decision_points.PARTLY):
            given = answer["items"]
            if given is None or set(given) & set(grant.items):
                return DecidedAbove(_name(step, str(answer["body"])), registry["code"], case)
    return None


def _name(step: Transition, body: str) -> str:
    """As the pack calls it; what was recorded by earlier drawings is its name already."""
    pack = step.rules.pack
    return pack.body(body).title.zh if body in pack.reached_by_letter else body
