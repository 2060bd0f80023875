"""For people without an account: report an error, keep the receipt, follow it."""

from __future__ import annotations

from app.floor.messages import Text
from tests.web.page_samples.deadlines import begun_today
from tests.web.page_samples.forms import ITEMS, Sample, field, form, law
from tests.web.page_samples.ground import at
from tests.web.page_samples.story import fact

STRANGER = {"reader": None, "public": {"place": Text("云阳县", "Yunyang"), "follow_url": "#"}}
PROOF = law("23", "已提供合法有效证明材料的，照常办理。", "Business goes on with lawful proof.")


def report_page() -> Sample:
    return STRANGER | {
        "form": form(
            field("resource", "resource", "信息资源", "Resource", options=ITEMS),
            field("record", "text", "现在显示", "What it says now", required=False),
            field("doubt", "longtext", "应当是什么", "What it should say"),
            field("mobile", "text", "手机号", "Mobile number"),
            id="report",
            title=Text("申请校核政务数据", "Report wrong government data"),
            send=Text("提交申请", "Send the report"),
            effect=Text("提交后得到回执编号和查询码。", "You get a number and a code to follow it."),
            answers={"record": "86.40 平方米", "mobile": "1389 002 31"},
            errors={"mobile": [Text("应为 11 位数字，现在是 9 位", "11 digits are needed, these are 9")]},
        ),
        "preview": begun_today(),
        "law": [PROOF],
    }


def step(title: Text, words: Text) -> Sample:
    return {"title": title, "words": words}


def receipt_page() -> Sample:
    return STRANGER | {
        "receipt": {"number": "YY-JH-2026-0034", "code": "7K4M-2QXD", "sent_at": at(2, 27, 10, 42), "fresh": True},
        "state": Text("提供部门正在校核", "The provider is verifying"),
        "deadline": begun_today(),
        "facts": [fact("信息资源", "Resource", "不动产登记信息")],
        "answer": None,
        "next": [
            step(Text("县自然资源局校核", "The provider verifies"), Text("最迟 3月12日。", "By 12 March.")),
            step(Text("有误：更正并告知您", "Wrong: corrected"), Text("使用过的部门同时收到通知。", "All are told.")),
            step(Text("无误：说明理由", "Right: explained"), Text("可以申请主管部门协调。", "You may complain.")),
        ],
        "law": [PROOF],
    }


PAGES = {
    "public/report.html": report_page(),
    "public/receipt.html": receipt_page(),
    "public/follow.html": STRANGER
    | {"number": "", "error": Text("编号和查询码不相符。", "Number and code do not fit.")},
}
