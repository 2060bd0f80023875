"""What the clerk follows: the list of cases, one case, a deadline of it, its letters."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.floor.messages import Text
from tests.web.page_samples.deadlines import deadline, extended_and_met_late, internal_overdue, provisional
from tests.web.page_samples.forms import Sample, act, field, option, reason, trial
from tests.web.page_samples.frame import filters, page
from tests.web.page_samples.ground import CIVIL, HUSBAND, LABOUR, MARRIAGE, NUMBER, SHARING, at
from tests.web.page_samples.inbox import REVIEW, task
from tests.web.page_samples.story import APPLICATION, EVENTS, GRANT, LADDER, NEGOTIATION, PARTLY, POSITIONS, RESULT


def case_line(number: int, **changes: Any) -> Sample:
    return {
        "id": number,
        "number": f"YM-GX-2026-{number:04}",
        "procedure": "conditional_share",
        "procedure_title": SHARING,
        "jurisdiction": "yima",
        "subject": MARRIAGE,
        "status": "open",
        "outcome": None,
        "outcome_title": None,
        "opened_at": at(2, 12, 15, 42),
        "closed_at": None,
        "rule_version": "2021-03-10",
        "diagram_version": "6",
    } | changes


def listed(number: int, lamp: str, left: int | None, due_on: date | None, **changes: Any) -> Sample:
    """A case as the list shows it, with its clock."""
    return (
        case_line(number)
        | {
            "applicant_name": LABOUR,
            "provider_name": CIVIL,
            "step": REVIEW,
            "lamp": lamp,
            "left": left,
            "due_on": due_on,
            "due_kind": "statutory",
            "rank": "normative_document",
            "certainty": "firm",
            "paused": False,
            "waits_elsewhere": False,
            "verdict": None,
        }
        | changes
    )


def cases_page() -> Sample:
    return {
        "title": Text("本部门办件", "Cases of my department"),
        "filters": filters(),
        "page": page(sort="-opened_at", next="c2"),
        "cases": [
            listed(36, "red", -2, date(2026, 2, 25)),
            listed(37, "green", 4, date(2026, 3, 5)),
            listed(20, "none", None, None, step=None, status="closed", **PARTLY),
        ],
    }


def pause() -> Sample:
    """What an administrator does to a clock, come back with an error."""
    grounds = [option("supplement", "等待补正", "Waiting")]
    return act(
        "pause-7",
        Text("暂停计时", "Pause the clock"),
        field("ground", "choice", "事由", "Ground", options=grounds),
        reason(),
        answers={"reason": "等待补正"},
        errors={"ground": [Text("请填写此项。", "Please answer this.")]},
        effect=Text("到期日将重新计算。", "The due date is counted anew."),
        trial=trial(),
    )


def letter(count: int, title: Text, day: int) -> Sample:
    return {"number": f"{NUMBER}-{count}", "title": title, "issued_at": at(2, day)}


DIAGRAM = {
    "lanes": {"applicant": "使用部门", "provider": "提供部门"},
    "title": Text("流程图", "Diagram"),
    "url": "/diagram.bpmn",
    "current": ["provider_review"],
    "done": ["start", "route"],
    "overdue": [],
    "steps": [
        {"title": Text("提交申请", "Application"), "look": "done", "note": Text("02-12", "02-12")},
        {"title": Text("提供部门审核", "Review"), "look": "now", "note": None},
    ],
}
GRANTED = GRANT | {
    "url": "#",
    "resource": MARRIAGE,
    "items": [HUSBAND],
    "mode": Text("服务接口", "Interface"),
    "until": date(2027, 2, 28),
}


def case_page() -> Sample:
    return {
        "case": case_line(
            37,
            subject=Text("市人社局申请共享婚姻登记信息", "Marriage registrations for Human Resources"),
            parties=[
                {"role": Text("使用部门", "user department"), "department": LABOUR},
                {"role": Text("提供部门", "provider"), "department": CIVIL},
            ],
            carried_on=None,
            entered_by=None,
            own_work=None,
        ),
        "deadline": deadline(),
        "deadlines": [deadline(), internal_overdue(), provisional()],
        "tasks": [task(3, "amber", 1, date(2026, 2, 28), mine=True, own=None)],
        "events": EVENTS,
        "answers": [{"title": Text("申请内容", "The application"), "by": None, "at": None, "rows": APPLICATION}],
        "diagrams": [DIAGRAM],
        "letters": [
            letter(1, Text("需求申请表", "Demand form"), 12),
            letter(2, Text("补充材料通知书", "Request"), 24),
        ],
        "grants": [GRANTED],
        "shares": [{"department": CIVIL, "counted": 4, "paused": 0}, {"department": LABOUR, "counted": 0, "paused": 2}],
        "ladder": LADDER,
        "positions": POSITIONS,
        "negotiation": NEGOTIATION,
        "result": RESULT,
        "incident": None,
        "adjust": [pause()],
        "withdraw": act("withdraw", Text("撤回申请", "Withdraw"), reason("撤回原因")),
        "annul": None,
    }


def deadline_page() -> Sample:
    return {
        "case": case_line(37),
        "deadline": extended_and_met_late(),
        "grounds": {"supplement": Text("补充材料", "Supplements")},
    }


def letter_page() -> Sample:
    shared = Text(
        "你单位关于共享婚姻登记信息的申请收悉。经审核，同意共享四项。",
        "Your application was examined; four items are shared.",
    )
    limits = Text("授权期限十二个月，仅限遗属待遇核定。", "For twelve months, for allowances only.")
    return {
        "letter": letter(3, Text("信息资源共享答复函", "Reply to an application"), 27)
        | {
            "to": LABOUR,
            "blocks": [
                {
                    "parts": [{"text": shared.zh, "theirs": False}, {"text": "核定遗属待遇", "theirs": True}],
                    "quote": None,
                },
                {"parts": [], "quote": ["申请理由第一行", "第二行"]},
                {"parts": [{"text": limits.zh, "theirs": False}], "quote": None},
            ],
            "issuer": CIVIL,
            "signatory": "周岚",
            "fixed_at": None,
            "case": {"id": 37, "number": NUMBER},
        }
    }


PAGES = {
    "inbox/case.html": case_page(),
    "inbox/cases.html": cases_page(),
    "inbox/deadline.html": deadline_page(),
    "letters/letter.html": letter_page(),
}
