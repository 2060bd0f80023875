"""When a regulation opens cases: from when to when it is in force, and how that is extended."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.floor import clock
from app.floor.errors import Conflict, Invalid
from app.jurisdictions.overrides import end_extension, extend
from tests.jurisdictions.testland_book import ADMIN, D2024, ENDING, events, stored


def test_a_regulation_in_force_opens_cases(session: Session) -> None:
    assert stored(session).opens_cases(D2024) is None


def test_a_regulation_out_of_force_opens_no_case_and_says_since_when(session: Session) -> None:
    book = stored(session, ENDING)
    assert book.opens_cases(date(2023, 4, 21)) is None
    refused = book.opens_cases(date(2023, 4, 22))
    assert refused is not None
    assert str(refused).startswith("Test measures went out of force on 2023-04-21.")


def test_a_regulation_not_yet_in_force_opens_no_case(session: Session) -> None:
    assert "not in force before 2020-01-01" in str(stored(session).opens_cases(date(2019, 12, 31)))


def test_an_extension_opens_cases_until_its_last_day_and_is_named(session: Session) -> None:
    stored(session, ENDING)
    book = extend(session, "testland", date(2025, 6, 30), " Doc 7 ", ADMIN)
    assert book.opens_cases(date(2025, 6, 30)) is None
    assert book.opens_cases(date(2025, 7, 1)) is not None
    carried = book.extended_on(date(2025, 6, 30))
    assert carried is not None
    assert (carried.ground, carried.recorded_by) == ("Doc 7", "admin")
    assert book.extended_on(date(2023, 4, 21)) is None


def test_an_extension_taken_back_opens_no_more_cases(session: Session) -> None:
    stored(session, ENDING)
    extend(session, "testland", date(2025, 6, 30), "Doc 7", ADMIN)
    assert end_extension(session, "testland", ADMIN).opens_cases(D2024) is not None
    with pytest.raises(Conflict):
        end_extension(session, "testland", ADMIN)
    assert events(session) == ["rules.loaded", "rules.extended", "rules.extension_ended"]


def test_a_second_extension_takes_the_place_of_the_first(session: Session) -> None:
    stored(session, ENDING)
    extend(session, "testland", date(2026, 1, 1), "Doc 7", ADMIN)
    book = extend(session, "testland", date(2025, 1, 1), "Doc 8", ADMIN)
    assert book.opens_cases(date(2025, 6, 1)) is not None
    end_extension(session, "testland", ADMIN)
    with pytest.raises(Conflict):
        end_extension(session, "testland", ADMIN)


def test_a_regulation_without_an_end_cannot_be_extended(session: Session) -> None:
    stored(session)
    with pytest.raises(Conflict):
        extend(session, "testland", date(2030, 1, 1), "Doc 7", ADMIN)


@pytest.mark.parametrize(
    ("until", "ground", "field"),
    [(date(2023, 4, 21), "Doc 7", "until"), (date(2024, 6, 2), "Doc 7", "until"), (date(2025, 1, 1), " ", "ground")],
)
def test_an_extension_needs_a_day_to_come_and_a_document(
    session: Session, until: date, ground: str, field: str
) -> None:
    stored(session, ENDING)
    with pytest.raises(Invalid) as raised:
        extend(session, "testland", until, ground, ADMIN)
    assert list(raised.value.errors) == [field]
    assert clock.now() == datetime(2024, 6, 3, 2, tzinfo=UTC)
