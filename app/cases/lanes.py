"""Lanes are roles of the case: which department, and whether its head, holds a step. Decided when the step opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.accounts import DepartmentRef, directory
from app.cases import authorities
from app.cases.models import Party
from app.cases.policy import Holder
from app.database import unit_of_work
from app.engine.expressions import ExpressionError, evaluate
from app.floor.errors import EngineError
from app.floor.messages import say

if TYPE_CHECKING:
    from app.cases.transition import Transition

HEAD = "_head"


def seat(department: DepartmentRef | None) -> dict[str, Any] | None:
    """What a case keeps of a department in one of its lanes (also a seed fact of expressions)."""
    if department is None:
        return None
    return {"id": department.id, "code": department.code, "level": department.level}


def code_of(step: Transition, department_id: int | None) -> str | None:
    return directory(step.session).by_id[department_id].code if department_id is not None else None


def resolve(step: Transition, process: str, lane: str) -> Holder:
    """The holder of a lane of this case. Raises EngineError where nobody sits in it: a step must not open unseen."""
    base = lane.removesuffix(HEAD)
    role = "head" if lane != base else "clerk"
    declared = _declared(step, process, base)
    if declared is not None:
        sit(step, base, _by_expression(step, base, declared))
    elif base not in step.case.lanes:
        if base != "bureau":
            raise EngineError("engine-failed", say("Nobody sits in the lane %(lane)s of this case.", lane=lane))
        sit(step, base, authorities.competent(step))
    taken = step.case.lanes[base]
    return Holder(taken["id"], role) if taken else Holder(None, "external")


def is_known(step: Transition, process: str, lane: str) -> bool:
    """Whether it can be said already who holds that lane."""
    base = lane.removesuffix(HEAD)
    return base == "bureau" or base in step.case.lanes or _declared(step, process, base) is not None


def holder_of(step: Transition, process: str, lane: str, facts: Mapping[str, Any]) -> int | None:
    """The department that holds a lane by those facts, whether or not anybody has sat in it yet; None is a citizen, or
    nobody who could be named already. Seats nobody."""
    declared = _declared(step, process, lane)
    if declared is not None:
        try:
            code = evaluate(declared, facts, step.functions)
        except ExpressionError:
            return None
        department = step.department(code) if isinstance(code, str) else None
        return standing(step, department).id if department is not None else None
    seat = step.case.lanes.get(lane)
    return seat["id"] if seat else None


def sit(step: Transition, lane: str, department: DepartmentRef | None) -> None:
    """Put a department into a lane; from now on it may see the case. None is a citizen."""
    taken = seat(department)
    if step.case.lanes.get(lane, taken is None) != taken:
        step.case.lanes = {**step.case.lanes, lane: taken}
    if department is not None:
        admit(step, department.id)


def admit(step: Transition, department_id: int) -> None:
    if department_id not in step.parties:
        step.parties.add(department_id)
        unit_of_work.added(step.session, Party, department_id=department_id, case_id=step.case.id)


def _declared(step: Transition, process: str, lane: str) -> str | None:
    """The expression that a forms file gives for a lane: the task's own, else that of the procedure which called it."""
    for forms in (step.plan.forms[process], step.plan.top):
        found = forms.lanes.get(lane)
        if found is not None and found.department:
            return found.department
    return None


def _by_expression(step: Transition, lane: str, source: str) -> DepartmentRef | None:
    try:
        code = evaluate(source, step.facts, step.functions)
    except ExpressionError as error:
        told = say("%(expression)s: %(why)s", expression=source, why=error.detail)
        raise EngineError("expression", told) from error
    return None if code is None else _named(step, lane, code)


def _named(step: Transition, lane: str, code: object) -> DepartmentRef:
    department = step.department(code) if isinstance(code, str) else None
    if department is None:
        told = say("There is no department %(code)s for the lane %(lane)s.", code=str(code), lane=lane)
        raise EngineError("engine-failed", told)
    return standing(step, department)


def standing(step: Transition, department: DepartmentRef) -> DepartmentRef:
    """The department itself; for one that was closed since it was named, whoever has taken over from it."""
    seen = {department.code}
    while department.closed_on is not None and department.successor and department.successor not in seen:
        seen.add(department.successor)
        department = step.department(department.successor) or department
    return department


def taken_over(step: Transition, department: DepartmentRef) -> list[DepartmentRef]:
    """The department itself, and those that were closed for which it stands now."""
    cards = [one for one in directory(step.session).by_code.values() if one.jurisdiction == department.jurisdiction]
    closed = [one for one in cards if one.closed_on is not None and one.id != department.id]
    return [department, *(one for one in closed if standing(step, one).id == department.id)]
