"""A grant that is revoked while somebody else decides on it, or where no case can be opened for it."""

from __future__ import annotations

from typing import Any

import pytest

from app.accounts import directory
from app.cases.commands import opening
from app.catalogue import grants
from app.catalogue.models import Grant
from tests.procedures.grant_story import BASIS, Story
from tests.world import World, done


def test_whoever_revokes_is_judged_by_what_has_been_decided_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(world, "yunyang")
    government = world.case(story.case["id"])["id"]
    locked = grants.locked_grant

    def decided_first(session: Any, grant_id: int) -> Grant:
        grant = locked(session, grant_id)
        grant.decided_by_id = department(session, "government")
        return grant

    monkeypatch.setattr(grants, "locked_grant", decided_first)
    refused = story.revoke()
    assert (refused.status_code, refused.json["type"]) == (409, "decided-above")
    monkeypatch.undo()
    assert done(world.api("admin").get("/grants", case=government))["items"][0]["state"] == "active"


def department(session: Any, code: str) -> int:
    return directory(session).by_code["yunyang", code].id


@pytest.mark.parametrize(
    "basis", [{"x": {"y": [1]}}, {"kind": "law"}, {"kind": "other", "title": "本局内部数据管理办法"}, None]
)
def test_where_no_case_can_be_opened_a_revocation_carries_what_a_refusal_carries(
    world: World, monkeypatch: pytest.MonkeyPatch, basis: dict[str, Any] | None
) -> None:
    story = Story(world, "jiangmen")
    monkeypatch.setattr(opening, "reviewing", lambda *_: None)
    refused = story.revoke(basis=basis)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["basis"])
    assert story.grant()["state"] == "active"
    done(story.revoke(basis=BASIS))
    assert (story.grant()["state"], story.grant()["basis"]) == ("revoked", BASIS)
    story.is_sound()
