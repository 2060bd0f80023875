"""From the first schema to this one: every running case keeps its drawing and comes to its end, what was closed, told
and written stays as it was, new cases take what is published now, and the way back is open."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import digest
from app.accounts.directory import renew_directory
from app.accounts.models import Account, ApiToken, Department
from app.cases import audit, definition_cache
from app.cases.commands import flow
from app.cases.models import Case, Deadline
from app.database import migrate
from app.database.transactions import Database
from app.diagrams import library
from app.diagrams.cache import Remembered
from app.outbox.models import Letter
from tests.upgrade.first_schema import FILE, REVISION, lay
from tests.world import LAID_AT, World, opened

MOST_STEPS = 30
ENDINGS = {
    "conditional_share": {"granted", "granted_partly", "refused"},
    "data_error": {"corrected", "no_error", "settled"},
    "catalogue_update": {"published"},
    "dispute": {"agreed", "share", "share_partly", "withhold", "record_stands"},
}


def before(table: str) -> list[dict[str, Any]]:
    """The rows of a table as they were before the upgrade."""
    with zipfile.ZipFile(FILE) as archive:
        return [json.loads(line) for line in archive.read(f"{table}.jsonl").splitlines()]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old(request: pytest.FixtureRequest) -> str:
    """The address of a database of the first schema."""
    url = request.getfixturevalue(f"{request.param}_url")
    database = Database(url, simulated_clock=True)
    lay(database)
    database.engine.dispose()
    return url


@pytest.fixture
def upgraded(old: str, one_app: Flask) -> Iterator[World]:
    """The same, brought to this version by the operator's command."""
    forget_drawings()
    with opened(one_app, old) as world:
        with one_app.app_context():
            done = world.flask("setup")
        assert done.exit_code == 0, done.output
        with world.database.transaction() as session:
            for account in session.scalars(select(Account)):
                name = digest(account.username)
                session.add(ApiToken(account_id=account.id, digest=name, name="test", created_at=LAID_AT))
        yield world
    forget_drawings()


def forget_drawings() -> None:
    """They are kept by content: another database of this process may know the same drawing under another number."""
    library._contents, definition_cache._plans = Remembered(), {}
    library._contents._things.clear()


def test_every_running_case_is_finished_on_the_drawing_with_which_it_began(upgraded: World) -> None:
    drawings = {one["id"]: one["diagram_version"] for one in before("case")}
    running = [one["id"] for one in before("case") if one["status"] == "open"]
    assert {one["procedure"] for one in before("case") if one["status"] == "open"} == set(ENDINGS)
    for case_id in running:
        case = finish(upgraded, case_id)
        assert case["outcome"] in ENDINGS[case["procedure"]], case["number"]
        assert case["diagram_version"] == drawings[case_id], case["number"]
    with upgraded.database.transaction(write=False) as session:
        assert audit.verify(session)[1] is None


def test_open_clocks_of_a_place_that_awaits_local_days_are_no_longer_certain(upgraded: World) -> None:
    place = {one["id"]: one["jurisdiction"] for one in before("case")}
    open_ = [
        one["id"] for one in before("deadline")
        if place[one["case_id"]] == "yinchuan" and one["state"] == "running" and one["certainty"] == "firm"
    ]  # fmt: skip
    assert open_
    with upgraded.database.transaction(write=False) as session:
        clocks = [session.get_one(Deadline, id) for id in open_]
        assert {one.certainty for one in clocks} == {"soft"}
        cases = {one.case_id for one in clocks}
        assert audit.verify(session)[1] is None
    assert all(upgraded.events(case, "clock.recounted") for case in cases)


def test_what_was_closed_told_and_written_stays_as_it_was(upgraded: World) -> None:
    told = {one["stream"]: one["hash"] for one in before("history_event")}  # the last line of each stream counts
    with upgraded.database.transaction(write=False) as session:
        assert audit.verify(session)[1] is None
    for one in before("case"):
        now = upgraded.case(one["id"])
        assert (now["number"], now["status"], now["outcome"]) == (one["number"], one["status"], one["outcome"])
    for stream, last in told.items():
        if stream.startswith("case:"):
            case_id = next(one["id"] for one in before("case") if f"case:{one['number']}" == stream)
            assert last in {event["hash"] for event in upgraded.events(case_id)}, stream


def test_a_new_case_takes_the_drawing_that_is_published_now(upgraded: World) -> None:
    used = {one["diagram_version"] for one in before("case")}
    for procedure, data in NEW.items():
        case = upgraded.open_case("yima.renshe.clerk", procedure, data)
        published = upgraded.api("admin").get(f"/diagrams/{procedure}/versions").json
        assert case["diagram_version"], published
        changed = len(published["items"]) > 1
        assert (case["diagram_version"] in used) is not changed, procedure


def test_the_way_back_is_open_and_the_way_forth_again(old: str) -> None:
    database = Database(old, simulated_clock=True)
    counted = Counter(one["status"] for one in before("case"))
    for _ in range(2):
        migrate.upgrade(database)
        migrate.downgrade(database, REVISION)
    migrate.upgrade(database)
    with database.transaction(write=False) as session:
        assert Counter(session.scalars(select(Case.status))) == counted
    database.engine.dispose()


READ = json.loads(Path(__file__).with_name("letters.json").read_text("utf-8"))
"""Each letter of then, line by line, as its page showed it before the upgrade."""


def test_every_letter_of_before_is_fixed_as_it_read_and_says_so(upgraded: World) -> None:
    with upgraded.database.transaction(write=False) as session:
        letters = session.scalars(select(Letter)).all()
        assert {one.number for one in letters} == set(READ)
        for one in letters:
            assert one.frozen_at is not None
            for language in ("zh", "en"):
                assert ["".join(map(told, block)) for block in one.text[language]] == READ[one.number][language]
        assert audit.verify(session)[1] is None
        kept = {one.number: one.text for one in letters}
    with upgraded.app.app_context():
        again = upgraded.flask("setup")
    assert again.exit_code == 0
    assert "letters" not in again.output
    with upgraded.database.transaction() as session:
        session.execute(update(Department).values(name_zh="改名后的局"))
        renew_directory(session)
        assert {one.number: one.text for one in session.scalars(select(Letter))} == kept


def told(part: Any) -> str:
    return part["theirs"] if isinstance(part, dict) else part


def test_a_fixed_letter_that_somebody_changed_is_found(upgraded: World) -> None:
    with upgraded.database.transaction() as session:
        letter = session.scalars(select(Letter)).first()
        letter.text = {**letter.text, "zh": [["同意共享。"]]}
        number = letter.number
    with upgraded.database.transaction(write=False) as session:
        assert number in str(audit.verify(session)[1])


NEW: dict[str, dict[str, Any]] = {
    "conditional_share": {
        "resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "窗口", "legal_duty": "登记职责",
        "share_mode": "interface",
    },
    "data_error": {"resource": "YM-GA-002", "items": ["name"], "doubt": "姓名有误"},
    "catalogue_update": {"trigger": "duties", "changed_on": "2026-03-09", "description": "职能调整", "resources": []},
    "dispute": {
        "resource": "YM-GA-002", "kind": "inconsistent_records", "other_department": "gongan", "position": "以我方为准",
    },
}  # fmt: skip


def finish(world: World, case_id: int) -> Any:
    """Answer whatever is open until nothing is, as each step's own form would have it."""
    for _ in range(MOST_STEPS):
        case = world.case(case_id)
        if case["status"] == "closed":
            return case
        task = next(one for one in case["tasks"] if one["status"] == "open")
        answer(world, case, task)
    raise AssertionError(f"{case['number']} does not end")


def answer(world: World, case: Any, task: Any) -> None:
    data = ANSWERS[task["key"]] if task["key"] in ANSWERS else settled(world, case)
    if task["key"] == "draft_update":
        data = {"changes": [{"resource": own_entry(world, task), "action": "change", "summary": "按变化后的职能更新"}]}
    if task["role"] == "external":
        with world.database.transaction() as session:
            flow.answer_by_receipt(session, case["id"], task["id"], data)
        return
    if task["key"].startswith("negotiate_"):  # old drawings ask for the terms, new ones for the text of one version
        asked = world.api(world.holder(task)).get(f"/tasks/{task['id']}").json["form"]["properties"]
        data = {name: value for name, value in data.items() if name in asked}
    done = world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data})
    assert done.status_code == 200, (case["number"], task["key"], done.get_data(as_text=True))


def settled(world: World, case: Any) -> dict[str, Any]:
    """What a body of the ladder says: sharing is granted, of two records that of the provider stands."""
    if case["procedure"] == "conditional_share":
        return {"decision": "share", "ground": "履行职责所必需"}
    return {"decision": "record_of", "of_department": case["provider"], "ground": "以主管部门登记为准"}


def own_entry(world: World, task: Any) -> str:
    query = {"jurisdiction": task["jurisdiction"], "provider": task["department"], "share_type": "unconditional"}
    found: str = world.api("admin").get("/catalogue/resources", **query).json["items"][0]["code"]
    return found


ANSWERS: dict[str, dict[str, Any]] = {
    "provider_review": {"decision": "approve"},
    "applicant_supplement": {"note": "已补充"},
    "bureau_collect": {"decision": "collected"},
    "bureau_authorise": {"decision": "approve"},
    "confirm_agreement_applicant": {"agreed": True},
    "confirm_agreement_provider": {"agreed": True},
    "applicant_response": {"response": "accept"},
    "negotiate_applicant": {"agreed": True, "terms": "按人核验", "text": "按人核验"},
    "negotiate_provider": {"agreed": True, "terms": "按人核验", "text": "按人核验"},
    "verify_error": {"finding": "no_error", "explanation": "与原始档案一致"},
    "consent_extension": {"consent": True},
    "correct_error": {"correction": "已按原始档案更正"},
    "reporter_response": {"response": "accept"},
    "review_update": {"decision": "pass"},
    "correct_record": {"correction": "已更正"},
}


def test_a_letter_keeps_its_words_on_the_way_down_and_up_again(upgraded: World) -> None:
    """Its closing lines, who signed it and until when it was due: written once, as it was issued, and never anew."""
    case = upgraded.open_case("yima.renshe.clerk", "conditional_share", NEW["conditional_share"])
    law = {"kind": "law", "title": "《个人信息保护法》", "article": "第六条"}
    upgraded.complete(case["id"], "provider_review", {"decision": "refuse", "reason": "与职责无关", "basis": law})
    issued = written(upgraded.database)
    assert any("期限届满日期" in line for one in issued.values() for line in map(str, one["text"]["zh"]))
    migrate.downgrade(upgraded.database, REVISION)
    migrate.upgrade(upgraded.database)
    assert written(upgraded.database) == issued
    with upgraded.app.app_context():
        assert upgraded.flask("setup").exit_code == 0
    assert written(upgraded.database) == issued
    with upgraded.database.transaction(write=False) as session:
        assert audit.verify(session)[1] is None


def written(database: Database) -> dict[str, dict[str, Any]]:
    """All that letters say, by their numbers."""
    with database.transaction(write=False) as session:
        return {
            one.number: {name: getattr(one, name) for name in audit.LETTER_TEXT}
            for one in session.scalars(select(Letter))
        }
