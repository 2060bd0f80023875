"""Forms as the door gives them: the fields of every type, and the forms that are made of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.cases.read.act_preview import ClockReading, ClockShift
from app.floor.messages import Text
from app.web.forms import Trial
from tests.web.page_samples.ground import HUSBAND, MARRIAGE, WIFE, at

Sample = dict[str, Any]


def law(article: str, zh: str, en: str) -> Sample:
    """An article beside what it asks for."""
    return {"article": [article], "note": Text(zh, en)}


def option(value: str, zh: str, en: str, help_: Text | None = None) -> Sample:
    return {"value": value, "title": Text(zh, en), "help": help_}


def field(key: str, type_: str, zh: str, en: str, **more: Any) -> Sample:
    return {
        "key": key,
        "type": type_,
        "title": Text(zh, en),
        "required": True,
        "shown": True,
        "depends": False,
        "help": None,
        "law": [],
        "max": None,
        "min": None,
        "options": [],
        "fixed": None,
        "columns": [],
    } | more


def reason(zh: str = "理由", en: str = "Reason", **more: Any) -> Sample:
    return field("reason", "longtext", zh, en, **more)


def form(*fields: Sample, **changes: Any) -> Sample:
    return {
        "id": "answer",
        "action": "/inbox/tasks/3",
        "title": Text("提供部门审核意见", "The provider's decision"),
        "send": Text("提交审核意见", "Submit the decision"),
        "refresh": "/inbox/tasks/3/fields",
        "fields": list(fields),
        "answers": {},
        "errors": {},
        "cancel": None,
        "effect": None,
        "trial": None,
        "says": [],
    } | changes


def act(id_: str, title: Text, *fields: Sample, send: Text | None = None, **changes: Any) -> Sample:
    """A form of its own beside a page; its button says what its title says, where nothing else is asked for."""
    return form(*fields, id=id_, title=title, send=send or title, refresh=None, **changes)


def trial() -> Trial:
    """What a form was found to do: one clock moves, another stands still."""
    first, then, unpaused = date(2026, 2, 28), date(2026, 3, 5), date(2026, 3, 3)
    runs = ClockReading("running", first, at(2, 28, 17), first, "firm")
    later = ClockReading("running", then, at(3, 5, 17), then, "provisional")
    stands = ClockReading("paused", None, None, unpaused, None)
    return Trial(
        [
            ClockShift(Text("答复申请", "Reply to the application"), "statutory", runs, later, 4, 5, "green"),
            ClockShift(Text("核对", "Verification"), "internal", runs, stands, None, 2, "none"),
        ],
        [("reason", "等待补正")],
    )


ITEMS = [
    option("M01", HUSBAND.zh, HUSBAND.en),
    option("M02", WIFE.zh, WIFE.en),
    option("M07", "登记类别", "Kind of registration"),
    option("M08", "登记日期", "Date of registration"),
    option("M03", "双方证件号码", "Identity numbers"),
    option("M15", "婚姻登记照片", "Photographs"),
]
DECISIONS = [
    option("approve", "同意", "Approve", Text("全部共享", "all items")),
    option("approve_partly", "部分同意", "Approve partly", Text("选择可共享的信息项", "choose the items")),
    option("refuse", "不同意", "Refuse", Text("须写明理由和依据", "with reason and basis")),
    option("supplement", "要求补充材料", "Ask for more", Text("时限是否暂停见规则", "see the rules")),
]


def review_form() -> Sample:
    """Half filled in, and come back with an error."""
    why = law("15", "不予共享的，说明理由并提供依据。", "A refusal carries its reason and basis.")
    named = Text("法律法规或国家有关规定的名称与条款", "Law and article")
    grounds = [option("law", "法律", "Law")]
    return form(
        field("decision", "choice", "审核意见", "Decision", options=DECISIONS),
        field("items", "items", "信息项", "Items", options=ITEMS, depends=True),
        reason(depends=True, law=[why]),
        field("basis", "text", "依据", "Basis", depends=True, help=named),
        field("ground", "choice", "不予共享的情形", "Ground", depends=True, shown=False, options=grounds),
        field("conditions", "text", "共享条件", "Conditions", required=False),
        field("period_months", "integer", "授权期限（月）", "Months", required=False, min=1, max=60),
        answers={
            "decision": "approve_partly",
            "items": ["M01", "M02", "M07", "M08"],
            "reason": "核定遗属待遇只需判断婚姻状态和起止日期，照片与完整证件号码超出用途所需。",
            "conditions": "仅限遗属待遇核定，不得留存",
            "period_months": 12,
        },
        errors={"basis": [Text("请填写依据。", "Please give the basis.")]},
        effect=Text("提交后通知市人社局。", "The applicant is told."),
    )


def every_field_form() -> Sample:
    """With a field of each type that the form of a review has not."""
    actions = [option("add", "新增", "Add"), option("change", "修改", "Change"), option("withdraw", "撤销", "Withdraw")]
    departments = [option("gongan", "市公安局", "Public Security"), option("minzheng", "市民政局", "Civil Affairs")]
    columns = [
        field("resource", "text", "资源代码", "Resource code"),
        field("action", "choice", "变更", "Change", options=actions),
    ]
    started = Text("时限由此起算。", "The clock starts here.")
    modes = [option("file", "文件", "File")]
    return form(
        field("changed_on", "date", "变更日期", "Day of the change", help=started),
        field("department", "department", "部门", "Department", options=departments),
        field("resource", "resource", "资源", "Resource", options=ITEMS, fixed=MARRIAGE),
        field("agreed", "boolean", "是否同意", "Agreed"),
        field("modes", "choices", "共享方式", "Modes", options=modes, required=False),
        field("resources", "resources", "涉及资源", "Resources", options=ITEMS),
        field("changes", "changes", "目录变更", "Changes", columns=columns),
        answers={
            "resource": "R-1",
            "agreed": False,
            "resources": ["M02"],
            "changes": [{"resource": "R-1", "action": "change"}, {}],
        },
        errors={"changes-1-resource": ["missing"], "": ["Nothing was changed."]},
    )
