"""Signing in: limits, ends of sessions, the demonstration's password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import accounts
from app.accounts import SYSTEM, Demo, Department, SignInAttempt, WebSession, passwords
from app.database.transactions import Database, Setting
from app.floor.errors import Invalid, TooMany, Unauthenticated

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database."""

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with small parameters: these tests are about what surrounds it."""
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", cheap)
    monkeypatch.setattr(passwords, "_nobody", cheap.hash("nobody"))


@pytest.fixture
def wang(database: Database, departments: dict[str, Department]) -> str:
    with database.transaction() as session:
        accounts.create_account(
            session,
            SYSTEM,
            username="wang",
            name="王芳",
            roles=["clerk"],
            department=departments["yima/gongan"],
            password_hash=accounts.hash_password(PASSWORD, "wang"),
        )
    return "wang"


def fails(database: Database, username: str, address: str = "10.0.0.1", at: datetime = NOW) -> type[Exception]:
    with pytest.raises((Unauthenticated, TooMany)) as refused:
        accounts.sign_in(database, username, "not the password", address, at=at)
    return refused.type


def test_the_right_password_opens_a_session(database: Database, wang: str) -> None:
    actor, token = accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)
    assert actor.username == "wang"
    with database.transaction(write=False) as session:
        assert accounts.actor_by_session(session, token, NOW) == actor


@pytest.mark.parametrize("name", ["wang", "nobody", "", "\x00", "\ud800", "x" * 5000, "' or 1=1 --"])
def test_a_wrong_name_and_a_wrong_password_sound_the_same(database: Database, wang: str, name: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        accounts.sign_in(database, name, "not the password\ud800\x00", "10.0.0.1", at=NOW)
    assert str(refused.value) == "The user name or the password is not right."


def test_the_sixth_try_on_an_account_is_refused_even_with_the_right_password(database: Database, wang: str) -> None:
    for number in range(5):
        assert fails(database, "wang", f"10.0.0.{number}") is Unauthenticated
    with pytest.raises(TooMany):
        accounts.sign_in(database, wang, PASSWORD, "10.0.0.99", at=NOW)


@on_sqlite
def test_variants_of_case_share_an_accounts_limit(database: Database, wang: str) -> None:
    for number, name in enumerate(["wang", "Wang", "WANG", " wang ", "wAng"]):
        assert fails(database, name, f"10.0.0.{number}") is Unauthenticated
    assert fails(database, "waNG", "10.0.0.99") is TooMany


def test_the_sixth_try_from_an_address_is_refused_whatever_the_name(database: Database, wang: str) -> None:
    for number in range(5):
        assert fails(database, f"user{number}") is Unauthenticated
    assert fails(database, "wang") is TooMany


@on_sqlite
def test_right_passwords_do_not_count_against_an_address(database: Database, wang: str) -> None:
    for _ in range(8):
        accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)


@on_sqlite
def test_the_limit_ends_after_ten_minutes(database: Database, wang: str) -> None:
    for _ in range(5):
        fails(database, "wang")
    assert fails(database, "wang", at=NOW + timedelta(minutes=10) - SECOND) is TooMany
    accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW + timedelta(minutes=10))


def test_a_failed_try_is_counted_although_it_raises(database: Database, wang: str) -> None:
    fails(database, "wang")
    with database.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 1


def test_a_closed_account_does_not_sign_in(database: Database, wang: str) -> None:
    with database.transaction() as session:
        accounts.set_active(session, SYSTEM, accounts.account_named(session, wang), False)
    with pytest.raises(Unauthenticated):
        accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)


@pytest.mark.parametrize(
    ("used_until", "asked", "alive"),
    [
        (timedelta(0), timedelta(hours=8) - SECOND, True),
        (timedelta(0), timedelta(hours=8), False),
        (timedelta(hours=7), timedelta(hours=12) - SECOND, True),
        (timedelta(hours=7), timedelta(hours=12), False),
    ],
)
def test_a_session_ends_idle_after_8_hours_and_always_after_12(
    database: Database, wang: str, used_until: timedelta, asked: timedelta, alive: bool
) -> None:
    _, token = accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)
    with database.transaction() as session:
        accounts.touch_session(session, token, NOW + used_until)
    with database.transaction(write=False) as session:
        assert (accounts.actor_by_session(session, token, NOW + asked) is not None) is alive


def test_a_session_asks_to_be_touched_once_a_minute(database: Database, wang: str) -> None:
    _, token = accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)

    def due(after: timedelta) -> bool:
        with database.transaction(write=False) as session:
            visit = accounts.visit_by_session(session, token, NOW + after)
            assert visit is not None
            return visit.touch_due

    assert [due(timedelta(seconds=s)) for s in (0, 59, 60)] == [False, False, True]
    with database.transaction() as session:
        accounts.touch_session(session, token, NOW + timedelta(seconds=60))
    assert not due(timedelta(seconds=100))


def test_signing_out_ends_the_session(database: Database, wang: str) -> None:
    _, token = accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)
    with database.transaction() as session:
        accounts.sign_out(session, token)
    with database.transaction(write=False) as session:
        assert accounts.actor_by_session(session, token, NOW) is None


def test_a_new_password_ends_every_session(database: Database, wang: str) -> None:
    tokens = [accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)[1] for _ in range(2)]
    with database.transaction() as session:
        account = accounts.account_named(session, wang)
        accounts.set_password(session, SYSTEM, account, accounts.hash_password("another long one", wang))
    with database.transaction(write=False) as session:
        assert [accounts.actor_by_session(session, token, NOW) for token in tokens] == [None, None]


def test_the_language_is_the_sessions(database: Database, wang: str) -> None:
    _, token = accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)
    with database.transaction() as session:
        accounts.choose_language(session, token, "en")
        visit = accounts.visit_by_session(session, token, NOW)
    assert visit is not None
    assert visit.language == "en"


def test_a_simulated_clock_does_not_sign_people_out(database: Database, wang: str) -> None:
    with database.transaction() as session:
        session.add(Setting(name="clock", value="2031-01-01T00:00:00+00:00"))
    _, token = accounts.sign_in(database, wang, PASSWORD, "10.0.0.1")
    with database.transaction() as session:
        session.get_one(Setting, "clock").value = "2020-01-01T00:00:00+00:00"
    with database.transaction(write=False) as session:
        assert accounts.actor_by_session(session, token) is not None


def test_ended_sessions_and_old_failures_are_forgotten(database: Database, wang: str) -> None:
    accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)
    fails(database, "wang")
    with database.transaction() as session:
        assert accounts.forget_ended(session, NOW + timedelta(minutes=9)) == 0
    with database.transaction() as session:
        assert accounts.forget_ended(session, NOW + timedelta(hours=8)) == 2
        assert session.scalars(select(WebSession)).all() == []


@pytest.mark.parametrize("password", ["short", "x" * 201, "wangwangwang", Demo().password])
def test_a_password_that_may_not_be_set_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.hash_password(password, "wang")
    assert set(refused.value.errors) == {"password"}


@on_sqlite
def test_the_demo_password_signs_in_only_in_the_demo(database: Database, wang: str) -> None:
    demo = Demo(allowed=True)
    with database.transaction() as session:
        account = accounts.account_named(session, wang)
        accounts.set_password(session, SYSTEM, account, accounts.hash_password(demo.password, wang, demo=demo))
    with pytest.raises(Unauthenticated):
        accounts.sign_in(database, wang, demo.password, "10.0.0.1", at=NOW)
    assert accounts.sign_in(database, wang, demo.password, "10.0.0.1", demo=demo, at=NOW)[0].username == "wang"


@on_sqlite
def test_a_hash_of_weaker_parameters_is_renewed_at_sign_in(
    database: Database, wang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from argon2 import PasswordHasher

    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    stored: Callable[[], str | None] = lambda: _stored(database, wang)  # noqa: E731
    before = stored()
    accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)
    renewed = stored()
    assert renewed != before
    accounts.sign_in(database, wang, PASSWORD, "10.0.0.1", at=NOW)
    assert stored() == renewed


def _stored(database: Database, username: str) -> str | None:
    with database.transaction(write=False) as session:
        return accounts.account_named(session, username).password_hash


def test_no_stored_password_is_no_way_in() -> None:
    assert not accounts.verify_password(None, "nobody")
    assert not accounts.verify_password("not a hash", "nobody")
