"""What an answer will say is told before it is sent, in the sentences of the letter that follows; items that are
refused for different reasons have each its own, and each can be contested by itself."""

from __future__ import annotations

from typing import Any

import pytest

from app import outbox
from app.cases.models import Task
from app.catalogue import entries
from app.outbox.letter_text import as_lines
from app.outbox.models import Letter
from tests.procedures.expected import PLACES
from tests.procedures.test_decisions import LAW, PARTLY, asked, decide, opened
from tests.procedures.test_recusal import SUPERIOR, answered_by_letter
from tests.world import World, done

RULE = {"kind": "rule", "title": "《居住证管理办法》", "article": "第九条"}
OWN = [{"item": "permit_number", "reason": "编号可以由姓名核验代替", "basis": RULE}]
ANSWERS: dict[str, dict[str, Any]] = {
    "all": {"decision": "approve"},
    "some": PARTLY,
    "some for a reason of its own": {**PARTLY, "own_reasons": OWN},
    "none": {"decision": "refuse", "reason": "与职责无关", "basis": LAW, "ground": "outside_duty"},
    "none, one for a reason of its own": {
        "decision": "refuse", "reason": "与职责无关", "basis": LAW,
        "own_reasons": [{"item": "name", "reason": "姓名已经公开"}],
    },
    "on conditions": {"decision": "approve", "conditions": "不得留存", "reason": "防止数据留存"},
    "for a shorter term": {"decision": "approve", "period_months": 6, "reason": "业务半年内办结"},
}  # fmt: skip
HEADS = ("将答复：", "将提出审核意见，经主管部门授权后答复：")


def foretold(world: World, case: Any, answer: dict[str, Any], by: str = "", key: str = "provider_review") -> Any:
    task = world.open_tasks(case["id"])[key]
    return world.api(by or world.holder(task)).post(f"/tasks/{task['id']}/preview", {"data": answer})


def last_letter(world: World, case: Any) -> list[str]:
    with world.database.transaction(write=False) as session:
        letter: Letter = outbox.letters_of(session, case["id"])[-1]
        return as_lines(letter.blocks("zh"))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", ANSWERS)
def test_what_the_preview_says_is_what_the_letter_says(place: str, how: str, world: World) -> None:
    case = opened(world, place, period_months=12)
    says = done(foretold(world, case, ANSWERS[how]))["says"]
    assert says[0] in HEADS
    done(decide(world, case, ANSWERS[how]))
    if place == "yinchuan" and ANSWERS[how]["decision"] != "refuse":
        says_too = done(foretold(world, case, {"decision": "approve"}, key="bureau_authorise"))["says"]
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
        assert set(says_too[1:]) <= set(last_letter(world, case))
    assert len(says) > 1
    assert set(says[1:]) <= set(last_letter(world, case))


def test_the_preview_counts_what_is_shared_and_what_is_not_and_names_the_way_on(world: World) -> None:
    case = opened(world, "yima")
    says = done(foretold(world, case, {**PARTLY, "own_reasons": OWN}))["says"]
    assert says[1:3] == ["同意共享1项信息项：姓名", "不予共享1项信息项：居住证编号"]
    assert "另列理由的信息项：「居住证编号：编号可以由姓名核验代替；依据：《居住证管理办法》第九条（规章）」" in says
    assert says[-1].startswith("对未同意的部分有异议的，可以在本办件中提出")
    task = world.open_tasks(case["id"])["provider_review"]
    path, told = f"/tasks/{task['id']}/preview", {"data": PARTLY}
    english = world.api("yima.gongan.clerk").post(path, told, headers={"Accept-Language": "en"}).json["says"]
    assert english[1].startswith("Items shared (1): ")


def test_a_preview_changes_nothing_and_is_for_whoever_may_answer(world: World) -> None:
    case = opened(world, "yima")
    before = world.events(case["id"])
    faulty = foretold(world, case, {"decision": "approve_partly", "items": ["name"]})
    assert (faulty.status_code, set(faulty.json["errors"])) == (422, {"reason", "basis"})
    done(foretold(world, case, PARTLY))
    for stranger in ("yima.renshe.clerk", "yima.shuiwu.clerk", "yunyang.gongan.clerk"):
        assert foretold(world, case, PARTLY, by=stranger).status_code == 404, stranger
    assert world.events(case["id"]) == before
    task = world.open_tasks(case["id"])["provider_review"]
    done(decide(world, case, PARTLY))
    late = world.api("yima.gongan.clerk").post(f"/tasks/{task['id']}/preview", {"data": PARTLY})
    assert late.status_code == 409


@pytest.mark.parametrize("place", PLACES)
def test_each_refused_item_has_its_own_reason_and_basis_in_the_letter(place: str, world: World) -> None:
    case = opened(world, place)
    done(decide(world, case, ANSWERS["none, one for a reason of its own"]))
    text = "\n".join(last_letter(world, case))
    assert "不予共享2项" in text
    assert "除外）：「与职责无关」" in text
    assert "姓名：姓名已经公开" in text
    with world.database.transaction(write=False) as session:
        [kept] = session.query(Task).filter_by(case_id=case["id"], key="provider_review").all()
        assert kept.answer["own_reasons"] == [{"item": "name", "reason": "姓名已经公开", "basis": None}]


@pytest.mark.parametrize(
    "own",
    [
        [{"item": "name", "reason": "姓名已经同意"}],
        [{"item": "address", "reason": "没有申请"}],
        [{"item": "plate_number", "reason": "其他目录的信息项"}],
        [{"item": "permit_number"}],
        [{"item": "permit_number", "reason": "\u3164\u200b"}],
        [{"item": "permit_number", "reason": "无关"}, {"item": "permit_number", "reason": "重复"}],
        [{"item": "permit_number", "reason": "无关", "basis": {"kind": "decree", "title": "某令"}}],
        [{"item": "permit_number", "reason": "无关", "basis": {"kind": "law"}}],
        [{"item": "permit_number", "reason": "无关", "more": 1}],
        [{"item": f"i{n}", "reason": "太多"} for n in range(10_000)],
        {"permit_number": "无关"},
        "无关",
        [["permit_number", "无关"]],
    ],
)
def test_a_reason_of_its_own_belongs_to_an_item_that_is_refused(own: Any, world: World) -> None:
    case = opened(world, "yima")
    refused = decide(world, case, {**PARTLY, "own_reasons": own})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"own_reasons"})
    assert set(world.open_tasks(case["id"])) == {"provider_review"}


def test_a_text_that_bears_no_refusal_bears_none_of_a_single_item(world: World) -> None:
    case = opened(world, "jiangmen")
    internal = {"kind": "other", "title": "本局内部数据管理办法", "article": "第三条"}
    own = [{"item": "permit_number", "reason": "内部规定", "basis": internal}]
    refused = decide(world, case, {**PARTLY, "own_reasons": own})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"own_reasons"})


def test_a_grant_lasts_no_longer_than_was_asked_for(world: World) -> None:
    case = opened(world, "yima", period_months=6)
    longer = decide(world, case, {"decision": "approve", "period_months": 12})
    assert (longer.status_code, set(longer.json["errors"])) == (422, {"period_months"})


@pytest.mark.parametrize("place", PLACES)
def test_single_items_of_a_refusal_are_contested_and_the_others_stay_refused(place: str, world: World) -> None:
    case = opened(world, place)
    done(decide(world, case, {"decision": "refuse", "reason": "与职责无关", "basis": LAW}))
    contest = {"response": "dispute", "position": "职责所必需", "items": ["name"]}
    world.complete(case["id"], "applicant_response", contest)
    if "negotiate_provider" in world.open_tasks(case["id"]):
        world.complete(case["id"], "negotiate_provider", {"agreed": False, "position": "不同意"})
    world.complete(case["id"], "coordinate", {"decision": "share", "ground": "依法履职需要"})
    assert world.case(case["id"])["outcome"] == "granted_partly"
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert grant["items"] == ["name"]


def test_only_what_was_not_approved_is_contested_unless_what_was_has_conditions(world: World) -> None:
    case = opened(world, "yima")
    done(decide(world, case, PARTLY))
    task = world.open_tasks(case["id"])["applicant_response"]
    approved = {"response": "dispute", "position": "职责所必需", "items": ["name"]}
    caller = world.api("yima.renshe.clerk")
    refused = caller.post(f"/tasks/{task['id']}/complete", {"data": approved})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"items"})
    case = world.open_case("yima.renshe.clerk", "conditional_share", asked("yima"))
    done(decide(world, case, {**PARTLY, "conditions": "不得留存"}))
    world.complete(case["id"], "applicant_response", approved)
    assert world.open_tasks(case["id"]).keys() >= {"negotiate_applicant", "negotiate_provider"}


def test_who_refuses_is_who_answers_the_complaint(world: World) -> None:
    """Yinchuan 15, 16: what the bureau does not authorise, the bureau has decided; nobody judges its own cause."""
    case = opened(world, "yinchuan")
    done(decide(world, case, {"decision": "approve"}))
    refusal = {"decision": "refuse", "reason": "范围过宽"}
    says = done(foretold(world, case, refusal, key="bureau_authorise"))["says"]
    assert "主管部门为作出决定的一方，由其上级处理" in says[-1]
    world.complete(case["id"], "bureau_authorise", refusal)
    assert set(says[1:]) <= set(last_letter(world, case))
    world.complete(case["id"], "applicant_response", {"response": "dispute", "position": "职责所必需"})
    assert set(world.open_tasks(case["id"])) == {"superior_answer"}
    [letter] = [line for line in last_letter(world, case) if "发生争议" in line]
    assert "银川市人力资源和社会保障局与银川市大数据管理服务局" in letter.replace("「", "").replace("」", "")


OWN_CONDITIONS = "仅限办理公共服务事项时按人核验，不得批量导出。"
TYPED = {
    "nothing": ({}, OWN_CONDITIONS),
    "an added one": ({"conditions": "不得留存", "reason": "防止数据留存"}, f"{OWN_CONDITIONS}\n不得留存"),
    "the entry's own": ({"conditions": OWN_CONDITIONS}, OWN_CONDITIONS),
    "both, in lines": (
        {"conditions": f"{OWN_CONDITIONS}\n不得留存", "reason": "防止数据留存"},
        f"{OWN_CONDITIONS}\n不得留存",
    ),
    "both, in one line": (
        {"conditions": f"{OWN_CONDITIONS} 不得留存。", "reason": "防止数据留存"},
        f"{OWN_CONDITIONS}\n不得留存。",
    ),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", TYPED)
def test_a_grant_is_under_the_conditions_of_its_entry_and_those_that_were_added(
    place: str, how: str, world: World
) -> None:
    """Preview, letter and grant say the same; how what was granted is to be used is no condition of sharing."""
    typed, wanted = TYPED[how]
    case = opened(world, place)
    answer = {"decision": "approve", **typed}
    foreseen = done(foretold(world, case, answer))["says"]
    done(decide(world, case, answer))
    if place == "yinchuan":
        assert conditions_in(done(foretold(world, case, {"decision": "approve"}, key="bureau_authorise"))["says"])
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert grant["conditions"] == wanted
    assert conditions_in(foreseen) == conditions_in(last_letter(world, case)) == wanted
    for said in (foreseen, last_letter(world, case)):
        assert sum(line.startswith("使用要求：") for line in said) == 1
    if set(typed) <= {"conditions"}:
        assert "applicant_response" not in world.open_tasks(case["id"])


def conditions_in(said: list[str]) -> str:
    """What is said to be the conditions of sharing."""
    at = next(i for i, line in enumerate(said) if line.startswith("共享条件："))
    found = said[at].removeprefix("共享条件：") or said[at + 1]
    return found.removeprefix("「").removesuffix("」")


def test_the_conditions_are_those_that_the_entry_has_on_the_day_of_the_decision(world: World) -> None:
    case = opened(world, "yima")
    with world.database.transaction() as session:
        found = entries.entry(session, "YM-GA-002")
        change = {"resource": found.code, "action": "change", "conditions": "按人核验"}
        entries.apply_changes(session, "yima", [change], "test", None, owner_id=found.provider_id)
    done(decide(world, case, {"decision": "approve"}))
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert grant["conditions"] == "按人核验"
    assert conditions_in(last_letter(world, case)) == "按人核验"


def test_the_demand_form_says_how_many_items_and_for_how_long(world: World) -> None:
    """Yima 15: the application states scope, purpose and the number of items."""
    case = opened(world, "yima", period_months=12)
    said = last_letter(world, case)
    assert "申请的信息项（2项）：姓名、居住证编号" in said
    assert "申请的期限：12个月" in said
    assert "申请的期限：未提出" in last_letter(world, opened(world, "yima"))


def test_what_both_have_signed_is_in_the_letter_and_without_conditions_those_of_the_entry_hold(world: World) -> None:
    case = opened(world, "yima")
    done(decide(world, case, {"decision": "refuse", "reason": "与职责无关", "basis": LAW}))
    refused = case["id"]
    world.complete(refused, "applicant_response", {"response": "dispute", "position": "职责所必需"})
    terms = {"agreed": True, "items": ["name"], "text": "逐月核对", "period_months": 6}
    world.complete(refused, "negotiate_applicant", terms)
    world.complete(refused, "negotiate_provider", {"agreed": True, "proposal": 1})
    [grant] = done(world.api("admin").get("/grants", case=refused))["items"]
    assert grant["conditions"] == OWN_CONDITIONS
    said = last_letter(world, case)
    assert conditions_in(said) == OWN_CONDITIONS
    assert "其他商定内容：「逐月核对」" in said
    assert any(line.startswith("授权期限：") and "6个月" in line for line in said)
    assert not any("提供部门答复所定" in line for line in said)
    agreed = numbers_of(world, case, "agreement")[-1]
    assert f"双方商定不列入共享的信息项，见{agreed}号协商一致意见书。" in said
    assert "提出异议的" not in "".join(said)


def test_a_letter_after_a_dispute_tells_what_was_granted_before_and_where_the_refusal_stands(world: World) -> None:
    asked_for = ["name", "permit_number", "address"]
    case = opened(world, "yima", items=asked_for)
    done(decide(world, case, PARTLY))
    first = numbers_of(world, case)[-1]
    world.complete(case["id"], "applicant_response", {"response": "dispute", "position": "职责所必需"})
    terms = {"agreed": True, "items": ["permit_number"]}
    world.complete(case["id"], "negotiate_applicant", terms)
    world.complete(case["id"], "negotiate_provider", {"agreed": True, "proposal": 1})
    said = last_letter(world, case)
    assert any(line.startswith("此前的答复已经同意共享1项信息项：姓名（共享授权YM-GX-") for line in said)
    agreed = numbers_of(world, case, "agreement")[-1]
    assert f"双方商定不列入共享的信息项，见{agreed}号协商一致意见书。" in said
    assert first not in "".join(said), "what was in dispute was not settled by the first reply"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("contested", [2, 3], ids=["two of three", "all"])
def test_what_a_body_upholds_as_refused_is_refused_on_its_grounds_and_the_uncontested_on_those_of_the_reply(
    place: str, contested: int, world: World
) -> None:
    """P1.6: the document names the body that decided, and where its ground stands."""
    case = refused_three(world, place, contested)
    points = [{"item": one, "result": "withhold", "ground": "与用途无关"} for one in THREE[1:contested]]
    points.insert(0, {"item": "name", "result": "share", "ground": "核验必需"})
    if "negotiate_provider" in world.open_tasks(case["id"]):
        world.complete(case["id"], "negotiate_provider", {"agreed": False, "position": "不同意"})
    world.complete(case["id"], "coordinate", {"decision": "by_item", "points": points})
    settled, said = numbers_of(world, case, "settlement")[-1], in_one_word(last_letter(world, case))
    [told] = [line for line in said if f"仍不予共享的信息项，其依据和理由见{settled}号文书。" in line]
    with world.database.transaction(write=False) as session:
        assert outbox.letters_of(session, case["id"])[-1].issuer.zh in told
    assert_first_reply_told(world, case, contested)


@pytest.mark.parametrize("place", ["yima", "jiangsu"])
@pytest.mark.parametrize("contested", [2, 3], ids=["two of three", "all"])
def test_what_both_agree_to_leave_out_is_told_by_their_text(place: str, contested: int, world: World) -> None:
    case = refused_three(world, place, contested)
    world.complete(case["id"], "negotiate_applicant", {"agreed": True, "items": ["name"]})
    world.complete(case["id"], "negotiate_provider", {"agreed": True, "proposal": 1})
    agreed = numbers_of(world, case, "agreement")[-1]
    assert f"双方商定不列入共享的信息项，见{agreed}号协商一致意见书。" in last_letter(world, case)
    assert_first_reply_told(world, case, contested)


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
@pytest.mark.parametrize("contested", [2, 3], ids=["two of three", "all"])
def test_what_a_superior_upholds_as_refused_is_told_by_its_document(place: str, contested: int, world: World) -> None:
    case = refused_three(world, place, contested, by="bureau")
    if "negotiate_provider" in world.open_tasks(case["id"]):
        world.complete(case["id"], "negotiate_provider", {"agreed": False, "position": "不同意"})
    world.at("2026-03-23T10:00:00+08:00")
    answered_by_letter(world, case, decision="share_partly", items=["name"])
    [told] = [line for line in in_one_word(last_letter(world, case)) if "仍不予共享" in line]
    assert told == f"经{SUPERIOR[place]}处理仍不予共享的信息项，其依据和理由见来文「府函〔2026〕3号」。"
    assert_first_reply_told(world, case, contested)


def in_one_word(said: list[str]) -> list[str]:
    """What some regulations call 数据项, others call 信息项."""
    return [line.replace("数据项", "信息项") for line in said]


THREE = ["name", "permit_number", "address"]


def refused_three(world: World, place: str, contested: int, by: str = "renshe") -> Any:
    """Three items refused, some of them contested."""
    world.at("2026-03-09T10:00:00+08:00")
    case = world.open_case(f"{place}.{by}.clerk", "conditional_share", asked(place, items=THREE))
    done(decide(world, case, {"decision": "refuse", "reason": "与职责无关", "basis": LAW}))
    contest = {"response": "dispute", "position": "职责所必需", "items": THREE[:contested]}
    world.complete(case["id"], "applicant_response", contest)
    return case


def assert_first_reply_told(world: World, case: Any, contested: int) -> None:
    """The reply with which the case began tells of what nobody contested, and of nothing else."""
    line = f"未提出异议的信息项，不予共享的理由和依据见{numbers_of(world, case, 'refusal')[0]}号答复书。"
    assert (line in in_one_word(last_letter(world, case))) is (contested < len(THREE))
    assert world.case(case["id"])["outcome"] == "granted_partly"


def numbers_of(world: World, case: Any, template: str | None = None) -> list[str]:
    with world.database.transaction(write=False) as session:
        found = outbox.letters_of(session, case["id"])
        return [one.number for one in found if template in (None, one.template)]
