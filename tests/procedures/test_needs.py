"""Data that are not there: applied for, found, entered, published, shared; once collected they are there for all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import directory
from app.catalogue import entries
from app.outbox.models import Letter, OutboxMessage
from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.procedures.test_transfer import Play
from tests.world import World, done

WANTED = {
    "wanted": {"description": "残疾评定结果", "fields": "姓名\n评定等级", "holder": "gongan"},
    "purpose": "发放护理补贴", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
UNPUBLISHED = {"items": ["name"], "purpose": "停发待遇", "scope": "全市", "share_mode": "interface"}


def entry(code: str) -> dict[str, Any]:
    return {
        "resource": code, "action": "add", "name": "残疾评定结果", "share_type": "conditional", "published": False,
        "conditions": "只用于发放补贴", "scope": "全市", "purpose": "发放补贴", "basis_kind": "law",
        "basis_text": "《中华人民共和国个人信息保护法》第十三条", "modes": ["interface"],
        "items": [{"code": "name", "name": "姓名"}, {"code": "grade", "name": "评定等级"}],
    }  # fmt: skip


def answer(world: World, case: int, key: str, data: dict[str, Any]) -> Any:
    [task] = [one for one in world.case(case)["tasks"] if (one["key"], one["status"]) == (key, "open")]
    return world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data})


def open_keys(world: World, case: int) -> list[str]:
    return [one["key"] for one in world.case(case)["tasks"] if one["status"] == "open"]


@pytest.mark.parametrize("place", PLACES)
def test_what_was_collected_is_published_and_the_next_applicant_finds_it(world: World, place: str) -> None:
    code = f"{CODES[place]}-UN-002"
    first = world.open_case(f"{place}.renshe.clerk", "conditional_share", {"resource": code, **UNPUBLISHED})
    assert open_keys(world, first["id"]) == ["find_holder"]
    done(answer(world, first["id"], "find_holder", {"holder": "gongan"}))
    done(answer(world, first["id"], "can_supply", {"decision": "yes"}))
    next_one = world.open_case(f"{place}.minzheng.clerk", "conditional_share", {"resource": code, **UNPUBLISHED})
    assert open_keys(world, next_one["id"]) == open_keys(world, first["id"]) == ["provider_review"]
    [found] = done(world.api("admin").get("/catalogue/resources", q=code))["items"]
    assert (found["published"], found["version"]) == (True, 2)


@pytest.mark.parametrize("place", PLACES)
def test_data_without_an_entry_get_one_that_is_published_and_the_application_goes_on(world: World, place: str) -> None:
    code = f"{CODES[place]}-NEED-9"
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", WANTED)
    done(answer(world, case["id"], "find_holder", {"holder": "gongan"}))
    done(answer(world, case["id"], "can_supply", {"decision": "yes"}))
    refused = answer(world, case["id"], "enter_entry", {"changes": [{"resource": code, "action": "withdraw"}]})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["changes"])
    done(answer(world, case["id"], "enter_entry", {"changes": [entry(code)]}))
    if "review_entry" in open_keys(world, case["id"]):
        done(answer(world, case["id"], "review_entry", {"decision": "pass"}))
    done(answer(world, case["id"], "choose_items", {"items": ["grade"]}))
    assert open_keys(world, case["id"]) == ["provider_review"]
    [found] = done(world.api("admin").get("/catalogue/resources", q=code))["items"]
    assert (found["published"], found["provider"]) == (True, "gongan")
    [taken, _] = world.events(case["id"], "resource.taken")
    assert taken["detail"]["resource"] == code
    done(answer(world, case["id"], "provider_review", {"decision": "approve"}))
    if "bureau_authorise" in open_keys(world, case["id"]):
        done(answer(world, case["id"], "bureau_authorise", {"decision": "approve"}))
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert (grant["resource"], grant["items"]) == (code, ["grade"])


def test_a_need_says_what_is_needed_and_of_whom_it_is_not(world: World) -> None:
    def errors(**wanted: Any) -> list[str]:
        data = WANTED | {"wanted": wanted}
        body = {"procedure": "conditional_share", "jurisdiction": "yima", "data": data}
        answered = world.api("yima.renshe.clerk").post("/cases", body)
        assert answered.status_code == 422, answered.json
        return sorted(answered.json["errors"])

    assert errors() == ["resource"]
    assert errors(fields=["姓名"]) == ["resource", "wanted.description"]
    assert errors(description="评定结果") == ["wanted.fields"]
    assert errors(description="评定结果", fields=["姓名"], holder="renshe") == ["wanted.holder"]
    assert errors(description="评定结果", fields=["姓名"], holder="nobody") == ["wanted.holder"]


def test_the_fields_of_a_need_may_come_as_a_list_and_the_bureau_is_asked(world: World) -> None:
    listed = WANTED | {"wanted": {"description": "残疾评定结果", "fields": ["姓名", "评定等级"]}}
    case = world.open_case("yima.renshe.clerk", "conditional_share", listed)
    [opened] = world.events(case["id"], "case.opened")
    assert opened["detail"]["data"]["wanted_fields"] == "姓名\n评定等级"
    assert case["tasks"][0]["department"] == "bureau"


def test_who_was_not_asked_does_not_see_the_need(world: World) -> None:
    case = world.open_case("yima.renshe.clerk", "conditional_share", WANTED)
    assert world.api("yima.gongan.clerk").get(f"/cases/{case['id']}").status_code == 404
    done(answer(world, case["id"], "find_holder", {"holder": "gongan"}))
    assert world.api("yima.gongan.clerk").get(f"/cases/{case['id']}").status_code == 200
    assert world.api("yima.minzheng.clerk").get(f"/cases/{case['id']}").status_code == 404


CANNOT = {
    "decision": "no", "reason": "没有业务来源",
    "basis": {"kind": "law", "title": "《数据安全法》", "article": "第三十八条"},
}  # fmt: skip


def letters_of(world: World, case: int) -> dict[str, Letter]:
    with world.database.transaction(write=False) as session:
        return {one.template: one for one in session.scalars(select(Letter).where(Letter.case_id == case))}


def told(letter: Letter) -> str:
    return "".join(str(part) for block in letter.text["zh"] for part in block)


@pytest.mark.parametrize("place", PLACES)
def test_each_answer_to_a_need_has_its_letter_with_the_clock_of_whoever_answers(world: World, place: str) -> None:
    first = world.open_case(
        f"{place}.renshe.clerk", "conditional_share", {"resource": f"{CODES[place]}-UN-002", **UNPUBLISHED}
    )
    done(answer(world, first["id"], "find_holder", {"holder": "gongan"}))
    done(answer(world, first["id"], "can_supply", CANNOT))
    refused = letters_of(world, first["id"])["not_supplied"]
    nobody = world.open_case(f"{place}.renshe.clerk", "conditional_share", WANTED)
    done(answer(world, nobody["id"], "find_holder", {"reason": "各部门均不采集"}))
    none = letters_of(world, nobody["id"])["not_collected"]
    some = world.open_case(f"{place}.renshe.clerk", "conditional_share", WANTED)
    done(answer(world, some["id"], "find_holder", {"holder": "gongan"}))
    done(answer(world, some["id"], "can_supply", {**CANNOT, "decision": "partly"}))
    partly = letters_of(world, some["id"])["supplied_partly"]
    for case, letter, rule in (
        (first, refused, "need.can_supply"), (nobody, none, "need.find_holder"), (some, partly, "need.can_supply"),
    ):  # fmt: skip
        [clock] = [one for one in world.case(case["id"])["deadlines"] if one["rule"] == rule]
        assert str(letter.due_on) == clock["due_on"], rule
    for letter, word in ((refused, "没有业务来源"), (partly, "残疾评定结果")):
        assert word in told(letter)
        assert "《数据安全法》第三十八条" in told(letter)
    assert "enter_entry" in open_keys(world, some["id"])


@pytest.mark.parametrize("place", ["yima", "yinchuan", "yunyang"])
def test_an_entry_of_data_that_the_bureau_holds_is_reviewed_by_its_second_person(world: World, place: str) -> None:
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", WANTED)
    done(answer(world, case["id"], "find_holder", {"holder": "bureau"}))
    done(answer(world, case["id"], "can_supply", {"decision": "yes"}))
    done(answer(world, case["id"], "enter_entry", {"changes": [entry(f"{CODES[place]}-NEED-9")]}))
    [review] = world.open_tasks(case["id"]).values()
    assert (review["key"], review["role"], review["department"]) == ("review_entry", "second", "bureau")
    own = answer(world, case["id"], "review_entry", {"decision": "pass"})
    assert own.status_code == 403, own.json
    second = world.api(f"{place}.bureau.clerk2")
    done(second.post(f"/tasks/{review['id']}/complete", {"data": {"decision": "pass"}}))
    assert open_keys(world, case["id"]) == ["choose_items"]
    assert world.events(case["id"], "task.own_work")


def test_an_order_about_the_need_is_no_decision_on_the_sharing(world: World) -> None:
    """What a body above has settled is that the data be supplied; the provider still reviews, and may revoke."""
    data = {"resource": "JM-UN-002", **UNPUBLISHED}
    case = world.open_case("jiangmen.renshe.clerk", "conditional_share", data)["id"]
    done(answer(world, case, "find_holder", {"holder": "gongan"}))
    done(answer(world, case, "can_supply", CANNOT))
    done(answer(world, case, "applicant_response", {"response": "dispute", "position": "职责所必需"}))
    done(answer(world, case, "coordinate", {"decision": "share", "ground": "履职必需"}))
    done(answer(world, case, "provider_review", {"decision": "approve"}))
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert "协调" not in told(letters_of(world, case)["reply"])
    reason = {"reason": "法律修订", "basis": CANNOT["basis"]}
    done(world.api("jiangmen.gongan.clerk").post(f"/grants/{grant['id']}/revoke", reason))


def told_of_withdrawal(world: World, case: int, kind: str) -> list[str]:
    done(world.api("yima.renshe.clerk").post(f"/cases/{case}/withdraw", {"reason": "业务调整"}))
    with world.database.transaction(write=False) as session:
        sent = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)).all()
        return [directory(session).by_id[one.recipient_department_id or 0].code for one in sent]


def test_the_holder_of_the_data_is_told_that_the_need_was_withdrawn(world: World) -> None:
    case = world.open_case("yima.renshe.clerk", "conditional_share", WANTED)
    done(answer(world, case["id"], "find_holder", {"holder": "gongan"}))
    assert told_of_withdrawal(world, case["id"], "need_withdrawn") == ["gongan"]


@pytest.mark.parametrize("place", PLACES)
def test_the_bureau_finds_the_holder_of_an_unpublished_entry_and_has_it_answered(world: World, place: str) -> None:
    """Not its provider first: the need goes to the bureau (Yinchuan 17; elsewhere by convention)."""
    code = f"{CODES[place]}-UN-002"
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", {"resource": code, **UNPUBLISHED})
    [asked] = case["tasks"]
    assert (asked["key"], asked["lane"], asked["status"]) == ("find_holder", "bureau", "open")
    by_itself = answer(world, case["id"], "find_holder", {"reason": "未采集"})
    assert (by_itself.status_code, list(by_itself.json["errors"])) == (422, ["holder"])
    done(answer(world, case["id"], "find_holder", {"holder": "gongan"}))
    [asked] = world.open_tasks(case["id"]).values()
    assert (asked["key"], asked["department"]) == ("can_supply", "gongan")


def test_whoever_was_asked_about_an_unpublished_entry_is_told_that_the_need_was_withdrawn(world: World) -> None:
    data = {"resource": "YM-UN-002", **UNPUBLISHED}
    first, second, third = (world.open_case("yima.renshe.clerk", "conditional_share", data)["id"] for _ in range(3))
    assert told_of_withdrawal(world, first, "withdrawn") == ["bureau"]
    done(answer(world, second, "find_holder", {"holder": "gongan"}))
    assert told_of_withdrawal(world, second, "withdrawn") == ["bureau", "gongan"]
    done(answer(world, third, "find_holder", {"holder": "minzheng"}))
    assert told_of_withdrawal(world, third, "need_withdrawn") == ["minzheng"]


@pytest.mark.parametrize("place", PLACES)
def test_a_need_goes_on_with_whoever_has_taken_the_entry_over(world: World, place: str) -> None:
    play = Play(world, place)
    code = f"{CODES[place]}-UN-002"
    case = world.open_case(f"{place}.minzheng.clerk", "conditional_share", {"resource": code, **UNPUBLISHED})["id"]
    done(answer(world, case, "find_holder", {"holder": "gongan"}))
    play.transferred("renshe", code)
    assert [one["department"] for one in world.open_tasks(case).values()] == ["renshe"]
    done(answer(world, case, "can_supply", {**CANNOT, "decision": "partly"}))
    issued = letters_of(world, case)["supplied_partly"]
    with world.database.transaction(write=False) as session:
        assert issued.issuer_zh == directory(session).by_code[place, "renshe"].name.zh
    assert open_keys(world, case) == ["provider_review"]
    assert world.flask("audit", "verify").exit_code == 0


def test_an_entry_withdrawn_while_its_holder_was_asked_is_entered_anew(world: World) -> None:
    data = {"resource": "YM-UN-002", **UNPUBLISHED}
    case = world.open_case("yima.renshe.clerk", "conditional_share", data)["id"]
    done(answer(world, case, "find_holder", {"holder": "gongan"}))
    with world.database.transaction() as session:
        found = entries.entry(session, "YM-UN-002")
        gone = [{"resource": found.code, "action": "withdraw"}]
        entries.apply_changes(session, "yima", gone, "test", None, owner_id=found.provider_id)
    done(answer(world, case, "can_supply", {"decision": "yes"}))
    done(answer(world, case, "enter_entry", {"changes": [entry("YM-NEED-9")]}))
    done(answer(world, case, "review_entry", {"decision": "pass"}))
    done(answer(world, case, "choose_items", {"items": ["grade"]}))
    assert open_keys(world, case) == ["provider_review"]


@pytest.mark.parametrize("place", PLACES)
def test_whoever_is_refused_a_need_is_not_sent_to_a_bureau_that_is_recused(world: World, place: str) -> None:
    held = world.open_case(f"{place}.renshe.clerk", "conditional_share", WANTED)["id"]
    done(answer(world, held, "find_holder", {"holder": "bureau"}))
    done(answer(world, held, "can_supply", {**CANNOT, "decision": "partly"}))
    nobody = world.open_case(f"{place}.renshe.clerk", "conditional_share", WANTED)["id"]
    done(answer(world, nobody, "find_holder", {"reason": "各部门均不采集"}))
    data = {"resource": f"{CODES[place]}-UN-002", **UNPUBLISHED}
    other = world.open_case(f"{place}.renshe.clerk", "conditional_share", data)["id"]
    done(answer(world, other, "find_holder", {"holder": "gongan"}))
    done(answer(world, other, "can_supply", CANNOT))
    assert "由其上级处理" in told(letters_of(world, held)["supplied_partly"])
    assert "由其上级处理" in told(letters_of(world, nobody)["not_collected"])
    assert "由其上级处理" not in told(letters_of(world, other)["not_supplied"])
    assert "主管部门" in told(letters_of(world, other)["not_supplied"])
