"""A grant lives with its entry: suspended when the entry no longer bears it, decided on anew by who gave it; revoked
with what a refusal carries, told, contested; and what a body of a ladder decided nobody below takes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import SYSTEM
from app.cases import grant_decisions
from app.cases.models import Case
from app.catalogue.models import Grant
from app.cli import scheduler
from app.outbox.letter_text import as_lines
from app.outbox.models import Letter
from tests.procedures.grant_story import ADVERSE, BASIS, START, Story, everywhere, settle_sharing
from tests.procedures.test_recusal import letter
from tests.world import World, done, on_both


@everywhere
def test_an_entry_that_becomes_withheld_suspends_its_grants_and_the_provider_decides_anew(
    world: World, place: str
) -> None:
    story = Story(world, place)
    assert story.check()["allowed"] is True
    story.withhold()
    assert (story.grant()["state"], story.grant()["suspended_for"]) == ("suspended", "withheld")
    assert story.check()["allowed"] is False
    review = story.review()
    assert [(task["key"], task["department"]) for task in review["tasks"]] == [("decide_grant", "gongan")]
    assert (review["applicant"], review["status"]) == ("renshe", "open")
    task = story.answer(review, "decide_grant", {"decision": "keep"}, 422)
    assert list(task["errors"]) == ["decision"]
    story.answer(review, "decide_grant", {"decision": "revoke"}, 422)
    story.answer(review, "decide_grant", {"decision": "revoke", **ADVERSE})
    assert story.grant()["state"] == "revoked"
    story.answer(review, "holder_response", {"response": "accept"})
    assert world.case(review["id"])["outcome"] == "revoked"
    assert story.told() == ["grant.created", "grant.suspended", "grant.revoked"]
    story.is_sound()


@everywhere
def test_what_was_free_and_becomes_conditional_waits_for_the_decision_that_nobody_took(
    world: World, place: str
) -> None:
    story = Story.of_free_data(world, place)
    assert (story.case["outcome"], story.grant()["state"]) == ("granted", "active")
    story.change(
        share_type="conditional", conditions="按人核验", scope="履职部门", purpose="核验身份", basis_kind="law",
        basis_text="《个人信息保护法》第十条",
    )  # fmt: skip
    assert (story.grant()["state"], story.grant()["suspended_for"]) == ("suspended", "conditional")
    assert story.check()["allowed"] is False
    story.answer(story.review(), "decide_grant", {"decision": "keep"})
    assert (story.grant()["state"], story.check()["allowed"]) == ("active", True)
    assert story.grant()["conditions"] == "按人核验"
    story.is_sound()


@everywhere
def test_a_suspended_grant_is_restored_only_when_the_entry_bears_it_again(world: World, place: str) -> None:
    story = Story(world, place)
    story.withhold()
    story.change(share_type="conditional", conditions="按人核验", scope="履职部门", purpose="核验身份")
    assert story.check()["allowed"] is False, "what was suspended waits for a decision"
    story.answer(story.review(), "decide_grant", {"decision": "keep"})
    assert story.grant()["state"] == "active"
    assert story.check()["allowed"] is True
    assert story.review()["outcome"] == "kept"
    story.is_sound()


@everywhere
def test_a_lost_item_suspends_the_grant_which_is_narrowed(world: World, place: str) -> None:
    story = Story(world, place)
    first, second = story.grant()["items"]
    [lost] = [one["name"] for one in story.entry()["items"] if one["code"] == second]
    story.change(items=[one for one in story.entry()["items"] if one["code"] != second])
    assert (story.grant()["state"], story.grant()["suspended_for"]) == ("suspended", "items")
    assert story.check(items=[first])["allowed"] is False
    review = story.review()
    story.answer(review, "decide_grant", {"decision": "keep"}, 422)
    task = world.open_tasks(review["id"])["decide_grant"]
    preview = world.api(world.holder(task)).post(f"/tasks/{task['id']}/preview", {"data": {"decision": "keep"}})
    told = story.answer(review, "decide_grant", {"decision": "keep"}, 422)["errors"]
    assert (preview.status_code, preview.json["errors"]) == (422, told), "nobody reads that it will be restored"
    assert lost in told["decision"][0]
    narrowed = {"decision": "narrow", "items": [first], **ADVERSE}
    says = done(world.api(world.holder(task)).post(f"/tasks/{task['id']}/preview", {"data": narrowed}))["says"]
    assert says[0].startswith("将缩小共享授权")
    story.answer(review, "decide_grant", narrowed)
    assert (story.grant()["state"], story.grant()["items"]) == ("active", [first])
    assert story.check(items=[first])["allowed"] is True
    story.answer(review, "holder_response", {"response": "accept"})
    assert story.review()["outcome"] == "narrowed"
    story.is_sound()


@everywhere
def test_a_withdrawn_entry_suspends_its_grants_and_leaves_only_revoking(world: World, place: str) -> None:
    story = Story(world, place)
    story.change(action="withdraw")
    assert (story.grant()["state"], story.grant()["suspended_for"]) == ("suspended", "withdrawn")
    review = story.review()
    story.answer(review, "decide_grant", {"decision": "keep"}, 422)
    story.answer(review, "decide_grant", {"decision": "revoke", **ADVERSE})
    assert story.grant()["state"] == "revoked"
    story.is_sound()


@everywhere
def test_a_revocation_carries_what_a_refusal_carries_and_its_holder_is_told_and_may_contest_it(
    world: World, place: str
) -> None:
    story = Story(world, place)
    for blank in ("", "\u3164", "\u2800\u200d"):
        refused = done(story.revoke(reason=blank), 422)
        assert list(refused["errors"]) == ["reason"], repr(blank)
    if place in ("jiangmen", "yima"):
        assert list(done(story.revoke(basis=None), 422)["errors"]) == ["basis"]
    if place == "jiangmen":
        own_rules = {"kind": "other", "title": "本局内部数据管理办法", "article": "3"}
        assert list(done(story.revoke(basis=own_rules), 422)["errors"]) == ["basis"]
    assert story.grant()["state"] == "active"
    done(story.revoke())
    assert (story.grant()["state"], story.grant()["reason"]) == ("revoked", "用途已经终止")
    assert story.grant()["basis"] == BASIS
    assert story.check()["allowed"] is False
    assert story.revoke().status_code == 409
    review = story.review()
    assert [task["key"] for task in review["tasks"]] == ["holder_response"]
    letters = [one["template"] for event in world.events(review["id"]) for one in event["detail"].get("letters", ())]
    assert letters == ["revocation"]
    story.answer(review, "holder_response", {"response": "dispute"}, 422)
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    assert story.world.open_tasks(review["id"])
    assert story.grant()["state"] == "revoked"
    story.is_sound()


WAY_ON = {
    "jiangmen": ("第十八条、第二十一条", "可以在本办件中向主管部门提出；"),
    "yima": ("第十五条、第十六条", "先由双方协商；"),
    "jiangsu": ("第十六条", "先由双方协商；"),
    "yinchuan": ("第七条", "可以在本办件中向主管部门提出；"),
    "yunyang": ("第三十二条", "可以在本办件中向主管部门提出；"),
}


@everywhere
def test_a_notice_of_revocation_names_its_text_and_the_way_that_is_open(world: World, place: str) -> None:
    story = Story(world, place)
    done(story.revoke())
    told = letter_of(story)
    articles, way = WAY_ON[place]
    assert f"》{articles}告知如下" in told
    assert way in told
    assert ("协商" in told) == (place in ("yima", "jiangsu"))


def test_whoever_is_revoked_by_the_bureau_is_not_sent_to_the_bureau(world: World) -> None:
    story = Story(world, "yunyang")
    done(story.revoke())
    story.answer(story.review(), "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    body = settle_sharing(story, story.review())
    story.later()
    done(story.revoke(by=f"{body}.clerk"))
    told = letter_of(story)
    assert "应当回避，由其上级处理" in told
    assert "向主管部门提出" not in told


def letter_of(story: Story) -> str:
    """The last notice of revocation."""
    with story.world.database.transaction(write=False) as session:
        found = select(Letter).where(Letter.template == "revocation").order_by(Letter.id.desc())
        return "".join(as_lines(session.scalars(found).all()[0].blocks("zh")))


@everywhere
def test_what_the_body_of_a_ladder_gave_back_nobody_below_takes_away(world: World, place: str) -> None:
    story = Story(world, place)
    done(story.revoke())
    review = story.review()
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    body = settle_sharing(story, review)
    assert story.review()["outcome"] == "reinstated"
    assert story.grant()["state"] == "active"
    assert story.check()["allowed"] is True
    refused = done(story.revoke(), 409)
    assert refused["type"] == "decided-above"
    assert story.revoke(by="renshe.clerk").status_code == 403
    done(story.revoke(by=f"{body}.clerk"))
    assert story.grant()["state"] == "revoked"
    story.is_sound()


@everywhere
def test_a_grant_is_not_revoked_beside_the_review_that_decides_on_it(world: World, place: str) -> None:
    story = Story(world, place)
    story.withhold()
    refused = done(story.revoke(), 409)
    assert refused["type"] == "review-open"
    assert story.review()["number"] in refused["detail"]
    assert story.grant()["state"] == "suspended"


def test_a_review_revives_only_what_it_has_revoked_itself(world: World) -> None:
    story = Story(world, "yunyang")
    first, second = story.grant()["items"]
    story.withhold()
    story.change(share_type="conditional", conditions="按人核验", scope="履职部门", purpose="核验身份")
    review = story.review()
    story.answer(review, "decide_grant", {"decision": "narrow", "items": [first], **ADVERSE})
    done(story.revoke())
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    story.answer(review, "coordinate", {"decision": "share", "ground": "履职确需"})
    assert sorted(story.grant()["items"]) == sorted([first, second])
    assert story.grant()["state"] == "revoked"
    assert story.check()["allowed"] is False
    assert "另行撤销" in "".join(as_lines(letter(world, review, "unrestored").blocks("zh")))
    story.is_sound()


def test_a_body_above_the_one_that_decided_may_take_it_back(world: World) -> None:
    story = Story(world, "yunyang")
    done(story.revoke())
    story.answer(story.review(), "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    assert settle_sharing(story, story.review()) == "bureau"
    assert story.revoke(by="gongan.clerk").status_code == 409
    done(story.revoke(by="government.clerk"))


def test_a_department_does_not_revoke_what_it_holds_itself(world: World) -> None:
    world.at(START)
    data = {"resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市"}
    case = world.open_case("yima.bureau.clerk", "conditional_share", data)
    world.complete(case["id"], "provider_review", {"decision": "approve"})
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    body = {"reason": "用途已经终止", "basis": BASIS}
    assert world.api("yima.bureau.clerk").post(f"/grants/{grant['id']}/revoke", body).status_code == 403


def test_nobody_starts_a_review_by_hand(world: World) -> None:
    story = Story(world, "yima")
    data = {"resource": story.code, "grant": story.number, "cause": "withheld", "decider": "gongan"}
    body = {"procedure": "grant_review", "jurisdiction": "yima", "data": data}
    for who in ("gongan", "renshe", "bureau"):
        assert world.api(f"yima.{who}.clerk").post("/cases", body).status_code == 403


# what the days bring


@on_both
def test_who_holds_a_grant_is_warned_once_before_it_ends_and_can_renew_it(world: World) -> None:
    story = Story(world, "yima")
    number = story.grant()["id"]
    with world.database.transaction() as session:
        grant = session.get_one(Grant, number)
        grant.valid_until = (START + timedelta(days=60)).date()
        case = session.get_one(Case, grant.case_id, with_for_update=True)
        grant_decisions.tell(
            session, SYSTEM, case, "grant.kept", grant
        )  # a term set by the test is told as a decision is
    for days, times in ((29, 0), (2, 1), (1, 1)):
        story.later(days)
        scheduler.daily(world.database)
        assert len(story.told("grant.ending")) == times
    renewed = done(world.api("yima.renshe.clerk").post(f"/grants/{story.grant()['id']}/renew"), 201)
    assert (renewed["procedure"], renewed["status"]) == ("conditional_share", "open")
    again = done(world.api("yima.renshe.clerk").post(f"/grants/{story.grant()['id']}/renew"), 201)
    assert again["id"] == renewed["id"], "one that is under way is given again"
    assert world.api("yima.gongan.clerk").post(f"/grants/{story.grant()['id']}/renew").status_code == 403
    assert world.api("yima.minzheng.clerk").post(f"/grants/{story.grant()['id']}/renew").status_code == 404
    world.complete(renewed["id"], "provider_review", {"decision": "approve"})
    told = done(world.api("yima.renshe.clerk").post(f"/grants/{story.grant()['id']}/renew"), 409)
    assert told["type"].endswith("renewed"), "what was renewed is not renewed a second time: the new one is"
    [after] = done(world.api("admin").get("/grants", case=renewed["id"]))["items"]
    assert (after["renews"], after["items"], after["purpose"]) == (
        story.grant()["id"],
        story.grant()["items"],
        "核验身份",
    )
    story.later(60)
    assert story.grant()["state"] == "expired"
    told = done(world.api("yima.platform").post("/grants/check", {**asked(story), "grant": story.number}))
    assert (told["allowed"], "2026-05-08" in told["reason"]) == (False, True)
    story.is_sound()


def asked(story: Story) -> dict[str, Any]:
    return {"department": "renshe", "resource": story.code, "items": story.grant()["items"]}


@pytest.mark.parametrize(("place", "left"), [("yima", 1), ("yunyang", 1), ("jiangsu", 2), ("jiangmen", 2)])
def test_the_log_of_uses_is_kept_as_long_as_the_regulation_wants_and_forgetting_leaves_a_line(
    world: World, place: str, left: int
) -> None:
    story = Story(world, place)
    story.check()
    for days in (180, 10):
        story.later(days)
        scheduler.daily(world.database)
        if days == 180:
            assert len(done(world.api(f"{place}.bureau.clerk").get("/uses"))["items"]) == 1
            story.check()
    assert len(done(world.api(f"{place}.bureau.clerk").get("/uses"))["items"]) == left
    story.is_sound()


def test_a_loaded_catalogue_suspends_grants_too(world: World, tmp_path: Any) -> None:
    story = Story(world, "yima")
    file = tmp_path / "catalogue.csv"
    file.write_text(
        "code,jurisdiction,provider,name,share_type,basis_kind,basis_text,items\n"
        f"{story.code},yima,gongan,居住证登记信息,withheld,law,《个人信息保护法》第三十四条,name:姓名;id_number:证号\n",
        "utf-8",
    )
    loaded = world.flask("catalogue", "load", str(file))
    assert loaded.exit_code == 0, loaded.output
    assert story.grant()["state"] == "suspended"
    assert [task["key"] for task in story.review()["tasks"]] == ["decide_grant"]
    story.is_sound()


# said before it is done


@everywhere
def test_the_preview_of_a_revocation_says_what_the_notice_says(world: World, place: str) -> None:
    story = Story(world, place)
    path, body = f"/grants/{story.grant()['id']}/preview", {"reason": "用途已经终止", "basis": BASIS}
    provider = world.api(f"{place}.gongan.clerk")
    says = done(provider.post(path, body))["says"]
    assert says[0].startswith(f"将撤销共享授权「{story.number}」，并告知")
    assert "理由：「用途已经终止」" in says
    assert story.grant()["state"] == "active"
    assert list(done(provider.post(path, {**body, "reason": "\u3164"}), 422)["errors"]) == ["reason"]
    if place in ("jiangmen", "yima"):
        assert list(done(provider.post(path, {"reason": "用途已经终止"}), 422)["errors"]) == ["basis"]
    assert world.api(f"{place}.renshe.clerk").post(path, body).status_code == 403
    assert world.api(f"{place}.shuiwu.clerk").post(path, body).status_code == 404
    done(story.revoke())
    assert set(says[1:]) <= set(lines_of(story, "revocation"))
    assert provider.post(path, body).status_code == 409


@everywhere
def test_the_preview_of_a_new_decision_says_what_the_notice_says(world: World, place: str) -> None:
    story = Story(world, place)
    first, second = story.grant()["items"]
    story.change(items=[one for one in story.entry()["items"] if one["code"] != second])
    task = world.open_tasks(story.review()["id"])["decide_grant"]
    narrower = {"decision": "narrow", "items": [first], **ADVERSE}
    for answer in ({"decision": "revoke", **ADVERSE}, narrower):
        path = f"/tasks/{task['id']}/preview"
        says = done(world.api(world.holder(task)).post(path, {"data": answer}))["says"]
        assert story.number in says[0]
        assert len(says) > 3
    story.answer(story.review(), "decide_grant", narrower)
    assert set(says[1:]) <= set(lines_of(story, "narrowing"))
    task = world.open_tasks(story.review()["id"])["holder_response"]
    path, contest = f"/tasks/{task['id']}/preview", {"response": "dispute", "position": "履职仍然需要"}
    assert done(world.api(world.holder(task)).post(path, {"data": contest}))["says"]


@everywhere
def test_some_items_are_not_restored_as_if_they_were_all(world: World, place: str) -> None:
    story = Story(world, place)
    first, _ = story.grant()["items"]
    story.withhold()
    story.change(share_type="conditional", conditions="按人核验", scope="履职部门", purpose="核验身份")
    some = story.answer(story.review(), "decide_grant", {"decision": "keep", "items": [first]}, 422)
    assert list(some["errors"]) == ["items"]
    assert story.grant()["state"] == "suspended"


def lines_of(story: Story, template: str) -> list[str]:
    with story.world.database.transaction(write=False) as session:
        found = select(Letter).where(Letter.template == template).order_by(Letter.id.desc())
        return as_lines(session.scalars(found).all()[0].blocks("zh"))
