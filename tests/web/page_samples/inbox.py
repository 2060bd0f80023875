"""The clerk's own pages: the to-do list, one task, starting a case, notices."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.floor.messages import Text
from app.web.forms import UNTRIED
from tests.web.page_samples.deadlines import deadline, long_one, statutory_overdue
from tests.web.page_samples.forms import Sample, act, every_field_form, field, law, reason, review_form
from tests.web.page_samples.frame import filters, page
from tests.web.page_samples.ground import CIVIL, LABOUR, MARRIAGE, NUMBER, SHARING, TODAY, at
from tests.web.page_samples.story import APPLICATION, EVENTS, PARTLY

REVIEW = Text("提供部门审核", "Review by the provider")


def task(number: int, lamp: str, left: int | None, due_on: date | None, **changes: Any) -> Sample:
    return {
        "id": number,
        "case": number,
        "case_number": f"YM-GX-2026-{number:04}",
        "subject": MARRIAGE,
        "procedure": "conditional_share",
        "procedure_title": SHARING,
        "name": REVIEW,
        "lane_title": Text("提供部门", "Provider"),
        "department_name": CIVIL,
        "assignee": "yima.minzheng.clerk",
        "assignee_name": "周敏",
        "opened_at": at(2, 26, 10, 11),
        "lamp": lamp,
        "left": left,
        "due_on": due_on,
        "due_kind": "statutory",
        "rank": "normative_document",
        "certainty": "firm",
        "paused": False,
        "paused_note": None,
        "counterpart": LABOUR,
        "done_before": False,
        "held": Text("持件 4 个工作日", "held for 4 working days"),
    } | changes


def tab(zh: str, en: str, count: int, current: bool = False, red: bool = False) -> Sample:
    return {"title": Text(zh, en), "count": count, "url": "#", "current": current, "red": red}


def group(zh: str, en: str, tasks: list[Sample], note: Text | None = None) -> Sample:
    return {"title": Text(zh, en), "tasks": tasks, "note": note}


RETURNED = task(36, "red", -2, date(2026, 2, 25), done_before=True)


def groups() -> list[Sample]:
    """The to-do list by urgency, with everything that a line can carry."""
    allowances = Text("低保对象信息", "Allowances")
    late = task(9, "red", -1, date(2026, 2, 26), due_kind="internal", subject=allowances)
    divorces = {"due_kind": "internal", "subject": Text("结离婚登记日期", "Dates of divorce"), "assignee_name": None}
    soon = [
        task(40, "amber", 0, TODAY),
        task(37, "amber", 1, date(2026, 2, 28), done_before=True),
        task(3, "amber", 2, date(2026, 3, 2), **divorces),
    ]
    later = [task(46 + n, "green", 3 + n, date(2026, 3, 3 + n)) for n in range(4)]
    later.append(task(51, "green", 30, date(2027, 1, 8), certainty="provisional"))
    supplements = Text("申请人补充材料", "the applicant supplements")
    return [
        group("逾期", "Overdue", [RETURNED, late]),
        group("两个工作日内", "Within two working days", soon, Text("明天周六调休上班，计入", "tomorrow counts")),
        group("以后", "Later", later),
        group("暂停计时", "Clock paused", [task(42, "none", None, None, paused=True, paused_note=supplements)]),
    ]


def tasks_page() -> Sample:
    return {
        "tabs": [
            tab("全部", "All", 12, current=True),
            tab("逾期", "Overdue", 2, red=True),
            tab("暂停计时", "Paused", 1),
        ],
        "filters": filters(),
        "page": page(next="c2", count=12),
        "day_note": Text("工作日。明天（周六）调休上班。", "A working day. Tomorrow is a make-up working day."),
        "groups": groups(),
        "chosen": {
            "task": RETURNED,
            "own": None,
            "deadline": statutory_overdue(),
            "why": [
                Text("法定时限，先于内部目标", "Statutory before internal"),
                Text("已逾期 2 个工作日", "Overdue by 2"),
            ],
            "facts": APPLICATION[:3],
            "events": [{"at": one["at"], "title": one["title"]} for one in EVENTS],
        },
    }


def extension() -> Sample:
    """An action that the task offers, with the form that it asks for."""
    asked = Text("申请延长", "Ask for an extension")
    days = field("days", "integer", "延长天数", "Days", min=1, max=10)
    return {
        "key": "extension_requested",
        "title": Text("申请延长时限", "Ask for an extension"),
        "explain": Text("经主要负责人同意，合计不超过 10 个工作日。", "With the consent of the principal, 10 in all."),
        "form": act("extend", asked, days, reason("原因"), send=Text("申请延长", "Ask for it"), trial=UNTRIED),
    }


def task_page() -> Sample:
    received = Text("有条件共享申请，2月12日收到，2月26日补齐材料。", "Conditional sharing, received on 12 February.")
    return {
        "task": task(3, "amber", 1, date(2026, 2, 28))
        | {
            "case_number": NUMBER,
            "title": Text("审核：市人社局申请共享婚姻登记信息", "Review: marriage registrations for Human Resources"),
            "received": received,
            "help": None,
            "can_claim": True,
            "can_release": False,
            "colleagues": [{"username": "yima.minzheng.head", "name": "王建国"}],
            "barred": None,
            "moves": None,
        },
        "deadline": deadline(),
        "facts": [{"title": Text("对方的申请", "The application"), "rows": APPLICATION}],
        "form": review_form(),
        "actions": [extension()],
        "ladder": None,
        "positions": [],
        "negotiation": None,
        "result": None,
        "changed": None,
        "already": [],
        "precedents": [
            {
                "url": "#",
                "title": Text("市人社局，养老待遇核定", "Pensions"),
                "note": Text("2025-11，未给证件号码、照片", "2025-11, without identity numbers"),
            }
            | PARTLY
        ],
    }


def start_page() -> Sample:
    procedure = {
        "code": "conditional_share",
        "title": SHARING,
        "about": Text("向提供部门申请共享其信息资源。", "Ask a provider to share a resource."),
        "url": "/inbox/start?procedure=conditional_share",
    }
    return {
        "procedures": [procedure],
        "procedure": procedure,
        "resources": None,
        "form": every_field_form() | {"send": Text("提交申请", "Send the application")},
        "preview": long_one(),
        "ways": [{"text": Text("无条件共享。", "Shared without conditions."), "article": ["15"], "kind": "convention"}],
        "already": [
            {
                "number": "YM-GX-2026-0001-SQ7",
                "url": "/catalogue/grants/1",
                "what": Text("有效的共享授权", "Grant that can be used"),
                "items": ["姓名"],
                "purpose": "核验",
            }
        ],
        "law": [law("15", "写明共享范围、用途和信息项数量。", "State scope, purpose and number of items.")],
    }


def notices_page() -> Sample:
    told = {
        "at": at(2, 27, 8, 30),
        "title": Text("明天到期", "Due tomorrow"),
        "number": NUMBER,
        "url": "#",
        "unread": True,
    }
    return {"notices": [told], "page": page()}


PAGES = {
    "inbox/list.html": tasks_page(),
    "inbox/task.html": task_page(),
    "inbox/start.html": start_page(),
    "inbox/notices.html": notices_page(),
}
