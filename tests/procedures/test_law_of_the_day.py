"""The catalogue of the day on which a step is taken decides, at every step that ends an application."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app import outbox
from app.cases import audit
from app.cases.models import Case
from app.outbox.letter_text import as_lines
from app.outbox.models import OutboxMessage
from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.procedures.test_decisions import LAW, decide, opened
from tests.procedures.test_foretelling import foretold
from tests.world import World, done

everywhere = pytest.mark.parametrize("place", PLACES)
REFUSE = {"decision": "refuse", "reason": "与职责无关", "basis": LAW}
FREE = {"action": "change", "share_type": "unconditional", "conditions": "", "basis_kind": "", "basis_text": ""}
WITHHELD = {"action": "change", "share_type": "withheld", "basis_kind": "law", "basis_text": "《数据安全法》第二十一条"}
WITHDRAW = {"action": "withdraw"}


def update(world: World, place: str, change: dict[str, Any], by: str = "gongan", entry: str = "GA-002") -> Any:
    """The department's entry is changed as the law has it: by a case of its own."""
    code = f"{CODES[place]}-{entry}"
    data = {"trigger": "law", "changed_on": "2026-03-05", "description": "法律修订", "resources": [code]}
    case = world.open_case(f"{place}.{by}.clerk", "catalogue_update", data)
    world.complete(case["id"], "draft_update", {"changes": [{"resource": code, **change}]})
    if "review_update" in world.open_tasks(case["id"]):
        world.complete(case["id"], "review_update", {"decision": "pass"})
    assert world.case(case["id"])["outcome"] == "published"
    return case


def disputed(world: World, place: str) -> Any:
    """Refused, and the refusal disputed."""
    case = opened(world, place)
    done(decide(world, case, REFUSE))
    world.complete(case["id"], "applicant_response", {"response": "dispute", "position": "登记必需"})
    return case


def settle(world: World, case: Any, decision: str) -> None:
    if "negotiate_applicant" in world.open_tasks(case["id"]):
        world.complete(case["id"], "negotiate_applicant", {"agreed": False, "position": "不能一致"})
    world.complete(case["id"], "coordinate", {"decision": decision, "ground": "协调依据"})


def ended(world: World, case: Any) -> tuple[str, str]:
    now = world.case(case["id"])
    return now["status"], now["outcome"]


def letters(world: World, case: Any) -> dict[str, str]:
    with world.database.transaction(write=False) as session:
        found = outbox.letters_of(session, case["id"])
        return {one.template: "\n".join(as_lines(one.blocks("zh"))) for one in found}


def allowed(world: World, place: str) -> bool:
    asked = {"department": "renshe", "resource": f"{CODES[place]}-GA-002", "items": ["name"], "purpose": "核验"}
    return bool(done(world.api(f"{place}.platform").post("/grants/check", asked))["allowed"])


def verified(world: World) -> Any:
    with world.database.transaction(write=False) as session:
        return audit.verify(session)[1]


@everywhere
def test_what_became_unconditional_in_the_dispute_is_shared_whatever_the_body_says(place: str, world: World) -> None:
    case = disputed(world, place)
    update(world, place, FREE)
    settle(world, case, "withhold")
    assert ended(world, case) == ("closed", "granted")
    assert allowed(world, place)
    told = letters(world, case)
    assert "按照处理当日的目录无须审核，予以共享" in told["settlement"]
    assert "不予共享" not in told["settlement"].partition("处理机关")[2]
    assert "按照答复当日的目录无须审核，予以共享" in told["reply"]
    assert verified(world) is None


@everywhere
def test_a_refusal_of_what_became_unconditional_is_not_there_to_be_accepted(place: str, world: World) -> None:
    case = opened(world, place)
    done(decide(world, case, REFUSE))
    update(world, place, FREE)
    world.complete(case["id"], "applicant_response", {"response": "accept"})
    assert ended(world, case) == ("closed", "granted")
    assert "reply" in letters(world, case)


@everywhere
def test_an_entry_withdrawn_in_the_dispute_ends_the_application_with_a_letter(place: str, world: World) -> None:
    case = disputed(world, place)
    update(world, place, WITHDRAW)
    settle(world, case, "share")
    assert ended(world, case) == ("closed", "refused")
    assert "entry_withdrawn" in letters(world, case)
    assert not done(world.api("admin").get("/grants", case=case["id"]))["items"]


@everywhere
def test_where_the_entry_stays_as_it_was_the_body_may_withhold(place: str, world: World) -> None:
    case = disputed(world, place)
    update(world, place, {"action": "change", "summary": "实时更新"})
    settle(world, case, "withhold")
    assert ended(world, case) == ("closed", "refused")
    assert not allowed(world, place)


def told_of(world: World, case: Any) -> set[int | None]:
    with world.database.transaction(write=False) as session:
        asked = select(OutboxMessage.recipient_department_id).where(
            OutboxMessage.kind == "entry_retyped", OutboxMessage.case_id == case["id"]
        )
        return {*session.scalars(asked)}


def sides(world: World, case: Any) -> set[int | None]:
    with world.database.transaction(write=False) as session:
        seats = session.get_one(Case, case["id"]).lanes
    return {seats["applicant"]["id"], seats["provider"]["id"]}


@everywhere
def test_both_sides_are_told_of_a_changed_share_type_on_the_day_it_changes(place: str, world: World) -> None:
    reviewed = opened(world, place)
    contested = disputed(world, place)
    update(world, place, {"action": "change", "summary": "实时更新"})
    assert not world.events(reviewed["id"], "entry.retyped")
    made = update(world, place, WITHHELD)
    for case in (reviewed, contested):
        [line] = world.events(case["id"], "entry.retyped")
        assert (line["detail"]["was"], line["detail"]["share_type"]) == ("conditional", "withheld")
        assert told_of(world, case) >= sides(world, case)
    assert not world.events(made["id"], "entry.retyped")
    assert verified(world) is None


def test_both_sides_are_told_of_a_share_type_that_a_file_has_changed(world: World, tmp_path: Path) -> None:
    case = opened(world, "yima")
    file = tmp_path / "catalogue.csv"
    file.write_text(
        "code,jurisdiction,provider,name,share_type,basis_kind,basis_text,items\n"
        "YM-GA-002,yima,gongan,居住证登记信息,withheld,law,《个人信息保护法》第三十四条,name:姓名;permit_number:编号\n",
        "utf-8",
    )
    for _ in range(2):  # the second time nothing changes
        loaded = world.flask("catalogue", "load", str(file))
        assert loaded.exit_code == 0, loaded.output
    [line] = world.events(case["id"], "entry.retyped")
    assert line["detail"]["share_type"] == "withheld"
    assert told_of(world, case) >= sides(world, case)
    assert verified(world) is None


SAID = {
    "unconditional": (FREE, "将予以共享", {"reply"}),
    "withheld": (WITHHELD, "将出具共享类型变更告知书", {"reclassified"}),
    "withdrawn": (WITHDRAW, "将出具目录撤销告知书", {"entry_withdrawn"}),
}


@pytest.mark.parametrize("how", SAID)
@everywhere
def test_a_preview_says_what_will_be_sent_by_the_catalogue_of_today(place: str, how: str, world: World) -> None:
    change, words, sent = SAID[how]
    case = opened(world, place)
    update(world, place, change)
    [says] = done(foretold(world, case, {"decision": "approve"}))["says"]
    assert words in says
    done(decide(world, case, {"decision": "approve"}))
    assert set(letters(world, case)) - {"demand_form"} == sent


def test_the_previews_of_the_bureau_and_of_the_applicant_take_the_same_way(world: World) -> None:
    case = opened(world, "yinchuan")
    done(decide(world, case, {"decision": "approve"}))
    update(world, "yinchuan", WITHHELD)
    [says] = done(foretold(world, case, {"decision": "approve"}, key="bureau_authorise"))["says"]
    assert "将出具共享类型变更告知书" in says
    world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    assert set(letters(world, case)) == {"reclassified"}
    refused = opened(world, "yima")
    done(decide(world, refused, REFUSE))
    update(world, "yima", FREE)
    [says] = done(foretold(world, refused, {"response": "accept"}, key="applicant_response"))["says"]
    assert "将予以共享" in says


def lose(world: World, place: str, *codes: str) -> None:
    """The entry loses these items; where it would have none, another stands in their place."""
    code = f"{CODES[place]}-GA-002"
    [entry] = done(world.api("admin").get("/catalogue/resources", q=code, jurisdiction=place))["items"]
    left = [one for one in entry["items"] if one["code"] not in codes] or [{"code": "other", "name": "其他"}]
    update(world, place, {"action": "change", "items": left})


@everywhere
def test_what_the_entry_has_lost_is_approved_by_nobody_and_the_rest_can_be(place: str, world: World) -> None:
    case = opened(world, place)
    lose(world, place, "permit_number")
    whole = decide(world, case, {"decision": "approve"})
    assert (whole.status_code, set(whole.json["errors"])) == (422, {"items"})
    assert "请改为“同意共享部分" in whole.json["errors"]["items"][0]
    assert foretold(world, case, {"decision": "approve"}).status_code == 422
    rest = {"decision": "approve_partly", "items": ["name"], "reason": "目录中已无居住证编号", "basis": LAW}
    done(decide(world, case, rest))
    if place == "yinchuan":
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert grant["items"] == ["name"]


def test_what_is_lost_between_the_two_decisions_is_left_out_with_its_reason(world: World) -> None:
    case = opened(world, "yinchuan")
    done(decide(world, case, {"decision": "approve"}))
    lose(world, "yinchuan", "permit_number")
    says = done(foretold(world, case, {"decision": "approve"}, key="bureau_authorise"))["says"]
    assert "同意共享1项数据项：姓名" in says
    world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert grant["items"] == ["name"]
    told = letters(world, case)["reply"]
    assert set(says[1:]) <= set(told.split("\n"))
    assert "已不在该城市数据的目录中，不能共享：居住证编号" in told
    assert "对未同意的部分" in told
    assert set(world.open_tasks(case["id"])) == {"applicant_response"}
    world.complete(case["id"], "applicant_response", {"response": "accept"})
    assert ended(world, case) == ("closed", "granted_partly")
    assert verified(world) is None


def test_where_nothing_remains_the_bureau_cannot_authorise_but_refuse(world: World) -> None:
    case = opened(world, "yinchuan")
    done(decide(world, case, {"decision": "approve"}))
    lose(world, "yinchuan", "permit_number", "name")
    task = world.open_tasks(case["id"])["bureau_authorise"]
    bureau, path = world.api(world.holder(task)), f"/tasks/{task['id']}/complete"
    assert set(done(bureau.post(path, {"data": {"decision": "approve"}}), 422)["errors"]) == {"decision"}
    world.complete(case["id"], "bureau_authorise", {"decision": "refuse", "reason": "目录中已无所申请的信息项"})
    assert set(world.open_tasks(case["id"])) == {"applicant_response"}


def unsigned(world: World, entry: str = "YC-WJ-101", *, provider: bool = False, applicant: bool = True) -> Any:
    """Approved and authorised where that is needed, and then one side does not sign."""
    case = opened(world, "yinchuan", resource=entry, items=["name"])
    if "provider_review" in world.open_tasks(case["id"]):
        done(decide(world, case, {"decision": "approve"}))
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    world.complete(case["id"], "confirm_agreement_applicant", {"agreed": applicant})
    world.complete(case["id"], "confirm_agreement_provider", {"agreed": provider})
    return case


def test_a_provider_that_does_not_sign_has_refused_and_can_be_contested(world: World) -> None:
    case = unsigned(world)
    assert set(world.open_tasks(case["id"])) == {"applicant_response"}
    assert "对本答复有意见的，可以在本办件中向主管部门提出" in letters(world, case)["agreement_declined"]
    world.complete(case["id"], "applicant_response", {"response": "dispute", "position": "保密措施已经落实"})
    assert world.open_tasks(case["id"])["coordinate"]["department"] == "bureau"
    settle(world, case, "share")
    assert set(world.open_tasks(case["id"])) == {"confirm_agreement_applicant", "confirm_agreement_provider"}
    assert not done(world.api("admin").get("/grants", case=case["id"]))["items"]
    for side in ("applicant", "provider"):
        world.complete(case["id"], f"confirm_agreement_{side}", {"agreed": True})
    assert ended(world, case) == ("closed", "granted")
    assert verified(world) is None


def test_a_refusal_to_sign_that_is_accepted_or_upheld_ends_the_application(world: World) -> None:
    accepted, upheld = unsigned(world), unsigned(world)
    world.complete(accepted["id"], "applicant_response", {"response": "accept"})
    world.complete(upheld["id"], "applicant_response", {"response": "dispute", "position": "保密措施已经落实"})
    settle(world, upheld, "withhold")
    assert ended(world, accepted) == ended(world, upheld) == ("closed", "refused")


@pytest.mark.parametrize("provider", [True, False])
def test_an_applicant_that_does_not_sign_has_nothing_to_contest(world: World, provider: bool) -> None:
    case = unsigned(world, provider=provider, applicant=False)
    assert ended(world, case) == ("closed", "refused")
    assert "可以在本办件中" not in letters(world, case)["agreement_declined"]


def test_the_letter_about_an_unconditional_entry_does_not_say_that_it_is_withheld(world: World) -> None:
    case = unsigned(world, "YC-GA-101", provider=True, applicant=False)
    told = letters(world, case)["agreement_declined"]
    assert "不予共享" not in told
    assert "本次申请未建立共享授权" in told
    assert "不论共享类型，共享前双方应当签订" in told
    assert "共享类型不因此改变" in told
