"""What an installation says of itself, read from its rows alone, and what must follow from it: for the random acts of
test_random_acts.py. Days are counted by `chinese_calendar`: nothing here asks the rooms that are judged.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from chinese_calendar import is_workday
from sqlalchemy import text

from app.floor.clock import OFFICE
from tests.world import World

WORKERS = ("renshe", "minzheng", "gongan", "bureau")
PURPOSE = "核验资格"
NAMES = (
    "id, rule, kind, state, late, started_on, due_on, due_at, ended_on, owed_by_id, owed_role, watch_at, overdue_for"
)


class Records:
    """The rows of one installation, for one jurisdiction, on one day."""

    world: World
    place: str
    now: datetime
    missed: dict[int, date]
    """The clocks that were seen past due, with the due date that was missed."""
    free: set[date]
    """Working days that local notices have freed."""

    def rows(self, sql: str) -> list[Any]:
        if not hasattr(self, "world"):
            return []
        with self.world.database.transaction(write=False) as session:
            return [tuple(row) for row in session.execute(text(sql))]

    def some(self, sql: str, chance: Random) -> Any:
        found = self.rows(f"{sql} order by id")
        return chance.choice(found)[0] if found else None

    def clocks(self, where: str) -> list[dict[str, Any]]:
        found = []
        for row in self.rows(f"select {NAMES} from deadline where {where} order by id"):
            one = dict(zip(NAMES.split(", "), row, strict=True))
            found.append(one | {name: day(one[name]) for name in ("started_on", "due_on", "ended_on", "overdue_for")})
        return found

    def past(self, one: dict[str, Any]) -> bool:
        """Whether a running clock is past due now, by the day or, for a target of our own, by the office's close."""
        if one["due_on"] is None:
            return False
        close = datetime.combine(one["due_on"], time(17, 30), OFFICE)
        return self.now.date() > one["due_on"] if one["kind"] == "statutory" else self.now > close

    def set_right(self, clock: int) -> bool:
        entries_ = self.rows(f"select kind from clock_entry where deadline_id = {clock} and kind = 'correct'")
        return bool(entries_) or any(one <= self.missed[clock] for one in self.free)

    def working_days(self, after: date, until: date) -> int:
        days = [after + timedelta(days=n) for n in range(1, (until - after).days + 1)]
        return sum(is_workday(one) and one not in self.free for one in days)

    def holder(self, task: dict[str, Any]) -> str:
        return f"{task['department']}.{'head' if task['role'] == 'head' else 'clerk'}"

    def some_task(self, chance: Random) -> Any:
        open_ = self.rows(
            "select t.id, t.case_id, t.key, t.role, d.code from task t "
            "left join department d on d.id = t.department_id where t.status = 'open' order by t.id"
        )
        names = ("id", "case_id", "key", "role", "department")
        return dict(zip(names, chance.choice(open_), strict=True)) if open_ else None

    def entries(self) -> dict[str, list[str]]:
        return {
            code: [item["code"] for item in read_json(items)]
            for code, items in self.rows("select code, items from resource")
        }

    def own_entries(self, department: str) -> dict[str, list[str]]:
        own = self.rows(
            "select r.code, r.items from resource r join department d on d.id = r.provider_id "
            f"where d.jurisdiction = '{self.place}' and d.code = '{department}' and not r.withdrawn"
        )
        return {code: [item["code"] for item in read_json(items)] for code, items in own}

    def lawful(self, code: str, department: str, items: list[str]) -> bool:
        """Whether the use is allowed, by the rows alone."""
        found = self.rows(
            "select r.share_type, r.withdrawn, r.published, r.items, d.code from resource r "
            f"join department d on d.id = r.provider_id where r.code = '{code}'"
        )
        if not found:
            return False
        [(kind, withdrawn, published, held, owner)] = found
        if withdrawn or not published or not set(items) <= {item["code"] for item in read_json(held)}:
            return False
        if owner == department or kind in ("unconditional", "public"):
            return True
        today, given = self.now.date().isoformat(), "and g.share_type = 'withheld' " if kind == "withheld" else ""
        grants = self.rows(
            "select g.items from share_grant g join department d on d.id = g.department_id "
            f"join resource r on r.id = g.resource_id where r.code = '{code}' and d.code = '{department}' "
            f"and d.jurisdiction = '{self.place}' and g.state = 'active' and g.purpose = '{PURPOSE}' {given}"
            f"and g.valid_from <= '{today}' and (g.valid_until is null or g.valid_until >= '{today}')"
        )
        return any(set(items) <= set(read_json(one)) for (one,) in grants)


def seen_items(office: Records, task: dict[str, Any]) -> list[str]:
    """The items of the entry that the task's case is about."""
    found = office.rows(
        f'select r.items from resource r join "case" c on c.resource = r.code where c.id = {task["case_id"]}'
    )
    return [item["code"] for (items,) in found for item in read_json(items)] or ["name"]


STARTS: dict[str, Any] = {
    "conditional_share": lambda entry, items, chance, today: {
        "resource": entry, "items": items, "purpose": PURPOSE, "scope": "窗口", "share_mode": "interface",
        "legal_duty": "登记职责", "necessity": "职责离不开该信息", "period_months": chance.choice((None, 1, 12)),
    },
    "data_error": lambda entry, items, chance, today: {"resource": entry, "items": items, "doubt": "与证件不符"},
    "catalogue_update": lambda entry, items, chance, today: {
        "trigger": chance.choice(("law", "duties")),
        "changed_on": (today - timedelta(days=chance.randint(0, 15))).isoformat(),
        "description": "职能调整", "resources": [],
    },
    "dispute": lambda entry, items, chance, today: {
        "kind": chance.choice(("inconsistent_records", "quality", "conditions", "share_type", "duties")),
        "resource": entry, "items": items, "position": "以我方为准", "other_department": chance.choice(WORKERS),
    },
}  # fmt: skip


def read_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(OFFICE)
