"""What somebody records of a superior's answer that has come by letter. Nobody judges its own cause: what a party
records has no effect before the other side has compared it with the letter, or, where there is no other department, a
second person of the office that recorded it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.cases import audit, authorities, negotiation
from app.cases.lanes import resolve
from app.engine.vocabulary import RAISES, SETTLES
from app.floor import clock
from app.floor.errors import Invalid
from app.floor.messages import say
from app.history import HistoryEvent

if TYPE_CHECKING:
    from app.cases.transition import Transition

ENTERS = "superior.enter"
REGISTRY = "registry"
"""The lane of whoever records how a superior has settled a dispute."""


def enter(step: Transition, element: str, decided_on: str) -> dict[str, Any]:
    """Whether what was recorded stands as it is, and who has to confirm it. Raises Invalid (`decided_on`)."""
    process = step.plan.bundle.process_of(element)
    require_day(step, process, date.fromisoformat(decided_on))
    registry = resolve(step, process, REGISTRY).department_id
    second = authorities.is_concerned(step, registry)
    confirmer = _other_side(step) if second else None
    fact = {"second": second, "confirmer": confirmer, "by": step.actor.username}
    step.record("superior.entered", confirmer=confirmer, **audit.sealed_fact(element, fact))
    return fact


def _other_side(step: Transition) -> str:
    """The department that is asked whether the record is true."""
    opened, registry = negotiation.opened(step), str(step.case.lanes[REGISTRY]["code"])
    sides = [opened.get("claimant"), opened.get("respondent")]
    return next((one for one in sides if isinstance(one, str) and one != registry), registry)


def confirm(step: Transition, element: str, confirmed: bool) -> dict[str, Any]:
    """Raises Invalid (`confirmed`) for whoever has recorded it."""
    found: list[Mapping[str, Any]] = [
        step.facts[one] for one in step.plan.bundle.elements_with(ENTERS) if one in step.facts
    ]
    if found and found[-1]["by"] == step.actor.username:
        told = say("You have recorded this answer yourself; a second person has to confirm it.")
        raise Invalid({"confirmed": [told]})
    return {"confirmed": confirmed}


def by_letter(step: Transition) -> Mapping[str, Any] | None:
    """What a superior that was asked by letter has answered; None where another body has settled it, or nobody yet."""
    bundle, facts = step.plan.bundle, step.facts
    raised = [facts[one] for one in bundle.elements_with(RAISES) if one in facts]
    settled = [facts[one] for one in bundle.elements_with(SETTLES) if one in facts]
    last = max(raised, key=lambda one: one["level"], default=None)
    return settled[-1] if settled and last is not None and last.get("by_letter") else None


def require_day(step: Transition, process: str, day: date) -> None:
    """Raises Invalid (`decided_on`) for a day on which a superior cannot have decided this dispute."""
    told = select(HistoryEvent.at).where(HistoryEvent.stream == step.case.stream, HistoryEvent.kind == audit.OPENED)
    at = step.session.scalars(told.order_by(HistoryEvent.seq.desc()).limit(1)).first()
    begun = step.case.occurred_at if at is None or step.plan.process == process else at
    if day > clock.office_date(step.now):
        raise Invalid({"decided_on": [say("This day lies in the future.")]})
    if day < clock.office_date(begun):
        opened = clock.office_date(begun).isoformat()
        raise Invalid({"decided_on": [say("The dispute was only opened on %(day)s.", day=opened)]})
