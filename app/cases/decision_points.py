"""A dispute that is decided point by point: what is in dispute and between whom, and what follows from each point for
the items, for the records and for the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.cases import negotiation
from app.diagrams.forms import NOBODY_RIGHT, SIDE_RIGHT, in_point
from app.floor.messages import Say, say

if TYPE_CHECKING:
    from app.cases.transition import Transition

SHARES, PARTLY, KEEPS = "share", "share_partly", "withhold"
RECORDS = "inconsistent_records"

Point = Mapping[str, Any]


@dataclass(frozen=True)
class Matter:
    """What is in dispute, and its two sides; a citizen has no code."""

    kind: str
    items: tuple[str, ...]
    claimant: str | None
    respondent: str | None

    @property
    def sides(self) -> tuple[str | None, str | None]:
        return self.claimant, self.respondent

    def falls(self, of_department: str | None, *, nobody: bool = False) -> list[str]:
        """The departments whose record does not stand. Where a citizen is right, it is the other side's; of two records
        that one department holds by now, the other is its own."""
        if self.claimant is not None and self.claimant == self.respondent:
            return [self.claimant]
        if of_department is None and not nobody:
            return [self.respondent] if self.respondent else []
        return [side for side in self.sides if side is not None and side != of_department]


def matter(step: Transition) -> Matter:
    opened = negotiation.opened(step)
    kind, sides = str(opened.get("kind")), (opened.get("claimant"), opened.get("respondent"))
    return Matter(kind, tuple(negotiation.asked(step) or ()), *sides)


def faults(step: Transition, points: Sequence[Point]) -> list[Say]:
    """What is wrong with a decision by points: it covers all that is in dispute, each point once, between these two."""
    about, found = matter(step), list[Say]()
    seen: set[tuple[Any, Any]] = set()
    for row, one in enumerate(points):
        found += [in_point(row, column, fault) for column, fault in _wrong(about, one, seen)]
        seen.add((one["item"], one["about"]))
    left = [item for item in about.items if item not in {one["item"] for one in points}]
    return found + [say("The item %(code)s is in dispute and has no point here.", code=code) for code in left]


def _wrong(about: Matter, one: Point, seen: set[tuple[Any, Any]]) -> Iterator[tuple[str, Say]]:
    item, of_department = one["item"], one["of_department"]
    column = "about" if item is None else "item"
    if item is not None and item not in about.items:
        yield column, say("The item %(code)s is not in dispute.", code=item)
    if (item, one["about"]) in seen:
        yield column, say("Something is named twice.")
    if one["result"] == SIDE_RIGHT and of_department not in about.sides:
        yield "of_department", say("Please name one of the two parties.")


def weighed(about: Matter, decision: str, given: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The points of a decision. One that supports some items says of each what it comes to, on the ground of the whole;
    None where one result holds for all."""
    if given.get("points"):
        return [dict(one) for one in given["points"]]
    chosen = given.get("items")
    if decision != PARTLY or not chosen or not about.items:
        return None
    empty = dict.fromkeys(("about", "of_department", "source", "evidence", "ground", "basis"))
    return [{**empty, "item": item, "result": SHARES if item in chosen else KEEPS} for item in about.items]


def whole(about: Matter, decision: str, points: Sequence[Point] | None) -> str:
    """What all points come to: of records each stands for itself; what was supported in all is supported."""
    if points is None or about.kind == RECORDS:
        return decision
    results = {one["result"] for one in points}
    return PARTLY if len(results) > 1 else results.pop()


def shared(points: Sequence[Point]) -> list[str]:
    """The items that the decision gives: those of which no point says otherwise."""
    kept = {one["item"] for one in points if one["result"] != SHARES}
    return [item for item in dict.fromkeys(one["item"] for one in points) if item is not None and item not in kept]


def fallen(about: Matter, decision: str, of_department: str | None, points: Sequence[Point] | None) -> list[str]:
    """The departments that have something to correct."""
    if about.kind != RECORDS:
        return []
    if points is None:
        return (
            about.falls(of_department, nobody=decision == NOBODY_RIGHT)
            if decision in (SIDE_RIGHT, NOBODY_RIGHT)
            else []
        )
    found = {side for one in points for side in falls_in(about, one)}
    return [side for side in dict.fromkeys(about.sides) if side is not None and side in found]


def falls_in(about: Matter, one: Point) -> list[str]:
    return about.falls(one["of_department"], nobody=one["result"] == NOBODY_RIGHT)
