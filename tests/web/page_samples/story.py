"""The invented case behind the samples: what was asked for, what happened, who disputes it, what was granted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.floor.messages import Text
from tests.web.page_samples.forms import Sample
from tests.web.page_samples.ground import ALLOWANCES, CIVIL, HUSBAND, LABOUR, WIFE, at

REVIEWER, APPLICANT = ("周敏", CIVIL), ("郑晓兰", LABOUR)
SYSTEM = (None, None)


def fact(zh: str, en: str, value: Any) -> Sample:
    return {"title": Text(zh, en), "value": value}


APPLICATION = [
    fact("共享用途", "Purpose", ALLOWANCES),
    fact("共享范围", "Scope", "本市户籍，2015年以来登记"),
    fact("信息项", "Items", [HUSBAND, WIFE]),
    fact("共享方式", "Mode", Text("服务接口", "Interface")),
    fact("说明", "Remark", None),
]
PARTLY = {"outcome": "granted_partly", "outcome_title": Text("部分同意", "Granted partly")}
GRANT = {
    "number": "YM-SQ-2026-0012",
    "purpose": ALLOWANCES,
    "until": None,
    "state": Text("可用", "usable"),
    "usable": True,
}


def event(
    moment: datetime,
    title: Text,
    by: tuple[str | None, Text | None],
    note: Text | None = None,
    look: str = "",
    span: Text | None = None,
) -> Sample:
    actor, department = by
    return {
        "at": moment,
        "title": title,
        "actor": actor,
        "department": department,
        "note": note,
        "look": look,
        "span": span,
    }


EVENTS = [
    event(
        at(2, 27, 8, 30),
        Text("到期前提醒已送达周敏", "Reminder to Zhou Min"),
        SYSTEM,
        note=Text("提前 1 个工作日", "one working day before"),
    ),
    event(
        at(2, 26, 10, 11),
        Text("补齐材料，时限恢复", "Supplements given, the clock goes on"),
        APPLICANT,
        span=Text("市人社局 2 天，不计", "2 days, not counted"),
    ),
    event(
        at(2, 24, 16, 20),
        Text("要求补充材料，时限暂停", "Supplements asked for, the clock is paused"),
        REVIEWER,
        note=Text("缺用途对应的职责依据", "the duty behind the purpose is missing"),
        look="stop",
        span=Text("市民政局 3 天", "3 days"),
    ),
    event(
        at(2, 12, 15, 42),
        Text("提交申请，生成需求申请表", "Application sent, demand form made"),
        APPLICANT,
        note=Text("第十五条", "Art. 15"),
    ),
]


def rung(zh: str, en: str, look: str, **changes: Any) -> Sample:
    empty = {"article": [], "outcome": None, "at": None, "due_at": None, "due_kind": "none", "ahead": None}
    return {"title": Text(zh, en), "look": look, **empty, **changes}


def saying(zh: str, en: str, **changes: Any) -> Sample:
    return {"title": Text(zh, en), "by": None, "at": None, "words": None, "rows": [], **changes}


LADDER = {
    "steps": [
        rung("双方协商", "Negotiation", "done", outcome=Text("未达成一致", "not agreed"), at=at(2, 9)),
        rung("主管部门协调", "The bureau coordinates", "now", article=["26"], due_at=at(2, 28), due_kind="internal"),
        rung("县政府决定", "The county government decides", "", ahead=Text("上报的", "if passed on")),
    ],
    "kind": "statutory",
    "article": ["26"],
    "note": Text("由主管部门协调。", "The bureau coordinates."),
}
POSITIONS = [
    {
        "role": Text("提出方", "Claimant"),
        "department": CIVIL,
        "unheard": False,
        "said": [
            saying("本方意见", "Position", words="企业未申请变更登记，登记簿记载有效。"),
            saying("协商", "Negotiation", by="李倩", at=at(2, 11), rows=[fact("同意", "Agreed", False)]),
        ],
    },
    {"role": Text("对方", "Respondent"), "department": LABOUR, "said": [], "unheard": True},
]

_SECOND = {
    "number": 2,
    "by": CIVIL,
    "rows": [fact("共享条件", "Conditions", "仅限窗口核验")],
    "hash": "5d2b" * 16,
    "left_out": ["每日核验不超过一千次"],
    "signatures": [
        {"department": CIVIL, "by": "李倩", "at": at(2, 11)},
        {"department": LABOUR, "by": None, "at": None},
    ],
    "before": 1,
    "changes": [
        {
            "title": Text("共享条件", "Conditions"),
            "series": False,
            "pieces": [("same", "仅限"), ("gone", "本局"), ("new", "窗口核验")],
        }
    ],
}
NEGOTIATION = {
    "now": _SECOND,
    "earlier": [_SECOND | {"number": 1, "before": None, "changes": []}],
    "state": Text("第2版待对方签署", "Version 2 waits for the other side"),
    "look": "amber",
    "mine": None,
}
RESULT = {
    "points": [
        {
            "about": ["姓名"],
            "result": Text("予以支持", "supported"),
            "look": "green",
            "right": None,
            "ground": "办理业务所必需",
            "basis": None,
            "falls": [],
        }
    ]
}
