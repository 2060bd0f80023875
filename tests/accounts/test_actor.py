"""Tokens and what an actor may."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app import accounts
from app.accounts import SYSTEM, Account, Actor, ApiToken, Department
from app.database.transactions import Database
from app.floor.errors import Conflict, Invalid
from app.floor.messages import Text
from app.history import HistoryEvent
from tests.world import counting


def clerk(database: Database, department: Department, roles: tuple[str, ...] = ("clerk",)) -> Account:
    with database.transaction() as session:
        return accounts.create_account(
            session, SYSTEM, username="yima.gongan.clerk", name="王芳", roles=roles, department=department
        )


def token_of(database: Database, account: Account) -> str:
    with database.transaction() as session:
        return accounts.create_token(session, account, "test")


def test_no_token_is_made_for_an_account_that_is_closed(database: Database, departments: dict[str, Department]) -> None:
    account = clerk(database, departments["yima/gongan"])
    with database.transaction() as session:
        accounts.account_named(session, account.username).active = False
    with pytest.raises(Conflict, match="closed"), database.transaction() as session:
        accounts.create_token(session, accounts.account_named(session, account.username), "test")


def test_a_token_finds_the_account_with_its_department(database: Database, departments: dict[str, Department]) -> None:
    account = clerk(database, departments["yima/gongan"])
    token = token_of(database, account)
    with database.transaction(write=False) as session:
        actor = accounts.actor_by_token(session, token)
    assert actor == Actor(
        account_id=account.id,
        username="yima.gongan.clerk",
        name="王芳",
        roles=frozenset({"clerk"}),
        department_id=departments["yima/gongan"].id,
        department_code="gongan",
        department_name=Text("公安局", "公安局"),
        jurisdiction="yima",
        kind="department",
        level="city",
    )


def test_a_token_is_resolved_in_one_statement(database: Database, departments: dict[str, Department]) -> None:
    token = token_of(database, clerk(database, departments["yima/gongan"]))
    with database.transaction(write=False) as session:
        session.execute(select(1))
        with counting(database) as sent:
            assert accounts.actor_by_token(session, token) is not None
    assert len(sent) == 1


def test_a_token_is_stored_only_as_a_digest(database: Database, departments: dict[str, Department]) -> None:
    token = token_of(database, clerk(database, departments["yima/gongan"]))
    with database.transaction(write=False) as session:
        row = session.scalars(select(ApiToken)).one()
        assert token not in (row.digest, row.name)
        assert len(row.digest) == 64


@pytest.mark.parametrize("wrong", ["", "shuliu_", "x" * 10_000, "\x00", "\ud800", "王"])
def test_a_wrong_token_is_nobody(database: Database, departments: dict[str, Department], wrong: str) -> None:
    with database.transaction(write=False) as session:
        assert accounts.actor_by_token(session, wrong) is None


def test_a_revoked_token_is_nobody(database: Database, departments: dict[str, Department]) -> None:
    account = clerk(database, departments["yima/gongan"])
    token = token_of(database, account)
    with database.transaction() as session:
        accounts.revoke_token(session, SYSTEM, accounts.tokens(session, account.id)[0].id)
    with database.transaction(write=False) as session:
        assert accounts.actor_by_token(session, token) is None


def test_closing_an_account_ends_its_tokens_and_sessions_at_once(
    database: Database, departments: dict[str, Department]
) -> None:
    account = clerk(database, departments["yima/gongan"])
    token = token_of(database, account)
    with database.transaction() as session:
        visit = accounts.open_session(session, account.id, datetime.now(UTC))
    with database.transaction() as session:
        accounts.set_active(session, SYSTEM, accounts.account_named(session, account.username), False)
    with database.transaction(write=False) as session:
        assert accounts.actor_by_token(session, token) is None
        assert accounts.actor_by_session(session, visit) is None


def test_a_head_may_do_what_a_clerk_may_but_not_the_reverse() -> None:
    head = Actor(1, "h", "H", frozenset({"head"}))
    assert head.may("head")
    assert head.may("clerk")
    assert not head.may("supervisor")
    assert not Actor(1, "c", "C", frozenset({"clerk"})).may("head")


def test_the_system_holds_no_role() -> None:
    assert not any(SYSTEM.may(role) for role in ("clerk", "head", "supervisor", "administrator", "platform"))


def test_every_fault_of_a_new_account_is_said_at_once(database: Database) -> None:
    with database.transaction() as session, pytest.raises(Invalid) as refused:
        accounts.create_account(session, SYSTEM, username="Wang Fang", name=" ", roles=["king"])
    assert set(refused.value.errors) == {"username", "name", "roles", "department"}


def test_a_user_name_is_given_once(database: Database, departments: dict[str, Department]) -> None:
    clerk(database, departments["yima/gongan"])
    with pytest.raises(Invalid) as refused:
        clerk(database, departments["yima/gongan"])
    assert set(refused.value.errors) == {"username"}


def test_what_is_done_to_an_account_stands_in_the_ledger(
    database: Database, departments: dict[str, Department]
) -> None:
    account = clerk(database, departments["yima/gongan"])
    token_of(database, account)
    with database.transaction(write=False) as session:
        links = session.scalars(
            select(HistoryEvent).where(HistoryEvent.stream == "accounts").order_by(HistoryEvent.seq)
        ).all()
    assert [link.kind for link in links] == ["department_added"] * 3 + ["account_created", "token_created"]
    assert links[3].detail["department"] == "yima/gongan"
    assert links[4].actor == "yima.gongan.clerk"
