"""What a superior has decided on a grant by letter: nobody here takes it back, and who decides on it anew is that
superior, by another letter, which the registry records."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import SYSTEM
from app.cases import points, recording
from app.cases.models import Case
from app.cases.plans import plan_of
from app.cases.step import Step
from app.catalogue.models import Grant


@dataclass(frozen=True)
class Superior:
    name: str
    registry: str
    """The code of the department that has recorded its letter, and records the next one."""
    case: Case


def superior_of(session: Session, grant: Grant) -> Superior | None:
    """The superior that has decided by letter that there shall be this grant, in the case that made it or in one which
    reviewed it; None where none has."""
    query = select(Case).where((Case.id == grant.case_id) | (Case.grant_id == grant.id)).order_by(Case.id.desc())
    for case in session.scalars(query):
        registry = case.lanes.get(recording.REGISTRY)
        if registry is None:
            continue
        step = Step(session, case, plan_of(session, case), SYSTEM)
        answer = recording.by_letter(step)
        if answer is not None and answer["decision"] in (points.SHARES, points.PARTLY):
            given = answer["items"]
            if given is None or set(given) & set(grant.items):
                return Superior(_name(step, str(answer["body"])), registry["code"], case)
    return None


def _name(step: Step, body: str) -> str:
    """As the pack calls it; what was recorded by earlier drawings is its name already."""
    pack = step.rules.pack
    return pack.body(body).title.zh if body in pack.reached_by_letter else body
