"""What the service tasks of a diagram can do: one function for each action of the vocabulary (app/engine).

All of them write rows in the transaction of the step; whatever leaves the house goes through the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.accounts import directory
from app.cases import audit, grant_decisions, lanes, negotiation, superior_answers
from app.cases.clocks import booking
from app.cases.commands import transfer_of_duties
from app.cases.disputes import about_grants, about_refusals, dispute_actions
from app.cases.documents import letters
from app.cases.policy import EVERYBODY, SECOND_PERSON
from app.cases.transition import Transition
from app.catalogue import entries, grants, responsibility
from app.catalogue.models import Grant, Resource
from app.catalogue.open_catalogue import for_the_public, is_open
from app.engine.vocabulary import NOTES_RECUSAL, PREPARES, SETTLES
from app.floor import clock
from app.floor.errors import EngineError, Invalid
from app.floor.messages import say

Action = Callable[..., dict[str, Any] | None]


def run(step: Transition, name: str, element: str, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """Run one action. Its result becomes the fact of the element. Raises EngineError('action-failed', …)."""
    return ACTIONS[name](step, element, **parameters)


def send_notice(step: Transition, element: str, to: str | None = None, kind: str | None = None) -> None:
    """Tell a lane's department; on a timer's path also, without a lane, whoever holds the step."""
    if step.timer is not None and to is None:
        _tell_on_a_timer(step, element, kind)
        return
    if to is None or kind is None:
        raise EngineError("action-failed", say("notice.send needs to and kind outside a timer's path."), element)
    holder = lanes.resolve(step, _process_of(step, element), to)
    tell(step, holder.department_id, holder.role, kind, element)


def _tell_on_a_timer(step: Transition, element: str, kind: str | None) -> None:
    """The drawing's own words at a moment of its clock, to whoever holds the step. Without words of its own there is
    nothing to say: reminders and overdue notices come from the clock itself (`reminding`)."""
    timer = step.timer
    assert timer is not None
    if kind is None:
        return
    held = {(task.department_id, task.role) for task in step.tasks if task.key == timer.on_element}
    for department_id, role in sorted(held, key=str):
        about = f"{element}:{timer.engine_id}:{department_id}:{role}"
        tell(step, department_id, role, kind, about, on=timer.on_element)
    step.record(f"notice.{kind}", on=timer.on_element, rule=timer.rule, due_on=_day(timer.told_for))


def tell(step: Transition, department_id: int | None, role: str, kind: str, about: str, /, **detail: Any) -> None:
    """Put a notice among the step's messages. `about` makes its key: the same notice of the same step goes out once."""
    step.messages.append(
        {
            "key": f"case:{step.case.id}:{step.case.history_seq}:{about}",
            "channel": "notice",
            "kind": kind,
            "case_id": step.case.id,
            "recipient_department_id": department_id,
            "role": EVERYBODY if role == SECOND_PERSON else role,
            "payload": {"number": step.case.number, "subject": step.case.subject, **detail},
        }
    )


def tell_holders(step: Transition, element: str, kind: str, told_of: list[str] | None = None) -> None:
    """Every department that holds a usable grant on these entries, or on what the case is about."""
    for code in concerned(step) if told_of is None else told_of:
        for department_id in grants.holders_of(step.session, step.case.jurisdiction, code, clock.office_date(step.now)):
            tell(step, department_id, "clerk", kind, f"{element}:{code}:{department_id}", resource=code)


def concerned(step: Transition) -> list[str]:
    application = step.facts["application"]
    return [application["resource"]] if application.get("resource") else list(application.get("resources") or [])


def create_grant(
    step: Transition,
    element: str,
    items: list[str],
    purpose: str,
    mode: str | None = None,
    conditions: str | None = None,
    months: int | None = None,
    by_ladder: bool | None = None,
    own_conditions: bool | None = None,
    added_conditions: str | None = None,
    lost: list[str] | None = None,
    agreed_text: str | None = None,
    stands: bool = False,
) -> dict[str, Any]:
    """A grant, or better terms of the one that this case has made before for these items: never two of them.
    `by_ladder`: whether a body of the ladder has decided on the sharing; unsaid, whoever sat there has.
    `own_conditions`: where none are said, those of the entry as it is now hold, with what was added to them. `lost`:
    items that the entry has no longer; what remains is granted. Raises Invalid where nothing does, but for what was
    decided elsewhere and `stands`: then no grant is made, and the history says why."""
    entry, items = step.entry(step.facts["resource"]["code"]), without(items, lost)
    if stands:
        items = [item for item in items if entry is not None and item in grants.codes_of(entry)]
    if not items and stands:
        return _no_grant(step)
    if not items:
        raise Invalid({"decision": [say("The entry has none of these items any more, so nothing can be approved.")]})
    if conditions is None and own_conditions:
        conditions = entry_conditions(entry.as_fact(), added_conditions) if entry else None
    grant = grant_decisions.improve(step, grant_decisions.Result(items, conditions, months, mode, text=agreed_text))
    if grant is None and stands and not (entry and entry.published):
        return _no_grant(step)
    if grant is None:
        decider = None if by_ladder is False else step.case.lanes.get("ladder")
        grant = _new_grant(step, items, purpose, mode, conditions, months, decider, agreed_text)
    said = {"number": grant.number, "items": grant.items, "mode": mode, "conditions": conditions, "months": months}
    return {**said, "why": None}


def _no_grant(step: Transition) -> dict[str, Any]:
    step.record(about_refusals.NOT_MADE, why="entry")
    return {"number": None, "items": [], "mode": None, "conditions": None, "months": None, "why": "entry"}


def entry_conditions(entry: Mapping[str, Any], added: str | None) -> str | None:
    """What the catalogue asks of whoever uses the entry, and what was added to it; None where it asks nothing."""
    return grants.own_conditions(entry.get("share_type", ""), entry.get("conditions"), added) or None


def without(items: list[str], lost: list[str] | None) -> list[str]:
    return [item for item in items if item not in (lost or ())]


def foresee_grant(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a grant would say that is made with these parameters, on what is known."""
    negotiation: dict[str, Any] = {
        "number": None,
        "mode": None,
        "conditions": None,
        "months": None,
        "why": None,
        **given,
    }
    negotiation["items"] = without(given["items"], given.get("lost"))
    if negotiation["conditions"] is None and given.get("own_conditions"):
        negotiation["conditions"] = entry_conditions(known.get("resource") or {}, given.get("added_conditions"))
    return negotiation


def _new_grant(
    step: Transition,
    items: list[str],
    purpose: str,
    mode: str | None,
    conditions: str | None,
    months: int | None,
    decider: Mapping[str, Any] | None,
    agreed_text: str | None,
) -> Grant:
    grant = grants.create_grant(
        step.session,
        case_id=step.case.id,
        jurisdiction=step.case.jurisdiction,
        number=f"{step.case.number}-SQ{step.case.history_seq}",
        department_id=step.case.lanes["applicant"]["id"],
        resource=step.facts["resource"]["code"],
        items=items,
        purpose=purpose,
        mode=mode,
        conditions=conditions,
        agreed_text=agreed_text,
        months=months,
        decided_by_id=(decider or {}).get("id"),
        renews_id=step.case.grant_id,
        now=step.now,
        unpublished=_was_taken_unpublished(step),
    )
    step.record(audit.GRANTED, items=items, **audit.sealed(grant))
    return grant


def _was_taken_unpublished(step: Transition) -> bool:
    """Whether the case began on a drawing of before, which let an entry that is not on the platform go on to its grant.
    Such a case is finished as it began; the grant is of no use, and suspended by the daily work, until it is there."""
    taken = step.facts["resource"]
    return "received_as" not in taken and not taken.get("published", True)


def settle_grant(
    step: Transition,
    element: str,
    kind: str,
    items: list[str] | None = None,
    reason: str | None = None,
    basis: Mapping[str, Any] | None = None,
    conditions: str | None = None,
    months: int | None = None,
    mode: str | None = None,
    agreed_text: str | None = None,
    stands: bool | None = None,
) -> dict[str, Any]:
    result = grant_decisions.Result(items, conditions, months, mode, text=agreed_text)
    return grant_decisions.settle(step, kind, result, reason, basis, stands)


def issue_letter(step: Transition, element: str, template: str, to: str) -> dict[str, Any]:
    return {"number": letters.issue(step, _process_of(step, element), template, to)}


def apply_changes(
    step: Transition, element: str, changes: list[dict[str, Any]], owner: str | None = None, publish: bool | None = None
) -> dict[str, Any]:
    """`owner`: the lane whose department's entries they are; `publish`: whatever the draft says of it. What is open
    about an entry that changes hands follows it; who waits for one that goes, or is shared otherwise, is told."""
    holder = lanes.resolve(step, _process_of(step, element), owner or "provider").department_id
    if holder is None:
        raise EngineError("action-failed", say("Nobody owns these entries."), element)
    if publish:
        changes = [{**change, "published": True} for change in changes]
    done = entries.apply_changes(
        step.session, step.case.jurisdiction, changes, step.actor.username, step.case.id, owner_id=holder
    )
    step.record("catalogue.published", versions=done.versions)
    if done.transferred:
        _move_cases(step, changes, done.transferred, holder)
    if done.withdrawn:
        told = (step.session, step.actor, step.now, step.case.jurisdiction, done.withdrawn)
        step.messages += transfer_of_duties.tell_of_withdrawal(*told)
    if done.retyped:
        place, but = step.case.jurisdiction, step.case.id
        step.messages += transfer_of_duties.tell_of_types(step.session, step.actor, step.now, place, done.retyped, but)
    touched = [entries.entry(step.session, code) for code in sorted(done.versions)]
    step.suspended += grant_decisions.suspend(step.session, step.actor, touched)
    return {
        "versions": done.versions, "changed": done.changed, "opened": done.opened, "closed": done.closed,
        "first": changes[0]["resource"],
    }  # fmt: skip


def _move_cases(step: Transition, changes: list[dict[str, Any]], codes: list[str], holder: int) -> None:
    """What is open about transferred entries follows them to the receiving department, in this transaction."""
    known = directory(step.session)
    giver = known.by_id[holder]
    receiver = known.by_code[step.case.jurisdiction, next(one["to"] for one in changes if one["action"] == "transfer")]
    move = transfer_of_duties.DutyTransfer(
        step.session, step.actor, step.now, giver, receiver, {"by": step.case.number}
    )
    moved = transfer_of_duties.move_cases(move, codes, but=step.case.id)
    step.messages += move.told
    detail = {"giver": giver.code, "receiver": receiver.code, "cases": [case.number for case in moved]}
    step.record("catalogue.transferred", resources=codes, **detail)


def prepare_transfer(step: Transition, element: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
    """To whom the draft would transfer entries, and whether the bureau can judge between the two: nobody judges its own
    cause."""
    moves = [change for change in changes if change["action"] == "transfer"]
    to = moves[0]["to"] if moves else None
    bureau = step.rules.pack.bureau.department
    giver = step.case.lanes["provider"]["code"]
    return {"to": to, "resources": [one["resource"] for one in moves], "judged": bureau not in (to, giver)}


def publish_entry(step: Transition, element: str, entry: str) -> dict[str, Any]:
    """An entry that was not on the platform is there from now on."""
    found = _entry(step, element, entry)
    change = [{"resource": entry, "action": "change", "published": True}]
    done = entries.apply_changes(
        step.session, step.case.jurisdiction, change, step.actor.username, step.case.id, owner_id=found.provider_id
    )
    step.record("catalogue.published", versions=done.versions)
    return {
        "version": done.versions[entry], "changes": change,
        "changed": done.changed, "opened": done.opened, "closed": done.closed,
    }  # fmt: skip


def take_resource(step: Transition, element: str, entry: str, items: list[str] | None = None) -> dict[str, Any]:
    """From now on the case is about this entry, with these of its items, and its department is the provider."""
    found = _entry(step, element, entry)
    provider = directory(step.session).by_id[found.provider_id]
    step.facts["resource"], step.facts["provider"] = found.as_fact(), lanes.seat(provider) or {}
    application = step.facts["application"]
    kept = application.get("items") if application.get("resource") in (None, found.code) else None  # of another entry
    step.facts["application"] = {**application, "resource": found.code, "items": kept if items is None else list(items)}
    step.case.resource, step.case.subject = found.code, found.name
    lanes.sit(step, "provider", provider)
    step.record("resource.taken", resource=found.code, version=found.version, items=items)
    return {"entry": found.code, "version": found.version}


def _entry(step: Transition, element: str, code: str) -> Resource:
    found = entries.find_entry(step.session, step.case.jurisdiction, code)
    if found is None:
        raise EngineError("action-failed", say("There is no resource %(code)s.", code=code), element)
    step.knows_entry(found)
    return found


def publish_list(step: Transition, element: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
    """A new edition of the responsibility list, in the transaction that has published the changes."""
    codes = [change["resource"] for change in changes]
    made = responsibility.publish(step.session, step.case.jurisdiction, codes, step.actor.username, step.case.id)
    step.record("responsibility.published", edition=made.number, added=made.added, ended=made.ended)
    return {"edition": made.number}


def push(
    step: Transition,
    element: str,
    target: str,
    what: str,
    open_entries: list[str] | None = None,
    shut_entries: list[str] | None = None,
    published_entries: list[str] | None = None,
) -> None:
    """Queue for another system all that the case knows; for an open platform only what the open catalogue holds;
    with `published_entries` these entries, and nothing of a case that is about something else."""
    told: dict[str, Any] = {"facts": dict(step.facts)}
    if published_entries is not None:
        told = {"entries": [entries.entry(step.session, code).as_fact() for code in published_entries]}
    if open_entries is not None or shut_entries is not None:
        found = [entries.entry(step.session, code) for code in open_entries or ()]
        told = {"entries": [for_the_public(one) for one in found if is_open(one)], "removed": list(shut_entries or ())}
    step.messages.append(
        {
            "key": f"case:{step.case.id}:{step.case.history_seq}:{element}",
            "channel": "push",
            "kind": what,
            "case_id": step.case.id,
            "payload": {"target": target, "what": what, "case": step.case.number, **told},
        }
    )
    step.record("push.queued", target=target, what=what)


def extend_clock(step: Transition, element: str, rule: str, days: int, reason: str | None = None) -> None:
    booking.extend(step, booking.open_clock(step, rule), days, reason)


def list_rest(step: Transition, element: str, asked: list[str], given: list[str]) -> dict[str, Any]:
    """What was asked for and not given."""
    rest = [item for item in asked if item not in given]
    return {"items": rest, "count": len(rest)}


ACTIONS: Mapping[str, Action] = {
    "notice.send": send_notice,
    "holders.tell": tell_holders,
    "grant.create": create_grant,
    "grant.settle": settle_grant,
    about_grants.CHANGES: about_grants.follow_result,
    about_refusals.AWARDS: about_refusals.award,
    "letter.issue": issue_letter,
    "catalogue.apply": apply_changes,
    "transfer.prepare": prepare_transfer,
    "responsibility.publish": publish_list,
    "catalogue.publish": publish_entry,
    "resource.take": take_resource,
    "outbox.push": push,
    dispute_actions.RAISES: dispute_actions.raise_ladder,
    superior_answers.ENTERS: superior_answers.enter,
    "superior.confirm": superior_answers.confirm,
    "clock.extend": extend_clock,
    "items.rest": list_rest,
    NOTES_RECUSAL: dispute_actions.note_recusal,
    PREPARES: dispute_actions.prepare_dispute,
    negotiation.PROPOSES: negotiation.propose,
    SETTLES: dispute_actions.settle_dispute,
    "correction.next": dispute_actions.next_correction,
}


def _process_of(step: Transition, element: str) -> str:
    """The process of the bundle in which a service task is drawn (element ids are unique in a bundle)."""
    return step.plan.bundle.process_of(element)


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
