"""Random acts on random days, several cases and entries at once. Whatever people do, and in whatever order, this holds:
what was missed stays missed, lateness is judged by the day, nobody decides where it is a party, a use is allowed only
where law and entry say so today, a document keeps its bytes, whoever owes a running clock will be told, and no notice
is untrue or comes twice.

What must hold is read from the rows alone: nothing here asks the rooms that are judged (records.py).
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.accounts import CITIZEN, SYSTEM
from app.cases import audit
from app.cases.commands import flow, grant_lifecycle, recalculation
from app.catalogue import entries
from app.deadlines.notice_text import Head, typed_notice
from app.floor.clock import OFFICE
from app.floor.errors import Conflict, Forbidden, Invalid, NotFound
from app.floor.messages import Text
from tests.load.ground import LARGE, size
from tests.procedures.answering import answer, naming
from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.procedures.records import PURPOSE, STARTS, WORKERS, Records, moment, read_json, seen_items
from tests.world import World, opened

RUNS, LONG_RUNS, STEPS = 25, 2000, 20
FIRST = datetime(2026, 2, 10, 9, 0, tzinfo=OFFICE)
BUREAU = ("bureau.clerk", "bureau.clerk2")
ENTRIES = ("GA-001", "GA-002", "GA-003", "MZ-002", "GA-102", "ZG-002")
JUDGES = ("ladder", "bureau", "registry")
BASIS = {"kind": "law", "title": "《数据安全法》", "article": "38"}
NOT_THEIRS = "在目录中已不属于该部门"
"""The one reason for which a step may stop: what was drafted has changed hands beside it, and is to be drafted anew."""
chances = st.integers(0, 2**32 - 1).map(Random)


class Office(Records, RuleBasedStateMachine):
    """One installation in which people of one jurisdiction do whatever they can."""

    worlds: Any
    """Gives a fresh installation; set by the test."""

    @initialize(place=st.sampled_from(PLACES))
    def begin(self, place: str) -> None:
        self.place, self.code, self.now = place, CODES[place], FIRST
        self.missed = {}
        self.letters: dict[str, Any] = {}
        self.free = set()
        self.heard, self.asked = 0, 0
        self._opened = self.worlds()
        self.world = self._opened.__enter__()
        self.world.at(self.now)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            with self.world.database.transaction(write=False) as session:
                assert audit.verify(session)[1] is None
        finally:
            self._opened.__exit__(None, None, None)

    # what people do

    @rule(chance=chances, procedure=st.sampled_from(("conditional_share", "data_error", "catalogue_update", "dispute")))
    def open_a_case(self, chance: Random, procedure: str) -> None:
        who, entry = chance.choice(WORKERS), f"{self.code}-{chance.choice(ENTRIES)}"
        items = self.entries().get(entry) or ["name"]
        data = STARTS[procedure](entry, items[: chance.randint(1, 3)], chance, self.now.date())
        self.call(f"{who}.clerk", "/cases", {"procedure": procedure, "jurisdiction": self.place, "data": data})

    @rule(chance=chances)
    def ask_for_data_that_have_no_entry(self, chance: Random) -> None:
        wanted = {"description": "人才安居信息", "fields": "姓名\n证号", "holder": chance.choice((None, *WORKERS))}
        data = STARTS["conditional_share"]("", [], chance, self.now.date()) | {"wanted": wanted}
        del data["resource"], data["items"]
        body = {"procedure": "conditional_share", "jurisdiction": self.place, "data": data}
        self.call(f"{chance.choice(WORKERS)}.clerk", "/cases", body)

    @rule(chance=chances)
    def a_citizen_reports_an_error(self, chance: Random) -> None:
        entry = f"{self.code}-{chance.choice(ENTRIES)}"
        data = STARTS["data_error"](entry, (self.entries().get(entry) or ["name"])[:1], chance, self.now.date())
        with refused(), self.world.database.transaction() as session:
            flow.open_case(session, CITIZEN, "data_error", self.place, data)

    @rule(chance=chances, times=st.integers(1, 4))
    def answer_tasks(self, chance: Random, times: int) -> None:
        for _ in range(times):
            self.answer_one(chance, self.some_task(chance))

    def answer_one(self, chance: Random, task: dict[str, Any] | None) -> None:
        if task is None:
            return
        seen = self.world.api("admin").get(f"/tasks/{task['id']}").json
        known = naming(self.own_entries(task["department"]), seen_items(self, task), self.now.date())
        answer(seen["form"], chance, known, lambda data: self.send(task, data))

    def send(self, task: dict[str, Any], data: dict[str, Any]) -> Any:
        """Whose task it is answers; what is wrong with the answer, by field."""
        if task["department"] is None:
            with refused() as faults, self.world.database.transaction() as session:
                flow.answer_by_receipt(session, task["case_id"], task["id"], data)
            return faults
        response = self.call(self.holder(task), f"/tasks/{task['id']}/complete", {"data": data})
        return response.json["errors"] if response.status_code == 422 else {}

    @rule(chance=chances)
    def try_what_is_not_ones_own(self, chance: Random) -> None:
        task = self.some_task(chance)
        strangers = [one for one in WORKERS if task is not None and one != task["department"]]
        if task is not None:
            response = self.call(f"{chance.choice(strangers)}.clerk", f"/tasks/{task['id']}/complete", {"data": {}})
            assert response.status_code == 404

    @rule(chance=chances, act=st.sampled_from(("withdraw", "annul")))
    def end_a_case(self, chance: Random, act: str) -> None:
        if case := self.some("select id from \"case\" where status = 'open'", chance):
            who = "bureau.clerk" if act == "annul" else f"{chance.choice(WORKERS)}.clerk"
            self.call(who, f"/cases/{case}/{act}", {"reason": "误报"})

    @rule(chance=chances, act=st.sampled_from(("pause", "resume", "extend", "correct", "correct/confirm")))
    def touch_a_clock(self, chance: Random, act: str) -> None:
        clock = self.some("select id from deadline where ended_on is null", chance)
        if clock is None:
            return
        earlier = (self.now.date() - timedelta(days=chance.randint(0, 20))).isoformat()
        body: dict[str, Any] = {
            "pause": {"ground": "supplement"},
            "extend": {"days": chance.randint(1, 10), "reason": "情况复杂"},
            "correct": {"started_on": earlier, "reason": "登记有误"},
        }.get(act, {})
        who = chance.choice((*BUREAU, *(f"{one}.clerk" for one in WORKERS[:-1])))
        answered = self.call(who, f"/deadlines/{clock}/{act}", body)
        if act == "correct" and answered.status_code == 202:
            self.second_person(chance, who, clock)

    def second_person(self, chance: Random, first: str, clock: int) -> None:
        """The one who proposed it is refused; another one says yes or no, or keeps it waiting."""
        path, what = f"/deadlines/{clock}/correct/", chance.choice(("confirm", "reject", None))
        if what is not None:
            assert self.call(first, path + what, {"reason": "属实"} if what == "reject" else {}).status_code == 403
            [second] = [one for one in BUREAU if one != first]
            assert self.call(second, path + what, {"reason": "无据"} if what == "reject" else {}).status_code == 200

    @rule(chance=chances)
    def take_a_grant_back(self, chance: Random) -> None:
        if grant := self.some("select id from share_grant", chance):
            who = chance.choice(("bureau.clerk", "gongan.clerk", "minzheng.clerk"))
            self.call(who, f"/grants/{grant}/revoke", {"reason": "业务已经终止", "basis": BASIS})

    @rule(chance=chances)
    def an_entry_changes_beside_all_cases(self, chance: Random) -> None:
        """As a load of the catalogue does it."""
        changes = naming({f"{self.code}-{one}": ["name"] for one in ENTRIES}, ["name"], self.now.date())["changes"]
        [change] = changes(chance)
        with refused(), self.world.database.transaction() as session:
            owner = entries.entry(session, change["resource"]).provider_id
            entries.apply_changes(session, self.place, [change], "test", None, owner_id=owner)
            grant_lifecycle.follow_catalogue(session, SYSTEM, self.place)

    @rule(ahead=st.integers(-3, 15))
    def a_local_holiday_is_announced(self, ahead: int) -> None:
        free = self.now.date() + timedelta(days=ahead)
        number = f"地方〔{self.now:%m%d%H%M}〕{ahead}号"
        head = Head(Text("地方节日", "A local festival"), number=number, jurisdiction=self.place)
        notice = typed_notice(head, f"{free.isoformat()} off 地方节日")
        with refused(), self.world.database.transaction(alone=True) as session:
            recalculation.apply_notice(session, notice, SYSTEM)
            self.free.add(free)

    @rule(days=st.integers(0, 12), hours=st.integers(0, 13), alive=st.booleans())
    def let_time_pass(self, days: int, hours: int, alive: bool) -> None:
        """The worker looks every six hours, or has been down and looks at the end."""
        until = self.now + timedelta(days=days, hours=hours)
        while self.now < until:
            self.now = min(self.now + timedelta(hours=6), until) if alive else until
            self.world.at(self.now)
            ticked = self.world.tick()
            assert not ticked.failed, self.rows("select message from incident")
            self.hear()

    def hear(self) -> None:
        """What was told in this moment is true in this moment."""
        told = self.rows(
            "select id, kind, case_id, payload from outbox_message "
            f"where channel = 'notice' and kind in ('reminder', 'overdue') and id > {self.heard}"
        )
        for id, kind, case_id, payload in told:
            self.heard, said = id, read_json(payload)
            clocks = [
                one
                for one in self.clocks(f"case_id = {case_id} and rule = '{said['rule']}'")
                if one["state"] == "running" and str(one["due_on"]) == said["due_on"]
            ]
            assert any(self.past(one) is (kind == "overdue") for one in clocks), (kind, said, clocks)

    # what holds

    @invariant()
    def what_was_missed_stays_missed(self) -> None:
        """Unless a second person has confirmed a correction, or a notice has freed days that were counted."""
        for one in self.clocks("started_on is not null"):
            gone = self.past(one) if one["state"] == "running" else bool(one["late"])
            id, due = one["id"], one["due_on"]
            if id in self.missed and not gone and not self.set_right(id):
                raise AssertionError(f"clock {id} was missed, due {self.missed[id]}, and is {one}")
            if gone:
                self.missed[id] = due
            else:
                self.missed.pop(id, None)

    @invariant()
    def lateness_is_judged_by_the_day_and_told_in_working_days(self) -> None:
        for one in self.clocks("ended_on is not null and kind = 'statutory' and due_on is not null"):
            if one["state"] == "met":
                assert one["ended_on"] <= one["due_on"], one
            if one["state"] == "missed":
                assert one["ended_on"] > one["due_on"], one
        self.asked += 1
        late = sorted(self.missed)
        if late:
            [one] = self.clocks(f"id = {late[self.asked % len(late)]}")
            shown = self.world.api("admin").get(f"/deadlines/{one['id']}").json
            wanted = ("missed", self.working_days(one["due_on"], one["ended_on"] or self.now.date()))
            if not (one["ended_on"] and self.free):  # a notice that came later moves nothing that has ended
                assert (shown["state"], shown["days_late"]) == wanted, one

    @invariant()
    def nobody_decides_where_it_is_a_party(self) -> None:
        """Where the bureau arranges a collection or looks through an entry, it decides nothing between two sides."""
        settled = self.rows(
            'select t.id, t.key, t.department_id, c.lanes from task t join "case" c on c.id = t.case_id '
            "where t.status = 'done' and t.lane in ('ladder', 'bureau') "
            "and t.process not in ('catalogue_update', 'data_need') and t.answer is not null"
        )
        for id, key, department, lanes in settled:
            sides = {seat["id"] for lane, seat in read_json(lanes).items() if seat and lane not in JUDGES}
            assert department not in sides, f"task {id} ({key}) was decided by a party"

    @invariant()
    def a_use_is_allowed_only_where_law_and_entry_say_so_today(self) -> None:
        platform, known = self.world.api(f"{self.place}.platform"), self.entries()
        for number in range(3):
            code = f"{self.code}-{ENTRIES[(self.asked + number) % len(ENTRIES)]}"
            department = WORKERS[(self.asked + 2 * number) % len(WORKERS)]
            items = (known.get(code) or ["name"])[:1]
            body = {"department": department, "resource": code, "items": items, "purpose": PURPOSE}
            said = platform.post("/grants/check", body).json
            assert bool(said["allowed"]) is self.lawful(code, department, items), (body, said)

    @invariant()
    def a_document_keeps_its_bytes(self) -> None:
        for number, *said in self.rows(
            "select number, title_zh, text, receiver_zh, issuer_zh, signatory, article, received_on, due_on, issued_at "
            "from letter"
        ):
            assert self.letters.setdefault(number, said) == said, number

    @invariant()
    def whoever_owes_a_running_clock_will_be_told(self) -> None:
        for one in self.clocks("state = 'running'"):
            assert one["owed_by_id"] is not None or one["owed_role"] == "external", f"nobody owes {one}"
            told = one["overdue_for"] == one["due_on"]
            assert told or one["watch_at"] is not None, f"nobody will be told of {one}"

    @invariant()
    def no_notice_comes_twice_or_too_late_or_too_early(self) -> None:
        seen = Counter[Any]()
        for kind, case_id, who, role, payload, at in self.rows(
            "select kind, case_id, recipient_department_id, role, payload, created_at from outbox_message "
            "where channel = 'notice' and kind in ('reminder', 'overdue')"
        ):
            told = read_json(payload)
            seen[kind, case_id, who, role, told["rule"], told["due_on"]] += 1
            on, due = moment(at), date.fromisoformat(told["due_on"])
            assert (on.date() <= due) if kind == "reminder" else (on.date() >= due), (kind, told, at)
        twice = [one for one, times in seen.items() if times > self.clocks_of(one)]
        assert not twice, twice

    def clocks_of(self, one: Any) -> int:
        _, case_id, _, _, rule_, _ = one
        return len(self.rows(f"select id from deadline where case_id = {case_id} and rule = '{rule_}'")) or 1

    # reading

    def call(self, who: str, path: str, body: dict[str, Any]) -> Any:
        response = self.world.api(f"{self.place}.{who}").post(path, body)
        said = response.get_data(as_text=True)
        assert response.status_code < 500, (path, body, said)
        stopped = (response.json or {}).get("type") == "case-stopped"
        assert not stopped or NOT_THEIRS in said, (path, body, said)
        return response


@contextmanager
def refused() -> Iterator[dict[str, Any]]:
    """What people may not do is refused, with what is wrong by field; a step that could not run is another thing."""
    faults: dict[str, Any] = {}
    try:
        yield faults
    except (Invalid, NotFound, Forbidden, Conflict) as error:
        faults |= getattr(error, "errors", {})


@pytest.fixture
def worlds(laid_out: Path, one_app: Flask, tmp_path: Path) -> Any:
    """Makes fresh installations, one after the other in the same place."""

    @contextmanager
    def fresh() -> Iterator[World]:
        file = tmp_path / "world.sqlite3"
        for old in tmp_path.glob("world.sqlite3*"):
            old.unlink()
        shutil.copy(laid_out, file)
        with opened(one_app, f"sqlite:///{file}") as world:
            yield world

    return fresh


def play(worlds: Any, runs: int, **more: Any) -> None:
    Office.worlds = staticmethod(worlds)
    run_state_machine_as_test(
        Office,
        settings=settings(
            max_examples=runs, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate], report_multiple_bugs=False, **more,
        ),
    )  # fmt: skip


@pytest.mark.load
def test_whatever_people_do_the_law_holds(worlds: Any) -> None:
    play(worlds, int(os.environ.get("RUNS", size(RUNS, LONG_RUNS))), derandomize=not LARGE)
