"""Grants over the API: the exchange platform's question, and revoking."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.small_world import World

PURPOSE = "核对低保"
ASKED = {"department": "minzheng", "resource": "yima.conditional", "items": ["name"], "purpose": PURPOSE}


@pytest.fixture
def grant(world: World) -> dict[str, Any]:
    case = world.apply()
    world.as_("yima.gongan.clerk").post(f"/tasks/{case['tasks'][0]['id']}/complete", {"data": {"decision": "approve"}})
    [found] = world.as_("yima.minzheng.clerk").get("/grants", case=case["id"]).json["items"]
    return dict(found)


def test_a_grant_is_seen_by_holder_provider_bureau_and_platform(world: World, grant: dict[str, Any]) -> None:
    assert (grant["department"], grant["resource"], grant["items"]) == ("minzheng", "yima.conditional", ["name"])
    for name in ("yima.minzheng.clerk", "yima.gongan.clerk", "yima.bureau.clerk", "yima.platform", "admin"):
        assert world.as_(name).get("/grants").json["items"] == [grant], name
    for name in ("yima.renshe.clerk", "yunyang.bureau.clerk", "yunyang.platform"):
        assert world.as_(name).get("/grants").json["items"] == [], name


def test_lists_filter_by_department_and_resource(world: World, grant: dict[str, Any]) -> None:
    bureau = world.as_("yima.bureau.clerk")
    assert bureau.get("/grants", department="minzheng", resource="yima.conditional").json["items"] == [grant]
    assert bureau.get("/grants", department="gongan").json["items"] == []
    assert bureau.get("/grants", resource="yima.withheld").json["items"] == []


@pytest.mark.parametrize("asker", ["yima.minzheng.clerk", "yima.bureau.clerk", "yima.platform"])
def test_a_use_that_the_grant_covers_is_allowed(world: World, grant: dict[str, Any], asker: str) -> None:
    told: Any = world.as_(asker).post("/grants/check", ASKED).json
    assert (told["allowed"], told["grant"]) == (True, grant["id"])
    assert grant["number"] in told["reason"]


@pytest.mark.parametrize("asker", ["yima.gongan.clerk", "yima.renshe.clerk", "yunyang.gongan.clerk", "admin"])
def test_nobody_else_may_ask(world: World, grant: dict[str, Any], asker: str) -> None:
    assert world.as_(asker).post("/grants/check", ASKED).status_code == 403


def test_the_same_codes_elsewhere_hold_nothing(world: World, grant: dict[str, Any]) -> None:
    for asker in ("yunyang.minzheng.clerk", "yunyang.platform"):
        assert world.as_(asker).post("/grants/check", ASKED).json["allowed"] is False


def test_purposes_are_compared_after_width_and_space(world: World, grant: dict[str, Any]) -> None:
    platform = world.as_("yima.platform")
    assert platform.post("/grants/check", {**ASKED, "purpose": f"  {PURPOSE}　"}).json["allowed"] is True
    assert platform.post("/grants/check", {**ASKED, "purpose": "核对低保与住房"}).json["allowed"] is False


def test_a_use_beyond_the_grant_is_not_allowed_and_told_why(world: World, grant: dict[str, Any]) -> None:
    platform = world.as_("yima.platform")
    beyond: Any = platform.post("/grants/check", {**ASKED, "items": ["name", "address"]}).json
    assert (beyond["allowed"], beyond["grant"]) == (False, None)
    assert "address" in beyond["reason"]
    named = {name: value for name, value in ASKED.items() if name != "purpose"}
    for by in (grant["id"], grant["number"], str(grant["id"])):
        assert platform.post("/grants/check", {**named, "grant": by}).json["allowed"] is True
    for by in (4711, 2**62, "YM-0"):
        assert platform.post("/grants/check", {**named, "grant": by}).json["allowed"] is False
    for by in (True, 1.5, [], "", "x" * 121):
        assert platform.post("/grants/check", {**named, "grant": by}).status_code == 422, by
    assert platform.post("/grants/check", named).status_code == 422


def test_a_check_is_a_handful_of_statements(world: World, grant: dict[str, Any], statements: Any) -> None:
    platform = world.as_("yima.platform")
    platform.post("/grants/check", ASKED)
    statements()
    platform.post("/grants/check", ASKED)
    assert len(statements()) <= 5  # begin, the simulated clock, who asks, the grant, the line of the log


def test_provider_or_bureau_revokes_for_good(world: World, grant: dict[str, Any]) -> None:
    path, reason = (
        f"/grants/{grant['id']}/revoke",
        {"reason": "用途已经终止", "basis": {"kind": "law", "title": "《个人信息保护法》", "article": "34"}},
    )
    assert world.as_("yima.renshe.clerk").post(path, reason).status_code == 404
    assert world.as_("yima.platform").post(path, reason).status_code == 404
    assert world.as_("yima.minzheng.clerk").post(path, reason).status_code == 403
    provider = world.as_("yima.gongan.clerk")
    assert provider.post(path, {}).status_code == 422
    revoked: Any = provider.post(path, reason).json
    assert (revoked["usable"], revoked["reason"], revoked["revoked_by"]) == (False, "用途已经终止", "yima.gongan.clerk")
    assert world.as_("yima.bureau.clerk").post(path, reason).status_code == 409
    told: Any = world.as_("yima.platform").post("/grants/check", ASKED).json
    assert told["allowed"] is False


# the law of today, and the log


def test_what_is_open_to_all_and_a_departments_own_need_no_grant(world: World) -> None:
    platform = world.as_("yima.platform")
    open_to_all = {"department": "minzheng", "resource": "yima.unconditional", "items": ["name"], "purpose": "x"}
    own = {"department": "gongan", "resource": "yima.withheld", "items": ["name"], "purpose": "x"}
    for asked in (open_to_all, own):
        told: Any = platform.post("/grants/check", asked).json
        assert (told["allowed"], told["grant"], told["number"]) == (True, None, None), told
    assert platform.post("/grants/check", {**own, "department": "minzheng"}).json["allowed"] is False


def test_lists_filter_by_state(world: World, grant: dict[str, Any]) -> None:
    bureau = world.as_("yima.bureau.clerk")
    assert grant["state"] == "active"
    assert bureau.get("/grants", state="active").json["items"] == [grant]
    for state in ("suspended", "revoked", "expired"):
        assert bureau.get("/grants", state=state).json["items"] == []
    assert bureau.get("/grants", state="gone").status_code == 422


def test_each_answer_is_a_line_of_the_log(world: World, grant: dict[str, Any]) -> None:
    platform = world.as_("yima.platform")
    platform.post("/grants/check", {**ASKED, "amount": 12, "kind": "supply"})
    platform.post("/grants/check", {**ASKED, "items": ["name", "address"], "purpose": "别的"})
    platform.post("/grants/check", {**ASKED, "resource": "nowhere"})
    assert platform.post("/grants/check", {**ASKED, "items": "name"}).status_code == 422
    for amount in (1.5, "12", True):
        refused = platform.post("/grants/check", {**ASKED, "amount": amount})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["amount"]), amount
    lines: Any = world.as_("yima.bureau.clerk").get("/uses").json["items"]
    assert [(one["resource"], one["allowed"], one["kind"], one["amount"]) for one in lines] == [
        ("nowhere", False, "fetch", None),
        ("yima.conditional", False, "fetch", None),
        ("yima.conditional", True, "supply", 12),
    ]
    [*_, covered] = lines
    assert (covered["department"], covered["provider"], covered["items"]) == ("minzheng", "gongan", ["name"])
    assert (covered["grant"], covered["purpose"], covered["asked_by"]) == (grant["number"], PURPOSE, "yima.platform")
    assert grant["number"] in covered["reason"]


def test_departments_see_what_they_fetched_and_what_others_have_of_theirs(world: World, grant: dict[str, Any]) -> None:
    platform = world.as_("yima.platform")
    for _ in range(3):
        platform.post("/grants/check", ASKED)
        platform.post("/grants/check", {**ASKED, "department": "gongan"})
    platform.post("/grants/check", {**ASKED, "department": "renshe"})
    counts = {"minzheng": 3, "gongan": 7, "renshe": 1, "bureau": 7}
    for name, count in counts.items():
        seen = world.as_(f"yima.{name}.clerk").get("/uses").json["items"]
        assert len(seen) == count, name
    assert world.as_("yunyang.bureau.clerk").get("/uses").json["items"] == []
    assert world.as_("yunyang.gongan.clerk").get("/uses").json["items"] == []


def test_the_log_is_paged_and_filtered(world: World, grant: dict[str, Any]) -> None:
    for number in range(5):
        world.as_("yima.platform").post("/grants/check", {**ASKED, "amount": number})
    for name in ("yima.bureau.clerk", "yima.minzheng.clerk", "yima.gongan.clerk"):
        reader, amounts, after = world.as_(name), [], {}
        while after is not None:
            page: Any = reader.get("/uses", limit=2, **after).json
            amounts += [one["amount"] for one in page["items"]]
            after = {"after": page["next"]} if page["next"] else None
        assert amounts == [4, 3, 2, 1, 0]
        day = page["items"][0]["at"][:10]
        assert len(reader.get("/uses", **{"from": day, "to": day}).json["items"]) == 5
        for beyond in ("0001-01-01", "9999-12-31", "x"):
            assert reader.get("/uses", **{"from": beyond}).status_code == 422
        assert reader.get("/uses", to="2020-01-01").json["items"] == []
        assert reader.get("/uses", department="renshe").json["items"] == []
        assert len(reader.get("/uses", resource="yima.conditional", department="minzheng").json["items"]) == 5
        assert reader.get("/uses", after="x").status_code == 422
