"""Lanes are roles of the case: which department, and whether its head, holds a step. Decided when the step opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.accounts import Department, find_department
from app.cases.models import Party
from app.engine.expressions import evaluate
from app.errors import EngineError

if TYPE_CHECKING:
    from app.cases.step import Step

HEAD = "_head"


@dataclass(frozen=True)
class Holder:
    """Who holds a step. Without a department it is the citizen who reported, who answers with receipt and code."""

    department_id: int | None
    role: str


def seat(department: Department | None) -> dict[str, Any] | None:
    """What a case keeps of a department in one of its lanes (also a seed fact of expressions)."""
    return department and {"id": department.id, "code": department.code, "level": department.level}


def resolve(step: Step, process: str, lane: str) -> Holder:
    """The holder of a lane of this case. Raises EngineError where nobody sits in it: a step must not open unseen."""
    base = lane.removesuffix(HEAD)
    role = "head" if lane != base else "clerk"
    if base not in step.case.lanes:
        sit(step, base, _declared(step, process, base))
    taken = step.case.lanes[base]
    if taken is None:
        return Holder(None, "external")
    return Holder(taken["id"], role)


def sit(step: Step, lane: str, department: Department) -> None:
    """Put a department into a lane; from now on it may see the case."""
    step.case.lanes = {**step.case.lanes, lane: seat(department)}
    admit(step, department.id)


def admit(step: Step, department_id: int) -> None:
    if step.session.get(Party, (department_id, step.case.id)) is None:
        step.session.add(Party(department_id=department_id, case_id=step.case.id))


def _declared(step: Step, process: str, lane: str) -> Department:
    """A lane whose department follows from the facts (forms file) or from the regulation (its bureau)."""
    declared = step.plan.forms[process].lanes.get(lane)
    if declared is not None and declared.department:
        code = evaluate(declared.department, step.facts, step.functions)
    elif lane == "bureau":
        code = step.rules.pack.bureau.department
    else:
        raise EngineError("engine-failed", f"nobody sits in the lane {lane!r} of this case")
    department = find_department(step.session, step.case.jurisdiction, code) if isinstance(code, str) else None
    if department is None:
        raise EngineError("engine-failed", f"there is no department {code!r} for the lane {lane!r}")
    return department
