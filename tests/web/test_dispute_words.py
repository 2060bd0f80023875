"""What is settled is said in the words of what was disputed: who takes over an entry, how it is listed, how good the
data are; sharing is spoken of only where sharing is in dispute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_access import SHARE
from test_dispute_pages import REFUSAL, contested

from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.web.markup import words
from tests.web.test_words_of_steps import labels, timeline
from tests.world import World, done

Open = Callable[..., Any]
everywhere = pytest.mark.parametrize("place", PLACES)
INSIST = {"agreed": False, "position": "不同意"}


@pytest.fixture
def letter(here: World, reader: Open) -> Callable[..., str]:
    """The words of the only letter of that title."""

    def of(username: str, case: int, *titles: str) -> str:
        one = reader(username)
        links = one.gets(f"/cases/{case}").xpath("//ul[@class='gw-docs']//a")
        [link] = [link.get("href") for link in links if words(link) in titles]
        return str(words(one.gets(link).xpath("//article[contains(@class, 'gw-letter')]")[0]))

    return of


RESULTS = ("协调意见书", "评判意见书", "决定书")


def standing(here: World, place: str, kind: str, **more: Any) -> int:
    about = {
        "kind": kind,
        "resource": f"{CODES[place]}-GA-002",
        "other_department": "gongan",
        "position": "职责已经划转",
    }
    case = int(here.open_case(f"{place}.renshe.clerk", "dispute", about | more)["id"])
    if "negotiate_provider" in here.open_tasks(case):
        here.complete(case, "negotiate_provider", INSIST)
    return case


def judge(here: World, reader: Open, place: str, case: int) -> Any:
    task = here.open_tasks(case)["coordinate"]
    return reader(f"{place}.{task['department']}.clerk").gets(f"/inbox/tasks/{task['id']}")


@everywhere
def test_whoever_settles_a_dispute_about_duties_says_whose_the_duty_is(
    here: World, reader: Open, letter: Any, place: str
) -> None:
    case = standing(here, place, "duties")
    offered = labels(judge(here, reader, place, case), "decision")
    assert [one for one in offered if one != "报请上一层级"] in ([], ["认定由其中一方承担该目录"])
    assert not [one for one in offered if "共享" in one or "支持" in one]
    here.complete(case, "coordinate", {"decision": "record_of", "of_department": "renshe", "ground": "三定规定"})
    told = letter(f"{place}.renshe.clerk", case, *RESULTS)
    assert "该目录由" in told
    assert "予以共享" not in told


@everywhere
def test_programs_may_still_answer_a_dispute_about_duties_by_whom_it_upholds(here: World, place: str) -> None:
    for decision, outcome in (("share", "share"), ("share_partly", "share_partly"), ("withhold", "withhold")):
        case = standing(here, place, "duties")
        here.complete(case, "coordinate", {"decision": decision, "ground": "三定规定"})
        assert here.case(case)["outcome"] == outcome


@everywhere
@pytest.mark.parametrize(
    ("kind", "follows", "task"),
    [("share_type", "更正目录条目", "correct_entry"), ("quality", "改进数据质量、接口", "mend_quality")],
)
def test_a_dispute_about_an_entry_or_its_quality_is_settled_in_its_own_words(
    here: World, reader: Open, letter: Any, place: str, kind: str, follows: str, task: str
) -> None:
    case = standing(here, place, kind)
    offered = labels(judge(here, reader, place, case), "decision")
    assert [one for one in offered if "支持" in one] == [
        f"支持提出争议一方的意见（由另一方{follows}）",
        "不支持提出争议一方的意见",
    ]
    here.complete(case, "coordinate", {"decision": "share", "ground": "情况属实"})
    told = letter(f"{place}.renshe.clerk", case, *RESULTS)
    assert f"按照处理结果{follows}" in told
    assert "予以共享" not in told
    here.complete(case, task, {"correction": "已办理"})
    page = words(reader(f"{place}.renshe.clerk").gets(f"/cases/{case}"))
    assert "予以支持" in page
    assert "予以共享" not in page


def refused(here: World, place: str, holder: str, code: str) -> dict[str, Any]:
    """What an entry is disputed with once an application for it was refused."""
    entry = {"resource": f"{CODES[place]}-{code}", "other_department": holder}
    apply = {"purpose": "核验", "scope": "本局", "share_mode": "interface"}
    [found] = done(here.api("admin").get("/catalogue/resources", q=entry["resource"]))["items"]
    apply |= {"items": [one["code"] for one in found["items"]][:2], "legal_duty": "审批"}
    case = here.open_case(f"{place}.renshe.clerk", "conditional_share", {"resource": entry["resource"], **apply})["id"]
    here.complete(case, "provider_review", REFUSAL)
    here.complete(case, "applicant_response", {"response": "accept"})
    return {**entry, "items": apply["items"]}


@everywhere
def test_a_part_is_upheld_only_where_there_is_something_to_divide(here: World, reader: Open, place: str) -> None:
    one, two = refused(here, place, "gongan", "GA-002"), refused(here, place, "minzheng", "MZ-002")
    one["items"] = one["items"][:1]
    for kind in ("refusal", "quality"):
        said = labels(judge(here, reader, place, standing(here, place, kind, **one)), "decision")
        assert not [text for text in said if "部分" in text]
        said = labels(judge(here, reader, place, standing(here, place, kind, **two)), "decision")
        assert len([text for text in said if "部分" in text]) == 1


def test_conditions_that_stay_are_not_called_a_refusal_to_share(here: World, letter: Any) -> None:
    share = {
        "resource": "YM-MZ-002",
        "items": ["name"],
        "purpose": "核验",
        "scope": "本局",
        "share_mode": "query",
        "legal_duty": "审批",
    }
    granted = here.open_case("yima.gongan.clerk", "conditional_share", share)["id"]
    here.complete(granted, "provider_review", {"decision": "approve"})
    begun = {"kind": "conditions", "resource": "YM-MZ-002", "other_department": "minzheng", "position": "条件过严"}
    case = here.open_case("yima.gongan.clerk", "dispute", begun)["id"]
    here.complete(case, "coordinate", {"decision": "withhold", "ground": "条件适当"})
    told = letter("yima.gongan.clerk", case, *RESULTS)
    assert "不支持义马市公安局的意见，维持原共享条件" in told
    assert "不予共享" not in told


def test_the_ground_of_a_partial_support_stands_once(here: World, letter: Any) -> None:
    case = standing(here, "yunyang", "quality", items=["name", "permit_number"])
    here.complete(case, "coordinate", {"decision": "share_partly", "items": ["name"], "ground": "只有姓名属实"})
    told = letter("yunyang.renshe.clerk", case, *RESULTS)
    assert told.count("只有姓名属实") == 1
    assert told.count("支持") >= 2


@everywhere
def test_nothing_is_called_received_in_a_dispute_that_was_raised(here: World, letter: Any, place: str) -> None:
    case = standing(here, place, "quality")
    here.complete(case, "coordinate", {"decision": "withhold", "ground": "接口正常"})
    told = letter(f"{place}.renshe.clerk", case, *RESULTS)
    assert not [word for word in ("收到日期", "期限届满日期") if word in told]


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_a_letter_to_the_superior_says_which_body_could_not_settle_it_and_why(
    here: World, letter: Any, place: str
) -> None:
    records = {"kind": "inconsistent_records", "resource": f"{CODES[place]}-GA-002", "other_department": "gongan"}
    case = here.open_case(f"{place}.bureau.clerk", "dispute", {**records, "position": "与原件一致"})["id"]
    if "negotiate_provider" in here.open_tasks(case):
        here.complete(case, "negotiate_provider", INSIST)
    told = letter(f"{place}.bureau.clerk", case, "提请处理争议的函")
    assert "为争议一方，应当回避。" in told
    assert "现提请处理" in told
    assert not [one for one in ("层级低于", "未在本系统", "作出了有争议的决定", "撤销") if one in told]


@everywhere
def test_a_bureau_that_was_refused_is_not_told_to_turn_to_itself(here: World, letter: Any, place: str) -> None:
    share = {name: SHARE[name] for name in ("items", "purpose", "share_mode", "scope", "legal_duty")}
    asked = share | {"resource": f"{CODES[place]}-MZ-002"}
    case = int(here.open_case(f"{place}.bureau.clerk", "conditional_share", asked)["id"])
    review = here.open_tasks(case)["provider_review"]["id"]
    foretold = here.api(f"{place}.minzheng.clerk").post(f"/tasks/{review}/preview", {"data": REFUSAL})
    here.complete(case, "provider_review", REFUSAL)
    for told in (str(done(foretold)), letter(f"{place}.bureau.clerk", case, "不予共享答复书")):
        assert "主管部门为本申请的一方，应当回避，由其上级处理" in told
        assert "由主管部门协调" not in told
        assert "向主管部门提出" not in told


def test_each_side_of_a_negotiation_is_named_and_signs_in_its_own_line(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    here.complete(case, "negotiate_applicant", {"agreed": True, "conditions": "只提供核验结果"})
    here.complete(case, "negotiate_provider", {"agreed": True, "proposal": 1})
    lines = [words(one) for one in timeline(reader("yima.gongan.clerk").gets(f"/cases/{case}"))]
    for department in ("义马市公安局", "义马市民政局"):
        assert [one for one in lines if f"系统：转至双方协商（{department}）" in one]
    [signed] = [one for one in lines if "签署第1稿文本" in one and "提出" not in one]
    assert "对方" not in signed
    assert "义马市民政局" in signed


def test_whoever_coordinates_sees_which_side_was_not_heard_in_the_negotiation(here: World, reader: Open) -> None:
    records = {"kind": "inconsistent_records", "resource": "YC-GA-002", "other_department": "gongan", "position": "甲"}
    case = int(here.open_case("yinchuan.renshe.clerk", "dispute", records)["id"])
    here.complete(case, "negotiate_applicant", INSIST)
    page = judge(here, reader, "yinchuan", case)
    said = [words(one) for one in page.xpath("//div[@class='gw-positions']/section")]
    assert ["协商已经终止，该方未在协商中提出意见" in one for one in said] == [False, True]


def test_a_body_that_has_decided_what_is_contested_is_not_called_a_party(here: World, reader: Open) -> None:
    share = {**SHARE, "resource": "YC-GA-002", "scope": "全市", "share_mode": "interface", "legal_duty": "审批"}
    granted = here.open_case("yinchuan.renshe.clerk", "conditional_share", share)["id"]
    for step in ("provider_review", "bureau_authorise"):
        here.complete(granted, step, {"decision": "approve"})
    case = standing(here, "yinchuan", "conditions")
    page = words(reader("yinchuan.renshe.clerk").gets(f"/cases/{case}"))
    assert "回避（作出了有争议的决定）" in page
    assert "作出了有争议的决定，回避" in page
    assert "为争议一方" not in page
