"""Paper applications that the bureau enters for another department: what it is asked beside the form itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from app.accounts import Actor
from app.diagrams.forms import Field, Form, Forms
from app.floor import clock
from app.floor.errors import Invalid
from app.floor.messages import Say, Text
from app.web.fields import a_date

WHOM, WHEN, WHY = "on_behalf_of", "occurred_on", "late_reason"
ASKED = (
    Field(
        WHOM,
        "department",
        Text("代为录入的使用部门", "Entered for"),
        help=Text(
            "录入其他部门的纸质申请时填写；录入后该部门为当事部门。",
            "For an application that another department has made on paper; that department is then the party.",
        ),
    ),
    Field(
        WHEN,
        "date",
        Text("收到日期", "Received on"),
        help=Text("不填写的，以今天为收到日期。", "Left empty: today."),
    ),
    Field(
        WHY,
        "text",
        Text("延后录入的理由", "Why it is entered so late"),
        help=Text("收到日期早于三个工作日以前的，应当说明。", "Needed more than three working days after the receipt."),
    ),
)
NAMED = {"occurred_at": WHEN, "reason": WHY}
NOON = time(12)


def entry_form(actor: Actor, top: Forms) -> Form:
    """The start form as this reader meets it."""
    if actor.kind != "bureau" or "department" not in top.starters or top.start.field("department") is not None:
        return top.start
    return replace(top.start, fields=(*ASKED, *top.start.fields))


def taken_apart(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer to the start form, and what `flow.open_case` is told beside it. Raises Invalid."""
    own = {name: value for name, value in data.items() if name not in (WHOM, WHEN, WHY)}
    beside: dict[str, Any] = {"on_behalf_of": data.get(WHOM) or None, "reason": data.get(WHY) or None}
    if data.get(WHEN) and (day := a_date(WHEN, str(data[WHEN]))) != clock.today():
        beside["occurred_at"] = datetime.combine(day, NOON, clock.OFFICE)
    return own, beside


def at_its_fields(error: Invalid) -> dict[str, Sequence[Say]]:
    """What was wrong, by the names that the page uses."""
    return {NAMED.get(name, name): said for name, said in error.errors.items()}
