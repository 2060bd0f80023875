"""The worked examples: from a rule of a shipped pack and the day of an event to the day on which it is due."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.database.transactions import Database
from app.deadlines.counting import due, first_day_zero
from app.jurisdictions.calendars import calendar_for, seed
from app.jurisdictions.rulebook import check_condition
from app.rules.loader import load_pack
from app.rules.pack import StatutoryTerm
from tests.rules.declared import DECLARED

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = [
    (path.stem, one)
    for path in sorted((Path(__file__).parent / "examples").glob("*.yaml"))
    for one in YAML(typ="safe").load(path)
]


def test_every_shipped_pack_has_worked_examples() -> None:
    assert {name for name, _ in EXAMPLES} == {path.stem for path in (ROOT / "rules").glob("*.yaml")}


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from app.database.transactions import Base

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('calendars') / 'c.sqlite3'}")
    Base.metadata.create_all(database.engine)
    with database.transaction() as session:
        seed(session, ROOT / "rules" / "calendars")
    with database.transaction(write=False) as session:
        yield lambda jurisdiction: calendar_for(session, jurisdiction)
    database.engine.dispose()


@pytest.mark.parametrize(
    ("jurisdiction", "one"), EXAMPLES, ids=[f"{n}: {e['rule']} {e['starts']}" for n, e in EXAMPLES]
)
def test_a_worked_example_comes_out_as_written(jurisdiction: str, one: dict[str, Any], calendars: Any) -> None:
    path = ROOT / "rules" / f"{jurisdiction}.yaml"
    pack = load_pack(path.read_text(), path.name, DECLARED, check_condition)
    value, calendar = pack.value(one["rule"], one["starts"]), calendars(jurisdiction)
    zero = first_day_zero(one["starts"], pack.conventions, calendar)
    assert isinstance(value.term, StatutoryTerm) == (one["kind"] == "statutory")
    assert (value.term.days, value.reason) == (one["days"], one.get("reason"))
    assert one.get("article") in (None, *value.article)
    assert due(calendar, zero, value.term.days, pack.conventions).due_on == one["due"]
