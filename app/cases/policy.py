"""Who may see and do what with cases and tasks. Everything not said here is refused; what is not yours is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, true

from app.accounts import Actor
from app.cases.models import Case, Party, Task
from app.catalogue.models import Grant
from app.floor.errors import Conflict, Forbidden, NotFound
from app.floor.messages import say

OVERSEERS = ("bureau",)
JUDGES = ("bureau", "ladder", "registry")
"""The lanes of those who see to a case or settle it. Whoever sits in another one is a party."""
SECOND = ("confirmer",)
"""The lanes of a second person. In a small office that is a supervisor, who answers there as a clerk does."""
SECOND_PERSON = "second"
"""The role of a step in which a department looks at its own work (`cases/seconds`): open to everybody of the office."""
EVERYBODY = "any"
"""Whom of a department a notice is for that is no role's alone."""
Reach = Literal["all", "jurisdiction", "party", "none"]


@dataclass(frozen=True)
class Holder:
    """Who holds a step. Without a department it is the citizen who reported, who answers with receipt and code."""

    department_id: int | None
    role: str


def sides(case: Case) -> list[dict[str, Any]]:
    """The seats of the parties: who asks, who provides, who disputes."""
    return [seat for lane, seat in case.lanes.items() if lane not in JUDGES and seat is not None]


def is_party(case: Case, department_id: int | None) -> bool:
    """Whether the case is that department's own cause. Nobody judges in it, whatever else they may do."""
    return any(seat["id"] == department_id for seat in sides(case))


def oversees(actor: Actor, jurisdiction: str) -> bool:
    """The bureau and its supervisors see every case of their jurisdiction; administrators see all."""
    return actor.may("administrator") or (actor.jurisdiction == jurisdiction and actor.kind in OVERSEERS)


def reach_of(actor: Actor) -> Reach:
    """How far the actor sees: every case, those of its jurisdiction, those to which its department is a party, none."""
    if actor.may("administrator"):
        return "all"
    if actor.department_id is None or not (actor.may("clerk") or actor.may("head") or actor.may("supervisor")):
        return "none"
    return "jurisdiction" if actor.kind in OVERSEERS else "party"


def within(reach: Reach, jurisdiction: Any, department_id: Any) -> ColumnElement[bool]:
    """The condition on `Case` rows within that reach, for values or for parameters of a statement."""
    if reach in ("all", "none"):
        return true() if reach == "all" else false()
    here = Case.jurisdiction == jurisdiction  # of its own accord for parties, but lists are sorted within it
    if reach == "jurisdiction":
        return here
    return and_(here, exists().where(Party.case_id == Case.id, Party.department_id == department_id))


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Case` rows that this actor may read."""
    return within(reach_of(actor), actor.jurisdiction, actor.department_id)


def only_visible(query: Select, actor: Actor) -> Select:
    return query.where(visible_cases(actor))


def workable_tasks(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Task` rows that this actor may do: those of its department, heads' tasks only for heads."""
    if actor.department_id is None:
        return false()
    roles: list[ColumnElement[bool]] = []
    if actor.may("clerk") or actor.may("head"):
        roles.append(Task.role.in_(("clerk", SECOND_PERSON)))
    if actor.may("head"):
        roles.append(Task.role == "head")
    if actor.may("supervisor"):
        roles.append(or_(Task.lane.in_(SECOND), Task.role == SECOND_PERSON))
    return and_(Task.department_id == actor.department_id, or_(*roles)) if roles else false()


def may_work(actor: Actor, task: Task) -> bool:
    if actor.department_id is None or task.department_id != actor.department_id:
        return False
    return any(actor.may(role) for role in roles_of(task))


def roles_of(task: Task) -> frozenset[str]:
    """The roles of its department that may do a task."""
    second = {"supervisor"} if task.lane in SECOND or task.role == SECOND_PERSON else set()
    return frozenset({"head"} | second | ({"clerk"} if task.role in ("clerk", SECOND_PERSON) else set()))


def require_work(actor: Actor, task: Task) -> None:
    """Raises NotFound for another department's task and Forbidden where only the role is missing."""
    if actor.department_id is None or task.department_id != actor.department_id:
        raise NotFound(say("There is no such task."))
    if not may_work(actor, task):
        raise Forbidden(say("This step is for the head of the department."))


def require_seat(actor: Actor, holder: Holder) -> None:
    """Raises NotFound for another department than the lane's and Forbidden where only the role is missing."""
    if actor.department_id is None or holder.department_id != actor.department_id:
        raise NotFound(say("There is no such task."))
    if not (actor.may("head") or (holder.role == "clerk" and actor.may("clerk"))):
        raise Forbidden(say("This step is for the head of the department."))


def require_place(actor: Actor, jurisdiction: str) -> None:
    """Raises Forbidden for another jurisdiction than the actor's own; administrators have all of them."""
    if not actor.may("administrator") and actor.jurisdiction != jurisdiction:
        raise Forbidden(say("Your department belongs to another jurisdiction."))


def is_bureau(actor: Actor, jurisdiction: str) -> bool:
    return actor.jurisdiction == jurisdiction and actor.kind == "bureau" and actor.may("clerk")


def require_bureau(actor: Actor, jurisdiction: str) -> None:
    if not is_bureau(actor, jurisdiction):
        raise Forbidden(say("Only the bureau may do this."))


def require_no_duty(actor: Actor, case: Case, duty: str | None) -> None:
    """A duty is not taken back by the department that owes it. Raises Conflict."""
    seat = case.lanes.get(duty) if duty else None
    if seat is not None and seat["id"] == actor.department_id:
        told = say("This is a duty of the department: it cannot withdraw it; the bureau can annul it.")
        raise Conflict(told, "duty")


def _is_of_bureau(actor: Actor, jurisdiction: str) -> bool:
    """Its clerks, and its supervisors: in a small office they are the second person."""
    return is_bureau(actor, jurisdiction) or (
        actor.jurisdiction == jurisdiction and actor.kind == "bureau" and actor.may("supervisor")
    )


def require_impartial(actor: Actor, case: Case) -> None:
    """The bureau, where it is no side of the case. Raises Forbidden, with the reason."""
    if not _is_of_bureau(actor, case.jurisdiction):
        raise Forbidden(say("Only the bureau may do this."))
    if is_party(case, actor.department_id):
        raise Forbidden(say("The bureau is a party of this case; its superior authority would have to do this."))


def may_judge(actor: Actor, case: Case) -> bool:
    return _is_of_bureau(actor, case.jurisdiction) and not is_party(case, actor.department_id)


def may_hold_clock(actor: Actor, jurisdiction: str, governed: Iterable[Task]) -> bool:
    """Those who hold a task under a clock may pause it and let it go on, and the bureau with its supervisors."""
    if any(may_work(actor, task) for task in governed):
        return True
    return oversees(actor, jurisdiction) and not actor.may("administrator")


def uses_of(actor: Actor) -> dict[str, Any]:
    """What narrows the log of uses to what this actor may see: the bureau and the platform all of their jurisdiction,
    a department what it has fetched and what others have of its entries."""
    if actor.may("administrator"):
        return {}
    if actor.kind in ("bureau", "platform"):
        return {"jurisdiction": actor.jurisdiction}
    return {"jurisdiction": actor.jurisdiction or "", "concerns": actor.department_code or ""}


def sees_all_grants(actor: Actor) -> bool:
    """All of its jurisdiction, or (administrators) of every one."""
    return actor.may("administrator") or actor.kind in ("bureau", "platform")


def may_see_grant(actor: Actor, grant: Grant) -> bool:
    """The department that holds it, the one that provides it, the body that decided it, their bureau, and
    administrators."""
    if oversees(actor, grant.jurisdiction):
        return True
    parties = (grant.department_id, grant.resource.provider_id, grant.decided_by_id)
    return actor.department_id is not None and actor.department_id in parties


def may_revoke(actor: Actor, grant: Grant) -> bool:
    """The provider's right, and the bureau's; not the holder's, be it the bureau."""
    provides = actor.department_id is not None and actor.department_id == grant.resource.provider_id
    holds = actor.department_id == grant.department_id
    return not holds and (is_bureau(actor, grant.jurisdiction) or (provides and actor.may("clerk")))


def require_grant(actor: Actor, grant: Grant) -> None:
    """Raises NotFound: a grant of others is not there."""
    if not may_see_grant(actor, grant):
        raise NotFound(say("There is no such grant."))


def require_revoker(actor: Actor, grant: Grant) -> None:
    require_grant(actor, grant)
    if not may_revoke(actor, grant):
        raise Forbidden(say("Only the provider and the bureau may revoke a grant."))
