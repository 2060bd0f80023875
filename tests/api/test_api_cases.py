"""Cases over the API: the contract's shapes, repeats, receipt, lists, withdrawal, history."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from app.accounts import Department
from app.accounts.directory import renew_directory
from app.cases.models import Case, Incident
from tests.api.small_world import NOON, World

DATA = {"resource": "yima.conditional", "items": ["name"], "purpose": "核对低保", "scope": "全市"}
BODY = {"procedure": "conditional_share", "jurisdiction": "yima", "data": DATA}


def test_a_new_case_comes_in_the_shape_of_the_contract(world: World) -> None:
    case = world.apply()
    assert case["number"] == "YM-GX-2026-0001"
    assert (case["status"], case["outcome"], case["closed_at"]) == ("open", None, None)
    assert case["opened_at"] == NOON
    assert {"id", "procedure", "jurisdiction", "rule_version", "diagram_version"} <= set(case)
    [task], [deadline] = case["tasks"], case["deadlines"]
    assert (task["key"], task["lane"], task["department"], task["status"]) == (
        "provider_review",
        "provider",
        "gongan",
        "open",
    )
    assert (task["due_kind"], task["due_at"], task["lamp"]) == ("statutory", "2026-03-17T17:30:00+08:00", "green")
    assert (deadline["rule"], deadline["article"], deadline["kind"]) == ("conditional_share.reply", "15", "statutory")
    assert (deadline["started_on"], deadline["due_on"], deadline["state"]) == ("2026-03-10", "2026-03-17", "running")


def test_a_case_reads_the_same_later(world: World) -> None:
    case = world.apply()
    assert world.as_("yima.minzheng.clerk").get(f"/cases/{case['id']}").json == case


def test_the_fields_of_the_form_answer_by_name(world: World) -> None:
    answer = world.as_("yima.minzheng.clerk").post("/cases", {**BODY, "data": {"resource": "yima.conditional", "x": 1}})
    assert answer.status_code == 422
    assert {"items", "purpose", "scope", "x"} <= set(answer.json["errors"])


def test_the_same_key_gives_the_first_case_again(world: World) -> None:
    clerk = world.as_("yima.minzheng.clerk")
    first, again = (clerk.post("/cases", BODY, Idempotency_Key="k-1").json["id"] for _ in range(2))
    other = world.as_("yima.renshe.clerk").post("/cases", BODY, Idempotency_Key="k-1").json["id"]
    assert first == again != other


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(world: World) -> None:
    clerk = world.as_("yima.minzheng.clerk")
    first = clerk.post("/cases", BODY, Idempotency_Key="k-1").json
    before = clerk.get(f"/cases/{first['id']}").json
    others = (
        {**BODY, "data": {**BODY["data"], "purpose": "另一用途"}},
        {**BODY, "occurred_at": "2026-03-09T09:00:00+08:00"},
        {**BODY, "procedure": "data_error"},
    )
    for other in others:
        answer = clerk.post("/cases", other, Idempotency_Key="k-1")
        assert (answer.status_code, answer.json["type"], list(answer.json["errors"])) == (
            422, "key-reused", ["Idempotency-Key"],
        )  # fmt: skip
    assert len(clerk.get("/cases").json["items"]) == 1
    assert clerk.get(f"/cases/{first['id']}").json == before
    turned = {name: BODY[name] for name in reversed(BODY)} | {"data": dict(reversed(BODY["data"].items()))}
    assert clerk.post("/cases", turned, Idempotency_Key="k-1").json["id"] == first["id"]


def test_a_key_of_before_gives_its_case_whatever_comes_with_it(world: World) -> None:
    clerk = world.as_("yima.minzheng.clerk")
    first = clerk.post("/cases", BODY, Idempotency_Key="k-1").json["id"]
    with world.database.transaction() as session:
        session.execute(update(Case).values(request_hash=None))
    other = {**BODY, "data": {**BODY["data"], "purpose": "另一用途"}}
    assert clerk.post("/cases", other, Idempotency_Key="k-1").json["id"] == first


def test_repeated_applications_without_a_key_are_cases_of_their_own(world: World) -> None:
    assert world.apply()["id"] != world.apply()["id"]


def test_a_receipt_lies_neither_in_the_future_nor_silently_far_back(world: World) -> None:
    clerk, bureau = world.as_("yima.minzheng.clerk"), world.as_("yima.bureau.clerk")
    late = {**BODY, "occurred_at": "2026-03-02T09:00:00+08:00"}
    future = clerk.post("/cases", {**BODY, "occurred_at": "2026-03-10T12:00:01+08:00"})
    assert list(future.json["errors"]) == ["occurred_at"]
    assert list(clerk.post("/cases", late).json["errors"]) == ["occurred_at"]
    assert list(bureau.post("/cases", late).json["errors"]) == ["reason"]
    for path in ("/cases", "/cases/preview"):
        unseen = bureau.post(path, {**late, "reason": "\u3164"})
        assert (unseen.status_code, list(unseen.json["errors"])) == (422, ["reason"])
    entered = bureau.post("/cases", {**late, "reason": "纸质申请补录"})
    assert entered.status_code == 201
    events: Any = bureau.get(f"/cases/{entered.json['id']}/events").json
    assert events["items"][0]["detail"]["reason"] == "纸质申请补录"
    assert entered.json["deadlines"][0]["started_on"] == "2026-03-02"


def test_the_offset_of_a_receipt_is_honoured(world: World) -> None:
    opened = world.as_("yima.minzheng.clerk").post("/cases", {**BODY, "occurred_at": "2026-03-09T01:00:00Z"})
    assert opened.json["occurred_at"] == "2026-03-09T09:00:00+08:00"


def test_an_unknown_procedure_or_jurisdiction_is_not_found(world: World) -> None:
    clerk = world.as_("yima.minzheng.clerk")
    assert clerk.post("/cases", {**BODY, "procedure": "nothing"}).status_code == 404
    assert clerk.post("/cases", {**BODY, "jurisdiction": "nowhere"}).status_code == 404


def test_nobody_opens_cases_in_another_jurisdiction(world: World) -> None:
    assert world.as_("yunyang.minzheng.clerk").post("/cases", BODY).status_code == 403


def test_lists_page_through_everything_once(world: World) -> None:
    ids = [world.apply()["id"] for _ in range(5)]
    clerk = world.as_("yima.minzheng.clerk")
    for sort, expected in (("-id", ids[::-1]), ("id", ids), ("due_at", ids), ("-opened_at", ids[::-1])):
        seen: list[int] = []
        after: str | None = None
        while True:
            page: Any = clerk.get("/cases", sort=sort, limit=2, **({"after": after} if after else {})).json
            seen += [case["id"] for case in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert seen == expected, sort


def test_lists_filter(world: World) -> None:
    case, report = world.apply(), world.report("yima")
    admin = world.as_("admin")

    def found(**asked: Any) -> set[int]:
        page: Any = admin.get("/cases", **asked).json
        return {one["id"] for one in page["items"]}

    both = {case["id"], report["id"]}
    assert found() == found(status="open") == found(jurisdiction="yima") == found(department="gongan") == both
    assert found(procedure="data_error") == {report["id"]}
    assert found(q=case["number"]) == {case["id"]}
    assert found(status="closed") == found(jurisdiction="yunyang") == found(department="renshe") == set()
    assert found(overdue=1) == set()
    world.at("2026-03-18T08:00:00+08:00")
    assert case["id"] in found(overdue=1)


def test_an_open_case_whose_procedure_knows_no_withdrawal_is_not_called_closed(world: World) -> None:
    clerk = world.as_("yima.minzheng.clerk")
    data = {
        "kind": "inconsistent_records",
        "other_department": "gongan",
        "resource": "yima.conditional",
        "position": "两处记录不一致",
    }
    opened: Any = clerk.post("/cases", {"procedure": "dispute", "jurisdiction": "yima", "data": data}).json
    refused = clerk.post(f"/cases/{opened['id']}/withdraw", {"reason": "已经核对清楚"})
    assert (refused.status_code, refused.json["type"]) == (409, "action-not-offered")
    assert "该事项没有撤回环节" in refused.json["detail"]


def test_the_applicant_withdraws_while_nothing_is_decided(world: World) -> None:
    case, clerk = world.apply(), world.as_("yima.minzheng.clerk")
    assert clerk.post(f"/cases/{case['id']}/withdraw", {}).status_code == 422
    provider = world.as_("yima.gongan.clerk").post(f"/cases/{case['id']}/withdraw", {"reason": "x"})
    assert (provider.status_code, provider.json["type"]) == (409, "not-applicant")
    assert world.as_("yima.renshe.clerk").post(f"/cases/{case['id']}/withdraw", {"reason": "x"}).status_code == 404
    withdrawn: Any = clerk.post(f"/cases/{case['id']}/withdraw", {"reason": "不再需要"}).json
    assert (withdrawn["status"], withdrawn["outcome"]) == ("closed", "withdrawn")
    assert withdrawn["tasks"][0]["status"] == "cancelled"
    assert clerk.post(f"/cases/{case['id']}/withdraw", {"reason": "again"}).status_code == 409


def test_history_is_a_chain_and_names_who_acted(world: World) -> None:
    case = world.apply()
    page: Any = world.as_("yima.minzheng.clerk").get(f"/cases/{case['id']}/events", limit=200).json
    events = page["items"]
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    assert [one["prev_hash"] for one in events[1:]] == [one["hash"] for one in events[:-1]]
    assert events[0]["kind"] == "case.opened"
    assert events[0]["actor"] == "yima.minzheng.clerk"
    assert set(events[0]) == {"seq", "at", "actor", "kind", "detail", "prev_hash", "hash"}
    first: Any = world.as_("yima.minzheng.clerk").get(f"/cases/{case['id']}/events", limit=1).json
    rest: Any = world.as_("yima.minzheng.clerk").get(f"/cases/{case['id']}/events", after=first["next"]).json
    assert first["items"] + rest["items"] == events


def test_a_step_that_cannot_run_leaves_the_case_as_it_was_and_an_incident(world: World) -> None:
    case = world.apply("yunyang")
    refusal = {"decision": "refuse", "reason": "与职责无关", "ground": "outside_duty"}
    review = world.open_task(case, "provider_review")
    assert (
        world.as_("yunyang.gongan.clerk").post(f"/tasks/{review['id']}/complete", {"data": refusal}).status_code == 200
    )
    response = world.open_task(case, "applicant_response")
    _rename(world, "bureau", "lost")
    clerk, answer = world.as_("yunyang.minzheng.clerk"), {"data": {"response": "dispute", "position": "确需使用"}}
    stopped = clerk.post(f"/tasks/{response['id']}/complete", answer)
    assert (stopped.status_code, stopped.json["type"]) == (409, "case-stopped")
    assert clerk.post(f"/tasks/{response['id']}/complete", answer).status_code == 409
    assert world.open_task(case, "applicant_response")["id"] == response["id"]
    with world.database.transaction(write=False) as session:
        [incident] = session.query(Incident)
        assert (incident.case_id, incident.actor, incident.times) == (case["id"], "yunyang.minzheng.clerk", 2)
    _rename(world, "lost", "bureau")
    assert clerk.post(f"/tasks/{response['id']}/complete", answer).status_code == 200


def _rename(world: World, code: str, other: str) -> None:
    with world.database.transaction() as session:
        session.execute(
            update(Department).where(Department.jurisdiction == "yunyang", Department.code == code).values(code=other)
        )
        renew_directory(session)


@pytest.mark.postgres
def test_the_same_key_at_the_same_moment_is_one_case(world_on_postgres: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    world = world_on_postgres

    def send(_: int) -> tuple[int, int]:
        answer: Any = world.as_("yima.minzheng.clerk").post("/cases", BODY, Idempotency_Key="twice")
        return answer.status_code, answer.json.get("id", answer.json)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert answers == [(201, answers[0][1])] * 6
