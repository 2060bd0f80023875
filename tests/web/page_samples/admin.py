"""The administrator's pages: the rules, the working calendar and its notices, incidents."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from app.floor.messages import Text
from tests.web.page_samples.forms import Sample, act, field, law, option
from tests.web.page_samples.frame import filters, page
from tests.web.page_samples.ground import MAKEUP, NOTICE, NUMBER, SHARING, SPRING, YIMA, at

# rules


YUNYANG = Text("云阳县政务数据资源管理暂行办法", "Interim measures of Yunyang")
ORDER = Text("政务数据共享条例", "Regulations on sharing government data")


def value(kind: str, **changes: Any) -> Sample:
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
        "superior": None,
        "rank": "normative_document",
        "source": None,
        "other": None,
        "own": YUNYANG,
    } | changes


def days(kind: str, count: int, article: str, **changes: Any) -> Sample:
    return value(kind, value=count, unit="days", article=[article], **changes)


def rule(key: str, zh: str, en: str, *values: Sample, url: str | None = None) -> Sample:
    return {"key": key, "title": Text(zh, en), "url": url, "values": list(values)}


def rules() -> list[Sample]:
    """A rule of each kind: a target of our own, days, months, a ladder, silence, two cases."""
    silent = days("internal", 10, "31", reason="silent", upcoming=Text("03-16 起改为 7", "7 from 03-16"))
    own = days("statutory", 10, "23", note=Text("自收到之日起", "from receipt"))
    printed = {"superior": ORDER, "rank": "administrative_regulation", "source": "公报第18号"}
    verify = days("statutory", 7, "12", other=own, **printed)
    log = value("statutory", value=6, unit="months", article=["27"])
    ladder = [Text("主管部门协调", "the bureau coordinates"), Text("县政府决定", "the county government decides")]
    proven = Text("有合法证明材料", "with lawful proof")
    yes = value("statutory", words=Text("是", "yes"), article=["23"], when=proven)
    no = value("convention", words=Text("否", "no"))
    return [
        rule("conditional_share.reply", "有条件共享：答复", "Sharing: reply", silent, url="#"),
        rule("data_error.reply", "数据校核：答复", "Error: reply", verify),
        rule("supply.log", "日志保存", "Log kept", log),
        rule("ladder.sharing", "协调层级", "Ladder", value("statutory", words=ladder, article=["32"])),
        rule("agreement.required", "保密协议", "Agreement", value("none", reason="silent")),
        rule("data_error.business_goes_on", "业务照常办理", "Business goes on", yes, no),
    ]


def proposed() -> Sample:
    return {
        "url": "#",
        "rule": Text("数据校核：答复", "Error: reply"),
        "what": Text("上位规定的内容", "What a superior text says"),
        "state": Text("待另一名管理员确认", "waits for a second administrator"),
        "waits": True,
        "by": "admin",
        "at": at(2, 26, 11),
    }


def proposal_page() -> Sample:
    level = {"regulation": YUNYANG, "value": 10, "unit": "days", "kind": "statutory", "article": ["23"]}
    move = {
        "number": NUMBER, "url": "#", "rule": Text("数据校核：答复", "Error: reply"), "kind": "statutory",
        "old_on": date(2026, 3, 9), "new_on": date(2026, 3, 4), "direction": "earlier", "certainty": "firm",
    }  # fmt: skip
    level |= {"rank": "normative_document", "when": None}
    said = {
        "key": "data_error.reply", "value": 7, "unit": "days", "superior": ORDER, "article": ["12"],
        "rank": "administrative_regulation",
        "open_article": [], "from_on": date(2025, 8, 1), "source": "公报第18号", "decided_by": None, "decided_at": None,
    }  # fmt: skip
    return {
        "proposal": proposed() | said,
        "levels": [level],
        "place": Text("云阳县", "Yunyang"),
        "jurisdiction": "yunyang",
        "action": "#",
        "decides": True,
        "own": False,
        "moves": moves(1, move | {"held": None, "overdue": True}),
    }


def rules_page() -> Sample:
    return {
        "jurisdictions": [option("yunyang", "云阳县", "Yunyang") | {"code": "yunyang"}],
        "jurisdiction": "yunyang",
        "regulation": {
            "title": YUNYANG,
            "document": Text("云阳府发〔2019〕26号", "Yunyang 2019/26"),
            "from_on": date(2019, 10, 9),
            "until_on": None,
            "article": ["56"],
            "bureau": Text("县政务数据资源主管部门", "the county's data authority"),
            "expired": False,
            "carried_on": None,
        },
        "rules": rules(),
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
        "waiting": [proposed()],
        "above": [
            {
                "title": ORDER,
                "document": "国务院令第809号",
                "note": None,
                "from_on": date(2025, 8, 1),
                "until_on": None,
                "excluded": [{"title": Text("国家秘密", "State secrets"), "article": ["3"]}],
            }
        ],
        "slips": [law("51", "引第四十八条，应指第四十九条", "points at Art. 48, means Art. 49")],
    }


# the calendar

OFF = {date(2026, 2, day) for day in range(15, 24)} | {date(2026, 1, day) for day in (1, 2, 3)}
LOCAL = date(2026, 10, 26)


def cell(one: date, month: int) -> Sample | None:
    if one.month != month:
        return None
    look = "makeup" if one in MAKEUP else "holiday" if one in OFF else "weekend" if one.weekday() >= 5 else ""
    return {
        "date": one,
        "look": "local" if one == LOCAL else look,
        "tail": one >= date(2026, 12, 29),
        "name": SPRING if one in OFF else None,
    }


def weeks(month: int) -> list[list[Sample | None]]:
    first, last = date(2026, month, 1), date(2026, month, monthrange(2026, month)[1])
    monday = first - timedelta(days=first.weekday())
    rows = []
    while monday <= last:
        rows.append([cell(monday + timedelta(days=n), month) for n in range(7)])
        monday += timedelta(days=7)
    return rows


def month(number: int) -> Sample:
    return {
        "number": number,
        "name": Text(f"{number} 月", date(2026, number, 1).strftime("%B")),
        "holidays": SPRING if number == 2 else None,
        "weeks": weeks(number),
    }


def calendar_page() -> Sample:
    return {
        "year": 2026,
        "years": [2025, 2026, 2027],
        "scopes": [{"code": "cn", "title": Text("全国", "China")}, {"code": "yima", "title": YIMA}],
        "scope": "cn",
        "notice": {"number": NOTICE, "title": SPRING, "issued_on": date(2025, 11, 4), "url": None},
        "counts": {"working": 248, "holidays": 33, "makeup": 6, "local": 1, "tail": 3},
        "months": [month(n) for n in range(1, 13)],
        "doubts": [Text("2026年的地方放假通知尚未录入，日期可能变动。", "The local notice is not yet entered.")],
        "local": [
            {
                "date": LOCAL,
                "name": Text("政务平台割接停机", "Platform down"),
                "works": False,
                "effect": Text("法定时限照常计算", "statutory clocks go on"),
            }
        ],
        "enter_url": "#",
    }


def moved(**changes: Any) -> Sample:
    """A deadline that the notice would move."""
    return {
        "number": "YY-JH-2025-0288",
        "url": "#",
        "rule": Text("数据校核：答复", "Error: reply"),
        "kind": "statutory",
        "old_on": date(2026, 1, 2),
        "new_on": date(2026, 1, 4),
        "direction": "later",
        "certainty": "soft",
        "held": None,
        "overdue": False,
    } | changes


def moves(found: int, *rows: Sample) -> Sample:
    overdue = sum(bool(row["overdue"]) for row in rows)
    return {"open": found, "recounted": found, "overdue": overdue, "rows": list(rows), "more": found - len(rows)}


def notice_page() -> Sample:
    stretch = Text("每行一段：2027-02-05..2027-02-11 休 春节", "A stretch a line")
    return {
        "form": act(
            "notice",
            Text("录入放假通知", "Enter a notice"),
            field("number", "text", "文号", "Number of the notice"),
            field("days", "longtext", "放假与调休", "Days", help=stretch),
            send=Text("试算", "See what it moves"),
        ),
        "preview": {
            "new": True,
            "off": 28,
            "working": 6,
            "withdrawn": 1,
            "told": [Text("缺少国庆节。", "National Day is missing.")],
            "scope": Text("全国", "China"),
            "replaced": 2027,
            "earlier": 0,
            "later": 12,
            "same": 31,
            "moves": moves(143, moved(overdue=True), moved(old_on=None, new_on=None, direction="same")),
            "given": {"days": "…"},
        },
    }


# incidents


def incident(number: int, **changes: Any) -> Sample:
    return {
        "id": number,
        "case": 37,
        "number": NUMBER,
        "procedure": SHARING,
        "jurisdiction": YIMA,
        "step": Text("生成授权", "Create the grant"),
        "element": "create_grant",
        "message": Text("条件没有答案：provider_review.decision", "A condition has no answer"),
        "cause": None,
        "opened_at": at(2, 26, 11),
        "times": 2,
        "solved_at": None,
        "solved_by": None,
        "can_retry": True,
    } | changes


def push(times: int, error: str | None, retry_url: str | None) -> Sample:
    told = {"target": "省级交换平台", "key": "7:publish:1", "since": at(2, 26, 11)}
    return told | {"times": times, "error": error, "retry_url": retry_url}


def incidents_page() -> Sample:
    return {
        "filters": filters(),
        "page": page(sort="-opened_at"),
        "incidents": [incident(1), incident(2, solved_at=at(2, 27), solved_by="沈佳", times=1)],
        "pushes": [push(4, "HTTPError: HTTP Error 502", "#"), push(0, None, None)],
    }


PAGES = {
    "admin/rules.html": rules_page(),
    "admin/proposal.html": proposal_page(),
    "admin/calendar.html": calendar_page(),
    "admin/notice.html": notice_page(),
    "admin/incidents.html": incidents_page(),
}
