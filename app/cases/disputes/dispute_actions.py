"""What the service tasks of a dispute do: climb the ladder, put down the result, turn to whoever must correct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from app.cases import audit, authorities, decision_points, lanes, negotiation, policy, superior_answers
from app.cases.disputes import about_grants, about_refusals
from app.engine.vocabulary import RAISES, SETTLES
from app.floor.errors import EngineError
from app.floor.messages import say

if TYPE_CHECKING:
    from app.cases.transition import Transition
    from app.rules.pack import RuleValue

AGREED = "agreed"


def note_recusal(
    step: Transition, element: str, lane: str, asked: bool, sides: list[str] | None = None
) -> dict[str, Any]:
    """Which body is asked for its decision, and whether it is a party: then its step is left out, and the history says
    so. `sides`: the lanes that count; unsaid, all of the parties."""
    if not asked:
        return {"recused": False, "department": None}
    holder = lanes.resolve(step, step.plan.bundle.process_of(element), lane)
    code = (step.case.lanes[lane] or {}).get("code")
    recused = policy.is_party(step.case, holder.department_id)
    if sides is not None:
        recused = any((step.case.lanes.get(one) or {}).get("id") == holder.department_id for one in sides)
    if recused and element not in step.facts:
        step.record("body.recused", lane=lane, department=code)
    return {"recused": recused, "department": code}


def prepare_dispute(
    step: Transition,
    element: str,
    of_grant: str | None = None,
    grant: str | None = None,
    deciders: list[str] | None = None,
    of_refusal: list[str] | None = None,
    purpose: str | None = None,
    awards: bool = True,
    **given: Any,
) -> dict[str, Any]:
    """The terms of the dispute become a fact, which the called procedure reads. Without items it is about all that was
    asked for; `entries` are those whose department is in dispute. Where the dispute itself begins, the history says so,
    and what it has forgotten of an earlier one. `of_grant`: the state of the grant that it is about, which there must
    be; `grant`: its number, if it was said. `deciders`: who has decided what is contested, beside the respondent.
    `of_refusal`: the outcomes of the application that was refused, of which it makes the grant where it is won;
    `purpose`: for what, where nothing was applied for; `awards`: whether a grant can follow at all."""
    number, refused, given_then = None, None, False
    if of_grant is not None:
        found = about_grants.contested(step, of_grant, [given["claimant"], given["respondent"]], grant)
        number, deciders = found.number, about_grants.deciders(step, found)
    if of_refusal is not None:
        about = about_refusals.contested(
            step, of_refusal, given["kind"], given["claimant"], given.get("items"), purpose
        )
        refused, deciders, given["items"] = about.number, about.deciders, about.items
        given_then = awards and about.awards
    _record_beginning(step, element, given)
    named = {"items": step.facts["application"].get("items") or [], "entries": None, **given}
    return {
        **named,
        "grant": number,
        "deciders": deciders,
        "awards": given_then,
        "refused": refused,
        "purpose": purpose,
    }


def _record_beginning(step: Transition, element: str, given: Mapping[str, Any]) -> None:
    """Where the dispute itself is drawn, and not only called."""
    bundle = step.plan.bundle
    process = bundle.process_of(element)
    if any(bundle.process_of(one) == process for one in _raises(step)):
        own = [
            one
            for action in (negotiation.PROPOSES, SETTLES, superior_answers.ENTERS)
            for one in bundle.elements_with(action)
        ]
        sides = {side: given[side] for side in ("claimant", "respondent")}
        forgets = [one for one in own if one not in step.facts and bundle.process_of(one) == process]
        step.record(audit.OPENED, kind=given["kind"], **sides, forgets=forgets)


def raise_ladder(step: Transition, element: str, kind: str, superior: str | None = None) -> dict[str, Any]:
    """Put the next body of this kind of dispute into the lane `ladder` (the regulation's order and conditions); whoever
    is a party is passed over. With nobody left the ladder `superior` is climbed, where the drawing names one.

    `recused` are parties, `decided` have decided what is contested, `below` stand under whoever has.
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
    whole = bodies(step, step.rule_now(kind), [superior] if superior else [])[0]
    passed = {"recused": [one.code for one in whole if one.recused], "below": [one.code for one in whole if one.below]}
    parties = [one.code for one in whole if one.department and policy.is_party(step.case, one.department.id)]
    passed["decided"] = [code for code in passed["recused"] if code not in parties]
    passed_over = {name: codes for name, codes in passed.items() if codes}
    step.record("ladder.raised", body=rung.code, verb=rung.step.verb, **passed_over)
    return {
        "level": level + 1,
        "has_next": level + 1 < len(rungs),
        "body": rung.code,
        "verb": rung.step.verb,
        "by_letter": registry is not None,
        "registry": registry,
        "recused": [code for code in passed["recused"] if code in parties],
        "decided": passed["decided"],
        "below": passed["below"],
    }


def _rungs(step: Transition, kind: str, superior: str | None) -> tuple[authorities.Rung, ...]:
    """Whom this dispute can be put before. A drawing without a way by letter keeps to who works here; its last
    resort is the bureau."""
    own, above = bodies(step, step.rule_now(kind), [superior] if superior else [])
    able = authorities.able(own)
    if superior is not None:
        return able or authorities.able(above)
    return tuple(one for one in able if not one.body.by_letter) or (authorities.last_resort(step),)


def bodies(
    step: Transition, ladder: RuleValue, superiors: Sequence[str]
) -> tuple[tuple[authorities.Rung, ...], tuple[authorities.Rung, ...]]:
    """The ladder of this dispute, and the superiors above it. Whoever stands below the body whose act is contested
    settles nothing: a bureau does not judge the government."""
    own = authorities.rungs(step, ladder)
    above = [rung for key in superiors for rung in authorities.rungs(step, step.rule_now(key))]
    whole = authorities.not_above(
        (*own, *above), [negotiation.opened(step).get("respondent"), *authorities.deciders(step)]
    )
    return whole[: len(own)], whole[len(own) :]


def _raises(step: Transition) -> tuple[str, ...]:
    return step.plan.bundle.elements_with(RAISES)


def settle_dispute(
    step: Transition,
    element: str,
    decision: str,
    decided_on: str | date | None = None,
    conditions: str | None = None,
    months: int | None = None,
    **given: Any,
) -> dict[str, Any]:
    """The result of a dispute as one fact, whoever settled it: what the caller grants, and whose record falls.
    `decided_on`: the day of a superior's document."""
    process = step.plan.bundle.process_of(element)
    if decided_on is not None:
        superior_answers.require_day(step, process, date.fromisoformat(str(decided_on)))
    known = negotiation.versions(step, process) if decision == AGREED else []
    text = known[0] if known else negotiation.NOTHING_YET
    about = decision_points.matter(step)
    weighed = decision_points.weighed(about, decision, given)
    decision = decision_points.whole(about, decision, weighed)
    items = text.items or (decision_points.shared(weighed) if weighed else given["items"])
    if decision == decision_points.SHARES:
        items = items or negotiation.asked(step)
    result = {
        **given,
        "decision": decision,
        "items": items or None,
        "conditions": text.conditions if known else conditions,
        "months": text.months if known else months,
        "mode": text.mode,
        "text": text.text,
        "version": text.version or None,
        "hash": text.hash if text.version else None,
        "falls": decision_points.fallen(about, decision, given["of_department"], weighed),
        "points": weighed,
    }
    told = {name: result[name] for name in ("decision", "body", "items", "falls")}
    step.record(audit.SETTLED, **told, points=weighed or [], **audit.sealed_fact(element, result))
    return result


def next_correction(
    step: Transition,
    element: str,
    of: list[str],
    decided_points: list[dict[str, Any]] | None = None,
    place: int | None = None,
) -> dict[str, Any]:
    """The department at that place corrects its record, in those of `decided_points` in which it does not stand.
    Without a place one comes after the other."""
    number = place or (step.facts[element]["number"] + 1 if element in step.facts else 1)
    department = of[number - 1]
    return {
        "number": number,
        "department": department,
        "more": number < len(of),
        "points": own_points(step, department, decided_points),
    }


def own_points(step: Transition, department: str, decided: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    about = decision_points.matter(step)
    return [one for one in decided if department in decision_points.falls_in(about, one)] if decided else None
