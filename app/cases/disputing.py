"""What the service tasks of a dispute do: climb the ladder, put down the result, turn to whoever must correct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cases import authorities, lanes, policy, terms
from app.engine.vocabulary import PREPARES
from app.errors import EngineError
from app.words import say

if TYPE_CHECKING:
    from app.cases.step import Step

RAISES = "ladder.raise"
AGREED, RECORDS = "agreed", "inconsistent_records"


def note_recusal(step: Step, element: str, lane: str, asked: bool) -> dict[str, Any]:
    """Whether a body that is asked for its decision is a party: then its step is left out, and the history says so."""
    holder = lanes.resolve(step, step.plan.bundle.process_of(element), lane) if asked else None
    recused = holder is not None and policy.is_party(step.case, holder.department_id)
    if recused and element not in step.facts:
        step.record("body.recused", lane=lane, department=step.case.lanes[lane]["code"])
    return {"recused": recused}


def prepare_dispute(step: Step, element: str, **given: Any) -> dict[str, Any]:
    """Nothing happens but that the terms of the dispute become a fact, which the called procedure reads. Without
    items it is about all that was asked for."""
    return {"items": step.facts["application"].get("items") or [], **given}


def raise_ladder(step: Step, element: str, kind: str, superior: str | None = None) -> dict[str, Any]:
    """Put the next body of this kind of dispute into the lane `ladder` (the regulation's order and conditions); whoever
    is a party is passed over. With nobody left the ladder `superior` is climbed, where the drawing names one.

    How far the dispute has climbed is read from the facts, which a dispute that begins again has forgotten."""
    rungs = _rungs(step, kind, superior)
    level = max((step.facts[other]["level"] for other in _raises(step) if other in step.facts), default=0)
    if level >= len(rungs):
        raise EngineError("action-failed", say("The ladder %(kind)s has no further body.", kind=kind), element)
    rung, registry = rungs[level], None
    if rung.department is not None:
        lanes.sit(step, "ladder", rung.department)
    elif rung.body.by_letter:
        registry = authorities.registry(step)
    else:
        told = say("There is no department %(code)s.", code=rung.body.department)
        raise EngineError("action-failed", told, element)
    recused = [one.code for one in authorities.rungs(step, step.rule_now(kind)) if one.recused]
    step.record("ladder.raised", body=rung.code, verb=rung.step.verb, **({"recused": recused} if recused else {}))
    return {
        "level": level + 1,
        "has_next": level + 1 < len(rungs),
        "body": rung.code,
        "verb": rung.step.verb,
        "by_letter": registry is not None,
        "registry": registry,
    }


def _rungs(step: Step, kind: str, superior: str | None) -> tuple[authorities.Rung, ...]:
    """Whom this dispute can be put before. A drawing without a way by letter keeps to who works here; its last
    resort is the bureau."""
    whole = authorities.rungs(step, step.rule_now(kind))
    able = authorities.able(whole)
    if superior is not None:
        return able or authorities.able(authorities.rungs(step, step.rule_now(superior)))
    return tuple(one for one in able if not one.body.by_letter) or (authorities.last_resort(step),)


def _raises(step: Step) -> list[str]:
    return step.plan.bundle.elements_with(RAISES)


def settle_dispute(step: Step, element: str, decision: str, **given: Any) -> dict[str, Any]:
    """The result of a dispute as one fact, whoever settled it: what the caller grants, and whose record falls."""
    known = terms.versions(step, step.plan.bundle.process_of(element)) if decision == AGREED else []
    text = known[0] if known else terms.NOTHING_YET
    items = text.items or given["items"] or (terms.asked(step) if decision == "share" else None)
    falls = _falling(step, decision, given["of_department"])
    step.record("terms.settled", decision=decision, body=given["body"], items=items, falls=falls)
    return {
        **given,
        "decision": decision,
        "items": items,
        "conditions": text.conditions,
        "months": text.months,
        "text": text.text,
        "version": text.version or None,
        "hash": text.hash if text.version else None,
        "falls": falls,
    }


def next_correction(step: Step, element: str, of: list[str]) -> dict[str, Any]:
    """One department after the other corrects its record."""
    number = step.facts[element]["number"] + 1 if element in step.facts else 1
    return {"number": number, "department": of[number - 1], "more": number < len(of)}


def _falling(step: Step, decision: str, of_department: str | None) -> list[str]:
    """The departments whose record does not stand. A citizen has none; where one is right, the other side's falls."""
    opened = next(step.facts[one] for one in reversed(step.plan.bundle.elements_with(PREPARES)) if one in step.facts)
    if opened["kind"] != RECORDS or decision not in ("record_of", "neither"):
        return []
    claimant, respondent = opened["claimant"], opened["respondent"]
    if decision == "record_of" and of_department is None:
        return [respondent]
    return [side for side in (claimant, respondent) if side is not None and side != of_department]
