"""The forms by which a clock is paused, goes on, or is set right: those that this reader may use now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from app.cases.clocks import booking
from app.cases.commands import clock_commands, start_corrections
from app.cases.models import Deadline
from app.cases.read import deadlines
from app.cases.read.case_page import people
from app.cases.transition import OPEN_CLOCK, Transition
from app.floor.languages import series
from app.floor.messages import Say, say
from app.web.fields import plain_field, plain_form
from app.web.forms import UNTRIED, Trial, Tried

TITLE: Mapping[str, Say] = {
    "pause": say("Pause the clock"),
    "resume": say("Let the clock go on"),
    "correct": say("Set the start of the clock right"),
    "confirm": say("Confirm the correction"),
    "reject": say("Reject the correction"),
}
EFFECT: Mapping[str, Say] = {
    "pause": say("The days of the pause are not counted; the date without the pause stays visible."),
    "resume": say("The due date is counted anew, without the days of the pause."),
    "correct": say("The due date is counted anew from that day; the day before stays in the history."),
    "reject": say("The clock stays as it is; the proposal stays in the history."),
}


OWN_TARGET = say("This is your department's own internal target, no period that the regulation sets.")
ITS_TARGET = say(
    "This is an internal target of the department that handles the step, no period that the regulation sets."
)


def clock_forms(step: Transition, tried: Tried | None, trial: Trial | None) -> list[dict[str, Any]]:
    """`tried`: the form that comes back; `trial`: what it would do."""
    running = [deadline for deadline in step.deadlines if deadline.state in OPEN_CLOCK]
    return [
        _form(step, deadline, act, len(running) > 1, tried, trial)
        for deadline in running
        for act in (*clock_commands.offered(step, deadline), *start_corrections.offered(step, deadline))
    ]


def form_id(act: str, deadline_id: int) -> str:
    return f"{act}-{deadline_id}"


def _form(
    step: Transition, deadline: Deadline, act: str, several: bool, tried: Tried | None, trial: Trial | None
) -> dict[str, Any]:
    id, title = form_id(act, deadline.id), TITLE[act]
    back = tried is not None and tried[0] == id
    _, answers, errors = tried if tried and back else (id, _known(deadline, act), {})
    if several:
        title = say("%(act)s: %(rule)s", act=title, rule=step.plan.rules[deadline.rule].title)
    help = whose_target(step, deadline) if act == "pause" else None
    reason = plain_field("reason", "longtext", say("Reason"), max=clock_commands.MOST_REASON, help=help)
    return plain_form(
        [*_asked(step, deadline, act), *([] if act == "confirm" else [reason])],
        id=id,
        action=url_for(f"inbox.{act}", id=deadline.id),
        title=title,
        send=TITLE[act],
        answers=answers,
        errors=errors,
        effect=_proposed(step, deadline) if act == "confirm" else EFFECT[act],
        trial=(back and trial) or UNTRIED,
    )


def _proposed(step: Transition, deadline: Deadline) -> Say | None:
    """What the second person is asked to confirm."""
    one = start_corrections.waiting(step.session, step.case, deadline.id)
    if one is None:
        return None
    name = people(step.session, {one.by}).get(one.by, (one.by, None))[0]
    told = {"name": name, "day": one.started_on.isoformat(), "reason": one.reason}
    if not start_corrections.removes_breach(step, deadline, one.started_on):
        return say("%(name)s proposes that the clock began on %(day)s, because: %(reason)s.", **told)
    return say(
        "%(name)s proposes that the clock began on %(day)s, because: %(reason)s. It would no longer be past due.",
        **told,
    )


def _asked(step: Transition, deadline: Deadline, act: str) -> list[dict[str, Any]]:
    if act == "pause":
        options = [
            {"value": ground.key, "title": deadlines.ground_title(ground, deadline.rule), "help": ground.note}
            for ground in booking.pausable(step, deadline)
        ]
        return [plain_field("ground", "choice", say("Ground"), options=options)]
    return [plain_field("started_on", "date", say("The clock begins on"))] if act == "correct" else []


def whose_target(step: Transition, deadline: Deadline) -> Say | None:
    """That a target of our own is no period of the law, and which periods of the law go on though it is paused."""
    if deadline.kind != "internal":
        return None
    own = deadline.owed_by_id == step.actor.department_id
    law = [one for one in step.deadlines if one.kind == "statutory" and one.state == "running"]
    if not law:
        return OWN_TARGET if own else ITS_TARGET
    rules = series(step.plan.rules[one.rule].title for one in law)
    return say("%(target)s What goes on: %(rules)s.", target=OWN_TARGET if own else ITS_TARGET, rules=rules)


def _known(deadline: Deadline, act: str) -> dict[str, Any]:
    started = deadline.started_on.isoformat() if deadline.started_on else None
    return {"started_on": started} if act == "correct" else {}
