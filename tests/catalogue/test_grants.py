"""Grants: what they cover, how they end, and how fast they answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from app.accounts import SYSTEM, Department
from app.catalogue import entries, grants, use_checks
from app.catalogue.grants import months_later, purpose_key
from app.catalogue.models import Grant
from app.catalogue.use_checks import Verdict
from app.database.transactions import Database
from app.floor.errors import Conflict, Invalid, NotFound
from app.history import HistoryEvent

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database."""

MORNING = datetime(2026, 1, 31, 1, 0, tzinfo=UTC)
TODAY = date(2026, 1, 31)


@pytest.fixture
def holder(departments: dict[str, Department], households: str) -> Department:
    return departments["yima/minzheng"]


def grant(database: Database, holder: Department, number: str = "G1", **more: Any) -> Grant:
    asked: dict[str, Any] = {
        "items": ["name", "idno"],
        "purpose": "低保核对",
        "months": 6,
        "now": MORNING,
        "case_id": 7,
        **more,
    }
    with database.transaction() as session:
        return grants.create_grant(
            session,
            number=number,
            jurisdiction="yima",
            department_id=holder.id,
            resource="YM-HH",
            **asked,
        )


def check(database: Database, items: list[str] | None = None, **more: Any) -> Verdict:
    asked: dict[str, Any] = {
        "today": TODAY,
        **({"purpose": "低保核对"} if not more.keys() & {"purpose", "grant"} else {}),
    }
    with database.transaction(write=False) as session:
        return use_checks.check_grant(
            session, "yima", "minzheng", "YM-HH", ["name"] if items is None else items, **{**asked, **more}
        )


def test_a_grant_covers_its_items_for_its_purpose(database: Database, holder: Department) -> None:
    made = grant(database, holder)
    verdict = check(database, ["idno", "name"])
    assert verdict.allowed
    assert verdict.grant is not None
    assert (verdict.grant.id, str(verdict.reason)) == (made.id, "Covered by grant G1.")


@on_sqlite
@pytest.mark.parametrize("purpose", ["低保核对", " 低保核对\n", "低保核对\u200b", "低保核对\u3000"])
def test_width_and_space_of_a_purpose_do_not_matter(database: Database, holder: Department, purpose: str) -> None:
    grant(database, holder)
    assert check(database, purpose=purpose).allowed


def test_purposes_are_normalised_by_width_and_space() -> None:
    assert purpose_key(" ＡＢＣ１\u3000 x\t\ny ") == "ABC1 x y"
    assert purpose_key("低保核对") != purpose_key("低保 核对")


@given(st.text())
def test_normalising_a_purpose_twice_is_normalising_it_once(purpose: str) -> None:
    assert purpose_key(purpose_key(purpose)) == purpose_key(purpose)


def test_a_grant_may_be_named_by_number_or_id(database: Database, holder: Department) -> None:
    made = grant(database, holder)
    assert check(database, grant="G1").allowed
    assert check(database, grant=made.id).allowed
    assert not check(database, grant="G2").allowed
    assert not check(database, grant=2**70).allowed
    assert not check(database, grant="G1\x00x").allowed
    assert not check(database, grant="G1", purpose="另一目的").allowed


@on_sqlite
@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"items": ["name", "addr"]}, "Grant G1 does not cover 地址 (addr)."),
        ({"items": ["name", "phone"]}, "The entry has no item phone now."),
        ({"items": []}, "Please name the items that are to be used."),
        ({"purpose": "信贷"}, "No grant on this resource is for this purpose, or has this number."),
        ({"today": date(2026, 8, 1)}, "Grant G1 ended on 2026-07-31."),
        ({"today": date(2026, 1, 30)}, "Grant G1 begins on 2026-01-31."),
    ],
)
def test_a_refusal_says_why(database: Database, holder: Department, more: dict[str, Any], reason: str) -> None:
    grant(database, holder)
    verdict = check(database, **more)
    assert (verdict.allowed, verdict.grant, str(verdict.reason)) == (False, None, reason)


def test_a_grant_is_good_on_its_last_day(database: Database, holder: Department) -> None:
    grant(database, holder)
    assert check(database, today=date(2026, 7, 31)).allowed
    grant(database, holder, "G2", months=None, purpose="长期")
    assert check(database, purpose="长期", today=date(2099, 1, 1)).allowed


def test_who_holds_no_grant_learns_nothing_more(database: Database, holder: Department) -> None:
    grant(database, holder)
    said = set()
    with database.transaction(write=False) as session:
        for place in (("yima", "shuiwu", "YM-HH"), ("yima", "minzheng", "YM-NONE"), ("jiangsu", "gongan", "YM-HH")):
            verdict = use_checks.check_grant(session, *place, ["name"], purpose="低保核对", today=TODAY)
            assert not verdict.allowed
            said.add(str(verdict.reason))
        verdict = use_checks.check_grant(session, "yima", "a\x00", "YM-HH", ["name"], purpose="x", today=TODAY)
        said.add(str(verdict.reason))
    assert said == {"The department holds no grant on this resource."}


@on_sqlite
def test_a_check_names_a_purpose_or_a_grant(database: Database, holder: Department) -> None:
    with database.transaction(write=False) as session, pytest.raises(Invalid):
        use_checks.check_grant(session, "yima", "minzheng", "YM-HH", ["name"], today=TODAY)


def test_what_was_won_in_the_dispute_of_an_application_is_used_with_what_was_approved(
    database: Database, holder: Department
) -> None:
    grant(database, holder, "G1", items=["name"])
    grant(database, holder, "G2", items=["addr"])
    assert str(check(database, ["name", "addr"]).reason) == "Covered by grant G2, G1."
    assert not check(database, ["name", "addr"], grant="G1").allowed


def test_one_of_several_grants_on_several_applications_must_cover_all_items(
    database: Database, holder: Department
) -> None:
    grant(database, holder, "G1", items=["name"])
    grant(database, holder, "G2", items=["addr"], case_id=8)
    assert not check(database, ["name", "addr"]).allowed
    grant(database, holder, "G3", items=["addr", "name"], case_id=9)
    assert str(check(database, ["name", "addr"]).reason) == "Covered by grant G3."


def test_an_old_usable_grant_is_found_behind_many_revoked_ones(database: Database, holder: Department) -> None:
    grant(database, holder, "G-first")
    with database.transaction() as session:
        first = session.scalars(select(Grant)).one()
        kept = ("case_id", "jurisdiction", "department_id", "resource_id", "resource_version", "items", "purpose")
        kept = (*kept, "purpose_key", "valid_from", "valid_until", "share_type")
        same = {name: getattr(first, name) for name in kept}
        for number in range(use_checks.LOOKED_AT + 1):
            session.add(Grant(number=f"G{number}", **same, state="revoked", revoked_at=MORNING))
    assert str(check(database).reason) == "Covered by grant G-first."


@pytest.mark.parametrize(("items", "most"), [(["name"], 1), (["addr"], 2)])
def test_a_check_takes_one_statement_and_a_refusal_two(
    database: Database, holder: Department, items: list[str], most: int
) -> None:
    grant(database, holder)
    statements: list[str] = []
    with database.transaction(write=False) as session:
        session.execute(select(1))

        @event.listens_for(database.engine, "before_cursor_execute")
        def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)

        use_checks.check_grant(session, "yima", "minzheng", "YM-HH", items, purpose="低保核对", today=TODAY)
    assert len(statements) == most


def test_a_revoked_grant_covers_nothing_from_then_on(database: Database, holder: Department) -> None:
    made = grant(database, holder)
    with database.transaction() as session:
        revoked = grants.revoke_grant(session, SYSTEM, made.id, " 超范围使用 ")
        assert (revoked.revoked_by, revoked.reason) == ("system", "超范围使用")
    verdict = check(database)
    assert not verdict.allowed
    assert str(verdict.reason).startswith("Grant G1 was revoked on ")
    with database.transaction(write=False) as session:
        link = session.scalars(select(HistoryEvent).where(HistoryEvent.stream == "grants:yima")).one()
        assert (link.kind, link.detail["number"], link.detail["reason"]) == ("grant_revoked", "G1", "超范围使用")
        assert grants.holders_of(session, "yima", "YM-HH", TODAY) == []


def test_a_grant_is_revoked_once_with_a_reason(database: Database, holder: Department) -> None:
    made = grant(database, holder)
    with database.transaction() as session:
        for empty in ("", "  ", "x" * 4001, "a\x00"):
            with pytest.raises(Invalid):
                grants.revoke_grant(session, SYSTEM, made.id, empty)
        grants.revoke_grant(session, SYSTEM, made.id, "x")
        with pytest.raises(Conflict):
            grants.revoke_grant(session, SYSTEM, made.id, "y")
        for unknown in (0, 999, 2**70):
            with pytest.raises(NotFound):
                grants.revoke_grant(session, SYSTEM, unknown, "y")


def test_a_withdrawn_resource_is_used_by_nobody(database: Database, owner: Department, holder: Department) -> None:
    grant(database, holder)
    with database.transaction() as session:
        withdraw = {"resource": "YM-HH", "action": "withdraw"}
        entries.apply_changes(session, "yima", [withdraw], "wang", None, owner_id=owner.id)
    verdict = check(database)
    assert (verdict.allowed, str(verdict.reason)) == (False, "The resource was withdrawn from the catalogue.")


def test_a_grant_is_on_the_version_that_was_applied_for(
    database: Database, owner: Department, holder: Department
) -> None:
    made = grant(database, holder)
    with database.transaction() as session:
        fewer = {"resource": "YM-HH", "action": "change", "items": [{"code": "name", "name": "姓名"}]}
        entries.apply_changes(session, "yima", [fewer], "wang", None, owner_id=owner.id)
    assert made.resource_version == 1
    assert check(database, ["name"]).allowed
    assert str(check(database, ["idno"]).reason) == "The entry has no item idno now."
    with pytest.raises(Invalid) as refused:
        grant(database, holder, "G2")
    assert [str(one) for one in refused.value.errors["items"]] == ["The resource has no item idno."]


def changed(database: Database, owner: Department, **fields: Any) -> list[str]:
    """Publish a change of the entry; the numbers of the grants that it suspends."""
    with database.transaction() as session:
        change = {"resource": "YM-HH", "action": "change", **fields}
        entries.apply_changes(session, "yima", [change], "wang", None, owner_id=owner.id)
        touched = [entries.entry(session, "YM-HH")]
        return [one.number for one in grants.suspend_touched(session, touched, MORNING)]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"share_type": "withheld"}, "the entry is withheld now."),
        ({"published": False}, "the entry is no longer published on the platform."),
        ({"items": [{"code": "name", "name": "姓名"}]}, "the entry has lost an item of the grant."),
    ],
)
def test_a_grant_is_suspended_when_its_entry_no_longer_bears_it(
    database: Database, owner: Department, holder: Department, fields: dict[str, Any], why: str
) -> None:
    made = grant(database, holder)
    assert changed(database, owner, **fields) == ["G1"]
    verdict = check(database)
    assert not verdict.allowed
    changed(database, owner, share_type="conditional", published=True)
    assert str(check(database).reason) == f"Grant G1 has been suspended since 2026-01-31: {why}"
    with database.transaction() as session:
        kept = grants.locked_grant(session, made.id)
        assert kept.state_on(TODAY) == "suspended"
        grants.reinstate_grant(kept, ["name"])
    assert check(database).allowed
    assert not check(database, ["idno"]).allowed


@on_sqlite
def test_what_was_given_on_a_withheld_entry_stands_and_nothing_else_does(
    database: Database, owner: Department, holder: Department
) -> None:
    grant(database, holder, "G1", purpose="先前")
    assert changed(database, owner, share_type="withheld") == ["G1"]
    grant(database, holder, "G2")
    assert changed(database, owner, summary="说明") == []
    assert check(database).allowed
    assert not check(database, purpose="先前").allowed
    assert str(check(database, purpose="无").reason) == (
        "No grant on this resource is for this purpose, or has this number."
    )


@on_sqlite
def test_what_is_open_to_all_and_a_departments_own_need_no_grant(
    database: Database, owner: Department, households: str, departments: dict[str, Department]
) -> None:
    with database.transaction(write=False) as session:
        own = use_checks.check_grant(session, "yima", "gongan", "YM-HH", ["name"], purpose="x", today=TODAY)
    assert (own.allowed, own.grant) == (True, None)
    for free in ("public", "unconditional"):
        changed(database, owner, share_type=free)
        told = check(database, ["name", "addr"])
        assert (told.allowed, told.grant) == (True, None)
        assert not check(database, ["phone"]).allowed
    changed(database, owner, published=False)
    assert not check(database).allowed


@on_sqlite
def test_grants_are_listed_by_their_state_of_the_day(
    database: Database, owner: Department, holder: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.floor.clock.today", lambda: date(2026, 9, 1))
    grant(database, holder, "G-expired")
    grant(database, holder, "G-suspended", months=None)
    changed(database, owner, share_type="withheld")
    grant(database, holder, "G-active", months=None)
    taken = grant(database, holder, "G-revoked")
    with database.transaction() as session:
        grants.revoke_grant(session, SYSTEM, taken.id, "x")
    with database.transaction(write=False) as session:
        for state in grants.STATES:
            assert [one.number for one in grants.find_grants(session, state=state).items] == [f"G-{state}"]


def test_holders_are_those_with_a_usable_grant(
    database: Database, departments: dict[str, Department], holder: Department
) -> None:
    grant(database, holder, "G1")
    grant(database, holder, "G2")
    grant(database, departments["yima/gongan"], "G3", months=1)
    with database.transaction(write=False) as session:
        both = sorted([holder.id, departments["yima/gongan"].id])
        assert grants.holders_of(session, "yima", "YM-HH", TODAY) == both
        assert grants.holders_of(session, "yima", "YM-HH", date(2026, 3, 1)) == [holder.id]
        assert grants.holders_of(session, "jiangsu", "YM-HH", TODAY) == []


def test_grants_are_listed_newest_first_for_whom_they_concern(
    database: Database, departments: dict[str, Department], owner: Department, holder: Department
) -> None:
    for number in range(3):
        grant(database, holder, f"G{number}")
    with database.transaction(write=False) as session:

        def numbers(**asked: Any) -> list[str]:
            return [one.number for one in grants.find_grants(session, **asked).items]

        assert numbers() == numbers(concerns=holder.id) == numbers(concerns=owner.id) == ["G2", "G1", "G0"]
        assert numbers(concerns=departments["jiangsu/gongan"].id) == []
        assert numbers(department="minzheng", resource="YM-HH", case_id=7, jurisdiction="yima", limit=1) == ["G2"]
        assert numbers(resource="YM-NONE") == numbers(case_id=2**70) == numbers(department="\x00") == []
        first = grants.find_grants(session, limit=2)
        assert numbers(after=first.next) == ["G0"]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 6, 15), 12, date(2027, 6, 15)),
    ],
)
def test_months_end_on_the_same_day_or_the_months_last(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later
