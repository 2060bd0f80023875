"""`flask audit verify` finds what somebody has changed behind the program's back: in the history, in the clocks, in
letters and in grants."""

from __future__ import annotations

import copy
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, literal, select, text, update

from app.accounts import Account, Department
from app.cases import audit
from app.cases.models import Case, ClockEntry, Deadline, Task
from app.catalogue.models import Grant
from app.database.transactions import Setting
from app.jurisdictions.rulebook import RulePackRow
from app.jurisdictions.superior_texts import SuperiorTextRow
from app.outbox import Letter
from tests.world import World, done, on_both

MONDAY = "2026-03-09T10:00:00+08:00"
APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
BASIS = {"kind": "law", "title": "《个人信息保护法》", "article": "34"}
GRANTING = {"decision": "approve", "conditions": "按人核验", "period_months": 12, "reason": "仅为核验所需"}
DOUBT = {"resource": "YM-MZ-002", "items": ["name"], "doubt": "姓名有误"}
FORGERIES: dict[str, Any] = {
    "a day moved": update(ClockEntry).where(ClockEntry.kind == "start").values(on=date(2026, 3, 10)),
    "a pause taken out": delete(ClockEntry).where(ClockEntry.kind == "suspend"),
    "the tail cut off": delete(ClockEntry).where(ClockEntry.kind.in_(("suspend", "resume"))),
    "somebody else's name": update(ClockEntry).where(ClockEntry.kind == "suspend").values(actor="yima.minzheng.head"),
    "another ground": update(ClockEntry).where(ClockEntry.kind == "suspend").values(ground="expertise"),
    "an extension put in": insert(ClockEntry).from_select(
        ["deadline_id", "seq", "kind", "on", "at", "days", "actor"],
        select(
            ClockEntry.deadline_id,
            literal(9),
            literal("extend"),
            ClockEntry.on,
            ClockEntry.at,
            literal(5),
            ClockEntry.actor,
        ).limit(1),
    ),
}
PAPERS: dict[str, Any] = {
    "another reason in a letter": update(Letter).values(body={}),
    "another title": update(Letter).values(title_zh="不予共享决定书"),
    "a letter of another day": update(Letter).values(issued_at=datetime(2026, 3, 1, tzinfo=UTC)),
    "a letter taken out": delete(Letter),
    "one item more": update(Grant).values(items=["name", "id_number"]),
    "a longer term": update(Grant).values(valid_until=date(2099, 1, 1)),
    "another purpose": update(Grant).values(purpose="商业营销"),
    "a grant taken out": delete(Grant),
    "a grant put in": insert(Grant).from_select(
        [column.name for column in Grant.__table__.c if column.name != "id"],
        select(
            *(
                literal("YM-9") if column.name == "number" else column
                for column in Grant.__table__.c
                if column.name != "id"
            )
        ),
    ),
    "another holder": update(Grant).values(department_id=Grant.department_id + 1),
    "another number": update(Grant).values(number="YM-8"),
    "another key of its purpose": update(Grant).values(purpose_key="商业营销"),
    "a suspension lifted by nobody": update(Grant).values(share_type="withheld"),
    "a body that has not decided it": update(Grant).values(decided_by_id=1),
    "a grant taken back by nobody": update(Grant).values(revoked_at=datetime(2026, 4, 1, tzinfo=UTC)),
}


def paused(world: World) -> None:
    """A case whose clock has begun, was paused by hand and goes on."""
    world.at(MONDAY)
    case = world.open_case("yima.gongan.clerk", "data_error", DOUBT)
    clock, holder = case["deadlines"][0]["id"], world.api("yima.minzheng.clerk")
    done(holder.post(f"/deadlines/{clock}/pause", {"ground": "supplement"}))
    done(holder.post(f"/deadlines/{clock}/resume"))


def found_after(world: World, forgery: Any) -> str:
    """What the command says of rows that somebody has changed behind the program's back."""
    with world.database.transaction() as session:
        assert session.connection().execute(forgery).rowcount > 0
    told = world.flask("audit", "verify")
    assert told.exit_code == 1
    return told.output.strip()


@on_both
def test_clocks_that_nobody_touched_hold(world: World) -> None:
    paused(world)
    told = world.flask("audit", "verify")
    assert told.exit_code == 0, told.output


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
def test_a_forged_journal_is_found(world: World, forgery: str) -> None:
    paused(world)
    assert "case:YM-JH-2026-0001" in found_after(world, FORGERIES[forgery])


def test_a_forged_row_is_found_after_the_clock_has_gone_on(world: World) -> None:
    """What was forged is not made true by the next honest change."""
    paused(world)
    with world.database.transaction() as session:
        session.connection().execute(update(Deadline).values(due_on=date(2026, 12, 31)))
    [case] = done(world.api("admin").get("/cases", q="YM-JH-2026-0001"))["items"]
    world.complete(case["id"], "verify_error", {"finding": "error", "explanation": "录入有误"})
    assert world.flask("audit", "verify").exit_code == 1


TWINS = {"on one day": MONDAY, "weeks later": "2026-03-30T10:00:00+08:00"}


@pytest.mark.parametrize("returned_at", TWINS.values(), ids=TWINS)
def test_two_clocks_of_one_rule_in_one_case_cannot_change_their_journals(world: World, returned_at: str) -> None:
    """A late review would become the one that runs, and the one that runs a late review."""
    world.at(MONDAY)
    data = {"trigger": "duties", "changed_on": "2026-03-05", "description": "职责调整", "resources": ["YY-GA-002"]}
    changes = {"changes": [{"resource": "YY-GA-002", "action": "change", "summary": "居住证登记"}]}
    case = world.open_case("yunyang.gongan.clerk", "catalogue_update", data)["id"]
    world.complete(case, "draft_update", changes)
    world.at(returned_at)
    world.complete(case, "review_update", {"decision": "return", "remarks": "请补充说明"})
    world.complete(case, "draft_update", changes)
    assert world.flask("audit", "verify").exit_code == 0
    first, second = (one["id"] for one in world.case(case)["deadlines"] if one["rule"] == "catalogue_update.review")
    swap = update(ClockEntry).where(ClockEntry.deadline_id == first).values(deadline_id=second, seq=ClockEntry.seq + 99)
    with world.database.transaction() as session:
        session.connection().execute(swap)
        back = ClockEntry.deadline_id == second, ClockEntry.seq < 99
        session.connection().execute(update(ClockEntry).where(*back).values(deadline_id=first))
    assert "its clocks are not as they were told" in found_after(
        world, update(ClockEntry).where(ClockEntry.seq > 99).values(seq=ClockEntry.seq - 99)
    )


def test_the_row_of_a_clock_from_before_journals_were_sealed_with_it_holds(world: World) -> None:
    """Its last line names no journal, and the next change takes that line up."""
    paused(world)
    with world.database.transaction(write=False) as session:
        events = session.execute(audit._TOLD, {"stream": "case:YM-JH-2026-0001"}).all()
        clocks = session.scalars(select(Deadline)).all()
        old = [(at, kind, copy.deepcopy(detail), actor) for at, kind, detail, actor in events]
        for line in [line for _, _, detail, _ in old for line in detail.get(audit.STANDINGS, ())][:2]:
            line.pop("journal", None), line.pop("had", None)
        assert audit._standings_hold(clocks, events)
        assert audit._standings_hold(clocks, old)


def test_every_column_of_an_entry_is_sealed() -> None:
    assert {column.name for column in ClockEntry.__table__.c} - {*audit.ENTRY} == {"deadline_id"}


def test_every_column_of_a_clock_is_sealed_or_known_to_decide_nothing() -> None:
    """Counted by which calendar, and when whom it was told: that is either proved day by day, or stands in lines of
    its own."""
    open_ = {"id", "case_id", "calendar_version", "watch_at", "reminded_for", "overdue_for", "watch_attempts"}
    assert {column.name for column in Deadline.__table__.c} == {*audit.CLOCK, *open_}


def granted(world: World) -> Any:
    world.at(MONDAY)
    case = world.open_case("yima.renshe.clerk", "conditional_share", APPLICATION)
    return world.complete(case["id"], "provider_review", GRANTING)


@on_both
def test_letters_and_grants_that_nobody_touched_hold_and_one_taken_back_does_too(world: World) -> None:
    granted(world)
    with world.database.transaction(write=False) as session:
        grant = session.scalars(select(Grant.id)).one()
    done(world.api("yima.gongan.clerk").post(f"/grants/{grant}/revoke", {"reason": "用途结束", "basis": BASIS}))
    told = world.flask("audit", "verify")
    assert told.exit_code == 0, told.output


@pytest.mark.parametrize("forgery", PAPERS, ids=str)
def test_a_forged_letter_or_grant_is_found(world: World, forgery: str) -> None:
    granted(world)
    found = found_after(world, PAPERS[forgery])
    assert re.search(r"^case:YM-GX-2026-0001: not as it was told: YM-[\w, -]+$", found, re.MULTILINE)


@pytest.mark.parametrize(
    ("columns", "forged"),
    [(len(audit.GRANT) - 1, {"agreed_text": "可以留存"}), (audit.FIRST, {"agreed_text": "可以留存"})]
    + [(audit.FIRST, one) for one in ({"renews_id": 1}, {"suspended_for": "change"}, {"basis": {"kind": "law"}})],
)
def test_what_came_later_than_the_seal_of_a_grant_is_as_nobody_has_changed_it(
    world: World, monkeypatch: pytest.MonkeyPatch, columns: int, forged: dict[str, Any]
) -> None:
    """A grant that was sealed when the program knew fewer columns."""
    with monkeypatch.context() as before:
        before.setattr(audit, "GRANT", audit.GRANT[:columns])
        granted(world)
    told = world.flask("audit", "verify")
    assert told.exit_code == 0, told.output
    assert "not as it was told: YM-" in found_after(world, update(Grant).values(**forged))


def test_every_column_of_a_grant_that_came_after_the_first_seals_is_known_as_it_was_made() -> None:
    """All but those that the upgrade has filled from the version and the case of a grant, or that a grant ever had."""
    filled = {"state", "share_type", "decided_by_id"}
    ever = {"number", "case_id", "jurisdiction", "purpose_key", "revoked_at", "revoked_by", "reason"}
    assert {*audit.GRANT[audit.FIRST :]} - filled - ever == {*audit.AS_MADE}


def test_a_grant_that_no_case_has_made_is_found(world: World) -> None:
    """Put in beside a real one, with no case or with one that is not there: no chain tells of it."""
    granted(world)
    for case in (None, 999):
        forged = {"number": literal(f"YM-{case}"), "case_id": literal(case)}
        named = [column for column in Grant.__table__.c if column.name != "id"]
        put_in = insert(Grant).from_select(
            [column.name for column in named], select(*(forged.get(column.name, column) for column in named)).limit(1)
        )
        assert found_after(world, put_in) == "grants: no case has made YM-None"


def test_every_entry_stands_in_the_link_of_its_step(world: World) -> None:
    paused(world)
    with world.database.transaction(write=False) as session:
        assert audit.verify(session)[1] is None
    [case] = done(world.api("admin").get("/cases", q="YM-JH-2026-0001"))["items"]
    told = [
        (event["kind"], [one["kind"] for one in event["detail"].get(audit.CLOCKS, ())])
        for event in world.events(case["id"])
    ]
    assert [one for one in told if one[1]] == [
        ("task.opened", ["start"]),
        ("clock.paused", ["suspend"]),
        ("clock.resumed", ["resume"]),
    ]


YIMA = Department.jurisdiction == "yima"
CIVIL = YIMA & (Department.code == "minzheng")
CLERK = Account.username == "yima.minzheng.clerk"
WHO: dict[str, tuple[Any, str]] = {
    "another area": (update(Department).where(CIVIL).values(area="north"), "minzheng is not as it was told: area"),
    "another level": (update(Department).where(CIVIL).values(level="county"), "minzheng is not as it was told: level"),
    "another kind": (update(Department).where(CIVIL).values(kind="bureau"), "minzheng is not as it was told: kind"),
    "closed by nobody": (update(Department).where(CIVIL).values(closed_on=date(2026, 3, 1)), "minzheng .*closed_on"),
    "another successor": (update(Department).where(CIVIL).values(successor="gongan"), "minzheng .*successor"),
    "a department put in": (
        insert(Department).values(jurisdiction="yima", code="x", name_zh="x", name_en="x", level="city", kind="bureau"),
        "department/yima/x is a row that nobody has told of",
    ),
    "one role more": (update(Account).where(CLERK).values(roles=["clerk", "supervisor"]), "minzheng.clerk .*roles"),
    "an account of another department": (
        update(Account).where(CLERK).values(department_id=select(Department.id).where(YIMA).limit(1).scalar_subquery()),
        "minzheng.clerk .*department",
    ),
    "an account closed by nobody": (update(Account).where(CLERK).values(active=False), "minzheng.clerk .*active"),
}


def test_every_column_of_a_case_is_sealed_or_known_not_to_decide_alone(world: World) -> None:
    """Keys and heads; what follows from the clocks; what the operator is told that nothing proves."""
    open_ = {
        "id", "number_order", "due_at", "idempotency_key", "request_hash", "receipt", "facts", "state", "version",
        "history_seq", "history_hash",
    }  # fmt: skip
    assert {column.name for column in Case.__table__.c} - {*Case.sealed} <= open_


@pytest.mark.parametrize("forgery", WHO, ids=str)
def test_a_forged_department_or_account_is_found(world: World, forgery: str) -> None:
    statement, told = WHO[forgery]
    assert re.search(told, found_after(world, statement))


def test_another_answer_to_a_task_is_found(world: World) -> None:
    granted(world)
    assert "task" in found_after(world, update(Task).where(Task.status == "done").values(answer={"decision": "refuse"}))


def test_a_text_that_counts_without_having_been_loaded_last_is_found(world: World) -> None:
    """Neither an older text nor none may count in place of the one that was loaded last."""
    assert "superior:" in found_after(world, update(SuperiorTextRow).values(current=False))
    with world.database.transaction() as session:
        session.connection().execute(update(SuperiorTextRow).values(current=True))
    assert world.flask("audit", "verify").exit_code == 0
    here = RulePackRow.jurisdiction == "yima"
    assert "rules:yima: the pack that counts" in found_after(
        world, update(RulePackRow).where(here).values(current=False)
    )


UNREADABLE = {
    "bad JSON": ("update \"case\" set facts = '{bad'", "case: row 1: column facts cannot be read"),
    "JSON of another shape": ("update \"case\" set lanes = '[]'", "case: row 1: column lanes cannot be read"),
    "a bad moment": ("update \"case\" set closed_at = 'gestern'", "case: row 1: column closed_at cannot be read"),
    "a bad day": ("update deadline set due_on = '2026-02-30'", "deadline: row 1: column due_on cannot be read"),
    "words for a number": ("update deadline set length = 'ten'", "deadline: row 1: column length cannot be read"),
    "a link's detail": (
        "update history_event set detail = 'x' where stream = 'case:YM-JH-2026-0001' and seq = 2",
        "history_event: row case:YM-JH-2026-0001, 2: column detail cannot be read",
    ),
    "roles": ("update account set roles = '{}' where id = 3", "account: row 3: column roles cannot be read"),
    "the keys of a pack": ("update rule_pack set declared = 'x' where id = 1", "rule_pack: row 1: column declared"),
}


@pytest.mark.parametrize("forgery", UNREADABLE, ids=str)
def test_what_cannot_be_read_is_named_by_table_row_and_column(world: World, forgery: str) -> None:
    paused(world)
    statement, told = UNREADABLE[forgery]
    found = found_after(world, text(statement))
    assert told in found
    assert "Traceback" not in found


def test_a_state_that_nobody_knows_is_a_finding(world: World) -> None:
    paused(world)
    assert "case:YM-JH-2026-0001" in found_after(world, update(Deadline).values(state="whatever"))


def test_a_setting_that_nobody_has_written_is_a_finding(world: World) -> None:
    edition = Setting.name == "edition:rules:yima"
    assert "rules:yima" in found_after(world, update(Setting).where(edition).values(value="???"))


def test_what_is_not_covered_is_said(world: World) -> None:
    told = world.flask("audit", "verify").output
    for part in ("catalogue", "drawings", "calendar", "passwords", "facts", "notices"):
        assert re.search(f"^not covered: .*{part}", told, re.MULTILINE), part
