"""Rules on two levels (PROCEDURES, counting rule 12): a text above the regulation, what it says, and who enters it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import Actor
from app.floor.errors import Conflict, Forbidden, Invalid, NotFound, RulePackError
from app.floor.messages import Text
from app.jurisdictions.ledger_check import broken_rules
from app.jurisdictions.overrides import enter_number, set_target
from app.jurisdictions.proposals import Proposed, RuleProposal, confirm, propose, withdraw
from app.jurisdictions.rulebook import TargetOverride, rulebook
from app.jurisdictions.superior_texts import SuperiorTextRow, load_shipped_superiors, store_superior, superiors
from app.rules.levels import for_a_clock, on_two_levels
from app.rules.pack import RuleKey, RuleValue, Superior, governing
from app.rules.superior_text import load_superior
from config import ROOT
from tests.jurisdictions.testland_book import ADMIN, BLANK, D2021, D2024, events, stored

SECOND = Actor(account_id=2, username="admin2", name="Second", roles=frozenset({"administrator"}))
LAYER = """superior: order_1
title: {zh: 共享条例, en: Order}
document: 国务院令第1号
rank: administrative_regulation
in_force: {from: 2021-01-01, until: null}
excluded:
  work_secrets: {title: {zh: 工作秘密, en: Work secrets}, article: "3"}
"""
FIGURE = Proposed(
    "share.reply", 3, source="Gazette 18/2025", from_on=D2024, superior="order_1", article=("12",), unit="days"
)
TEXT = Superior("order_1", Text("共享条例", "Order"), None, "administrative_regulation")


@pytest.fixture
def above(session: Session) -> None:
    stored(session)
    store_superior(session, LAYER, "order_1.yaml", ADMIN)


def proposed(session: Session, given: Proposed = FIGURE) -> int:
    return propose(session, "testland", given, ADMIN).id


# what ships


def test_the_national_layer_says_what_is_known_and_holds_no_number() -> None:
    """State Council Order 809: title, in force, state and work secrets excluded (Art. 3)."""
    content = (ROOT / "rules/national/order_809.yaml").read_text()
    read = load_superior(content, "order_809.yaml")
    assert (read.text.title.zh, read.from_on, read.until) == ("政务数据共享条例", date(2025, 8, 1), None)
    assert {key: one.article for key, one in read.excluded.items()} == {
        "state_secrets": ("3",),
        "work_secrets": ("3",),
    }
    assert "rules:" not in content


def test_shipped_superior_texts_are_stored_once(session: Session) -> None:
    assert [one.text.code for one in load_shipped_superiors(session, ROOT / "rules")] == ["order_809"]
    assert load_shipped_superiors(session, ROOT / "rules") == []
    assert list(superiors(session)) == ["order_809"]


@pytest.mark.parametrize(
    ("line", "other", "key"),
    [
        ("rank: administrative_regulation", "rank: decree", "rank"),
        ("from: 2021-01-01", "from: null", "in_force.from"),
        ('article: "3"', "article: third", "excluded.work_secrets.article"),
        ("superior: order_1", "superior: Order 1", "superior"),
    ],
)
def test_a_faulty_superior_text_is_refused_with_its_place(session: Session, line: str, other: str, key: str) -> None:
    with pytest.raises(RulePackError) as raised:
        store_superior(session, LAYER.replace(line, other), "order_1.yaml", ADMIN)
    assert [place.key for place in raised.value.places] == [key]


# two persons


@pytest.mark.usefixtures("above")
def test_nothing_changes_until_a_second_person_confirms(session: Session) -> None:
    before = rulebook(session, "testland").version
    number = proposed(session)
    assert rulebook(session, "testland").version == before
    with pytest.raises(Forbidden):
        confirm(session, "testland", number, ADMIN)
    book = confirm(session, "testland", number, SECOND)
    assert book.version != before
    assert book.value("share.reply", D2024).value == 3
    assert events(session)[-3:] == ["rules.proposed", "rules.superior_entered", "rules.confirmed"]
    with pytest.raises(Conflict):
        confirm(session, "testland", number, SECOND)


def test_a_lost_number_needs_the_same_two_persons(session: Session) -> None:
    stored(session, BLANK)
    number = proposed(session, Proposed("share.reply", 7, source="Gazette 4/2020", from_on=D2021))
    assert rulebook(session, "testland").value("share.reply", D2024).kind == "internal"
    confirm(session, "testland", number, SECOND)
    value = rulebook(session, "testland").value("share.reply", D2024)
    assert (value.kind, value.value, value.source, value.above) == ("statutory", 7, "Gazette 4/2020", None)


def test_taking_back_a_number_needs_two_persons_too(session: Session) -> None:
    stored(session, BLANK)
    confirm(
        session,
        "testland",
        proposed(session, Proposed("share.reply", 7, source="Gazette 4/2020", from_on=D2021)),
        SECOND,
    )
    ending = proposed(session, Proposed("share.reply", source="misprint", ends=True))
    assert rulebook(session, "testland").value("share.reply", D2024).kind == "statutory"
    assert confirm(session, "testland", ending, SECOND).value("share.reply", D2024).kind == "internal"


@pytest.mark.usefixtures("above")
def test_a_proposal_can_be_withdrawn_and_then_not_confirmed(session: Session) -> None:
    number = proposed(session)
    withdraw(session, "testland", number, ADMIN)
    with pytest.raises(Conflict):
        confirm(session, "testland", number, SECOND)
    assert rulebook(session, "testland").value("share.reply", D2024).value == 5
    assert proposed(session) != number, "a new one may follow"


@pytest.mark.usefixtures("above")
def test_one_proposal_waits_for_each_rule(session: Session) -> None:
    proposed(session)
    with pytest.raises(Conflict):
        proposed(session)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "three"}, "value"),
        ({"value": 0}, "value"),
        ({"article": ()}, "article"),
        ({"article": ("第十二条",)}, "article"),
        ({"source": " ⠀ㅤ\u200d"}, "source"),
        ({"from_on": None}, "from_on"),
        ({"from_on": date(2020, 12, 31)}, "from_on"),
        ({"superior": "order_2"}, "superior"),
        ({"unit": "weeks"}, "unit"),
        ({"applies_to_open": True, "open_article": ("x",)}, "open_article"),
        ({"article": ("12",) * 21}, "article"),
        ({"applies_to_open": True, "open_article": ("12",) * 21}, "open_article"),
    ],
)
@pytest.mark.usefixtures("above")
def test_a_proposal_names_its_text_its_article_and_its_source(
    session: Session, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as raised:
        proposed(session, replace(FIGURE, **changes))
    assert list(raised.value.errors) == [field]


@pytest.mark.usefixtures("above")
def test_an_unknown_rule_and_an_unknown_proposal_are_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        proposed(session, replace(FIGURE, key="share.nothing"))
    with pytest.raises(NotFound):
        confirm(session, "testland", 77, SECOND)


# which of two counts


OWN = RuleValue("a.b", "days", "statutory", 5, article=("15",))
ABOVE = RuleValue("a.b", "days", "statutory", 3, article=("12",), above=TEXT)
NAME = Text("a", "a")


def test_of_two_periods_the_shorter_counts_and_both_are_kept() -> None:
    days = RuleKey("a.b", "days", NAME)
    assert [one.value for one in on_two_levels(days, OWN, ABOVE).levels] == [5, 3]
    assert on_two_levels(days, OWN, ABOVE).value == 3
    own = on_two_levels(days, OWN, replace(ABOVE, value=9))
    assert (own.value, own.above, own.article) == (5, None, ("15",))
    assert own.other is not None
    assert own.other.value == 9


def test_of_two_retention_periods_the_longer_counts_where_the_key_says_so() -> None:
    months = RuleKey("a.b", "months", NAME, stricter="more")
    own, six = replace(OWN, type="months", value=6), replace(ABOVE, type="months", value=12)
    assert on_two_levels(months, own, six).value == 12
    assert on_two_levels(months, replace(own, value=24), six).value == 24


def test_what_cannot_be_compared_is_decided_by_the_superior_text() -> None:
    """A choice, a switch that declares nothing."""
    yes, no = replace(OWN, type="switch", value=True), replace(ABOVE, type="switch", value=False)
    assert on_two_levels(RuleKey("a.b", "switch", NAME), yes, no).value is False
    assert on_two_levels(RuleKey("a.b", "switch", NAME, stricter="on"), yes, no).value is True


def test_of_months_and_working_days_the_earlier_due_date_binds_a_clock() -> None:
    key, month = RuleKey("a.b", "days", NAME), replace(ABOVE, type="months", value=1)
    shown = on_two_levels(key, OWN, month)
    assert [(one.type, one is shown) for one in shown.levels] == [("days", True), ("months", False)]
    days = {"days": date(2026, 3, 9), "months": date(2026, 3, 6)}
    bound = for_a_clock(key, shown, lambda one: days[one.type])
    assert [(one.type, one is bound) for one in bound.levels] == [("days", False), ("months", True)]
    assert for_a_clock(key, bound, lambda one: D2024).type == "days"
    assert on_two_levels(key, replace(OWN, value=30), month).type == "months"
    assert on_two_levels(replace(key, stricter="more"), OWN, month).type == "months"


def test_of_two_lists_the_key_says_whether_all_or_only_what_both_name() -> None:
    ours, theirs = replace(OWN, type="choices", value=("x", "y")), replace(ABOVE, type="choices", value=("y", "z"))
    assert on_two_levels(RuleKey("a.b", "choices", NAME, stricter="all"), ours, theirs).value == ("x", "y", "z")
    assert on_two_levels(RuleKey("a.b", "choices", NAME, stricter="both"), ours, theirs).value == ("y",)


def test_an_internal_target_gives_way_to_a_superior_number() -> None:
    own = RuleValue("a.b", "days", "internal", 2, reason="silent")
    found = on_two_levels(RuleKey("a.b", "days", NAME), own, ABOVE)
    assert (found.value, found.kind, found.article, found.above) == (3, "statutory", ("12",), TEXT)


def test_each_case_of_a_value_is_compared_by_itself() -> None:
    cases = (replace(OWN, value=2, when="resource.sensitive"), OWN)
    found = on_two_levels(RuleKey("a.b", "days", NAME), replace(OWN, value=None, cases=cases), ABOVE)
    assert [(one.value, one.when, one.above is None) for one in found.cases] == [
        (2, "resource.sensitive", True),
        (3, None, False),
    ]


# days


@pytest.mark.usefixtures("above")
def test_a_superior_number_governs_from_its_first_day_and_open_clocks_only_by_its_article(session: Session) -> None:
    confirm(session, "testland", proposed(session), SECOND)
    periods = rulebook(session, "testland").periods("share.reply")
    assert governing(periods, date(2024, 6, 1), date(2024, 8, 1)).value == 5
    assert governing(periods, D2024, date(2024, 8, 1)).value == 3
    confirm(session, "testland", proposed(session, Proposed("share.reply", source="again", ends=True)), SECOND)
    confirm(session, "testland", proposed(session, replace(FIGURE, applies_to_open=True)), SECOND)
    periods = rulebook(session, "testland").periods("share.reply")
    assert governing(periods, date(2024, 6, 1), date(2024, 8, 1)).value == 3


@pytest.mark.usefixtures("above")
def test_a_target_that_began_before_is_no_longer_than_the_new_number_and_stays_internal(session: Session) -> None:
    confirm(session, "testland", proposed(session, replace(FIGURE, key="share.rework", value=2)), SECOND)
    periods = rulebook(session, "testland").periods("share.rework")
    earlier = governing(periods, date(2024, 6, 1), date(2024, 8, 1))
    assert (earlier.value, earlier.kind) == (2, "internal")
    assert governing(periods, D2024, date(2024, 8, 1)).kind == "statutory"


@pytest.mark.usefixtures("above")
def test_a_target_set_beneath_a_superior_number_changes_nothing_that_counts(session: Session) -> None:
    confirm(session, "testland", proposed(session, replace(FIGURE, key="share.rework")), SECOND)
    book = set_target(session, "testland", "share.rework", 1, from_on=D2024, source="memo", actor=ADMIN)
    found = book.value("share.rework", D2024)
    assert (found.value, found.kind) == (3, "statutory")
    assert [one.value for one in found.levels] == [1, 3]


# what is sealed


@pytest.mark.usefixtures("above")
def test_what_was_entered_is_sealed(session: Session) -> None:
    number = proposed(session)
    confirm(session, "testland", number, SECOND)
    proposed(session, replace(FIGURE, key="share.rework"))
    session.flush()
    assert list(broken_rules(session)) == []
    for tampering in (
        update(RuleProposal).where(RuleProposal.id == number).values(source="another"),
        update(RuleProposal).where(RuleProposal.id == number).values(decided_by="admin"),
        update(RuleProposal).where(RuleProposal.state == "proposed").values(state="withdrawn"),
        update(TargetOverride).values(source="another"),
        update(SuperiorTextRow).values(text=LAYER.replace("2021-01-01", "2020-01-01")),
    ):
        point = session.begin_nested()
        session.execute(tampering)
        session.expire_all()
        assert len(list(broken_rules(session))) == 1, str(tampering)
        point.rollback()
    assert list(broken_rules(session)) == []


def test_an_old_edition_without_superior_numbers_is_made_again(session: Session) -> None:
    stored(session, BLANK)
    kept = enter_number(session, "testland", "share.reply", 7, from_on=D2021, source="Gazette 4/2020", actor=ADMIN)
    row = session.scalars(select(TargetOverride)).one()
    assert row.value == {"value": 7}, "as it was kept before there were two levels"
    assert rulebook(session, "testland", kept.version).value("share.reply", D2024).value == 7
