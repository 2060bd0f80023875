"""The daily work: each piece by itself, and everything once, however many workers do it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts import SYSTEM
from app.cases import grant_decisions
from app.cases.models import Case
from app.catalogue.models import Grant, Resource
from app.cli import scheduler
from app.floor.errors import EngineError
from app.floor.messages import say
from app.outbox.models import OutboxMessage
from tests.procedures.grant_story import START, Story
from tests.world import World, on_both


def ends_soon(world: World, story: Story) -> None:
    """Its last day comes near; told as a decision is, so that the audit holds."""
    with world.database.transaction() as session:
        grant = session.get_one(Grant, story.grant()["id"])
        grant.valid_until = (START + timedelta(days=10)).date()
        case = session.get_one(Case, grant.case_id, with_for_update=True)
        grant_decisions.tell(session, SYSTEM, case, "grant.kept", grant)


def withheld_behind_our_back(world: World, code: str) -> None:
    with world.database.transaction() as session:
        entry = session.scalars(select(Resource).where(Resource.code == code)).one()
        entry.share_type, entry.version = "withheld", entry.version + 1


@on_both
def test_however_many_workers_do_the_daily_work_everything_is_told_once(world: World) -> None:
    ending, unfit = Story(world, "yima"), Story(world, "jiangsu")
    ending.check()
    ends_soon(world, ending)
    withheld_behind_our_back(world, unfit.code)
    world.at(START + timedelta(hours=2))
    workers = [threading.Thread(target=scheduler.daily, args=[world.database]) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(ending.told("grant.ending")) == 1
    assert len(unfit.told("grant.suspended")) == 1
    assert unfit.grant()["state"] == "suspended"
    with world.database.transaction(write=False) as session:
        told = select(func.count()).where(OutboxMessage.kind == "grant_ending")
        reviews = select(func.count()).where(Case.procedure == "grant_review", Case.jurisdiction == "jiangsu")
        assert (session.scalar(told), session.scalar(reviews)) == (1, 1)
    assert "lines of the log of uses" not in world.flask("audit", "verify").output
    ending.is_sound()


def test_a_review_that_cannot_be_opened_holds_up_no_other_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, ending, other = Story(world, "jiangsu"), Story(world, "yima"), Story(world, "yunyang")
    ends_soon(world, ending)
    for one in (broken, other):
        withheld_behind_our_back(world, one.code)
    suspend = grant_decisions.suspend

    def fails(session: Any, actor: Any, resources: Any) -> Any:
        if [one.code for one in resources] == [broken.code]:
            raise EngineError("action-failed", say("This case cannot be opened."))
        return suspend(session, actor, resources)

    monkeypatch.setattr(grant_decisions, "suspend", fails)
    world.at(START + timedelta(hours=2))
    scheduler.daily(world.database)
    assert broken.grant()["state"] == "active"
    assert other.grant()["state"] == "suspended"
    assert len(ending.told("grant.ending")) == 1
    monkeypatch.undo()
    scheduler.daily(world.database)
    assert broken.grant()["state"] == "suspended", "it is tried again"
