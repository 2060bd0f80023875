"""The catalogue: its list, one resource, one grant."""

from __future__ import annotations

from datetime import UTC, date, datetime

from app.floor.messages import Text
from tests.web.page_samples.forms import ITEMS, Sample, act, law, reason
from tests.web.page_samples.frame import filters, page
from tests.web.page_samples.ground import CIVIL, LABOUR, MARRIAGE, NUMBER
from tests.web.page_samples.story import GRANT


def version(number: int, published_on: date, change: Text | None, current: bool) -> Sample:
    return {
        "version": number,
        "published_on": published_on,
        "change": change,
        "url": None if current else "#",
        "current": current,
    }


def resource_page() -> Sample:
    return {
        "resource": {
            "code": "YM-MZ-0007",
            "name": MARRIAGE,
            "provider": CIVIL,
            "share_type": "conditional",
            "sensitive": True,
            "published": True,
            "basic": False,
            "version": 3,
            "facts": [
                {"title": Text("共享条件", "Conditions"), "value": "仅限核定待遇"},
                {"title": Text("摘要", "Summary"), "value": None},
            ],
            "items": [{"code": one["value"], "name": one["title"], "note": None} for one in ITEMS],
        },
        "starts": [{"title": Text("申请共享", "Apply"), "url": "#", "primary": True}],
        "versions": [
            version(3, date(2026, 1, 5), Text("增加照片", "photographs added"), current=True),
            version(2, date(2025, 3, 1), None, current=False),
        ],
        "grants": [
            GRANT | {"url": "#", "department": LABOUR, "state": Text("已撤销", "revoked"), "usable": False},
        ],
        "law": [law("14", "列入有条件共享的须有依据。", "Conditional sharing needs a basis.")],
    }


def resources_page() -> Sample:
    return {
        "filters": filters(),
        "page": page(sort="name"),
        "duties_url": "#",
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


def grant_page() -> Sample:
    return {
        "grant": GRANT
        | {
            "department": LABOUR,
            "provider": CIVIL,
            "resource": MARRIAGE,
            "code": "YM-MZ-002",
            "version": 3,
            "items": ["男方姓名", "女方姓名"],
            "mode": None,
            "conditions": "",
            "agreed_text": "",
            "since": date(2026, 2, 12),
            "kind": "suspended",
            "left": 30,
            "renewals": [{"title": Text("续期后的授权", "Renewed by"), "number": NUMBER, "url": "#"}],
            "uses_url": "#",
            "revoked": None,
            "suspended": {
                "at": datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
                "why": Text("已改为不予共享。", "withheld now."),
            },
        },
        "reviews": [
            {
                "number": NUMBER,
                "url": "#",
                "on": date(2026, 3, 2),
                "title": Text("共享授权复核", "Review of a grant"),
                "outcome": None,
            }
        ],
        "events": [],
        "renews": "#",
        "case": {"id": 37, "number": NUMBER},
        "revoke": act(
            "revoke",
            Text("撤销授权", "Revoke"),
            reason(),
            send=Text("撤销", "Revoke"),
            errors={"reason": [Text("请说明理由。", "Please say why.")]},
        )
        | {"effects": [Text("不能恢复。", "This cannot be undone.")]},
    }


def granted_page() -> Sample:
    states = {
        "active": None,
        "suspended": Text("目录已改为不予共享。", "withheld now."),
        "revoked": None,
        "expired": None,
    }
    return {
        "filters": filters(),
        "page": page(sort="-number"),
        "uses_url": "#",
        "grants": [
            GRANT
            | {
                "url": "#",
                "department": LABOUR,
                "provider": CIVIL,
                "resource": MARRIAGE,
                "items": ["男方姓名", "女方姓名"],
                "until": date(2026, 8, 12) if kind != "revoked" else None,
                "left": 30 if kind == "active" else None,
                "kind": kind,
                "state": Text("状态", "state"),
                "why": why,
            }
            for kind, why in states.items()
        ],
    }


def used_page() -> Sample:
    line = {
        "at": datetime(2026, 3, 2, 1, 0, tzinfo=UTC),
        "department": LABOUR,
        "provider": CIVIL,
        "code": "YM-MZ-0007",
        "resource": MARRIAGE,
        "items": ["男方姓名"],
        "purpose": "核定待遇",
        "grant": NUMBER,
        "kind": Text("获取", "fetched"),
        "amount": 12,
        "allowed": True,
        "reason": Text("共享授权有效。", "Covered."),
    }
    refused = line | {"allowed": False, "amount": None, "provider": "", "purpose": None, "resource": None}
    return {"filters": filters(), "page": page(sort="at"), "export_url": "#", "uses": [line, refused]}


def responsibility_page() -> Sample:
    return {
        "filters": filters(),
        "page": page(),
        "edition": {"number": 3, "made_on": date(2026, 2, 12), "lines": 212},
        "export_url": "#",
        "lines": [
            {
                "resource": "YY-MZ-0007",
                "resource_name": "婚姻登记信息",
                "item": item,
                "item_name": name,
                "department_name": "云阳县民政局",
                "since": since,
            }
            for item, name, since in (("man", "男方姓名", 1), ("", "", 3))
        ],
    }


PAGES = {
    "catalogue/list.html": resources_page(),
    "catalogue/responsibility.html": responsibility_page(),
    "catalogue/resource.html": resource_page(),
    "catalogue/grant.html": grant_page(),
    "catalogue/grants.html": granted_page(),
    "catalogue/uses.html": used_page(),
}
