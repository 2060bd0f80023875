"""Who settles between the parties of a case: the authority of their own level and area, then those above it, and nobody
who is a party. Where nobody is left who works here, the case goes by letter, and its answer is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.accounts import DepartmentRef, directory
from app.cases import negotiation, policy
from app.floor.errors import EngineError
from app.floor.messages import LEVELS, say
from app.rules.pack import BUREAU, LOCAL_AUTHORITY, Body, LadderStep, RuleValue, ladder_for

if TYPE_CHECKING:
    from app.cases.transition import Transition


@dataclass(frozen=True)
class Rung:
    """A body of the ladder, as far as it concerns this case. Without a department it is reached by letter."""

    step: LadderStep
    body: Body
    department: DepartmentRef | None
    recused: bool = False
    below: bool = False
    """Whether it stands below the body whose act is contested: it does not judge its superior."""

    @property
    def code(self) -> str:
        return self.department.code if self.department else self.step.body


def chain(step: Transition) -> list[str]:
    """The bodies that stand for the bureau in this case, nearest first: the authority of the area that all parties
    share, those of the areas around it, at last the bureau of the jurisdiction."""
    pack = step.rules.pack
    named = {one.area: one.department for one in pack.authorities}
    cards = step.disputants
    shared = _shared([card.area for card in cards])
    found = []
    if named and shared not in named and cards and all(_is_of(card, shared, pack.level) for card in cards):
        found.append(LOCAL_AUTHORITY)
    while shared:
        found += [named[shared]] if shared in named else []
        shared = shared.rpartition(".")[0]
    return [*found, BUREAU]


def _is_of(card: DepartmentRef, area: str, level: str) -> bool:
    """Whether a department belongs to that part of the jurisdiction and to no larger one; the part may be unknown."""
    return card.area == area and LEVELS.index(card.level) < LEVELS.index(level)


def _shared(areas: list[str]) -> str:
    """The smallest area that holds all of them; empty is the whole jurisdiction."""
    paths = [area.split(".") for area in areas if area]
    if not paths or len(paths) < len(areas):
        return ""
    shared = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return ".".join(shared)


def competent(step: Transition) -> DepartmentRef:
    """Who sits in the lane of the bureau: the nearest authority that works here and is no party; the bureau itself
    where there is no other. Raises EngineError where the department that the pack names is not there."""
    here = [rung for rung in _standing(step, LadderStep(BUREAU, "coordinate")) if rung.department is not None]
    if not here:
        told = say("There is no department %(code)s.", code=step.rules.pack.bureau.department)
        raise EngineError("engine-failed", told)
    found = next((rung.department for rung in here if not rung.recused), here[-1].department)
    assert found is not None
    return found


def rungs(step: Transition, ladder: RuleValue) -> tuple[Rung, ...]:
    """The ladder from the lowest body up, with those that are recused."""
    return tuple(rung for one in ladder_for(ladder, step.holds) for rung in _reached(step, one))


def able(found: tuple[Rung, ...]) -> tuple[Rung, ...]:
    return tuple(rung for rung in found if not (rung.recused or rung.below))


def deciders(step: Transition) -> list[str]:
    """Who has decided what is in dispute, beside its two sides: nobody is asked to judge its own act."""
    return list(negotiation.opened(step).get("deciders") or ())


def is_concerned(step: Transition, department_id: int | None) -> bool:
    """Whether it is a party, or has decided what is in dispute."""
    own = directory(step.session).by_id.get(department_id or 0)
    return policy.is_party(step.case, department_id) or (own is not None and own.code in deciders(step))


def not_above(found: tuple[Rung, ...], contested: Sequence[object]) -> tuple[Rung, ...]:
    """The bodies, lowest first; those below the ones (their codes) whose act is contested are left out of it."""
    stands = [at for at, rung in enumerate(found) if rung.code in contested]
    first = max(stands, default=0)
    return tuple(replace(rung, below=at < first and not rung.recused) for at, rung in enumerate(found))


def last_resort(step: Transition) -> Rung:
    """The bureau as it is, for a drawing that knows no other way."""
    bureau = step.rules.pack.bureau
    return Rung(LadderStep(BUREAU, "coordinate"), bureau, step.department(bureau.department))


def _reached(step: Transition, one: LadderStep) -> Iterator[Rung]:
    """The body of this step; for the bureau the nearest authority, and after one that is recused the next."""
    for rung in _standing(step, one):
        yield rung
        if not rung.recused:
            return


def _standing(step: Transition, one: LadderStep) -> Iterator[Rung]:
    for code in chain(step) if one.body == BUREAU else [one.body]:
        body = step.rules.pack.body(code)
        department = None if body.by_letter else step.department(body.department)
        recused = department is not None and is_concerned(step, department.id)
        yield Rung(replace(one, body=code), body, department, recused)


def registry(step: Transition) -> str:
    """Who sends what goes by letter and records the answer: whoever is no party where there is such a body, else the
    bureau, which then records only what the document says."""
    pack = step.rules.pack
    codes = [BUREAU, *chain(step), *pack.bodies]
    bodies = [pack.body(code) for code in codes]
    found = [card for body in bodies if not body.by_letter and (card := step.department(body.department))]
    free = [card.code for card in found if not is_concerned(step, card.id)]
    return free[0] if free else pack.bureau.department
