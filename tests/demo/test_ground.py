"""The ground of the demonstration keeps what programs from outside are promised (departments, accounts, catalogue)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import (
    NO_DEMO,
    SYSTEM,
    Account,
    Department,
    actor_by_username,
    directory,
    hash_passwords,
    verify_password,
)
from app.catalogue.checks import check_entry
from app.catalogue.entries import content
from app.catalogue.models import Resource
from app.database.transactions import Database
from app.demo import foundation
from app.floor import clock
from app.jurisdictions.rulebook import RegulationExtension, rulebook
from tests.demo.conftest import DEMO

PLACES = ("jiangmen", "yima", "jiangsu", "yinchuan", "yunyang")
DEPARTMENTS = ("gongan", "minzheng", "renshe", "ziran", "shichang", "weijian", "shuiwu")
LADDER = ("jiangsu.leading_group.clerk", "yunyang.government.clerk")
TODAY = datetime(2026, 6, 15, tzinfo=UTC).date()


@pytest.fixture
def session(told: Database) -> Session:
    with told.transaction(write=False) as session:
        yield session


def answer(session: Session, place: str, key: str) -> list[str]:
    return rulebook(session, place).value(key, TODAY).plain


def test_every_promised_account_can_act_for_its_department(session: Session) -> None:
    promised = {f"{j}.{d}.{post}": (post, d) for j in PLACES for d in DEPARTMENTS for post in ("clerk", "head")}
    promised |= {f"{j}.bureau.{post}": (post, "bureau") for j in PLACES for post in ("clerk", "supervisor")}
    promised |= {f"{j}.platform": ("platform", "platform") for j in PLACES}
    promised |= {name: ("clerk", name.split(".")[1]) for name in LADDER}
    for name, (role, department) in promised.items():
        actor = actor_by_username(session, name)
        assert actor is not None, name
        assert (actor.may(role), actor.department_code, actor.jurisdiction) == (True, department, name.split(".")[0])
    for name in ("admin", "admin2"):
        assert actor_by_username(session, name).roles == {"administrator"}


def test_people_have_names_of_their_own(session: Session) -> None:
    people = [account.name for account in session.scalars(select(Account)) if "platform" not in account.roles]
    assert len(set(people)) == len(people)
    assert all(2 <= len(name) <= 4 for name in people)


def test_the_password_opens_the_demonstration_and_nothing_else(session: Session) -> None:
    hashes = {account.password_hash for account in session.scalars(select(Account))}
    assert len(hashes) == 1
    stored = hashes.pop()
    assert verify_password(stored, DEMO.password, demo=DEMO)
    assert not verify_password(stored, DEMO.password, demo=NO_DEMO)


def test_jiangsu_departments_are_provincial_and_names_belong_to_their_place(session: Session) -> None:
    levels = {one.level for one in directory(session).by_id.values() if (one.jurisdiction, one.area) == ("jiangsu", "")}
    assert levels == {"province"}
    assert {one.level for one in directory(session).by_id.values() if one.area} == {"city"}
    names = [one.name_zh for one in session.scalars(select(Department))]
    assert len(set(names)) == len(names)


def test_bureaus_and_ladder_bodies_are_those_of_the_regulation(session: Session) -> None:
    for place in PLACES:
        pack = rulebook(session, place).pack
        known = {one.code: one for one in session.scalars(select(Department).where(Department.jurisdiction == place))}
        assert known[pack.bureau.department].kind == "bureau"
        bodies = {code for code, body in pack.bodies.items() if not body.by_letter}
        bodies |= {one.department for one in pack.authorities}
        assert {code for code, one in known.items() if one.kind == "body"} == bodies


def test_each_department_has_every_share_type_of_its_regulation(session: Session) -> None:
    found = defaultdict(set)
    for one in session.scalars(select(Resource).where(~Resource.withdrawn)):
        found[one.jurisdiction, one.provider.code].add(one.share_type)
    for place in PLACES:
        for department in DEPARTMENTS:
            assert found[place, department] == set(answer(session, place, "entry.share_types")), (place, department)


def test_every_entry_may_stand_under_its_regulation(session: Session) -> None:
    for one in session.scalars(select(Resource)):
        book = rulebook(session, one.jurisdiction)
        assert check_entry(content(one), lambda key, book=book: book.value(key, TODAY).plain) == {}, one.code
        assert 5 <= len(one.items) <= 12, one.code
        assert one.code.startswith(f"{book.pack.number_code}-"), one.code
        assert one.conditions or one.share_type != "conditional", one.code


def test_each_jurisdiction_has_something_sensitive_and_basic_data_are_free(session: Session) -> None:
    entries = session.scalars(select(Resource)).all()
    for place in PLACES:
        assert len([one for one in entries if one.jurisdiction == place and one.sensitive]) >= 2
        basic = [one for one in entries if one.jurisdiction == place and one.basic]
        assert basic
        assert {one.share_type for one in basic} == {"unconditional"}


def test_yinchuan_shows_agreements_collection_and_mandatory_interfaces(session: Session) -> None:
    entries = session.scalars(select(Resource).where(Resource.jurisdiction == "yinchuan")).all()
    assert {"conditional", "unconditional"} <= {one.share_type for one in entries if one.sensitive}
    assert [one for one in entries if not one.published]
    timely = [one for one in entries if one.timely]
    assert timely
    assert all(one.modes == ["interface"] for one in timely)
    elsewhere = session.scalars(select(Resource).where(Resource.jurisdiction != "yinchuan", ~Resource.published))
    assert not elsewhere.all()


def test_only_a_regulation_out_of_force_is_carried_on_and_the_document_says_that_it_is_invented(
    session: Session,
) -> None:
    extensions = session.scalars(select(RegulationExtension)).all()
    assert [one.jurisdiction for one in extensions] == ["yinchuan"]
    assert "演示" in extensions[0].ground
    assert "不是真实文件" in extensions[0].ground
    assert rulebook(session, "yinchuan").opens_cases(TODAY) is None


def test_laying_the_ground_again_changes_nothing(shipped: Database) -> None:
    hashed = hash_passwords(foundation.account_table(DEMO.password), demo=DEMO)
    for expected in ("50 departments", "0 departments"):
        with shipped.transaction() as session:
            assert clock.today() == TODAY
            said = foundation.lay_ground(session, SYSTEM, DEMO, hashed)
            assert said[0] == expected
    assert said == ["0 departments", "0 accounts", "0 catalogue entries"]
