"""Plays one cell of the matrix: a course of steps from a YAML file, over the JSON API, each by whoever holds the task.

A review of a grant is opened by what becomes of one: its start names the application (`grant`), and how it is revoked
(`revoke`), or how its entry changes (`entry`).

A course is data: `start` (named at the top of the file), `steps`, and `ends`, the outcome that the case must have.
A step is `<task>: <answer>`, or one of `withdraw: reason`, `annul: reason`, `entry: changes` (or `entry: withdraw`),
`extend: {days, reason}`, `above: {rule: days}` (two administrators enter a figure of a superior text), `lost: {rule:
days}` (the same with a number that this copy of the text has lost), `pass_days: n`, `wait: <rule>` (let time pass until
just after that clock is due, and tick).
Beside it may stand `only` (places), `after` (calendar days since the step before; one if not said) and `by` (the
department that must hold the task). `$GA-002` is the resource of that place, `$day-60` a day
counted from the first of the course, `$today` that of the step. What else a course may
claim: test_matrix.py, `look`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from werkzeug.test import TestResponse

from app.accounts import CITIZEN, SYSTEM
from app.cases.commands import flow, grant_lifecycle
from app.catalogue import entries
from tests.procedures.expected import ABOVE, PLACES, Happening
from tests.world import World, done

FOLDER = Path(__file__).parent
PROCEDURES = ("conditional_share", "data_error", "catalogue_update", "dispute", "grant_review")
CODES = {"jiangmen": "JM", "yima": "YM", "jiangsu": "JS", "yinchuan": "YC", "yunyang": "YY"}
FIRST_DAY = {
    "jiangmen": date(2026, 2, 12),  # before a Spring Festival whose two Saturdays are worked
    "yima": date(2026, 2, 14),  # a Saturday that is worked
    "jiangsu": date(2026, 4, 2),  # before Tomb-Sweeping Day
    "yinchuan": date(2026, 4, 29),  # before Labour Day
    "yunyang": date(2025, 9, 27),  # a free Saturday before National Day
}
SETTLES = ("coordinate", "decide_above", "superior_answer", "confirm_superior")
CORRECTS = ("correct_record", "correct_second_record")
NEGOTIATION = ("negotiate_applicant", "negotiate_provider")
WORDS_OF_STEP = ("only", "after", "by")


@dataclass(frozen=True)
class Cell:
    """One square of the matrix. `course` has `never` with its reason where the regulation leaves no way there."""

    procedure: str
    outcome: str
    place: str
    course: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.procedure}-{self.outcome}-{self.place}"


@cache
def read(procedure: str) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe", pure=True).load((FOLDER / f"{procedure}.yaml").read_text("utf-8"))
    return content


def cells(procedure: str) -> Iterator[Cell]:
    """Every cell that the file fills; `all` stands for all places, other keys name some of them."""
    for outcome, row in read(procedure)["outcomes"].items():
        for places, course in row.items():
            for place in PLACES if places == "all" else places.split():
                yield Cell(procedure, outcome, place, course)


@dataclass
class Player:
    world: World
    cell: Cell
    at: datetime = field(init=False)
    case: dict[str, Any] = field(default_factory=dict)
    log: list[Happening] = field(default_factory=list)
    last: TestResponse | None = None
    """The answer to the last thing that was done."""
    reviewed: dict[str, Any] | None = None
    """The grant that the case reviews, as it was given."""
    _seen: set[int] = field(default_factory=set)
    """Tasks that have been noted as opened."""

    def __post_init__(self) -> None:
        self.at = datetime.fromisoformat(f"{FIRST_DAY[self.cell.place]}T10:00:00+08:00")

    def play(self) -> Player:
        """All steps; the last one may be refused where the course says so."""
        start = read(self.cell.procedure)["starts"][self.cell.course["start"]]
        open_it = self._open_review if "grant" in start else self._open
        open_it(start)
        for step in self._steps():
            assert self.last is None or self.last.status_code in (200, 201), self.last.get_data(as_text=True)
            self._take(step)
        return self

    def _steps(self) -> list[Mapping[str, Any]]:
        steps = self.cell.course.get("steps", [])
        return [step for step in steps if self.cell.place in step.get("only", self.cell.place).split()]

    def _open(self, start: Mapping[str, Any]) -> None:
        self._set_clock()
        data = self._filled({**start["data"], **self.cell.course.get("data", {})})
        received = self.at - timedelta(days=start.get("earlier", 0))
        if start["by"] == "citizen":
            self._open_as_citizen(data)
        else:
            place = self.cell.place
            body = {"procedure": self.cell.procedure, "jurisdiction": place, "data": data}
            sent = {"occurred_at": received.isoformat()} if "earlier" in start else {}
            sent |= {name: start[name] for name in ("on_behalf_of", "reason") if name in start}
            self.last = self.world.api(f"{place}.{start['by']}.clerk").post("/cases", {**body, **sent})
            if self.last.status_code != 201:
                return
            self.case = self.last.json or {}
        self._happened(f"received:{start['about']}", received)
        if "changed_on" in data:
            self._happened("changed_on", datetime.fromisoformat(data["changed_on"]))
        self._look()

    def _open_review(self, start: Mapping[str, Any]) -> None:
        """A grant is given to renshe, and the next day it is revoked, or its entry no longer bears it."""
        self._set_clock()
        place, granted = self.cell.place, self.world.api("admin")
        case = self.world.open_case(f"{place}.renshe.clerk", "conditional_share", self._filled(start["grant"]))
        for step in ("provider_review", "bureau_authorise"):
            if step in self.world.open_tasks(case["id"]):
                self.world.complete(case["id"], step, {"decision": "approve"})
        [self.reviewed] = done(granted.get("/grants", case=case["id"]))["items"]
        self.case = self.world.case(case["id"])
        self.at += timedelta(days=1)
        self._set_clock()
        if "revoke" in start:
            body = self._filled(start["revoke"])
            path = f"/grants/{self.reviewed['id']}/revoke"
            self.last = self.world.api(f"{place}.{start['by']}.clerk").post(path, body)
            if self.last.status_code != 200:
                return
        else:
            self._change_entry(start["entry"])
            with self.world.database.transaction() as session:
                grant_lifecycle.follow_catalogue(session, SYSTEM, place)
        self.log.clear()
        [review] = done(granted.get("/cases", procedure=self.cell.procedure, jurisdiction=place))["items"]
        self.case = self.world.case(review["id"])
        self._happened("received:grant")
        self._look()

    def _open_as_citizen(self, data: dict[str, Any]) -> None:
        """Citizens have no token: the public form's own function. What it refuses is raised."""
        with self.world.database.transaction() as session:
            case = flow.open_case(session, CITIZEN, self.cell.procedure, self.cell.place, data)
            self.case = {"id": case.id, "tasks": []}

    def _take(self, step: Mapping[str, Any]) -> None:
        [(what, answer)] = [(key, value) for key, value in step.items() if key not in WORDS_OF_STEP]
        if what == "wait":
            return self._wait(answer)
        if what == "pass_days":
            return self._pass_days(answer)
        self.at += timedelta(days=step.get("after", 1))
        self._set_clock()
        if what == "withdraw":
            owner = f"{self.cell.place}.{self.case['applicant']}.clerk"
            self.last = self.world.api(owner).post(f"/cases/{self.case['id']}/withdraw", {"reason": answer})
            self._happened("withdrawn")
        elif what == "annul":
            bureau = self.world.api(f"{self.cell.place}.bureau.clerk")
            self.last = bureau.post(f"/cases/{self.case['id']}/annul", {"reason": answer})
            self._happened("annulled")
        elif what == "extend":
            self._extend(answer)
        elif what == "entry":
            self._change_entry(answer)
        elif what in ("above", "lost"):
            self._enter(what, answer)
        else:
            self._complete(what, self._filled(answer), step.get("by"))
        return self._look()

    def _wait(self, rule: str) -> None:
        """Until one minute after the clock is due; the worker ticks on the morning of that day, too."""
        deadline = next(one for one in self.case["deadlines"] if one["rule"] == rule and one["state"] == "running")
        open_before = {task["key"] for task in self.case["tasks"] if task["status"] == "open"}
        due_at = datetime.fromisoformat(deadline["due_at"])
        if (morning := due_at - timedelta(hours=8)) > self.at:
            self.at = morning
            self._set_clock()
        self.at = due_at + timedelta(minutes=1)
        if deadline["kind"] == "statutory":  # kept until the day is over
            self.at = self.at.replace(hour=0) + timedelta(days=1)
        self._set_clock()
        self.case = self.world.case(self.case["id"])
        gone = open_before - {task["key"] for task in self.case["tasks"] if task["status"] == "open"}
        if gone & set(NEGOTIATION):
            self._happened("lapsed")
        self._look()

    def _pass_days(self, days: int) -> None:
        self.at += timedelta(days=days)
        self._set_clock()
        self._look()

    def _complete(self, key: str, answer: dict[str, Any], by: str | None) -> None:
        status = ("open", "cancelled") if "refused" in self.cell.course else ("open",)  # or closed by time, and tried
        found = [one for one in self.case["tasks"] if one["key"] == key and one["status"] in status]
        task = next((one for one in found if one["status"] == "open"), found[-1] if found else None)
        assert task is not None, f"{key} is not open; open are {self._open_keys()}"
        assert by in (None, task["department"]), f"{key} is held by {task['department']}, not {by}"
        if task["role"] == "external":
            with self.world.database.transaction() as session:
                flow.answer_by_receipt(session, self.case["id"], task["id"], answer)
        else:
            caller = self.world.api(self.world.holder(task))
            self.last = caller.post(f"/tasks/{task['id']}/complete", {"data": answer})
            if self.last.status_code != 200:
                return
        said = next((answer[name] for name in ("decision", "finding", "consent", "response") if name in answer), "")
        said = task["department"] if key in CORRECTS else said
        self._happened(f"done:{key}={said}")
        if key in SETTLES and "draft_update" in self.world.open_tasks(self.case["id"]):
            self._happened("returned")  # the entries stay where they are
        if key in NEGOTIATION and not self._negotiates(self.world.case(self.case["id"])):
            self._happened("negotiated")
        if key == "consent_extension" and answer["consent"]:
            [request] = self.world.events(self.case["id"], "action.extension_requested")
            self._happened("extended", days=request["detail"]["data"]["days"])

    def _open_before(self) -> list[Mapping[str, Any]]:
        return [one for one in self.case["tasks"] if one["status"] == "open"]

    @staticmethod
    def _negotiates(case: Mapping[str, Any]) -> bool:
        return any((one["key"] in NEGOTIATION, one["status"]) == (True, "open") for one in case["tasks"])

    def _extend(self, asked: Mapping[str, Any]) -> None:
        [task] = [one for one in self.case["tasks"] if one["key"] == "verify_error"]
        caller = self.world.api(self.world.holder(task))
        self.last = caller.post(f"/deadlines/{task['deadline']}/extend", dict(asked))

    def _enter(self, what: str, figures: Mapping[str, int]) -> None:
        """One administrator proposes, another confirms: from before the case on."""
        calls = f"/jurisdictions/{self.cell.place}/rules/proposals"
        for rule, days in figures.items():
            figure = {"key": rule, "value": days, "source": "国务院公报2025年第18号", "from_on": "2025-08-01"}
            figure |= {"superior": "order_809", "article": [ABOVE]} if what == "above" else {}
            self.last = self.world.api("admin").post(calls, figure)
            if self.last.status_code == 202:
                self.last = self.world.api("admin2").post(f"{calls}/{self.last.json['id']}/confirm")  # type: ignore[index]
            self._happened(f"{what}:{rule}", days=days)

    def _change_entry(self, change: Any) -> None:
        """The entry of the case is changed, or withdrawn, while the case is open."""
        how = {"action": "withdraw"} if change == "withdraw" else {"action": "change", **change}
        with self.world.database.transaction() as session:
            found = entries.entry(session, self.case["resource"])
            whole = [{"resource": found.code, **how}]
            entries.apply_changes(session, self.cell.place, whole, "test", None, owner_id=found.provider_id)
        self._happened("entry_changed")

    def _look(self) -> None:
        """Read the case again and note which tasks have opened since."""
        goes_on = any(one["id"] in self._seen and one["key"] in NEGOTIATION for one in self._open_before())
        self.case = self.world.case(self.case["id"])
        if self.case["outcome"] == "published" and not any(one.name == "published" for one in self.log):
            self._happened("published")
        for task in self.case["tasks"]:
            if task["id"] not in self._seen:
                self._seen.add(task["id"])
                if goes_on and task["key"] in NEGOTIATION:
                    continue  # the next round of the same negotiation
                self._happened(f"opens:{task['key']}")

    def _open_keys(self) -> list[str]:
        return [task["key"] for task in self.case["tasks"] if task["status"] == "open"]

    def _happened(self, name: str, at: datetime | None = None, days: int = 0) -> None:
        self.log.append(Happening(name, at or self.at, days))

    def _set_clock(self) -> None:
        self.world.at(self.at)
        self.world.tick()

    def _filled(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        if value == "$today":
            return self.at.date().isoformat()
        if value.startswith("$day"):
            return (FIRST_DAY[self.cell.place] + timedelta(days=int(value.removeprefix("$day") or 0))).isoformat()
        return f"{CODES[self.cell.place]}-{value.removeprefix('$')}"
