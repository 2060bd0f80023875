"""A step that cannot run: case and input stay as they were, an incident is kept, and once mended it goes on."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import accounts
from app.accounts import SYSTEM
from app.cases.commands.incidents import retry
from app.cases.models import Case, Incident, Task
from app.diagrams import library, publishing
from app.entry import words
from app.floor.messages import said
from app.jurisdictions.rulebook import editions, store_pack
from app.outbox.models import Letter, OutboxMessage
from config import ROOT
from tests.diagrams.drawing import Drawing
from tests.world import World, done

HAN = "[\u4e00-\u9fff]"
MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
FORMS = """\
procedure: errand
title: {zh: 转办, en: An errand}
number_code: ZB
startable: true
starters: [department]
about: none
lanes:
  applicant: {title: {zh: 发起部门, en: Applicant}}
  office: {title: {zh: 承办部门, en: Office}, department: application.office}
rules:
  errand.done: {type: days, title: {zh: 转办, en: The errand}}
  errand.carried_out: {type: days, title: {zh: 承办, en: Carrying it out}}
  errand.heavy: {type: number, title: {zh: 重件分值, en: From which score on it is heavy}}
start:
  fields:
    - {key: office, type: text, required: true, title: {zh: 承办部门, en: Office}}
    - {key: in_person, type: boolean, required: true, title: {zh: 当面交办, en: In person}}
tasks:
  weigh:
    title: {zh: 评分, en: Weigh}
    rule: errand.done
    fields:
      - {key: score, type: integer, required: true, min: 0, max: 10, title: {zh: 分值, en: Score}}
  carry_out:
    title: {zh: 承办, en: Carry it out}
    rule: errand.carried_out
    fields:
      - {key: note, type: text, required: true, title: {zh: 办理情况, en: Note}}
outcomes: {heavy: {zh: 重, en: Heavy}, light: {zh: 轻, en: Light}}
notices: {overdue: {zh: 超期, en: Overdue}}
letters:
  order: {title: {zh: 转办单, en: Order}, text: {zh: 请办理, en: Please do}}
"""
NEW_OFFICE = "jurisdiction,code,name_zh,level,kind\nyima,xinfang,信访局,city,department\n"


def errand() -> Drawing:
    """The applicant weighs it; the office gets a letter, or the task itself. Overdue, the office hears of it."""
    drawing = Drawing("errand").start().task("weigh", "applicant", rule=None)
    drawing.timer("weigh_overdue", "weigh", "deadline('errand.done')")
    drawing.service("weigh_notice", "notice.send", to="'office'", kind="'overdue'").end("weigh_told")
    drawing.flows("weigh_overdue", "weigh_notice", "weigh_told")
    drawing.service("order_letter", "letter.issue", template="'order'", to="'office'")
    drawing.gateway("handed", "handed_to_order_letter").task("carry_out", "office", "errand.carried_out")
    drawing.gateway("weighed", "weighed_to_end_light")
    drawing.end("end_heavy", "heavy").end("end_light", "light").end("end_carried_out", "light")
    drawing.flows("begin", "weigh", "handed", "order_letter", "weighed", "end_light")
    drawing.flow("handed", "carry_out", "application.in_person").flow("carry_out", "end_carried_out")
    return drawing.flow("weighed", "end_heavy", "weigh.score > rule('errand.heavy')")


PACK = (ROOT / "rules" / "yima.yaml").read_text("utf-8")
ANSWERS = """
rules:
  errand.done:
    - {internal: 5, reason: silent}
  errand.carried_out:
    - {internal: 5, reason: silent}
  errand.heavy:
    - {convention: 3}
"""


@pytest.fixture
def errands(world: World) -> World:
    """A world in which one jurisdiction runs errands."""
    world.at(MONDAY)
    with world.database.transaction() as session:
        version = publishing.store_version(session, "errand", errand().xml(), FORMS, SYSTEM)
        publishing.publish(session, version, SYSTEM, operator=True)
    load_pack(world, with_errands())
    return world


def with_errands() -> str:
    offered = PACK.replace("\n  dispute: dispute\n", "\n  dispute: dispute\n  errand: errand\n", 1)
    return offered.replace("\nrules:\n", ANSWERS, 1)


def load_pack(world: World, text: str) -> None:
    with world.database.transaction() as session:
        store_pack(session, text, "yima.yaml", library.declared_rules(session), SYSTEM)


def run_errand(world: World, office: str, *, in_person: bool = False) -> dict[str, Any]:
    case = world.open_case("yima.renshe.clerk", "errand", {"office": office, "in_person": in_person})
    return world.open_tasks(case["id"])["weigh"]


def weigh(world: World, task: dict[str, Any], **data: Any) -> Any:
    return world.api("yima.renshe.clerk").post(f"/tasks/{task['id']}/complete", {"data": data})


def found_office(world: World) -> None:
    table = accounts.read_departments(NEW_OFFICE.encode(), "departments.csv")
    with world.database.transaction() as session:
        accounts.load_departments(session, table, SYSTEM, jurisdictions=editions(session))


def picture(world: World, case_id: int) -> Any:
    """All that a step could have changed."""
    counted = [select(func.count()).select_from(kind) for kind in (Letter, OutboxMessage)]
    with world.database.transaction(write=False) as session:
        case = session.execute(
            select(Case.version, Case.state, Case.facts, Case.lanes, Case.history_seq).where(Case.id == case_id)
        ).one()
        tasks = session.execute(select(Task.id, Task.status, Task.answer).where(Task.case_id == case_id)).all()
        return tuple(case), list(map(tuple, tasks)), [session.scalar(query) for query in counted]


def incidents(world: World) -> list[Incident]:
    with world.database.transaction(write=False) as session:
        return list(session.scalars(select(Incident)))


def test_an_action_that_fails_leaves_case_and_input_as_they_were(errands: World) -> None:
    task = run_errand(errands, "xinfang")
    before = picture(errands, task["case"])
    stopped = weigh(errands, task, score=5)
    assert (stopped.status_code, stopped.json["type"]) == (409, "case-stopped")
    assert "xinfang" in stopped.json["detail"]
    assert picture(errands, task["case"]) == before
    [incident] = incidents(errands)
    assert (incident.case_id, incident.times, incident.actor) == (task["case"], 1, "yima.renshe.clerk")
    assert (incident.solved_at, incident.reason) == (None, "action-failed")


def test_a_stopped_step_is_told_in_the_readers_language_then_and_later(errands: World) -> None:
    task = run_errand(errands, "xinfang")
    chinese = weigh(errands, task, score=5).json["detail"]
    english = errands.api("yima.renshe.clerk").post(
        f"/tasks/{task['id']}/complete", {"data": {"score": 5}}, {"Accept-Language": "en"}
    )
    action = "动作 letter.issue 未能完成：没有部门 xinfang 可以放进泳道 office。"
    assert chinese.startswith("环节未能执行（")
    assert chinese.endswith(action)
    assert english.json["detail"].startswith("The step could not run (")
    assert not re.search(HAN, english.json["detail"])
    [incident] = incidents(errands)
    assert incident.times == 2, "the same fault, in whichever language it was told"
    with errands.app.test_request_context("/", headers={"Cookie": "language=zh"}):
        assert words(said(incident.message)) == action
    with errands.app.test_request_context("/", headers={"Cookie": "language=en"}):
        assert not re.search(HAN, words(said(incident.message)))


def test_the_same_fault_again_is_counted_not_told_twice(errands: World) -> None:
    task = run_errand(errands, "xinfang")
    for _ in range(3):
        assert weigh(errands, task, score=5).status_code == 409
    assert [incident.times for incident in incidents(errands)] == [3]


def test_it_goes_on_once_the_cause_is_mended(errands: World) -> None:
    task = run_errand(errands, "xinfang")
    assert weigh(errands, task, score=5).status_code == 409
    found_office(errands)
    assert done(weigh(errands, task, score=5))["status"] == "done"
    assert errands.case(task["case"])["outcome"] == "heavy"


def test_a_condition_without_an_answer_stops_the_step(errands: World) -> None:
    task = run_errand(errands, "minzheng")
    load_pack(errands, PACK)  # somebody has taken the procedure out of the rules, with a case under way
    before = picture(errands, task["case"])
    stopped = weigh(errands, task, score=2)
    assert (stopped.status_code, stopped.json["type"]) == (409, "case-stopped")
    assert picture(errands, task["case"]) == before
    [incident] = incidents(errands)
    assert (incident.reason, incident.element) == ("expression", "weighed")
    load_pack(errands, with_errands())
    assert done(weigh(errands, task, score=2))["answer"] == {"score": 2}
    assert errands.case(task["case"])["outcome"] == "light"


def test_a_task_that_nobody_can_hold_does_not_open_unseen(errands: World) -> None:
    task = run_errand(errands, "xinfang", in_person=True)
    before = picture(errands, task["case"])
    assert weigh(errands, task, score=5).json["type"] == "case-stopped"
    assert picture(errands, task["case"]) == before
    assert [incident.case_id for incident in incidents(errands)] == [task["case"]]
    found_office(errands)
    done(weigh(errands, task, score=5))
    assert errands.open_tasks(task["case"])["carry_out"]["department"] == "xinfang"


def test_a_task_without_a_rule_in_force_does_not_open_unseen(errands: World) -> None:
    task = run_errand(errands, "minzheng", in_person=True)
    load_pack(errands, PACK)
    assert weigh(errands, task, score=5).json["type"] == "case-stopped"
    assert [incident.reason for incident in incidents(errands)] == ["no-rule"]
    load_pack(errands, with_errands())
    done(weigh(errands, task, score=5))
    assert errands.open_tasks(task["case"])["carry_out"]["due_kind"] == "internal"


def test_a_timer_that_fails_is_tried_four_times_and_then_shown_to_a_person(errands: World) -> None:
    task = run_errand(errands, "xinfang")
    at = MONDAY + timedelta(days=20)
    for _ in range(8):
        errands.at(at)
        errands.tick()
        at += timedelta(hours=1)
    assert [(one.timer is not None, one.times, one.actor) for one in incidents(errands)] == [(True, 1, "system")]
    assert list(errands.open_tasks(task["case"])) == ["weigh"]
    assert not errands.events(task["case"], "timer.fired")
    assert done(weigh(errands, run_errand(errands, "minzheng"), score=1))["status"] == "done"  # others go on
    found_office(errands)
    [incident] = incidents(errands)
    with errands.database.transaction() as session:
        supervisor = accounts.actor_by_username(session, "yima.bureau.supervisor")
        assert supervisor is not None
        retry(session, supervisor, incident.id)
    assert [event["actor"] for event in errands.events(task["case"], "timer.fired")] == ["system"]
    assert [one.solved_by for one in incidents(errands)] == ["yima.bureau.supervisor"]


def test_a_timer_drawn_before_clocks_told_by_themselves_neither_doubles_nor_speaks_untruly(errands: World) -> None:
    """Running cases keep their drawing: a timer with a notice that names nobody and nothing."""
    case = errands.open_case("yima.renshe.clerk", "errand", {"office": "minzheng", "in_person": True})
    errands.complete(case["id"], "weigh", {"score": 1})
    for days in range(1, 15):
        errands.at(MONDAY + timedelta(days=days))
        errands.tick()
    rule = "errand.carried_out"
    told = [one for one in errands.events(case["id"], "notice.") if one["detail"]["rule"] == rule]
    assert [one["kind"] for one in told] == ["notice.reminder", "notice.overdue"]
    with errands.database.transaction(write=False) as session:
        of_case = OutboxMessage.case_id == case["id"], OutboxMessage.kind == "overdue"
        sent = session.execute(select(OutboxMessage.recipient_department_id, OutboxMessage.role).where(*of_case)).all()
    assert len(sent) == len(set(sent)) == 2


def test_a_clock_that_could_not_be_told_of_is_told_once_its_case_is_mended(world: World) -> None:
    """Four tries within the hour, then an incident, and a try each day: nobody has to remember it."""
    world.at(MONDAY)
    application = {"items": ["name"], "purpose": "核验", "scope": "全市", "share_mode": "interface"}
    case = world.open_case("yima.renshe.clerk", "conditional_share", {"resource": "YM-GA-002", **application})
    with world.database.transaction() as session:
        row = session.get_one(Case, case["id"])
        bundle, row.bundle = row.bundle, "0" * 64
    at = datetime.fromisoformat("2026-03-17T08:30:00+08:00")
    for minutes in (0, 2, 6, 31, 1440):
        world.at(at := at + timedelta(minutes=minutes))
        assert world.tick().failed == 1, minutes
    with world.database.transaction() as session:
        session.get_one(Case, case["id"]).bundle = bundle
        [incident] = session.scalars(select(Incident).where(Incident.case_id == case["id"]))
        assert (incident.times, incident.solved_at) == (2, None)
    assert not world.events(case["id"], "notice.overdue")
    world.at(at := at + timedelta(days=1))
    assert (world.tick().failed, len(world.events(case["id"], "notice.overdue"))) == (0, 1)
    [solved] = world.events(case["id"], "incident.solved")
    assert solved["actor"] == "system"
    world.at(at + timedelta(days=3))
    assert (world.tick().fired, len(world.events(case["id"], "notice.overdue"))) == (0, 1)


HAGGLED = FORMS.replace(
    "{key: score, type: integer, required: true, min: 0, max: 10, title: {zh: 分值, en: Score}}",
    "{key: agreed, type: boolean, required: true, title: {zh: 同意, en: Agreed}}",
).replace(", light: {zh: 轻, en: Light}", "")


def test_a_text_that_the_drawing_cannot_answer_stops_its_own_step(errands: World) -> None:
    """What a signature would be told as is asked before the answer takes effect: nor does that end in an error."""
    drawing = Drawing("errand").start().task("weigh", "applicant", rule=None)
    drawing.task("carry_out", "office", "errand.carried_out")
    drawing.service(
        "put", "terms.propose", side="'claimant'", agreed="weigh.agreed", proposal="None", items="None",
        conditions="None", months="rule('errand.heavy')", text="None",
    ).end("end_heavy", "heavy")  # fmt: skip
    drawing.flows("begin", "weigh", "put", "carry_out", "end_heavy")
    with errands.database.transaction() as session:
        version = publishing.store_version(session, "errand", drawing.xml(), HAGGLED, SYSTEM)
        publishing.publish(session, version, SYSTEM, operator=True)
    task = run_errand(errands, "minzheng")
    load_pack(errands, PACK)
    before = picture(errands, task["case"])
    stopped = weigh(errands, task, agreed=True)
    assert (stopped.status_code, stopped.json["type"]) == (409, "case-stopped")
    assert picture(errands, task["case"]) == before
    [incident] = incidents(errands)
    assert (incident.reason, incident.element) == ("expression", "put")
    load_pack(errands, with_errands())
    assert done(weigh(errands, task, agreed=True))["answer"] == {"agreed": True}
