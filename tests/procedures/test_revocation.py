"""A grant taken back: its holder hears of it, the case that made it says so, and nobody can use it any more."""

from __future__ import annotations

from typing import Any

from app import outbox
from app.accounts import actor_by_username
from tests.world import World, done, on_both

MONDAY = "2026-03-09T10:00:00+08:00"
APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
BASIS = {"kind": "law", "title": "《个人信息保护法》", "article": "34"}
HOLDER, PROVIDER = "yima.renshe.clerk", "yima.gongan.clerk"


def granted(world: World) -> dict[str, Any]:
    world.at(MONDAY)
    case = world.open_case(HOLDER, "conditional_share", APPLICATION)
    answer = {"decision": "approve", "conditions": "按人核验", "period_months": 12, "reason": "仅为核验所需"}
    world.complete(case["id"], "provider_review", answer)
    [grant] = done(world.api(PROVIDER).get("/grants", case=case["id"]))["items"]
    return {**grant, "case": case["id"]}


@on_both
def test_the_holder_is_told_and_the_case_says_so_once(world: World) -> None:
    grant = granted(world)
    path = f"/grants/{grant['id']}/revoke"
    done(world.api(PROVIDER).post(path, {"reason": "用途已变", "basis": BASIS}))
    assert world.api("yima.bureau.clerk").post(path, {"reason": "再次", "basis": BASIS}).status_code == 409
    with world.database.transaction(write=False) as session:
        told = outbox.notices_for(session, actor_by_username(session, HOLDER))  # type: ignore[arg-type]
    [notice] = [one for one in told if one.kind == "revoked"]
    [review] = done(world.api(HOLDER).get("/cases", procedure="grant_review"))["items"]
    assert (notice.case_id, notice.payload["number"]) == (review["id"], review["number"])
    [event] = world.events(grant["case"], "grant.revoked")
    told = {name: event["detail"][name] for name in ("number", "reason")}
    assert (event["actor"], told) == (PROVIDER, {"number": grant["number"], "reason": "用途已变"})
    assert world.flask("audit", "verify").exit_code == 0
    asked = {"department": "renshe", "resource": "YM-GA-002", "items": ["name"], "grant": grant["number"]}
    assert done(world.api(HOLDER).post("/grants/check", asked))["allowed"] is False
