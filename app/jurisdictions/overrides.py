"""What administrators enter above a pack: internal targets, conventions, lost numbers, and the extension of a
regulation out of force. Each is a change of the book, written to the history of the jurisdiction's rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app import history
from app.accounts import Actor
from app.floor import clock
from app.floor.errors import Conflict, Invalid, NotFound
from app.floor.messages import say, visible
from app.jurisdictions.rulebook import (
    RegulationExtension,
    RulePackRow,
    TargetOverride,
    as_kept,
    current_row,
    entered_by,
    read_again,
    renew,
    rulebook,
)
from app.jurisdictions.rules_in_force import Override, RuleBook, check_override

LONGEST_SOURCE = 400


def set_target(
    session: Session, jurisdiction: str, key: str, value: Any, *, from_on: date, source: str, actor: Actor
) -> RuleBook:
    """Another internal target or convention from that day on. `key` is a rule key, `conventions.<name>` or
    `grounds.<ground>.<internal|statutory>`; the latter two take effect at once. Raises Invalid, NotFound, and Conflict
    where the regulation itself gives the value."""
    return _enter(session, jurisdiction, Override(key, value, False, source.strip(), from_on), actor)


def enter_number(
    session: Session, jurisdiction: str, key: str, number: int, *, from_on: date, source: str, actor: Actor
) -> RuleBook:
    """The statutory number that this copy of the text has lost, with the published text that it stands in: by the
    operator. Administrators need two persons for it (proposals.py)."""
    return _enter(session, jurisdiction, Override(key, number, True, source.strip(), from_on), actor)


def enter(session: Session, jurisdiction: str, entered: Override, actor: Actor, proposed_by: str | None) -> RuleBook:
    """What one person has proposed and another, who acts here, confirms; or what the operator enters."""
    return _enter(session, jurisdiction, entered, actor, proposed_by)


def _enter(
    session: Session, jurisdiction: str, entered: Override, actor: Actor, proposed_by: str | None = None
) -> RuleBook:
    ledger = history.ledger(session, f"rules:{jurisdiction}")
    row = _changing(session, jurisdiction)
    check_override(read_again(row), entered)
    if len(entered.source) > LONGEST_SOURCE:
        raise Invalid({"source": [say("At most %(limit)s characters.", limit=LONGEST_SOURCE)]})
    values = {"key": entered.key, "value": as_kept(entered, proposed_by), "statutory": entered.statutory}
    session.add(TargetOverride(**values, source=entered.source, from_on=entered.from_on, **_recorded(row, actor)))
    renew(session, row)
    detail = {"key": entered.key, "value": entered.value, "source": entered.source, "edition": row.edition}
    kind = "rules.number_entered" if entered.statutory else "rules.target_set"
    if entered.above is not None:
        kind = "rules.superior_entered"
        detail |= {"superior": entered.above.code, "article": list(entered.article), "unit": entered.unit}
    history.append(session, ledger, kind, actor.username, {**detail, "from_on": entered.from_on.isoformat()})
    return rulebook(session, jurisdiction, row.edition)


def drop_target(session: Session, jurisdiction: str, key: str, actor: Actor) -> RuleBook:
    """Take back the targets and conventions that were entered for that key. Raises NotFound."""
    return _drop(session, jurisdiction, key, actor, law=False)


def end_law(session: Session, jurisdiction: str, key: str, actor: Actor) -> RuleBook:
    """Take back the numbers that were entered for that key as law: by the operator, or by two persons (proposals.py).
    Raises NotFound."""
    return _drop(session, jurisdiction, key, actor, law=True)


def _drop(session: Session, jurisdiction: str, key: str, actor: Actor, *, law: bool) -> RuleBook:
    ledger = history.ledger(session, f"rules:{jurisdiction}")
    row = _changing(session, jurisdiction)
    there = entered_by(session, TargetOverride, jurisdiction, row.changes)
    entered = [one for one in there if one.key == key and one.statutory == law]
    if not entered:
        raise NotFound(say("Nothing was entered for %(key)s.", key=key))
    for one in entered:
        one.ended_in, one.ended_at = row.changes, clock.now()
    renew(session, row)
    kind = "rules.number_dropped" if law else "rules.target_dropped"
    history.append(session, ledger, kind, actor.username, {"key": key, "edition": row.edition})
    return rulebook(session, jurisdiction, row.edition)


def targets(session: Session, jurisdiction: str) -> Sequence[TargetOverride]:
    """What is entered for the jurisdiction now, in the order of entering."""
    row = current_row(session, jurisdiction, lock=False)
    return entered_by(session, TargetOverride, jurisdiction, row.changes) if row else []


def extend(session: Session, jurisdiction: str, until: date, ground: str, actor: Actor) -> RuleBook:
    """Carry a regulation on that goes out of force, on the strength of a document. A second extension takes the place
    of the first. Raises Conflict where the regulation has no end, Invalid for a day too early or without a document."""
    ledger = history.ledger(session, f"rules:{jurisdiction}")
    row = _changing(session, jurisdiction)
    ends = read_again(row).regulation.until
    if ends is None:
        raise Conflict(say("This regulation has no end; there is nothing to extend."), "no-end")
    _check_extension(until, ends, ground.strip())
    _end_extensions(session, row)
    session.add(RegulationExtension(until=until, ground=ground.strip(), **_recorded(row, actor)))
    renew(session, row)
    detail = {"until": until.isoformat(), "ground": ground.strip(), "edition": row.edition}
    history.append(session, ledger, "rules.extended", actor.username, detail)
    return rulebook(session, jurisdiction, row.edition)


def _check_extension(until: date, ends: date, ground: str) -> None:
    errors = {}
    if until <= ends:
        errors["until"] = [say("The regulation itself lasts until %(day)s.", day=ends)]
    elif until < clock.today():
        errors["until"] = [say("This day has passed.")]
    if not visible(ground) or len(ground) > LONGEST_SOURCE:
        errors["ground"] = [
            say(
                "Name the document that carries the regulation on, in at most %(limit)s characters.",
                limit=LONGEST_SOURCE,
            )
        ]
    if errors:
        raise Invalid(errors)


def end_extension(session: Session, jurisdiction: str, actor: Actor) -> RuleBook:
    """Take the extension back; cases that it opened go on. Raises Conflict when there is none."""
    ledger = history.ledger(session, f"rules:{jurisdiction}")
    row = _changing(session, jurisdiction)
    if not _end_extensions(session, row):
        raise Conflict(say("This regulation is not extended."), "not-extended")
    renew(session, row)
    history.append(session, ledger, "rules.extension_ended", actor.username, {"edition": row.edition})
    return rulebook(session, jurisdiction, row.edition)


def _changing(session: Session, jurisdiction: str) -> RulePackRow:
    """The current pack's row, locked, one change further."""
    row = current_row(session, jurisdiction, lock=True)
    if row is None:
        raise NotFound(say("There are no rules for %(jurisdiction)s.", jurisdiction=jurisdiction))
    row.changes += 1
    return row


def _recorded(row: RulePackRow, actor: Actor) -> dict[str, Any]:
    by = {"recorded_at": clock.now(), "recorded_by": actor.username}
    return {"jurisdiction": row.jurisdiction, "added_in": row.changes, **by}


def _end_extensions(session: Session, row: RulePackRow) -> bool:
    running = entered_by(session, RegulationExtension, row.jurisdiction, row.changes)
    for one in running:
        one.ended_in, one.ended_at = row.changes, clock.now()
    return bool(running)
