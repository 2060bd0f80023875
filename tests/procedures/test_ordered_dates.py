"""A date that a body orders in the single case: a clock of its own kind, declared in a forms file and in no Python.

The regulation and both procedures are invented (`sixth`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.cases.models import Case, ClockEntry
from tests.diagrams.drawing import Drawing
from tests.procedures.test_reminders import notices, readers
from tests.procedures.test_sixth_regulation import FOLDER, panel_share
from tests.world import World, done, on_both

MONDAY, THURSDAY = "2026-03-09T10:00:00+08:00", "2026-03-12T10:00:00+08:00"
FRIDAY, SATURDAY, NEXT_FRIDAY = "2026-03-20", "2026-03-21", "2026-03-27"
LIMIT, AT_ONCE = "ordered.limit", "ordered.at_once"
ANSWERS = """  ordered.limit:
    - {statutory: true, article: "25", remind: 2}
  ordered.at_once:
    - {convention: true}
  ordered.decide:
    - {internal: 5, reason: silent}
"""
OFFERED = "{conditional_share: panel_share, rectify: ordered_rectification, rectify_at_once: ordered_at_once}"


def ordered_rectification() -> Drawing:
    """Ordered, put right, checked; from there, or while it is being put right, it is ordered anew."""
    drawing = Drawing("ordered_rectification").start().task("order", "bureau", None).task("rectify", "department", None)
    drawing.message("asked_anew", "rectify", "new_order", interrupting=True).task("review", "bureau", None)
    drawing.gateway("decided", "decided_to_end_rectified").end("end_rectified", "rectified")
    drawing.flows("begin", "order", "rectify", "review", "decided", "end_rectified")
    return drawing.flow("decided", "order", "review.result == 'again'").flow("asked_anew", "order")


def ordered_at_once() -> Drawing:
    drawing = Drawing("ordered_at_once").start().task("mend", "department", None).end("end_rectified", "rectified")
    return drawing.flows("begin", "mend", "end_rectified")


@pytest.fixture
def sixth(world: World, tmp_path: Path) -> World:
    lay_out_sixth(world, tmp_path)
    return world


def lay_out_sixth(world: World, tmp_path: Path) -> None:
    """The regulation with both procedures, and its people."""
    world.at(MONDAY)
    for drawing in (panel_share(), ordered_rectification(), ordered_at_once()):
        file = tmp_path / f"{drawing.process}.bpmn"
        file.write_bytes(drawing.xml())
        load(world, "diagrams", "load", str(file), "--forms", str(FOLDER / f"{file.stem}.forms.yaml"), "--publish")
    pack = (FOLDER / "xingan.yaml").read_text("utf-8")
    file = tmp_path / "xingan.yaml"
    file.write_text(pack.replace("{conditional_share: panel_share}", OFFERED) + ANSWERS, "utf-8")
    load(world, "rules", "load", str(file))
    for what in ("departments", "accounts"):
        load(world, what, "load", str(FOLDER / f"{what}.csv"))


def load(world: World, *words: str) -> None:
    ran = world.flask(*words)
    assert ran.exit_code == 0, ran.output


def caller(world: World, who: str) -> Any:
    return world.api(world.flask("token", "create", f"xingan.{who}.clerk").stdout.strip())


def begin(world: World, procedure: str = "rectify", **data: str) -> int:
    body = {"procedure": procedure, "jurisdiction": "xingan", "data": {"department": "gongan", **data}}
    return int(done(caller(world, "bureau").post("/cases", body), 201)["id"])


def answer(world: World, case_id: int, who: str, key: str, **data: str) -> Any:
    task = world.open_tasks(case_id)[key]
    return caller(world, who).post(f"/tasks/{task['id']}/complete", {"data": data})


def order_anew(world: World, case_id: int, day: str) -> None:
    task = world.open_tasks(case_id)["rectify"]
    done(caller(world, "bureau").post(f"/tasks/{task['id']}/actions/new_order", {"data": {}}))
    done(answer(world, case_id, "bureau", "order", limit_on=day))


def ordered(world: World, day: str) -> int:
    case_id = begin(world, ground="逾期未答复")
    done(answer(world, case_id, "bureau", "order", limit_on=day))
    return case_id


def clocks(world: World, case_id: int, rule: str = LIMIT) -> list[Any]:
    return [one for one in world.case(case_id)["deadlines"] if one["rule"] == rule]


def told(world: World, deadline: Any, language: str = "zh") -> str:
    headers = {"Authorization": "Bearer admin", "Accept-Language": language}
    answered = world.app.test_client().get(f"/api/v1/deadlines/{deadline['id']}", headers=headers)
    return str(done(answered)["paragraph"])


def sealed(world: World) -> bool:
    return world.flask("audit", "verify").exit_code == 0


@on_both
def test_an_ordered_date_is_due_on_the_very_day_that_was_named(sixth: World) -> None:
    case_id = ordered(sixth, SATURDAY)
    [clock] = clocks(sixth, case_id)
    assert (clock["kind"], clock["state"], clock["started_on"]) == ("ordered", "running", MONDAY[:10])
    assert (clock["due_on"], clock["certainty"]) == (SATURDAY, "firm"), "a day off is not rolled forward"
    assert (clock["counted"], clock["skipped"], clock["article"]) == ([], [], "25")
    assert sixth.open_tasks(case_id)["rectify"]["due_kind"] == "ordered"
    sixth.at(f"{SATURDAY}T23:50:00+08:00")
    done(answer(sixth, case_id, "gongan", "rectify", report="已全部答复"))
    [clock] = clocks(sixth, case_id)
    assert (clock["state"], clock["met_on"], clock["days_late"]) == ("met", SATURDAY, 0)
    assert sealed(sixth)


def test_it_explains_who_ordered_it_in_which_step_and_on_which_day(sixth: World) -> None:
    case_id = ordered(sixth, SATURDAY)
    sixth.at(THURSDAY)
    order_anew(sixth, case_id, NEXT_FRIDAY)
    [clock] = clocks(sixth, case_id)
    assert "3月12日星安市数据局在“下达整改通知”中依第二十五条责令" in told(sixth, clock)
    assert "原定3月21日，3月12日改定。3月27日（周五）24时届满。" in told(sixth, clock)
    assert "星安市数据局 ordered it in “Order” under Art. 25 on 12 Mar" in told(sixth, clock, "en")
    assert "工作日" not in told(sixth, clock), "nothing is counted"
    case_id = begin(sixth, "rectify_at_once", limit_on=SATURDAY)
    [clock] = clocks(sixth, case_id, AT_ONCE)
    assert told(sixth, clock).startswith("3月12日星安市数据局在“限期整改”中责令限期完成，"), "without an article"
    assert told(sixth, clock).endswith("当日为休息日，不顺延。")


@on_both
def test_only_a_new_answer_of_the_ordering_step_moves_it(sixth: World) -> None:
    case_id = ordered(sixth, FRIDAY)
    sixth.at(THURSDAY)
    order_anew(sixth, case_id, NEXT_FRIDAY)
    [clock] = clocks(sixth, case_id)
    assert (clock["due_on"], clock["started_on"], clock["state"]) == (NEXT_FRIDAY, MONDAY[:10], "running")
    [line] = sixth.events(case_id, "clock.ordered")
    assert (line["detail"]["before"], line["detail"]["due_on"]) == (FRIDAY, NEXT_FRIDAY)
    order_anew(sixth, case_id, NEXT_FRIDAY)
    assert len(sixth.events(case_id, "clock.ordered")) == 1, "the same day again moves nothing"
    assert sealed(sixth)
    with sixth.database.transaction() as session:
        session.execute(update(ClockEntry).where(ClockEntry.kind == "order").values(reason="review"))
    assert not sealed(sixth)


def test_no_tool_pauses_extends_or_corrects_it(sixth: World) -> None:
    [clock] = clocks(sixth, ordered(sixth, FRIDAY))
    attempts = {
        "pause": {"ground": "supplement"},
        "extend": {"days": 3, "reason": "来不及"},
        "correct": {"started_on": "2026-03-02", "reason": "更正"},
    }
    for who in ("gongan", "bureau"):
        here = caller(sixth, who)
        refused = {what: here.post(f"/deadlines/{clock['id']}/{what}", body) for what, body in attempts.items()}
        assert all(one.status_code in (403, 409, 422) for one in refused.values()), refused
    assert refused["pause"].status_code == refused["extend"].status_code == 422
    assert refused["correct"].json["type"] == "clock-ordered"
    [after] = clocks(sixth, clock["case"])
    assert after == clock


@on_both
def test_what_was_missed_stays_missed_and_a_later_order_is_another_clock(sixth: World) -> None:
    case_id = ordered(sixth, FRIDAY)
    sixth.at("2026-03-25T10:00:00+08:00")
    [clock] = clocks(sixth, case_id)
    assert (clock["state"], clock["days_late"]) == ("missed", 3)
    order_anew(sixth, case_id, NEXT_FRIDAY)
    first, second = clocks(sixth, case_id)
    assert (first["state"], first["due_on"], first["days_late"]) == ("missed", FRIDAY, 3)
    assert (second["state"], second["due_on"], second["started_on"]) == ("running", NEXT_FRIDAY, "2026-03-25")
    assert sixth.open_tasks(case_id)["rectify"]["deadline"] == second["id"]
    sixth.at("2026-03-30T10:00:00+08:00")
    done(answer(sixth, case_id, "gongan", "rectify", report="已全部答复"))
    assert [(one["state"], one["days_late"]) for one in clocks(sixth, case_id)] == [("missed", 3), ("missed", 1)]
    assert sealed(sixth)


def test_after_a_check_that_it_is_not_done_another_order_begins_another_clock(sixth: World) -> None:
    case_id = ordered(sixth, FRIDAY)
    done(answer(sixth, case_id, "gongan", "rectify", report="部分答复"))
    done(answer(sixth, case_id, "bureau", "review", result="again"))
    done(answer(sixth, case_id, "bureau", "order", limit_on=NEXT_FRIDAY))
    assert [(one["state"], one["due_on"]) for one in clocks(sixth, case_id)] == [
        ("met", FRIDAY), ("running", NEXT_FRIDAY),
    ]  # fmt: skip
    done(answer(sixth, case_id, "gongan", "rectify", report="已全部答复"))
    done(answer(sixth, case_id, "bureau", "review", result="done"))
    assert sixth.case(case_id)["outcome"] == "rectified"
    assert sealed(sixth)


def test_who_owes_it_is_reminded_and_told_that_it_is_overdue(sixth: World) -> None:
    case_id = ordered(sixth, FRIDAY)
    for day in range(10, 25):
        sixth.at(f"2026-03-{day}T09:00:00+08:00")
        sixth.tick()
    assert [(kind, due_on) for kind, due_on, _, _ in notices(sixth, case_id, LIMIT)] == [
        ("reminder", FRIDAY), ("overdue", FRIDAY),
    ]  # fmt: skip
    bureau, gongan = ("bureau", "clerk"), ("gongan", "clerk")
    assert readers(sixth, case_id, LIMIT) == [("reminder", {gongan}), ("overdue", {gongan, bureau})]


def test_a_day_that_has_gone_by_is_refused_and_nothing_changes(sixth: World) -> None:
    case_id = begin(sixth, ground="逾期未答复")
    for day in ("2026-03-08", "2099-01-01"):
        refused = answer(sixth, case_id, "bureau", "order", limit_on=day)
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["limit_on"]), day
    assert list(sixth.open_tasks(case_id)) == ["order"]
    assert clocks(sixth, case_id) == []
    body = {"procedure": "rectify_at_once", "jurisdiction": "xingan"}
    data = {"department": "gongan", "limit_on": "2026-03-08"}
    refused = caller(sixth, "bureau").post("/cases", {**body, "data": data})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["limit_on"])
    done(answer(sixth, case_id, "bureau", "order", limit_on=MONDAY[:10]))
    assert clocks(sixth, case_id)[0]["due_on"] == MONDAY[:10], "today is a day to come until it ends"


def test_neither_a_new_holiday_nor_another_edition_of_the_rules_moves_it(sixth: World, tmp_path: Path) -> None:
    case_id = ordered(sixth, FRIDAY)
    file = tmp_path / "local.yaml"
    day = f"{{on: {FRIDAY}, off: true, holiday: true, name: {{zh: 市庆, en: City day}}}}"
    file.write_text(f"jurisdiction: xingan\nnotice: 星政〔2026〕1号\ndays:\n  - {day}\n", "utf-8")
    load(sixth, "calendar", "add", str(file))
    assert clocks(sixth, case_id)[0]["due_on"] == FRIDAY
    pack = tmp_path / "xingan.yaml"
    pack.write_text(pack.read_text("utf-8").replace('article: "25", remind: 2', 'article: "26", remind: 2'), "utf-8")
    load(sixth, "rules", "load", str(pack))
    [clock] = clocks(sixth, case_id)
    assert (clock["due_on"], clock["article"], clock["state"]) == (FRIDAY, "26", "running")
    assert sealed(sixth)


def test_lists_and_the_case_rank_it_behind_the_law_and_before_any_target_of_ours(sixth: World) -> None:
    case_id = ordered(sixth, FRIDAY)
    listed = done(caller(sixth, "gongan").get("/tasks", status="open"))["items"]
    [line] = [one for one in listed if one["case"] == case_id]
    assert (line["due_kind"], line["lamp"]) == ("ordered", "green")
    sixth.at(f"{FRIDAY}T09:00:00+08:00")
    task = sixth.open_tasks(case_id)["rectify"]
    done(caller(sixth, "bureau").post(f"/tasks/{task['id']}/actions/new_order", {"data": {}}))
    kinds = {one["kind"]: one for one in sixth.case(case_id)["deadlines"] if one["state"] == "running"}
    assert set(kinds) == {"ordered", "internal"}
    with sixth.database.transaction(write=False) as session:
        due_at = session.get_one(Case, case_id).due_at
    assert due_at == datetime.fromisoformat(kinds["ordered"]["due_at"]), "the ordered date speaks for the case"
