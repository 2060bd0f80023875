"""Reminders and overdue notices: once for each clock, kind and due date, by the system; silence decides nothing."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app import outbox
from app.accounts import SYSTEM, Department, actor_by_username, directory
from app.cases.commands import recalculation
from app.deadlines.notice_text import Head, typed_notice
from app.floor.messages import Text
from app.outbox.models import OutboxMessage
from tests.procedures.expected import count
from tests.world import World, done, on_both

MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
REPLY, VERIFY, CONSENT = "conditional_share.reply", "data_error.reply", "data_error.consent"
GONGAN, GONGAN_AND_BUREAU = {("gongan", "clerk")}, {("gongan", "clerk"), ("bureau", "clerk")}
APPLICATION = {"items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface"}
SUPPLEMENT = {"decision": "supplement", "reason": "请补充岗位名单"}


def apply(world: World, place: str, code: str) -> int:
    data = {"resource": f"{code}-GA-002", **APPLICATION}
    case: dict[str, Any] = world.open_case(f"{place}.renshe.clerk", "conditional_share", data)
    return int(case["id"])


def report(world: World) -> int:
    data = {"resource": "YY-GA-002", "items": ["name"], "doubt": "姓名不符"}
    return int(world.open_case("yunyang.renshe.clerk", "data_error", data)["id"])


def notices(world: World, case_id: int, rule: str) -> list[tuple[str, str, str, str]]:
    """(kind, due date that it is about, when it was told, by whom), as the history has them."""
    return [
        (event["kind"].removeprefix("notice."), event["detail"]["due_on"], event["at"][:16], event["actor"])
        for event in world.events(case_id, "notice.")
        if event["detail"]["rule"] == rule
    ]


def readers(world: World, case_id: int, rule: str) -> list[tuple[str, set[tuple[str, str]]]]:
    """Who was told of a clock, by kind, in the order of telling."""
    told = (
        select(OutboxMessage, Department.code)
        .join(Department, Department.id == OutboxMessage.recipient_department_id)
        .where(OutboxMessage.case_id == case_id, OutboxMessage.kind.in_(("reminder", "overdue")))
        .order_by(OutboxMessage.id)
    )
    found: dict[str, set[tuple[str, str]]] = {}
    with world.database.transaction(write=False) as session:
        for one, code in session.execute(told):
            if one.payload["rule"] == rule:
                found.setdefault(one.kind, set()).add((code, one.role))
    return list(found.items())


def pass_days(world: World, since: datetime, days: int) -> datetime:
    """Tick in the morning, after lunch and at night of each day."""
    for day in range(days + 1):
        for hours in (-1, 4, 12):
            at = since + timedelta(days=day, hours=hours)
            if at >= since:
                world.at(at)
                world.tick()
    return at


def clock_of(world: World, case_id: int, rule: str) -> Any:
    return [one for one in world.case(case_id)["deadlines"] if one["rule"] == rule][-1]


def days_after(start: datetime, days: int) -> date:
    return count(start.date(), days)[-1]


@on_both
def test_each_kind_is_told_once_and_silence_decides_nothing(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "yima", "YM")
    due_on, remind_on = days_after(MONDAY, 5).isoformat(), days_after(MONDAY, 3).isoformat()
    pass_days(world, MONDAY, 40)
    assert notices(world, case_id, REPLY) == [
        ("reminder", due_on, f"{remind_on}T09:00", "system"),
        ("overdue", due_on, f"{days_after(MONDAY, 5) + timedelta(days=1)}T09:00", "system"),
    ]
    assert {event["actor"] for event in world.events(case_id, "notice.")} == {"system"}
    assert list(world.open_tasks(case_id)) == ["provider_review"]
    assert clock_of(world, case_id, REPLY)["state"] == "missed"
    assert not done(world.api("admin").get("/grants", case=case_id))["items"]


def test_a_reminder_goes_to_the_department_an_overdue_notice_to_its_head_and_the_bureau_too(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "yima", "YM")
    pass_days(world, MONDAY, 10)
    told = (
        select(OutboxMessage.kind, Department.code, OutboxMessage.role)
        .join(Department, Department.id == OutboxMessage.recipient_department_id)
        .where(OutboxMessage.case_id == case_id, OutboxMessage.kind.in_(("reminder", "overdue")))
    )
    with world.database.transaction(write=False) as session:
        assert sorted(map(tuple, session.execute(told))) == [
            ("overdue", "bureau", "clerk"),
            ("overdue", "gongan", "clerk"),
            ("reminder", "gongan", "clerk"),
        ]


def test_nothing_is_told_again_when_the_task_comes_back(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "yima", "YM")
    at = pass_days(world, MONDAY, 10)
    before = notices(world, case_id, REPLY)
    for again in (False, True):
        world.complete(case_id, "provider_review", SUPPLEMENT)
        if again:
            world.complete(case_id, "consent_supplement", {"consent": True})
        world.complete(case_id, "applicant_supplement", {"note": "已补充"})
        at = pass_days(world, at, 2)
    assert notices(world, case_id, REPLY) == before
    assert len(before) == 2


@on_both
def test_a_clock_is_watched_while_the_case_lies_with_the_applicant(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "yima", "YM")
    world.complete(case_id, "provider_review", SUPPLEMENT)
    due_on = days_after(MONDAY, 5).isoformat()
    at = pass_days(world, MONDAY, 12)
    told = notices(world, case_id, REPLY)
    assert [(kind, day) for kind, day, *_ in told] == [("reminder", due_on), ("overdue", due_on)]
    assert dict(readers(world, case_id, REPLY)) == {
        "reminder": GONGAN,
        "overdue": GONGAN_AND_BUREAU,
    }
    world.complete(case_id, "applicant_supplement", {"note": "已补充"})
    pass_days(world, at, 3)
    assert notices(world, case_id, REPLY) == told, "nothing is said again when the case comes back"


def test_nobody_is_told_that_something_is_due_soon_in_the_moment_in_which_it_begins(world: World) -> None:
    """An extension's consent has two days, and the reminder a lead of two: it comes the next morning."""
    world.at(MONDAY)
    case_id = report(world)
    ask = {"days": 4, "reason": "需调取纸质档案"}
    done(world.api("yunyang.gongan.clerk").post(f"/deadlines/{clock_of(world, case_id, VERIFY)['id']}/extend", ask))
    world.tick()
    assert notices(world, case_id, CONSENT) == []
    due_on, morning = days_after(MONDAY, 2).isoformat(), MONDAY + timedelta(days=1)
    world.at(morning)
    world.tick()
    assert notices(world, case_id, CONSENT) == [("reminder", due_on, f"{morning:%Y-%m-%d}T10:00", "system")]
    assert readers(world, case_id, CONSENT) == [("reminder", {("gongan", "head")})]


def test_a_clock_that_is_born_overdue_says_so_once_and_never_that_it_is_due_soon(world: World) -> None:
    world.at(MONDAY)
    data = {"trigger": "duties", "changed_on": "2025-12-01", "description": "职责调整", "resources": ["YM-GA-002"]}
    case_id = int(world.open_case("yima.gongan.clerk", "catalogue_update", data)["id"])
    pass_days(world, MONDAY, 5)
    told = notices(world, case_id, "catalogue_update.update")
    assert [(kind, by) for kind, *_, by in told] == [("overdue", "system")]


def test_a_worker_that_was_away_says_only_what_is_true_now(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "yima", "YM")
    world.at(MONDAY + timedelta(days=9))
    world.tick()
    assert [kind for kind, *_ in notices(world, case_id, REPLY)] == ["overdue"]


def test_a_reader_sees_each_notice_of_a_clock_once(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "yima", "YM")
    pass_days(world, MONDAY, 12)
    for reader in ("yima.gongan.clerk", "yima.gongan.head", "yima.bureau.clerk"):
        with world.database.transaction(write=False) as session:
            actor = actor_by_username(session, reader)
            assert actor is not None
            found = [one.kind for one in outbox.notices_for(session, actor, limit=200) if one.case_id == case_id]
        assert found.count("overdue") == 1, reader
        assert found.count("reminder") == (reader != "yima.bureau.clerk"), reader


def test_after_an_extension_both_are_told_again_for_the_new_day(world: World) -> None:
    """Asked and consented to after the reminder, within the period."""
    world.at(MONDAY)
    case_id = report(world)
    first, second = (days_after(MONDAY, days).isoformat() for days in (10, 14))
    at = pass_days(world, MONDAY, 11)
    clock = clock_of(world, case_id, VERIFY)
    ask = {"days": 4, "reason": "需调取纸质档案"}
    done(world.api("yunyang.gongan.clerk").post(f"/deadlines/{clock['id']}/extend", ask))
    world.complete(case_id, "consent_extension", {"consent": True})
    assert clock_of(world, case_id, VERIFY)["due_on"] == second
    pass_days(world, at, 20)
    told = [(kind, due_on) for kind, due_on, *_ in notices(world, case_id, VERIFY)]
    assert told == [("reminder", first), ("reminder", second), ("overdue", second)]


def test_an_extension_not_consented_to_tells_nothing_again(world: World) -> None:
    world.at(MONDAY)
    case_id = report(world)
    at = pass_days(world, MONDAY, 10)
    ask = {"days": 4, "reason": "需调取纸质档案"}
    clock = clock_of(world, case_id, VERIFY)
    done(world.api("yunyang.gongan.clerk").post(f"/deadlines/{clock['id']}/extend", ask))
    world.complete(case_id, "consent_extension", {"consent": False, "reason": "可以如期完成"})
    pass_days(world, at, 20)
    assert [kind for kind, *_ in notices(world, case_id, VERIFY)] == ["reminder", "overdue"]


def test_an_internal_target_stands_still_under_a_supplement_and_shows_the_unpaused_day(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "jiangmen", "JM")
    unpaused = days_after(MONDAY, 10)
    asked = pass_days(world, MONDAY, 2)
    world.complete(case_id, "provider_review", SUPPLEMENT)
    given = pass_days(world, asked, 20)
    clock = clock_of(world, case_id, REPLY)
    assert (clock["state"], clock["due_on"], clock["due_at"]) == ("paused", None, None)
    assert clock["unpaused_due_on"] == unpaused.isoformat()
    assert notices(world, case_id, REPLY) == []
    world.complete(case_id, "applicant_supplement", {"note": "已补充"})
    paused = count(MONDAY.date(), 10, [(asked.date(), given.date())])[-1]
    clock = clock_of(world, case_id, REPLY)
    assert (clock["due_on"], clock["unpaused_due_on"]) == (paused.isoformat(), unpaused.isoformat())
    pass_days(world, given, 30)
    told = [(kind, due_on) for kind, due_on, *_ in notices(world, case_id, REPLY)]
    assert told == [("reminder", paused.isoformat()), ("overdue", paused.isoformat())]


def test_a_statutory_deadline_runs_on_under_a_supplement(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "yima", "YM")
    before = clock_of(world, case_id, REPLY)
    world.complete(case_id, "provider_review", SUPPLEMENT)
    at = pass_days(world, MONDAY, 2)
    clock = clock_of(world, case_id, REPLY)
    assert (clock["state"], clock["kind"], clock["due_on"], clock["pauses"]) == (
        "running", "statutory", before["due_on"], [],
    )  # fmt: skip
    refused = world.api("yima.bureau.clerk").post(f"/deadlines/{clock['id']}/pause", {"ground": "supplement"})
    assert refused.status_code == 422
    world.complete(case_id, "applicant_supplement", {"note": "已补充"})
    pass_days(world, at, 1)
    assert clock_of(world, case_id, REPLY)["due_on"] == before["due_on"]


def test_a_clock_is_paused_in_the_moment_in_which_another_process_has_entered_a_notice(world: World) -> None:
    """The calendar is built anew in the very transaction that pauses."""
    world.at(MONDAY)
    clock_id = clock_of(world, apply(world, "jiangmen", "JM"), REPLY)["id"]
    bureau = world.api("jiangmen.bureau.clerk")
    for number, act in enumerate(("pause", "resume", "correct")):
        head = Head(Text("地方节日", "A local festival"), number=f"地方〔2026〕{number}号", jurisdiction="jiangmen")
        with world.database.transaction(alone=True) as session:
            recalculation.apply_notice(session, typed_notice(head, f"2026-05-0{number + 6} off 地方节日"), SYSTEM)
        body = {"pause": {"ground": "supplement"}, "correct": {"started_on": "2026-03-06", "reason": "登记有误"}}
        done(bureau.post(f"/deadlines/{clock_id}/{act}", body.get(act, {})))


def test_a_local_day_announced_behind_the_due_date_is_nobody_s_lateness(world: World) -> None:
    world.at(MONDAY)
    clock = clock_of(world, apply(world, "jiangmen", "JM"), REPLY)
    due = datetime.fromisoformat(clock["due_on"])
    free = days_after(due, 2)
    head = Head(Text("地方节日", "A local festival"), number="地方〔2026〕9号", jurisdiction="jiangmen")
    with world.database.transaction(alone=True) as session:
        recalculation.apply_notice(session, typed_notice(head, f"{free} off 地方节日"), SYSTEM)
    world.at(f"{days_after(due, 3)}T10:00:00+08:00")
    seen = world.api("admin").get(f"/deadlines/{clock['id']}").json
    assert (seen["state"], seen["days_late"]) == ("missed", 2)


def test_a_clock_past_its_due_date_cannot_be_paused(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "jiangmen", "JM")
    clock_id = clock_of(world, case_id, REPLY)["id"]
    bureau = world.api("jiangmen.bureau.clerk")
    assert done(bureau.post(f"/deadlines/{clock_id}/pause", {"ground": "supplement"}))["state"] == "paused"
    assert done(bureau.post(f"/deadlines/{clock_id}/resume"))["state"] == "running"
    pass_days(world, MONDAY, 30)
    refused = bureau.post(f"/deadlines/{clock_id}/pause", {"ground": "supplement"})
    assert (refused.status_code, refused.json["type"]) == (409, "clock-past-due")


@on_both
def test_four_tickers_at_once_tell_everything_once(world: World) -> None:
    world.at(MONDAY)
    cases = [apply(world, "yima", "YM") for _ in range(12)]
    world.at(MONDAY + timedelta(days=30))
    tickers = [threading.Thread(target=world.tick) for _ in range(4)]
    for one in tickers:
        one.start()
    for one in tickers:
        one.join()
    told = select(OutboxMessage.case_id, OutboxMessage.kind, func.count()).where(
        OutboxMessage.kind.in_(("reminder", "overdue"))
    )
    with world.database.transaction(write=False) as session:
        counted = session.execute(told.group_by(OutboxMessage.case_id, OutboxMessage.kind)).all()
    assert sorted(map(tuple, counted)) == sorted((case, kind, n) for case in cases for kind, n in TOLD.items())


TOLD = {"overdue": 2}
"""Thirty days late it would be untrue that anything is due soon. A head reads what the department's clerks are told."""


def test_a_pause_by_hand_is_told_to_those_on_whom_the_clock_is_said_to_wait(world: World) -> None:
    """Whoever owes a target of ours may claim that it waits for supplements; the other side and the bureau hear of it,
    and the bureau lets it go on."""
    world.at(MONDAY)
    case_id = apply(world, "jiangmen", "JM")
    clock_id = clock_of(world, case_id, REPLY)["id"]
    holder, bureau = world.api("jiangmen.gongan.clerk"), world.api("jiangmen.bureau.clerk")
    done(holder.post(f"/deadlines/{clock_id}/pause", {"ground": "supplement"}))
    with world.database.transaction(write=False) as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == "clock_paused", OutboxMessage.case_id == case_id)
        cards = directory(session).by_id
        told = {cards[one.recipient_department_id or 0].code for one in session.scalars(query)}
    assert told == {"renshe", "bureau"}
    done(bureau.post(f"/deadlines/{clock_id}/resume"))
    assert clock_of(world, case_id, REPLY)["state"] == "running"
    assert world.flask("audit", "verify").exit_code == 0
