"""A letter carries what was decided: by whom, on what ground, and when. Each is read as its page shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from test_access import SHARE
from test_dispute_pages import AGREE, INSIST, PASS_ON, REFUSAL, WITHHOLD, contested
from test_receipt_pages import CONTEST, REPORT

from app.cases.documents import freezing
from app.outbox.models import Letter
from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
TODAY = "2026年2月12日"
RECORDS = {
    "kind": "inconsistent_records",
    "resource": "YY-GA-002",
    "other_department": "gongan",
    "position": "地址不一",
}


@pytest.fixture
def read(here: World, reader: Open) -> Callable[..., dict[str, str]]:
    """The text of each letter of a case by its title, as that reader sees it."""

    def letters(username: str, case: int, language: str = "zh") -> dict[str, str]:
        one = reader(username)
        one.sends("/language", {"language": language})
        links = one.gets(f"/cases/{case}").xpath("//ul[@class='gw-docs']//a/@href")
        pages = [one.gets(link).xpath("//article[contains(@class, 'gw-letter')]")[0] for link in links]
        return {words(page.find("h1")): words(page) for page in pages}

    return letters


def holds(text: str, *parts: str) -> None:
    missing = [part for part in parts if part not in text]
    assert not missing, (missing, text)
    assert "{" not in text


def shared(here: World, username: str, resource: str, **more: Any) -> int:
    return int(here.open_case(username, "conditional_share", {**SHARE, "resource": resource, **more})["id"])


# disputes


def test_a_decision_from_above_says_who_passed_it_on_who_decided_what_and_why(here: World, read: Any) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    here.complete(case, "coordinate", PASS_ON)
    here.complete(case, "decide_above", WITHHOLD)
    text = read("yunyang.gongan.clerk", case)["决定书"]
    holds(text, "县公安局", "县民政局", "YY-MZ-002", "该信息项为办理业务所必需", "分歧较大", TODAY)
    holds(text, "处理机关：云阳县人民政府（决定）", "不予共享", "不属于履职所需", "《云阳县")
    assert len(re.findall("处理结果", text)) == 1


def test_a_bureau_that_coordinates_names_the_items_to_be_shared(here: World, read: Any) -> None:
    case = contested(here, "yunyang", "YY-MZ-002", items=["name", "status"])
    here.complete(case, "coordinate", {"decision": "share_partly", "items": ["name"], "ground": "姓名足以核验"})
    text = read("yunyang.gongan.clerk", case)["协调意见书"]
    holds(text, "（协调）", "部分支持使用部门", "信息项：姓名", "姓名足以核验")
    assert "报请上一层级" not in text


@pytest.mark.parametrize(
    ("stands", "said"), [("gongan", "公安局的记录成立，由另一方更正"), ("renshe", "社会保障局的记录成立，由另一方更正")]
)
def test_where_records_differ_the_letter_says_whose_stands(here: World, read: Any, stands: str, said: str) -> None:
    case = here.open_case("yunyang.renshe.clerk", "dispute", RECORDS)["id"]
    here.complete(case, "negotiate_applicant", INSIST)
    here.complete(case, "coordinate", {"decision": "record_of", "of_department": stands, "ground": "以户籍底册为准"})
    holds(read("yunyang.renshe.clerk", case)["协调意见书"], "记录不一致", said, "以户籍底册为准", INSIST["position"])


def test_a_citizen_who_is_right_reads_that_the_provider_corrects(here: World, reader: Open, read: Any) -> None:
    citizen = reader()
    citizen.sends("/report/yunyang?resource=YY-MZ-002", REPORT)
    here.complete(1, "verify_error", {"finding": "no_error", "explanation": "与户籍底册一致"})
    citizen.sends(f"/receipt/tasks/{here.open_tasks(1)['reporter_response']['id']}", CONTEST)
    here.complete(1, "coordinate", {"decision": "record_of", "ground": "身份证为准"})
    parts = ("公民、法人或其他组织与云阳县民政局", "反馈成立", "由云阳县民政局更正记录", "身份证为准")
    holds(read("yunyang.minzheng.clerk", 1)["协调意见书"], *parts)
    holds(words(citizen.gets("/receipt")), *parts)


def test_an_agreement_carries_the_one_text_that_both_sides_have_signed(here: World, read: Any) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    here.complete(case, "negotiate_applicant", AGREE)
    here.complete(case, "negotiate_provider", {"agreed": True, "text": "每季度核对一次", "period_months": 6})
    here.complete(case, "negotiate_applicant", {"agreed": True, "proposal": 2})
    text = read("yima.gongan.clerk", case)["协商一致意见书"]
    holds(text, "每季度核对一次", "期限：6个月", f"于{TODAY}签署同一文本（第2稿）")
    assert AGREE["conditions"] not in text
    with here.database.transaction(write=False) as session:
        [kept] = session.query(Letter).where(Letter.template == "agreement")
    assert kept.issuer.zh == "义马市公安局、义马市民政局"
    assert len(set((kept.signatory or "").split("、"))) == 2
    holds(text, kept.issuer.zh, kept.signatory or "")


def test_a_settlement_about_conditions_does_not_say_that_nothing_is_shared(here: World, read: Any) -> None:
    granted = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    here.complete(granted, "provider_review", {"decision": "approve"})
    begun = {"kind": "conditions", "resource": "YM-MZ-002", "other_department": "minzheng", "position": "条件过严"}
    case = here.open_case("yima.gongan.clerk", "dispute", begun)["id"]
    here.complete(case, "coordinate", {"decision": "share", "ground": "放宽为按月核验"})
    text = read("yima.gongan.clerk", case)["评判意见书"]
    holds(text, "争议事项：共享的条件", "支持义马市公安局的意见", "放宽为按月核验")
    assert "予以共享" not in text
    assert "—" not in text


# applications


def test_a_refusal_names_its_ground_its_reason_its_basis_and_the_way_on(here: World, read: Any) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    here.complete(case, "provider_review", REFUSAL)
    text = read("yima.gongan.clerk", case)["不予共享答复书"]
    holds(
        text,
        "与使用部门履行职责无关",
        "理由：超出职责",
        "依据：《个人信息保护法》第六条（法律）",
        "姓名",
        "由双方协商",
        "《义马市",
    )
    case = shared(here, "yunyang.gongan.clerk", "YY-MZ-002")
    here.complete(case, "provider_review", {"decision": "refuse", "reason": "超出职责"})
    text = read("yunyang.gongan.clerk", case)["不予共享答复书"]
    holds(text, "向主管部门提出异议", "理由：超出职责")
    assert "依据：" not in text


def test_an_approval_names_the_items_the_mode_the_conditions_and_the_term(here: World, read: Any) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002", items=["name", "status"])
    partly = {"decision": "approve_partly", "items": ["name"], "conditions": "仅限窗口核验", "period_months": 12}
    here.complete(case, "provider_review", partly | {"reason": "状态与用途无关", "basis": REFUSAL["basis"]})
    text = read("yima.gongan.clerk", case)["部分同意共享答复书"]
    holds(
        text, "同意共享部分信息项", "状态与用途无关", "同意共享1项信息项：姓名", "共享用途：核验", "共享方式：服务接口"
    )
    holds(
        text,
        "共享授权：YM-GX-2026-0001-SQ",
        "仅限窗口核验",
        "授权期限：12个月（申请未提出期限）",
        f"自{TODAY}起",
    )
    assert "撤销时止" not in text
    own = here.api("admin").get("/catalogue/resources", q="YM-MZ-002").json["items"][0]["conditions"]
    assert own
    holds(text, own, "使用要求：按照答复（协商、协调意见）所定的范围和方式使用")
    assert text.count("共享条件：") == 1


def test_an_approval_without_a_term_says_so(here: World, read: Any) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    here.complete(case, "provider_review", {"decision": "approve"})
    holds(read("yima.gongan.clerk", case)["同意共享答复书"], f"自{TODAY}起，至依规撤销时止")


def test_an_approval_after_a_dispute_says_how_it_was_settled(here: World, read: Any) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    for step in ("negotiate_applicant", "negotiate_provider"):
        here.complete(case, step, AGREE)
    text = read("yima.gongan.clerk", case)["同意共享答复书"]
    holds(text, "双方已经协商一致，予以共享", f"共享条件：{AGREE['conditions']}")
    assert "审核意见" not in text


def test_a_bureau_that_does_not_authorise_says_what_the_provider_thought(here: World, read: Any) -> None:
    case = shared(here, "yinchuan.gongan.clerk", "YC-MZ-002")
    here.complete(case, "provider_review", {"decision": "approve"})
    refusal = {
        "decision": "refuse",
        "reason": "用途不明",
        "basis": {"kind": "law", "title": "《数据安全法》", "article": "第三十八条"},
    }
    here.complete(case, "bureau_authorise", refusal)
    text = read("yinchuan.gongan.clerk", case)["不予授权答复书"]
    holds(text, "银川市民政局的审核意见：同意共享", "大数据管理服务局决定：不予授权")
    holds(text, "理由：用途不明", "依据：《数据安全法》第三十八条")


def test_a_form_of_demand_says_all_that_was_asked_for(here: World, read: Any) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    text = read("yima.gongan.clerk", case)["政务信息资源共享需求申请表"]
    holds(text, "申请部门：义马市公安局", "共享范围：全市", "共享方式：服务接口", "所履行的职责：户籍管理")


# reports


def test_a_correction_and_a_finding_repeat_what_was_doubted(here: World, read: Any) -> None:
    report = {"resource": "YY-MZ-002", "items": ["name"], "doubt": "姓名有别字"}
    case = here.open_case("yunyang.gongan.clerk", "data_error", report)["id"]
    here.complete(case, "verify_error", {"finding": "error", "explanation": "录入有误"})
    here.complete(case, "correct_error", {"correction": "已改为正字"})
    text = read("yunyang.gongan.clerk", case)["数据更正答复书"]
    holds(text, "姓名有别字", "云阳县民政局校核，数据确有错误", "录入有误", "已改为正字", f"更正日期：{TODAY}")
    case = here.open_case("yunyang.gongan.clerk", "data_error", report)["id"]
    here.complete(case, "verify_error", {"finding": "no_error", "explanation": "与底册一致"})
    holds(read("yunyang.gongan.clerk", case)["数据校核答复书"], "姓名有别字", "数据无误", "与底册一致")


# any letter


def test_a_letter_speaks_the_readers_language(here: World, read: Any) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    here.complete(case, "coordinate", {"decision": "share", "ground": "法定职责"})
    text = read("yunyang.gongan.clerk", case, "en")["Result of a dispute"]
    holds(text, "Yunyang Public Security Bureau prevails", "(coordinates)", "12 February 2026", "Ground: 法定职责")
    assert "处理" not in text


def test_a_letter_of_before_is_fixed_without_the_notes_that_it_lacks(here: World, read: Any) -> None:
    """Letters of cases begun under an earlier form file kept their facts only; the upgrade writes their text, once."""
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    with here.database.transaction() as session:
        letter = session.query(Letter).one()
        letter.body = {name: letter.body[name] for name in ("facts", "process", "issuer", "receiver")}
        letter.text = None
    assert list(freezing.freeze_all(here.database)) == [1]
    text = read("yima.gongan.clerk", case)["政务信息资源共享需求申请表"]
    holds(text, "共享用途：核验", "升级时固定")
    assert "共享方式" not in text
    assert list(freezing.freeze_all(here.database)) == []


def test_a_letter_is_dated_with_its_year(here: World, reader: Open) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    one = reader("yima.gongan.clerk")
    [link] = one.gets(f"/cases/{case}").xpath("//ul[@class='gw-docs']//a/@href")
    assert TODAY in words(one.gets(link).xpath("//div[@class='gw-letter-s']")[0])
