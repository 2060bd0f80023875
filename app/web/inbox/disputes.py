"""A dispute as pages draw it (macros/_dispute.html): the bodies in their order, and both sides beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.cases import answered, policy
from app.cases.decision_points import falls_in, matter
from app.cases.disputes.summary import LADDER, Dispute, LadderStop, Side, dispute_of
from app.cases.documents.wording import VERBS, point_results
from app.cases.models import Task
from app.cases.read.case_page import people_by_id
from app.cases.superior_answers import REGISTRY
from app.cases.transition import Transition
from app.diagrams.forms import basis_words
from app.floor.messages import Say, Text, say
from app.web.inbox.negotiation import negotiated
from app.web.labels import Naming, decision

Shown = dict[str, Any]


def disputed(session: Session, step: Transition, tasks: Sequence[Task], task: Task | None = None) -> Shown:
    """What a page of the case shows of its dispute; nothing where there is none. `task`: whose page it is."""
    dispute = dispute_of(step, tasks)
    if dispute is None:
        return {"ladder": None, "positions": [], "negotiation": None, "result": None}
    people = people_by_id(session, {task.closed_by_id for side in dispute.sides for task in side.said})
    return {
        "ladder": ladder(dispute, step),
        "positions": positions(dispute, step, people),
        "negotiation": negotiated(session, step, dispute, task) if dispute.negotiates else None,
        "result": result(dispute, step),
    }


def result(dispute: Dispute, step: Transition) -> Shown | None:
    """What a dispute that was decided point by point has come to."""
    fact = dispute.result
    if fact is None or not fact.get("points"):
        return None
    naming, about, titles = Naming(step), matter(step), point_results(step.plan)
    return {
        "points": [
            {
                "about": [*(naming.items([one["item"]]) if one["item"] else []), *filter(None, [one["about"]])],
                "result": titles.get(one["result"], one["result"]),
                "right": naming.department(one["of_department"]) if one["of_department"] else one["source"],
                "look": LOOKS.get(one["result"], "blue"),
                "ground": one["ground"],
                "basis": basis_words(one["basis"]) if one["basis"] else None,
                "falls": [naming.department(code) for code in falls_in(about, one)] if fact["falls"] else [],
            }
            for one in fact["points"]
        ]
    }


LOOKS = {"share": "green", "withhold": "red", "neither": "amber"}


def ladder(dispute: Dispute, step: Transition) -> Shown:
    """The negotiation, where there is one, and each body; `kind` says whether the order is the regulation's or ours."""
    settled = any(_settles(rung, step) for rung in dispute.rungs) or (dispute.agreed and not dispute.climbed)
    said = answered.told(step) if any(rung.task and rung.task.status == "done" for rung in dispute.rungs) else {}
    steps = [_rung(rung, step, settled, said) for rung in dispute.rungs]
    if dispute.negotiates:
        steps.insert(0, _negotiation(dispute))
    rule = dispute.rule
    return {
        "steps": steps,
        "kind": rule.kind if rule else None,
        "article": list(rule.article) if rule else [],
        "note": rule.note if rule else None,
    }


def _negotiation(dispute: Dispute) -> Shown:
    last = dispute.negotiation[-1] if dispute.negotiation else None
    outcome: Say | None = say("Both sides agreed") if dispute.agreed else None
    if dispute.climbed and not dispute.agreed:
        outcome = say("No agreement")
    clock = last.deadline if last else None
    return {
        "title": say("Both sides negotiate"),
        "article": list(clock.article) if clock else [],
        "look": "now" if dispute.negotiating and not dispute.climbed else "done" if outcome else "",
        "outcome": outcome,
        "at": max((one.closed_at for one in dispute.negotiation if one.closed_at), default=None) if outcome else None,
        "due_at": last.due_at if last and dispute.negotiating else None,
        "due_kind": last.due_kind if last else "none",
        "ahead": None,
    }


def _rung(rung: LadderStop, step: Transition, settled: bool, told: Mapping[int | str, answered.Said]) -> Shown:
    task = rung.task
    done = task is not None and task.status == "done"
    ahead = say("not called on") if settled else say("if the body before passes it on")
    card = rung.body.department
    if rung.body.recused and card is not None and not policy.is_party(step.case, card.id):
        ahead = say("recused: it has decided what is contested")
    elif rung.body.recused:
        ahead = say("recused: a party of this case")
    elif rung.body.below:
        ahead = say("not asked: it stands below the body whose act is contested")
    return {
        "title": say("%(body)s %(verb)s", body=rung.body.body.title, verb=VERBS[rung.body.step.verb]),
        "article": list(rung.body.step.article),
        "look": "done" if done else "now" if task else "",
        "outcome": _decision(task, step, told) if task and done else None,
        "at": task.closed_at if task and done else None,
        "due_at": task.due_at if task and not done else None,
        "due_kind": task.due_kind if task else "none",
        "ahead": None if task else ahead,
    }


def _decision(task: Task, step: Transition, told: Mapping[int | str, answered.Said]) -> Text | None:
    if task.key not in step.plan.tasks:
        return None
    return decision(step.plan.task(task.key), task.answer or {}, step, told.get(task.id, answered.UNSAID))


def _settles(rung: LadderStop, step: Transition) -> bool:
    """The last body that has answered; nobody was asked after it."""
    return (
        rung.task is not None
        and rung.task.status == "done"
        and not any(task.lane in (LADDER, REGISTRY) for task in step.tasks)
    )


# positions


def positions(dispute: Dispute, step: Transition, people: Mapping[int, str]) -> list[Shown]:
    """Both sides, the claimant first, each with what it has said in its own words."""
    return [_position(dispute, side, step, people) for side in dispute.sides]


def _position(dispute: Dispute, side: Side, step: Transition, people: Mapping[int, str]) -> Shown:
    naming, id = Naming(step), side.department.id if side.department else None
    heard = any(task.department_id == id and task.status == "done" for task in dispute.negotiation)
    said: list[Shown] = [_said(task, step, naming, people) for task in side.said]
    if side.lane == dispute.sides[0].lane and dispute.position:
        said.insert(0, {"title": say("Position"), "by": None, "at": None, "words": dispute.position, "rows": []})
    return {
        "role": _role(dispute, side, step),
        "department": side.department.name if side.department else say("Citizen or organisation"),
        "said": said,
        "unheard": dispute.negotiates and dispute.climbed and not heard,
    }


def _role(dispute: Dispute, side: Side, step: Transition) -> Text:
    """What the side is in the case: to a procedure that has called the dispute it is one of its own parties."""
    top, id = step.plan.top, _id(side)
    if step.plan.process != dispute.process:
        for lane, seat in step.case.lanes.items():
            if lane in top.lanes and lane not in policy.JUDGES and (seat["id"] if seat else None) == id:
                return top.lanes[lane].title
    provider = (step.case.lanes.get("provider") or {}).get("id")
    if provider and dispute.kind in SHARING:
        if provider == id:
            return PROVIDER
        if side.lane == dispute.sides[0].lane or any(_id(one) == provider for one in dispute.sides):
            return USER
    return step.plan.lane_title(dispute.process, side.lane, side.department.kind if side.department else None)


def _id(side: Side) -> int | None:
    return side.department.id if side.department else None


SHARING = ("refusal", "withheld", "conditions", "revocation", "quality")
"""Kinds of dispute in which one side provides and the other uses."""
PROVIDER = Text("{word.provider}", "{word.provider}")
USER = Text("{word.user_department}", "{word.user_department}")


def _said(task: Task, step: Transition, naming: Naming, people: Mapping[int, str]) -> Shown:
    known = task.key in step.plan.tasks
    return {
        "title": step.plan.task(task.key).title if known else Text(task.key, task.key),
        "by": people.get(task.closed_by_id or 0),
        "at": task.closed_at,
        "words": None,
        "rows": naming.rows(step.plan.task(task.key), task.answer or {}, given=task.id) if known else [],
    }
