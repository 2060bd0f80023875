"""The log of uses is sealed by blocks, and `audit verify` proves them: nothing in it changes, goes or comes unseen."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.cli import scheduler
from tests.procedures.grant_story import Story
from tests.world import World, done, on_both

MOST_TO_CHECK = 6
"""Statements of a whole `grants/check`: the clock, who is asking, entry and grants in one, and the line of the log."""
TAMPERING = {
    "allowed": "update resource_use set allowed = (1 = 1) where id = 2",
    "reason": "update resource_use set reason = 'x' where id = 2",
    "purpose": "update resource_use set purpose = 'x' where id = 1",
    "department": "update resource_use set department = 'minzheng' where id = 1",
    "moment": "update resource_use set at = '2026-01-01 00:00:00+00:00' where id = 1",
    "gone": "delete from resource_use where id = 1",
    "the last gone": "delete from resource_use where id = 3",
}


def logged(world: World) -> Story:
    story = Story(world, "yima")
    story.check()
    story.check(items=["no_such"])
    story.check()
    return story


@on_both
def test_what_has_been_sealed_holds_and_what_waits_to_be_is_named(world: World) -> None:
    story = logged(world)
    told = world.flask("audit", "verify")
    assert (told.exit_code, "not covered: 3 lines of the log of uses" in told.output) == (0, True)
    story.later()
    scheduler.daily(world.database)
    told = world.flask("audit", "verify")
    assert (told.exit_code, "lines of the log" in told.output) == (0, False), told.output
    story.check()
    assert "not covered: 1 lines" in world.flask("audit", "verify").output
    story.later()
    scheduler.daily(world.database)
    story.is_sound()


@pytest.mark.parametrize("what", TAMPERING)
def test_nothing_in_the_sealed_log_changes_or_goes_unseen(world: World, what: str) -> None:
    story = logged(world)
    story.later()
    scheduler.daily(world.database)
    with world.database.transaction() as session:
        session.execute(text(TAMPERING[what]))
    told = world.flask("audit", "verify")
    assert told.exit_code == 1
    assert "log of uses" in told.output


def test_a_line_is_not_slipped_into_what_was_sealed(world: World) -> None:
    story = logged(world)
    story.later()
    scheduler.daily(world.database)
    columns = "at, jurisdiction, department, provider, resource, items, purpose, grant_number, kind, amount, allowed"
    with world.database.transaction() as session:
        session.execute(text("delete from resource_use where id = 2"))
        copied = f"insert into resource_use (id, {columns}, reason, asked_by) select 2, {columns}, reason, asked_by"
        session.execute(text(f"{copied} from resource_use where id = 1"))
    assert world.flask("audit", "verify").exit_code == 1


@pytest.mark.parametrize("number", [0, -5])
@pytest.mark.parametrize("sealed", [True, False])
def test_a_line_that_no_block_can_hold_is_found(world: World, number: int, sealed: bool) -> None:
    """Numbers begin with 1: what stands before them was not written by a check."""
    logged(world)
    if sealed:
        scheduler.daily(world.database)
    with world.database.transaction() as session:
        said = "at, jurisdiction, department, provider, resource, items, purpose, grant_number, kind, amount, allowed,"
        said += " reason, asked_by"
        put = f"insert into resource_use (id, {said}) select {number}, {said} from resource_use where id = 1"
        session.execute(text(put))
    told = world.flask("audit", "verify")
    assert told.exit_code == 1
    assert f"line {number} of the log of uses lies outside every block" in told.output


def test_what_need_not_be_kept_goes_by_whole_blocks_and_the_audit_knows_it(world: World) -> None:
    story = logged(world)
    story.later(1)
    scheduler.daily(world.database)
    story.check()
    story.later(190)
    scheduler.daily(world.database)
    assert len(done(world.api("yima.bureau.clerk").get("/uses"))["items"]) == 1, "the newest line stays"
    story.is_sound()
    with world.database.transaction() as session:
        session.execute(text("delete from resource_use"))
    assert world.flask("audit", "verify").exit_code == 1


@on_both
def test_a_check_costs_few_statements_however_many_lines_there_are(world: World) -> None:
    story = Story(world, "yima")
    api = world.api("yima.platform")
    asked = {"department": "renshe", "resource": story.code, "items": story.grant()["items"], "purpose": "核验身份"}
    done(api.post("/grants/check", asked))
    with world.counting() as sent:
        done(api.post("/grants/check", asked))
    assert len(sent) <= MOST_TO_CHECK, "\n".join(sent)
