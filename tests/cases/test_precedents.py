"""Beside a step stand earlier cases on the same entry: those that its reader may see, and no others."""

from __future__ import annotations

from typing import Any

from app.accounts.actor import actor_by_username
from app.cases.models import Case
from app.cases.read import case_page
from tests.procedures.grant_story import Story
from tests.world import World

APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市", "share_mode": "interface",
    "legal_duty": "登记职责",
}  # fmt: skip


def earlier(world: World, username: str, case_id: int) -> list[Any]:
    with world.database.transaction(write=False) as session:
        actor = actor_by_username(session, username)
        assert actor is not None
        found = case_page.earlier_cases(session, actor, session.get_one(Case, case_id))
        return [one["number"] for one in found]


def test_the_provider_is_shown_what_it_has_answered_before_and_another_applicant_is_not(world: World) -> None:
    story = Story(world, "yima")
    now = world.open_case("yima.minzheng.clerk", "conditional_share", APPLICATION)
    assert world.case(story.case["id"])["status"] == "closed"
    assert earlier(world, "yima.gongan.clerk", now["id"]) == [story.case["number"]]
    assert earlier(world, "yima.minzheng.clerk", now["id"]) == []
