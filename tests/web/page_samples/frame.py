"""What stands round every page, and round every list."""

from __future__ import annotations

from typing import Any

from app.floor.messages import Text
from tests.web.page_samples.forms import Sample, option
from tests.web.page_samples.ground import CIVIL, SHARING, YIMA


def frame() -> Sample:
    """What every page has."""
    return {
        "reader": {"name": "周敏", "department": CIVIL, "jurisdiction": YIMA},
        "public": None,
        "start_url": "/inbox/start",
        "unread": 3,
        "finds": True,
        "simulated_at": None,
        "nav": [
            {
                "title": None,
                "links": [
                    _link("inbox", "我的待办", "My tasks", 14, True),
                    _link("files", "办件", "Cases"),
                    _link("chart-bar", "看板", "Board"),
                ],
            },
            {
                "title": Text("资源", "Resources"),
                "links": [_link("book-2", "信息资源目录", "Catalogue"), _link("key", "共享授权", "Grants")],
            },
            {
                "title": Text("流程与规则", "Procedures and rules"),
                "links": [_link("scale", "规则与时限", "Rules"), _link("calendar", "工作日历", "Calendar")],
            },
        ],
    }


def _link(icon: str, zh: str, en: str, count: int | None = None, current: bool = False) -> Sample:
    return {"url": "#", "icon": icon, "title": Text(zh, en), "count": count, "current": current}


def page(**changes: Any) -> Sample:
    """Where a list stands."""
    return {"sort": "due_at", "next": None, "first": True, "filtered": False, "count": 12} | changes


def filters() -> list[Sample]:
    kinds = [option("statutory", "法定", "Statutory"), option("internal", "内部目标", "Internal target")]
    words = Text("资源、编号", "resource, number")
    return [
        _filter("procedure", "办件类型", "Procedure", options=[option("conditional_share", SHARING.zh, SHARING.en)]),
        _filter("kind", "时限性质", "Nature", options=kinds),
        _filter("q", "关键字", "Words", type="search", value="", wide=True, hint=words),
    ]


def _filter(name: str, zh: str, en: str, **more: Any) -> Sample:
    choice = {"type": "choice", "value": None, "wide": False, "hint": None}
    return {"name": name, "title": Text(zh, en), **choice, **more}
