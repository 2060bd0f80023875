"""What the pages are shown with in tests: one invented case of the Spring Festival of 2026, and everything round it."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.deadlines.calendar import Calendar, Day
from app.deadlines.count import Conventions
from app.deadlines.explain import explain
from app.deadlines.journal import Entry, Happening, Term, fold
from app.words import Text

TODAY = date(2026, 2, 27)
SPRING = Text("春节", "Spring Festival")
NEW_YEAR = Text("元旦", "New Year")
CIVIL = Text("市民政局", "Civil Affairs Bureau")
LABOUR = Text("市人社局", "Human Resources Bureau")
SHARING = Text("有条件共享申请", "Conditional sharing")
MARRIAGE = Text("婚姻登记信息", "Marriage registrations")
NUMBER = "YM-GX-2026-0037"


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    """A moment on the office's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


MAKEUP = [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28)]
NOTICE = "国办发明电〔2025〕7号"
YEARS = Calendar(
    [
        *(Day(date(2026, 2, day), False, "holiday", SPRING, NOTICE) for day in range(15, 24)),
        *(Day(date(2026, 1, day), False, "holiday", NEW_YEAR, NOTICE) for day in range(1, 4)),
        *(Day(one, True, "makeup", None, NOTICE) for one in MAKEUP),
        Day(date(2027, 1, 1), False, "estimate", NEW_YEAR, estimated=True),
    ],
    announced_until=date(2026, 12, 31),
    last=date(2027, 12, 31),
)
STATUTORY = Term(days=5, kind="statutory")


def entry(kind: Happening, on: date, **more: Any) -> Entry:
    return Entry(kind, on, at(on.month, on.day, 10, 0, on.year), **more)


def deadline(
    *journal: Entry, term: Term = STATUTORY, as_of: datetime | None = None, left: int = 1, **changes: Any
) -> dict[str, Any]:
    """As the door gives it. Without a journal: statutory, due tomorrow, moved by a pause of two working days."""
    journal = journal or (
        entry("start", date(2026, 2, 12)),
        entry("suspend", date(2026, 2, 24), ground="supplement"),
        entry("resume", date(2026, 2, 26), ground="supplement"),
    )
    calendar = term.calendar(YEARS)
    told = explain(fold(journal, term, calendar, Conventions(), as_of or at(2, 27, 9)), calendar)
    standing = told.standing
    colour = "none" if standing.due_on is None else "red" if left < 0 else "amber" if left <= 2 else "green"
    return {
        "id": 7,
        "case": 1,
        "rule": "conditional_share.reply",
        "title": Text("提供部门答复", "Reply of the provider"),
        "article": "15",
        "kind": term.kind,
        "reason": None,
        "length": term.days,
        "unit": "days",
        "state": standing.state,
        "late": standing.late,
        "certainty": standing.certainty,
        "started_on": standing.started_on,
        "due_on": standing.due_on,
        "due_at": standing.due_at,
        "unpaused_due_on": standing.unpaused_due_on,
        "met_on": standing.met_on,
        "calendar_version": 1,
        "rule_version": "2021-03-10",
        "explanation": told,
        "event": Text("收到", "Received"),
        "note": Text("提供部门收到需求申请表后答复。", "The provider replies to the demand form."),
        "regulation": Text("义马市政务信息资源共享管理暂行办法", "Interim measures of Yima"),
        "lamp": colour,
        "left": left,
        "late_days": _late_days(standing.due_on) if left < 0 else [],
    } | changes


def _late_days(due_on: date | None) -> list[Day]:
    one = due_on or TODAY
    return [YEARS.day(one + timedelta(days=n)) for n in range(1, (TODAY - one).days + 1)]


def internal_overdue() -> dict[str, Any]:
    return deadline(
        entry("start", date(2026, 2, 10)),
        term=Term(days=6, kind="internal"),
        left=-2,
        id=8,
        title=Text("核实疑义", "Verification"),
        article="12",
        reason="silent",
        note=None,
    )


def statutory_overdue() -> dict[str, Any]:
    return deadline(entry("start", date(2026, 2, 11)), left=-2)


def provisional() -> dict[str, Any]:
    return deadline(
        entry("start", date(2026, 12, 24)),
        term=Term(days=10, kind="statutory"),
        left=10,
        id=9,
        title=Text("目录更新", "Update of the catalogue"),
    )


def long_one() -> dict[str, Any]:
    """Longer than 25 cells, so drawn as weeks."""
    return deadline(entry("start", date(2026, 2, 12)), term=Term(days=15, kind="statutory"), left=11)


def paused() -> dict[str, Any]:
    return deadline(entry("start", date(2026, 2, 12)), entry("suspend", date(2026, 2, 24), ground="supplement"))


def extended_and_met_late() -> dict[str, Any]:
    return deadline(
        entry("start", date(2026, 2, 2)),
        entry("extend", date(2026, 2, 9), days=3, ground="需现场核实"),
        entry("met", date(2026, 2, 26)),
        left=-1,
        late_days=[],
    )


def field(key: str, type_: str, zh: str, en: str, **more: Any) -> dict[str, Any]:
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


def option(value: str, zh: str, en: str, help_: Text | None = None) -> dict[str, Any]:
    return {"value": value, "title": Text(zh, en), "help": help_}


ITEMS = [
    option(code, zh, en)
    for code, zh, en in [
        ("M01", "男方姓名", "Husband's name"),
        ("M02", "女方姓名", "Wife's name"),
        ("M07", "登记类别", "Kind of registration"),
        ("M08", "登记日期", "Date of registration"),
        ("M03", "双方证件号码", "Identity numbers"),
        ("M15", "婚姻登记照片", "Photographs"),
    ]
]


def form(fields: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    return {
        "id": "answer",
        "action": "/inbox/tasks/3",
        "title": Text("提供部门审核意见", "The provider's decision"),
        "send": Text("提交审核意见", "Submit the decision"),
        "refresh": "/inbox/tasks/3/fields",
        "fields": fields,
        "answers": {},
        "errors": {},
        "cancel": None,
        "effect": None,
    } | changes


def review_form() -> dict[str, Any]:
    law = [
        {"article": ["15"], "note": Text("不予共享的，说明理由并提供依据。", "A refusal carries its reason and basis.")}
    ]
    return form(
        [
            field(
                "decision",
                "choice",
                "审核意见",
                "Decision",
                options=[
                    option("approve", "同意", "Approve", Text("全部共享", "all items")),
                    option(
                        "approve_partly", "部分同意", "Approve partly", Text("选择可共享的信息项", "choose the items")
                    ),
                    option("refuse", "不同意", "Refuse", Text("须写明理由和依据", "with reason and basis")),
                    option("supplement", "要求补充材料", "Ask for more", Text("时限是否暂停见规则", "see the rules")),
                ],
            ),
            field("items", "items", "信息项", "Items", options=ITEMS, depends=True),
            field("reason", "longtext", "理由", "Reason", depends=True, law=law),
            field(
                "basis",
                "text",
                "依据",
                "Basis",
                depends=True,
                help=Text("法律法规或国家有关规定的名称与条款", "Law and article"),
            ),
            field(
                "ground",
                "choice",
                "不予共享的情形",
                "Ground",
                depends=True,
                shown=False,
                options=[option("law", "法律", "Law")],
            ),
            field("conditions", "text", "共享条件", "Conditions", required=False),
            field("period_months", "integer", "授权期限（月）", "Months", required=False, min=1, max=60),
        ],
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


def every_field_form() -> dict[str, Any]:
    actions = [option("add", "新增", "Add"), option("change", "修改", "Change"), option("withdraw", "撤销", "Withdraw")]
    departments = [option("gongan", "市公安局", "Public Security"), option("minzheng", "市民政局", "Civil Affairs")]
    columns = [
        field("resource", "text", "资源代码", "Resource code"),
        field("action", "choice", "变更", "Change", options=actions),
    ]
    return form(
        [
            field(
                "changed_on",
                "date",
                "变更日期",
                "Day of the change",
                help=Text("时限由此起算。", "The clock starts here."),
            ),
            field("department", "department", "部门", "Department", options=departments),
            field("resource", "resource", "资源", "Resource", options=ITEMS, fixed=MARRIAGE),
            field("agreed", "boolean", "是否同意", "Agreed"),
            field("modes", "choices", "共享方式", "Modes", options=[option("file", "文件", "File")], required=False),
            field("resources", "resources", "涉及资源", "Resources", options=ITEMS),
            field("changes", "changes", "目录变更", "Changes", columns=columns),
        ],
        answers={
            "resource": "R-1",
            "agreed": False,
            "resources": ["M02"],
            "changes": [{"resource": "R-1", "action": "change"}, {}],
        },
        errors={"changes-1-resource": ["missing"], "": ["Nothing was changed."]},
    )


def task(number: int, lamp: str, left: int | None, due_on: date | None, kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "case": number,
        "case_number": f"YM-GX-2026-{number:04}",
        "subject": MARRIAGE,
        "procedure": "conditional_share",
        "procedure_title": SHARING,
        "name": Text("提供部门审核", "Review by the provider"),
        "lane_title": Text("提供部门", "Provider"),
        "department_name": CIVIL,
        "assignee": "yima.minzheng.clerk",
        "assignee_name": "周敏",
        "opened_at": at(2, 26, 10, 11),
        "lamp": lamp,
        "left": left,
        "due_on": due_on,
        "due_kind": kind,
        "certainty": "firm",
        "paused": False,
        "paused_note": None,
        "counterpart": LABOUR,
        "tags": [],
        "held": Text("持件 4 个工作日", "held for 4 working days"),
    } | changes


def page(**changes: Any) -> dict[str, Any]:
    return {"sort": "due_at", "next": None, "first": True, "filtered": False, "count": 12} | changes


def filters() -> list[dict[str, Any]]:
    choice = {"type": "choice", "value": None, "wide": False, "hint": None}
    return [
        {
            "name": "procedure",
            "title": Text("办件类型", "Procedure"),
            "options": [option("conditional_share", "有条件共享申请", "Conditional sharing")],
            **choice,
        },
        {
            "name": "kind",
            "title": Text("时限性质", "Nature"),
            "options": [option("statutory", "法定", "Statutory"), option("internal", "内部目标", "Internal target")],
            **choice,
        },
        {
            "name": "q",
            "title": Text("关键字", "Words"),
            "type": "search",
            "value": "",
            "wide": True,
            "hint": Text("资源、编号", "resource, number"),
        },
    ]


EVENTS: list[dict[str, Any]] = [
    {
        "at": moment,
        "title": title,
        "actor": actor,
        "department": department,
        "note": note,
        "look": look,
        "span": span,
    }
    for moment, title, actor, department, note, look, span in [
        (
            at(2, 27, 8, 30),
            Text("到期前提醒已送达周敏", "Reminder to Zhou Min"),
            None,
            None,
            Text("提前 1 个工作日", "one working day before"),
            "",
            None,
        ),
        (
            at(2, 26, 10, 11),
            Text("补齐材料，时限恢复", "Supplements given, the clock goes on"),
            "郑晓兰",
            LABOUR,
            None,
            "",
            Text("市人社局 2 天，不计", "2 days, not counted"),
        ),
        (
            at(2, 24, 16, 20),
            Text("要求补充材料，时限暂停", "Supplements asked for, the clock is paused"),
            "周敏",
            CIVIL,
            Text("缺用途对应的职责依据", "the duty behind the purpose is missing"),
            "stop",
            Text("市民政局 3 天", "3 days"),
        ),
        (
            at(2, 12, 15, 42),
            Text("提交申请，生成需求申请表", "Application sent, demand form made"),
            "郑晓兰",
            LABOUR,
            Text("第十五条", "Art. 15"),
            "",
            None,
        ),
    ]
]
APPLICATION = [
    {"title": Text("共享用途", "Purpose"), "value": "核定遗属待遇领取资格"},
    {"title": Text("共享范围", "Scope"), "value": "本市户籍，2015年以来登记"},
    {"title": Text("信息项", "Items"), "value": [Text("男方姓名", "Husband's name"), Text("女方姓名", "Wife's name")]},
    {"title": Text("共享方式", "Mode"), "value": Text("服务接口", "Interface")},
    {"title": Text("说明", "Remark"), "value": None},
]
PARTLY = {"outcome": "granted_partly", "outcome_title": Text("部分同意", "Granted partly")}


def rung(zh: str, en: str, look: str, **changes: Any) -> dict[str, Any]:
    empty = {"article": [], "outcome": None, "at": None, "due_at": None, "due_kind": "none", "ahead": None}
    return {"title": Text(zh, en), "look": look, **empty, **changes}


def saying(zh: str, en: str, **changes: Any) -> dict[str, Any]:
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
        "said": [
            saying("本方意见", "Position", words="企业未申请变更登记，登记簿记载有效。"),
            saying(
                "协商", "Negotiation", by="李倩", at=at(2, 11), rows=[{"title": Text("同意", "Agreed"), "value": False}]
            ),
        ],
    },
    {"role": Text("对方", "Respondent"), "department": LABOUR, "said": []},
]


def frame(**changes: Any) -> dict[str, Any]:
    """What every page has."""

    def link(icon: str, zh: str, en: str, count: int | None = None, current: bool = False) -> dict[str, Any]:
        return {"url": "#", "icon": icon, "title": Text(zh, en), "count": count, "current": current}

    return {
        "reader": {"name": "周敏", "department": CIVIL, "jurisdiction": Text("义马市", "Yima")},
        "public": None,
        "start_url": "/inbox/start",
        "unread": 3,
        "simulated_at": None,
        "nav": [
            {
                "title": None,
                "links": [
                    link("inbox", "我的待办", "My tasks", 14, True),
                    link("files", "办件", "Cases"),
                    link("chart-bar", "看板", "Board"),
                ],
            },
            {
                "title": Text("资源", "Resources"),
                "links": [link("book-2", "信息资源目录", "Catalogue"), link("key", "共享授权", "Grants")],
            },
            {
                "title": Text("流程与规则", "Procedures and rules"),
                "links": [link("scale", "规则与时限", "Rules"), link("calendar", "工作日历", "Calendar")],
            },
        ],
    } | changes


def tasks_page() -> dict[str, Any]:
    overdue = task(
        36, "red", -2, date(2026, 2, 25), "statutory", tags=[{"title": Text("催办 1 次", "urged"), "red": True}]
    )
    late = task(9, "red", -1, date(2026, 2, 26), "internal", subject=Text("低保对象信息", "Allowances"))
    soon = [
        task(40, "amber", 0, TODAY, "statutory"),
        task(
            37,
            "amber",
            1,
            date(2026, 2, 28),
            "statutory",
            tags=[{"title": Text("已补充材料", "supplemented"), "red": False}],
        ),
        task(
            3,
            "amber",
            2,
            date(2026, 3, 2),
            "internal",
            subject=Text("结离婚登记日期", "Dates of divorce"),
            assignee_name=None,
        ),
    ]
    later = [task(46 + n, "green", 3 + n, date(2026, 3, 3 + n), "statutory") for n in range(4)]
    later.append(task(51, "green", 30, date(2027, 1, 8), "statutory", certainty="provisional"))
    paused = task(
        42, "none", None, None, "statutory", paused=True, paused_note=Text("已计 3 / 5 天", "3 of 5 days counted")
    )

    def group(zh: str, en: str, tasks: list[dict[str, Any]], note: Text | None = None) -> dict[str, Any]:
        return {"title": Text(zh, en), "tasks": tasks, "note": note}

    def tab(zh: str, en: str, count: int, current: bool = False, red: bool = False) -> dict[str, Any]:
        return {"title": Text(zh, en), "count": count, "url": "#", "current": current, "red": red}

    return {
        "tabs": [tab("全部", "All", 12, True), tab("逾期", "Overdue", 2, red=True), tab("暂停计时", "Paused", 1)],
        "filters": filters(),
        "page": page(next="c2", count=12),
        "day_note": Text("工作日。明天（周六）调休上班。", "A working day. Tomorrow is a make-up working day."),
        "groups": [
            group("逾期", "Overdue", [overdue, late]),
            group("两个工作日内", "Within two working days", soon, Text("明天周六调休上班，计入", "tomorrow counts")),
            group("以后", "Later", later),
            group("暂停计时", "Clock paused", [paused]),
        ],
        "chosen": {
            "task": overdue,
            "deadline": statutory_overdue(),
            "why": [
                Text("法定时限，先于内部目标", "Statutory before internal"),
                Text("已逾期 2 个工作日", "Overdue by 2"),
            ],
            "facts": APPLICATION[:3],
            "events": [{"at": one["at"], "title": one["title"]} for one in EVENTS],
        },
    }


def task_page() -> dict[str, Any]:
    extension = form(
        [field("days", "integer", "延长天数", "Days", min=1, max=10), field("reason", "longtext", "原因", "Reason")],
        id="extend",
        title=Text("申请延长", "Ask for an extension"),
        send=Text("申请延长", "Ask for it"),
        refresh=None,
    )
    return {
        "task": task(3, "amber", 1, date(2026, 2, 28), "statutory")
        | {
            "case_number": NUMBER,
            "title": Text("审核：市人社局申请共享婚姻登记信息", "Review: marriage registrations for Human Resources"),
            "received": Text(
                "有条件共享申请，2月12日收到，2月26日补齐材料。", "Conditional sharing, received on 12 February."
            ),
            "help": None,
            "can_claim": True,
            "can_release": False,
            "colleagues": [{"username": "yima.minzheng.head", "name": "王建国"}],
            "barred": None,
        },
        "deadline": deadline(),
        "facts": [{"title": Text("对方的申请", "The application"), "rows": APPLICATION}],
        "form": review_form(),
        "actions": [
            {
                "key": "extension_requested",
                "title": Text("申请延长时限", "Ask for an extension"),
                "explain": Text(
                    "经主要负责人同意，合计不超过 10 个工作日。", "With the consent of the principal, 10 in all."
                ),
                "form": extension,
            }
        ],
        "ladder": None,
        "positions": [],
        "precedents": [
            {
                "url": "#",
                "title": Text("市人社局，养老待遇核定", "Pensions"),
                "note": Text("2025-11，未给证件号码、照片", "2025-11, without identity numbers"),
            }
            | PARTLY
        ],
    }


def case_line(number: int) -> dict[str, Any]:
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
    }


def case_page() -> dict[str, Any]:
    return {
        "case": case_line(37)
        | {
            "subject": Text("市人社局申请共享婚姻登记信息", "Marriage registrations for Human Resources"),
            "parties": [
                {"role": Text("使用部门", "user department"), "department": LABOUR},
                {"role": Text("提供部门", "provider"), "department": CIVIL},
            ],
            "carried_on": None,
        },
        "deadline": deadline(),
        "deadlines": [deadline(), internal_overdue(), provisional()],
        "tasks": [task(3, "amber", 1, date(2026, 2, 28), "statutory") | {"mine": True}],
        "events": EVENTS,
        "answers": [{"title": Text("申请内容", "The application"), "by": None, "at": None, "rows": APPLICATION}],
        "diagrams": [
            {
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
        ],
        "letters": [
            {"number": "YM-GX-2026-0037-1", "title": Text("需求申请表", "Demand form"), "issued_at": at(2, 12)},
            {"number": "YM-GX-2026-0037-2", "title": Text("补充材料通知书", "Request"), "issued_at": at(2, 24)},
        ],
        "grants": [
            {
                "number": "YM-SQ-2026-0012",
                "url": "#",
                "resource": MARRIAGE,
                "items": [Text("男方姓名", "Husband's name")],
                "purpose": "核定遗属待遇领取资格",
                "mode": Text("服务接口", "Interface"),
                "until": date(2027, 2, 28),
                "state": Text("可用", "usable"),
                "usable": True,
            }
        ],
        "shares": [{"department": CIVIL, "counted": 4, "paused": 0}, {"department": LABOUR, "counted": 0, "paused": 2}],
        "ladder": LADDER,
        "positions": POSITIONS,
        "incident": None,
        "adjust": [
            form(
                [
                    field("ground", "choice", "事由", "Ground", options=[option("supplement", "等待补正", "Waiting")]),
                    field("reason", "longtext", "理由", "Reason"),
                ],
                id="pause-7",
                title=Text("暂停计时", "Pause the clock"),
                send=Text("暂停计时", "Pause the clock"),
                refresh=None,
                answers={"reason": "等待补正"},
                errors={"ground": [Text("请填写此项。", "Please answer this.")]},
                effect=Text("到期日将重新计算。", "The due date is counted anew."),
            )
        ],
        "withdraw": form(
            [field("reason", "longtext", "撤回原因", "Reason")],
            id="withdraw",
            title=Text("撤回申请", "Withdraw"),
            send=Text("撤回申请", "Withdraw"),
            refresh=None,
        ),
    }


def cases_page() -> dict[str, Any]:
    def case(number: int, lamp: str, left: int | None, due_on: date | None, **changes: Any) -> dict[str, Any]:
        return case_line(number) | {
            "applicant_name": LABOUR,
            "provider_name": CIVIL,
            "step": Text("提供部门审核", "Review by the provider"),
            "lamp": lamp,
            "left": left,
            "due_on": due_on,
            "due_kind": "statutory",
            "certainty": "firm",
            "paused": False,
            **changes,
        }

    return {
        "title": Text("本部门办件", "Cases of my department"),
        "filters": filters(),
        "page": page(sort="-opened_at", next="c2"),
        "cases": [
            case(36, "red", -2, date(2026, 2, 25)),
            case(37, "green", 4, date(2026, 3, 5)),
            case(20, "none", None, None, step=None, status="closed", **PARTLY),
        ],
    }


def start_page() -> dict[str, Any]:
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
        "law": [
            {
                "article": ["15"],
                "note": Text("写明共享范围、用途和信息项数量。", "State scope, purpose and number of items."),
            }
        ],
    }


def resource_page() -> dict[str, Any]:
    return {
        "resource": {
            "code": "YM-MZ-0007",
            "name": MARRIAGE,
            "provider": CIVIL,
            "share_type": "conditional",
            "conditions": Text("仅限核定待遇", "for allowances only"),
            "basis": Text("婚姻登记条例", "Marriage registration rules"),
            "sensitive": True,
            "published": True,
            "basic": False,
            "version": 3,
            "description": None,
            "items": [{"code": one["value"], "name": one["title"], "note": None} for one in ITEMS],
        },
        "starts": [{"title": Text("申请共享", "Apply"), "url": "#", "primary": True}],
        "versions": [
            {
                "version": 3,
                "published_on": date(2026, 1, 5),
                "change": Text("增加照片", "photographs added"),
                "url": None,
                "current": True,
            },
            {"version": 2, "published_on": date(2025, 3, 1), "change": None, "url": "#", "current": False},
        ],
        "grants": [
            {
                "number": "YM-SQ-2026-0012",
                "url": "#",
                "department": LABOUR,
                "purpose": "核定遗属待遇领取资格",
                "until": None,
                "state": Text("已撤销", "revoked"),
                "usable": False,
            }
        ],
        "law": [{"article": ["14"], "note": Text("列入有条件共享的须有依据。", "Conditional sharing needs a basis.")}],
    }


def resources_page() -> dict[str, Any]:
    return {
        "filters": filters(),
        "page": page(sort="name"),
        "resources": [
            {
                "code": f"YM-MZ-000{n}",
                "name": MARRIAGE,
                "provider": CIVIL,
                "share_type": share_type,
                "sensitive": n == 2,
                "published": n != 3,
                "items": 6,
                "version": n,
            }
            for n, share_type in enumerate(["public", "unconditional", "conditional", "withheld"], 1)
        ],
    }


def rules_page() -> dict[str, Any]:
    def value(kind: str, **changes: Any) -> dict[str, Any]:
        return {
            "when": None,
            "kind": kind,
            "value": None,
            "unit": None,
            "words": None,
            "reason": None,
            "article": [],
            "note": None,
            "effective_from": date(2019, 10, 9),
            "upcoming": None,
        } | changes

    def rule(key: str, zh: str, en: str, *values: dict[str, Any], url: str | None = None) -> dict[str, Any]:
        return {"key": key, "title": Text(zh, en), "url": url, "values": list(values)}

    silent = value(
        "internal",
        value=10,
        unit="days",
        reason="silent",
        article=["31"],
        upcoming=Text("03-16 起改为 7", "7 from 03-16"),
    )
    ladder = [Text("主管部门协调", "the bureau coordinates"), Text("县政府决定", "the county government decides")]
    verify = value("statutory", value=10, unit="days", article=["23"], note=Text("自收到之日起", "from receipt"))
    return {
        "jurisdictions": [option("yunyang", "云阳县", "Yunyang") | {"code": "yunyang"}],
        "jurisdiction": "yunyang",
        "regulation": {
            "title": Text("云阳县政务数据资源管理暂行办法", "Interim measures of Yunyang"),
            "document": Text("云阳府发〔2019〕26号", "Yunyang 2019/26"),
            "from_on": date(2019, 10, 9),
            "until_on": None,
            "article": ["56"],
            "bureau": Text("县政务数据资源主管部门", "the county's data authority"),
            "expired": False,
            "carried_on": None,
        },
        "rules": [
            rule("conditional_share.reply", "有条件共享：答复", "Sharing: reply", silent, url="#"),
            rule("data_error.reply", "数据校核：答复", "Error: reply", verify),
            rule(
                "supply.log",
                "日志保存",
                "Log kept",
                value("statutory", value=6, unit="months", article=["27"]),
            ),
            rule("ladder.sharing", "协调层级", "Ladder", value("statutory", words=ladder, article=["32"])),
            rule("agreement.required", "保密协议", "Agreement", value("none", reason="silent")),
            rule(
                "data_error.business_goes_on",
                "业务照常办理",
                "Business goes on",
                value(
                    "statutory",
                    words=Text("是", "yes"),
                    article=["23"],
                    when=Text("有合法证明材料", "with lawful proof"),
                ),
                value("convention", words=Text("否", "no")),
            ),
        ],
        "counts": {"statutory": 4, "internal": 1, "convention": 1, "none": 1},
        "pending": [
            {
                "title": Text("有条件共享：答复", "Sharing: reply"),
                "old": 10,
                "new": 7,
                "unit": "days",
                "from_on": date(2026, 3, 16),
                "by": Text("何俊提出，沈佳复核。", "Proposed by He Jun, confirmed by Shen Jia."),
            }
        ],
        "slips": [
            {"article": ["51"], "note": Text("引第四十八条，应指第四十九条", "points at Art. 48, means Art. 49")}
        ],
    }


def calendar_page() -> dict[str, Any]:
    off = {date(2026, 2, day) for day in range(15, 24)} | {date(2026, 1, day) for day in (1, 2, 3)}
    makeup = {*MAKEUP, date(2026, 1, 4)}

    def cell(one: date, month: int) -> dict[str, Any] | None:
        if one.month != month:
            return None
        look = "makeup" if one in makeup else "holiday" if one in off else "weekend" if one.weekday() >= 5 else ""
        return {
            "date": one,
            "look": "local" if one == date(2026, 10, 26) else look,
            "tail": one >= date(2026, 12, 29),
            "name": SPRING if one in off else None,
        }

    def weeks(month: int) -> list[list[dict[str, Any] | None]]:
        first, last = date(2026, month, 1), date(2026, month, monthrange(2026, month)[1])
        monday = first - timedelta(days=first.weekday())
        rows = []
        while monday <= last:
            rows.append([cell(monday + timedelta(days=n), month) for n in range(7)])
            monday += timedelta(days=7)
        return rows

    months = [
        {
            "number": n,
            "name": Text(f"{n} 月", date(2026, n, 1).strftime("%B")),
            "holidays": SPRING if n == 2 else None,
            "weeks": weeks(n),
        }
        for n in range(1, 13)
    ]
    return {
        "year": 2026,
        "years": [2025, 2026, 2027],
        "scopes": [{"code": "cn", "title": Text("全国", "China")}, {"code": "yima", "title": Text("义马市", "Yima")}],
        "scope": "cn",
        "notice": {"number": "国办发明电〔2025〕7号", "title": SPRING, "issued_on": date(2025, 11, 4), "url": None},
        "counts": {"working": 248, "holidays": 33, "makeup": 6, "local": 1, "tail": 3},
        "months": months,
        "local": [
            {
                "date": date(2026, 10, 26),
                "name": Text("政务平台割接停机", "Platform down"),
                "works": False,
                "effect": Text("法定时限照常计算", "statutory clocks go on"),
            }
        ],
        "enter_url": "#",
    }


def notice_page() -> dict[str, Any]:
    entry = form(
        [
            field("number", "text", "文号", "Number of the notice"),
            field(
                "days",
                "longtext",
                "放假与调休",
                "Days",
                help=Text("每行一段：2027-02-05..2027-02-11 休 春节", "A stretch a line"),
            ),
        ],
        id="notice",
        title=Text("录入放假通知", "Enter a notice"),
        send=Text("试算", "See what it moves"),
        refresh=None,
    )
    row = {
        "number": "YY-JH-2025-0288",
        "url": "#",
        "rule": Text("数据校核：答复", "Error: reply"),
        "kind": "statutory",
        "old_on": date(2026, 1, 2),
        "new_on": date(2026, 1, 4),
        "direction": "later",
        "certainty": "soft",
    }
    return {
        "form": entry,
        "preview": {
            "new": True,
            "off": 28,
            "working": 6,
            "withdrawn": 1,
            "scope": Text("全国", "China"),
            "replaced": 2027,
            "open": 143,
            "earlier": 0,
            "later": 12,
            "same": 31,
            "rows": [row, row | {"old_on": None, "new_on": None, "direction": "same"}],
            "more": 43,
            "given": {"days": "…"},
        },
    }


def incidents_page() -> dict[str, Any]:
    incident = {
        "id": 1,
        "case": 37,
        "number": NUMBER,
        "procedure": SHARING,
        "jurisdiction": Text("义马市", "Yima"),
        "step": Text("生成授权", "Create the grant"),
        "element": "create_grant",
        "message": Text("条件没有答案：provider_review.decision", "A condition has no answer"),
        "cause": None,
        "opened_at": at(2, 26, 11),
        "times": 2,
        "solved_at": None,
        "solved_by": None,
        "can_retry": True,
    }
    solved = incident | {"id": 2, "solved_at": at(2, 27), "solved_by": "沈佳", "times": 1}
    push = {"target": "省级交换平台", "key": "7:publish:1", "since": at(2, 26, 11), "times": 4}
    failed = push | {"error": "HTTPError: HTTP Error 502", "retry_url": "#"}
    held = push | {"times": 0, "error": None, "retry_url": None}
    return {
        "filters": filters(),
        "page": page(sort="-opened_at"),
        "incidents": [incident, solved],
        "pushes": [failed, held],
    }


def letter_page() -> dict[str, Any]:
    return {
        "letter": {
            "number": "YM-GX-2026-0037-3",
            "title": Text("信息资源共享答复函", "Reply to an application"),
            "to": LABOUR,
            "paragraphs": [
                Text(
                    "你单位关于共享婚姻登记信息的申请收悉。经审核，同意共享四项。",
                    "Your application was examined; four items are shared.",
                ),
                Text("授权期限十二个月，仅限遗属待遇核定。", "For twelve months, for allowances only."),
            ],
            "issuer": CIVIL,
            "issued_at": at(2, 27),
            "case": {"id": 37, "number": NUMBER},
        }
    }


def notices_page() -> dict[str, Any]:
    told = {
        "at": at(2, 27, 8, 30),
        "title": Text("明天到期", "Due tomorrow"),
        "number": NUMBER,
        "url": "#",
        "unread": True,
    }
    return {"notices": [told], "page": page()}


def report_page() -> dict[str, Any]:
    return {
        "reader": None,
        "public": {"place": Text("云阳县", "Yunyang"), "follow_url": "#"},
        "form": form(
            [
                field("resource", "resource", "信息资源", "Resource", options=ITEMS),
                field("record", "text", "现在显示", "What it says now", required=False),
                field("doubt", "longtext", "应当是什么", "What it should say"),
                field("mobile", "text", "手机号", "Mobile number"),
            ],
            id="report",
            title=Text("申请校核政务数据", "Report wrong government data"),
            send=Text("提交申请", "Send the report"),
            effect=Text("提交后得到回执编号和查询码。", "You get a number and a code to follow it."),
            answers={"record": "86.40 平方米", "mobile": "1389 002 31"},
            errors={"mobile": [Text("应为 11 位数字，现在是 9 位", "11 digits are needed, these are 9")]},
        ),
        "preview": deadline(entry("start", TODAY), term=Term(days=10, kind="statutory"), left=10),
        "law": [
            {
                "article": ["23"],
                "note": Text("已提供合法有效证明材料的，照常办理。", "Business goes on with lawful proof."),
            }
        ],
    }


def receipt_page() -> dict[str, Any]:
    return {
        "reader": None,
        "public": {"place": Text("云阳县", "Yunyang"), "follow_url": "#"},
        "receipt": {"number": "YY-JH-2026-0034", "code": "7K4M-2QXD", "sent_at": at(2, 27, 10, 42), "fresh": True},
        "state": Text("提供部门正在校核", "The provider is verifying"),
        "deadline": deadline(entry("start", TODAY), term=Term(days=10, kind="statutory"), left=10),
        "facts": [{"title": Text("信息资源", "Resource"), "value": "不动产登记信息"}],
        "answer": None,
        "next": [
            {
                "title": Text("县自然资源局校核", "The provider verifies"),
                "words": Text("最迟 3月12日。", "By 12 March."),
            },
            {
                "title": Text("有误：更正并告知您", "Wrong: corrected"),
                "words": Text("使用过的部门同时收到通知。", "All are told."),
            },
            {
                "title": Text("无误：说明理由", "Right: explained"),
                "words": Text("可以申请主管部门协调。", "You may complain."),
            },
        ],
        "law": [
            {
                "article": ["23"],
                "note": Text("已提供合法有效证明材料的，照常办理。", "Business goes on with lawful proof."),
            }
        ],
    }


def grant_page() -> dict[str, Any]:
    return {
        "grant": {
            "number": "YM-SQ-2026-0012",
            "department": LABOUR,
            "provider": CIVIL,
            "resource": MARRIAGE,
            "code": "YM-MZ-002",
            "version": 3,
            "items": ["男方姓名", "女方姓名"],
            "purpose": "核定遗属待遇领取资格",
            "mode": None,
            "conditions": "",
            "since": date(2026, 2, 12),
            "until": None,
            "state": Text("可用", "usable"),
            "usable": True,
            "revoked": None,
        },
        "case": {"id": 37, "number": "YM-GX-2026-0037"},
        "revoke": form(
            [field("reason", "longtext", "理由", "Reason")],
            id="revoke",
            title=Text("撤销授权", "Revoke"),
            send=Text("撤销", "Revoke"),
            refresh=None,
            answers={},
            errors={"reason": [Text("请说明理由。", "Please say why.")]},
            effect=Text("不能恢复。", "This cannot be undone."),
        ),
    }


PAGES: dict[str, dict[str, Any]] = {
    "public/report.html": report_page(),
    "public/receipt.html": receipt_page(),
    "public/follow.html": {
        "reader": None,
        "public": {"place": Text("云阳县", "Yunyang"), "follow_url": "#"},
        "number": "",
        "error": Text("编号和查询码不相符。", "Number and code do not fit."),
    },
    "inbox/list.html": tasks_page(),
    "inbox/task.html": task_page(),
    "inbox/case.html": case_page(),
    "inbox/cases.html": cases_page(),
    "inbox/start.html": start_page(),
    "inbox/deadline.html": {
        "case": case_line(37),
        "deadline": extended_and_met_late(),
        "grounds": {"supplement": Text("补充材料", "Supplements")},
    },
    "inbox/notices.html": notices_page(),
    "catalogue/list.html": resources_page(),
    "catalogue/resource.html": resource_page(),
    "catalogue/grant.html": grant_page(),
    "admin/rules.html": rules_page(),
    "admin/calendar.html": calendar_page(),
    "admin/notice.html": notice_page(),
    "admin/incidents.html": incidents_page(),
    "letters/letter.html": letter_page(),
    "error.html": {"status": 404, "detail": None, "errors": None, "now": None, "back": None, "reference": None},
    "signin.html": {
        "reader": None,
        "username": "yima.minzheng.clerk",
        "next": "",
        "error": None,
        "public_url": "#",
        "example": deadline(),
        "sso_url": None,
        "demo": [],
    },
}
