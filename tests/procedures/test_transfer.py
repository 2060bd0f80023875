"""Duties move: an entry goes to another department, and all that is open about it goes with it, in one transaction."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import directory
from app.cases import audit
from app.cases.models import Deadline
from app.outbox.models import Letter, OutboxMessage
from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.world import World, done, on_both

TODAY, LATER = "2026-03-09T10:00:00+08:00", "2026-03-10T10:00:00+08:00"
everywhere = pytest.mark.parametrize("place", PLACES)


class Play:
    """The police's entry in one place, what is open about it, and its transfer to the labour department."""

    def __init__(self, world: World, place: str):
        self.world, self.place, self.code = world, place, f"{CODES[place]}-GA-002"
        world.at(TODAY)

    def apply(self, by: str) -> Any:
        data = {
            "resource": self.code, "items": ["name"], "purpose": "核验居住年限", "scope": "全市经办窗口",
            "share_mode": "interface", "legal_duty": "办理登记职责",
        }  # fmt: skip
        return self.world.open_case(f"{self.place}.{by}.clerk", "conditional_share", data)

    def report(self, by: str) -> Any:
        data = {"resource": self.code, "items": ["name"], "doubt": "姓名与证件不一致"}
        return self.world.open_case(f"{self.place}.{by}.clerk", "data_error", data)

    def granted(self, by: str) -> Any:
        case = self.apply(by)
        self.world.complete(case["id"], "provider_review", {"decision": "approve"})
        if "bureau_authorise" in self.world.open_tasks(case["id"]):
            self.world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
        [grant] = done(self.world.api("admin").get("/grants", case=case["id"]))["items"]
        return grant

    def drafted(self, to: str, code: str | None = None) -> Any:
        self.world.at(LATER)
        code = code or self.code
        data = {"trigger": "duties", "changed_on": "2026-03-05", "description": "职能划转", "resources": [code]}
        case = self.world.open_case(f"{self.place}.gongan.clerk", "catalogue_update", data)
        self.world.complete(
            case["id"], "draft_update", {"changes": [{"resource": code, "action": "transfer", "to": to}]}
        )
        return case

    def transferred(self, to: str = "renshe", code: str | None = None) -> Any:
        case = self.drafted(to, code)
        self.world.complete(case["id"], "accept_transfer", {"accept": True})
        self.passed(case)
        return case

    def passed(self, case: Any) -> None:
        if "review_update" in self.world.open_tasks(case["id"]):
            self.world.complete(case["id"], "review_update", {"decision": "pass"})
        assert self.world.case(case["id"])["outcome"] == "published"

    def entry(self, code: str | None = None) -> Any:
        found = done(self.world.api("admin").get("/catalogue/resources", q=code or self.code, jurisdiction=self.place))
        return found["items"][0]


def verified(world: World) -> Any:
    with world.database.transaction(write=False) as session:
        return audit.verify(session)[1]


@everywhere
def test_open_cases_move_with_their_entry_and_their_clocks_run_on(world: World, place: str) -> None:
    play = Play(world, place)
    cases = [play.apply("minzheng"), play.report("shichang")]
    before = [world.case(case["id"]) for case in cases]
    version = play.entry()["version"]
    play.transferred()
    assert (play.entry()["provider"], play.entry()["version"]) == ("renshe", version + 1)
    for was, case in zip(before, cases, strict=True):
        now = world.case(case["id"])
        assert [one["department"] for one in now["tasks"] if one["status"] == "open"] == ["renshe"]
        clocks = [{**one, "id": 0} for one in now["deadlines"]]
        assert [(c["rule"], c["started_on"], c["due_on"], c["state"]) for c in clocks] == [
            (c["rule"], c["started_on"], c["due_on"], c["state"]) for c in was["deadlines"]
        ]
        [moved] = world.events(case["id"], "case.moved")
        assert (moved["detail"]["giver"], moved["detail"]["receiver"]) == ("gongan", "renshe")
        assert world.api(f"{place}.renshe.clerk").get(f"/cases/{case['id']}").status_code == 200
    world.complete(cases[0]["id"], "provider_review", {"decision": "approve"})
    world.complete(cases[1]["id"], "verify_error", {"finding": "no_error", "explanation": "与档案一致"})
    assert verified(world) is None


@everywhere
def test_grants_stay_valid_their_holders_are_told_and_letters_keep_the_old_name(world: World, place: str) -> None:
    play = Play(world, place)
    grant = play.granted("minzheng")
    with world.database.transaction(write=False) as session:
        letters = {one.number: (one.body, one.title_zh) for one in session.scalars(select(Letter))}
    update = play.transferred()
    asked = {"department": "minzheng", "resource": play.code, "items": ["name"], "grant": grant["number"]}
    assert done(world.api(f"{place}.platform").post("/grants/check", asked))["allowed"] is True
    with world.database.transaction(write=False) as session:
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.case_id == update["id"])).all()
        kept = {one.number: (one.body, one.title_zh) for one in session.scalars(select(Letter))}
    assert [one.payload["resource"] for one in told if one.kind == "catalogue_changed"] == [play.code]
    assert kept == letters
    assert verified(world) is None


@everywhere
def test_every_version_of_a_transferred_entry_names_who_provided_it_then(world: World, place: str) -> None:
    from app.catalogue import entries

    play = Play(world, place)
    play.transferred()
    with world.database.transaction(write=False) as session:
        *_, before, now = entries.versions_of(session, play.code)
    assert (before.snapshot["provider"], now.snapshot["provider"]) == ("gongan", "renshe")
    assert {k: v for k, v in before.snapshot.items() if k != "provider"} == {
        k: v for k, v in now.snapshot.items() if k != "provider"
    }


@on_both
def test_the_responsibility_list_changes_with_the_transfer(world: World) -> None:
    play = Play(world, "yunyang")
    play.transferred()
    found = done(world.api("yunyang.bureau.clerk").get("/responsibility", resource=play.code))["items"]
    assert {one["department"] for one in found} == {"renshe"}
    assert verified(world) is None


@everywhere
def test_an_application_of_the_department_that_takes_the_entry_over_has_become_moot(world: World, place: str) -> None:
    play = Play(world, place)
    case = play.apply("renshe")
    play.transferred()
    ended = world.case(case["id"])
    assert (ended["status"], ended["outcome"]) == ("closed", "withdrawn")
    assert not world.open_tasks(case["id"])
    assert world.events(case["id"], "case.stopped")
    assert verified(world) is None


@everywhere
def test_what_is_to_be_verified_and_corrected_goes_on_with_whoever_has_reported_it_and_now_holds_it(
    world: World, place: str
) -> None:
    play = Play(world, place)
    verifying, correcting = play.report("renshe"), play.report("renshe")
    world.complete(correcting["id"], "verify_error", {"finding": "error", "explanation": "确有错误"})
    before = {one["id"]: clocks_of(world, one) for one in (verifying, correcting)}
    play.transferred()
    for case, key in ((verifying, "verify_error"), (correcting, "correct_error")):
        [task] = world.open_tasks(case["id"]).values()
        assert (task["key"], task["department"]) == (key, "renshe")
        assert clocks_of(world, case) == before[case["id"]]
    world.complete(correcting["id"], "correct_error", {"correction": "已更正"})
    assert world.case(correcting["id"])["outcome"] == "corrected"
    world.complete(verifying["id"], "verify_error", {"finding": "no_error", "explanation": "无误"})
    [task] = world.open_tasks(verifying["id"]).values()
    against_itself = {"data": {"response": "dispute", "position": "不服"}}
    refused = world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", against_itself)
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"response"})
    world.complete(verifying["id"], "reporter_response", {"response": "accept"})
    assert verified(world) is None


def test_a_settled_dispute_is_carried_out_by_whoever_takes_the_entry_over(world: World) -> None:
    play = Play(world, "yima")
    data = {
        "kind": "inconsistent_records", "resource": play.code, "items": ["name"], "position": "以我方为准",
        "other_department": "gongan",
    }  # fmt: skip
    case = world.open_case("yima.renshe.clerk", "dispute", data)
    if "negotiate_applicant" in world.open_tasks(case["id"]):
        world.complete(case["id"], "negotiate_applicant", {"agreed": False, "position": "不同意"})
    ruling = {"decision": "record_of", "of_department": "renshe", "ground": "档案为准"}
    world.complete(case["id"], "coordinate", ruling)
    play.transferred()
    [task] = world.open_tasks(case["id"]).values()
    assert (task["key"], task["department"]) == ("correct_record", "renshe")
    world.complete(case["id"], "correct_record", {"correction": "已更正"})
    assert world.case(case["id"])["outcome"] == "record_stands"
    assert verified(world) is None


def clocks_of(world: World, case: Any) -> list[Any]:
    return [(one["rule"], one["state"], one["due_on"]) for one in world.case(case["id"])["deadlines"]]


def test_only_cases_about_the_transferred_entry_move(world: World) -> None:
    play = Play(world, "yima")
    other = world.open_case(
        "yima.minzheng.clerk", "data_error", {"resource": "YM-GA-001", "items": ["plate_number"], "doubt": "号牌有误"}
    )
    play.transferred()
    [task] = world.open_tasks(other["id"]).values()
    assert task["department"] == "gongan"


def test_until_it_is_published_a_transfer_moves_nothing(world: World) -> None:
    play = Play(world, "yima")
    case = play.apply("minzheng")
    update = play.drafted("renshe")
    assert [one["department"] for one in world.open_tasks(update["id"]).values()] == ["renshe"]
    world.complete(update["id"], "accept_transfer", {"accept": True})
    assert play.entry()["provider"] == "gongan"
    assert [one["department"] for one in world.open_tasks(case["id"]).values()] == ["gongan"]


def test_the_clock_of_the_review_is_the_bureau_s_while_the_draft_lies_with_the_receiver(world: World) -> None:
    """Yunyang Art. 18: five working days from the receipt; they run, and are watched, wherever the case lies."""
    case = Play(world, "yunyang").drafted("renshe")
    assert [one["department"] for one in world.open_tasks(case["id"]).values()] == ["renshe"]
    with world.database.transaction(write=False) as session:
        clocks = select(Deadline).where(Deadline.case_id == case["id"], Deadline.rule == "catalogue_update.review")
        [review] = session.scalars(clocks)
        bureau = directory(session).by_code["yunyang", "bureau"].id
        assert (review.state, review.owed_by_id) == ("running", bureau)
    world.at("2026-03-18T10:00:00+08:00")
    world.tick()
    told = world.api("yunyang.bureau.clerk").get("/deadlines/" + str(review.id))
    assert told.json["state"] == "missed"
    with world.database.transaction(write=False) as session:
        late = select(OutboxMessage).where(OutboxMessage.case_id == case["id"], OutboxMessage.kind == "overdue")
        assert bureau in {one.recipient_department_id for one in session.scalars(late)}


@pytest.mark.parametrize("to", ["nobody", "platform", "gongan", None, 7, ["renshe"], {"a": 1}])
def test_a_transfer_names_another_department_of_the_jurisdiction(world: World, to: Any) -> None:
    play = Play(world, "yima")
    data = {"trigger": "duties", "changed_on": "2026-03-05", "description": "职能划转", "resources": [play.code]}
    case = world.open_case("yima.gongan.clerk", "catalogue_update", data)
    [task] = world.open_tasks(case["id"]).values()
    changes = [{"resource": play.code, "action": "transfer", "to": to}]
    refused = world.api("yima.gongan.clerk").post(f"/tasks/{task['id']}/complete", {"data": {"changes": changes}})
    assert refused.status_code == 422
    assert "changes" in refused.json["errors"]


def test_one_update_transfers_to_one_department_and_changes_no_field_of_what_it_transfers(world: World) -> None:
    play = Play(world, "yima")
    data = {"trigger": "duties", "changed_on": "2026-03-05", "description": "职能划转", "resources": [play.code]}
    case = world.open_case("yima.gongan.clerk", "catalogue_update", data)
    [task] = world.open_tasks(case["id"]).values()
    two = [
        {"resource": "YM-GA-001", "action": "transfer", "to": "renshe"},
        {"resource": "YM-GA-002", "action": "transfer", "to": "minzheng"},
    ]
    renamed = [{"resource": "YM-GA-002", "action": "transfer", "to": "renshe", "name": "新名"}]
    stray = [{"resource": "YM-GA-002", "action": "change", "summary": "新", "to": "renshe"}]
    for changes in (two, renamed, stray):
        answered = world.api("yima.gongan.clerk").post(f"/tasks/{task['id']}/complete", {"data": {"changes": changes}})
        assert answered.status_code == 422, changes


def test_a_department_accepts_for_itself_only(world: World) -> None:
    play = Play(world, "yima")
    update = play.drafted("renshe")
    [task] = world.open_tasks(update["id"]).values()
    for stranger in ("yima.minzheng.clerk", "yima.gongan.clerk", "jiangsu.renshe.clerk"):
        answered = world.api(stranger).post(f"/tasks/{task['id']}/complete", {"data": {"accept": True}})
        assert answered.status_code == 404


@everywhere
def test_holders_are_told_of_what_has_changed_and_not_of_what_the_update_was_about(world: World, place: str) -> None:
    play = Play(world, place)
    play.granted("minzheng")
    data = {
        "trigger": "duties", "changed_on": "2026-03-05", "description": "职能调整",
        "resources": [f"{CODES[place]}-GA-001"],
    }  # fmt: skip
    case = world.open_case(f"{place}.gongan.clerk", "catalogue_update", data)
    changes = [{"resource": play.code, "action": "change", "summary": "实时更新"}]
    world.complete(case["id"], "draft_update", {"changes": changes})
    play.passed(case)
    with world.database.transaction(write=False) as session:
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "catalogue_changed")).all()
    assert [one.payload["resource"] for one in told] == [play.code]


@everywhere
def test_an_application_on_an_entry_that_has_been_withdrawn_is_never_granted(world: World, place: str) -> None:
    play = Play(world, place)
    case = play.apply("minzheng")
    data = {"trigger": "law", "changed_on": "2026-03-05", "description": "法律修订", "resources": [play.code]}
    update = world.open_case(f"{place}.gongan.clerk", "catalogue_update", data)
    world.complete(update["id"], "draft_update", {"changes": [{"resource": play.code, "action": "withdraw"}]})
    play.passed(update)
    assert world.events(case["id"], "entry.withdrawn")
    [task] = world.open_tasks(case["id"]).values()
    assert task["key"] == "provider_review"
    world.complete(case["id"], "provider_review", {"decision": "approve"})
    assert not world.open_tasks(case["id"])
    now = world.case(case["id"])
    assert (now["status"], now["outcome"]) == ("closed", "refused")
    with world.database.transaction(write=False) as session:
        letters = session.scalars(select(Letter.template).where(Letter.case_id == case["id"])).all()
    assert [one for one in letters if one != "demand_form"] == ["entry_withdrawn"]
    assert not done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert now["outcome"] not in ("granted", "granted_partly")
    assert verified(world) is None


@pytest.mark.parametrize("place", PLACES)
def test_whoever_takes_entries_over_is_told_beforehand_what_moves_with_them(world: World, place: str) -> None:
    play = Play(world, place)
    play.granted("minzheng")
    play.apply("minzheng")
    case = play.drafted("renshe")
    task = world.open_tasks(case["id"])["accept_transfer"]["id"]
    receiver = world.api(f"{place}.renshe.clerk")
    says = done(receiver.post(f"/tasks/{task}/preview", {"data": {"accept": True}}))["says"]
    assert play.code in says[0]
    assert "共享授权1项" in says[0].replace(" ", "")
    refuses = {"accept": False, "reason": "职能未划入"}
    assert play.code not in "".join(done(receiver.post(f"/tasks/{task}/preview", {"data": refuses}))["says"])
    assert "accept_transfer" in world.open_tasks(case["id"])
    assert (
        world.api(f"{place}.gongan.clerk").post(f"/tasks/{task}/preview", {"data": {"accept": True}}).status_code == 404
    )
