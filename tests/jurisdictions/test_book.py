"""The rules that hold here: what a book shows and supposes, and how entered values lie over its pack."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.floor.errors import Invalid
from app.jurisdictions.rules_in_force import Override, check_override, overlaid
from app.rules.loader import load_pack
from app.rules.pack import Pack
from tests.jurisdictions.testland_book import D2024, stored
from tests.rules.testland import DECLARED, MINIMAL, check_condition


def test_the_rules_in_force_name_value_kind_article_and_days(session: Session) -> None:
    rules = {rule["key"]: rule for rule in stored(session).rules_in_force(D2024)}
    assert list(rules) == sorted(rules)
    reply = rules["share.reply"]
    assert (reply["value"], reply["kind"], reply["article"]) == (5, "statutory", "15")
    assert (reply["effective_from"], reply["effective_until"], reply["early"]) == ("2020-01-01", None, False)
    assert (rules["share.rework"]["kind"], rules["share.rework"]["reason"]) == ("internal", "silent")
    assert rules["dispute.use"]["value"] == {"zh": "照办", "en": "As told"}
    assert rules["ladder.sharing"]["value"] == ["bureau", "government"]
    assert rules["ladder.sharing"]["steps"][1] == {
        "body": "government",
        "verb": "decide",
        "only_if": "involves('province')",
        "article": "16",
    }


def test_a_conditional_rule_shows_its_cases(session: Session) -> None:
    cases = "    - cases: [{when: resource.sensitive, statutory: 3, article: 9}, {statutory: 7, article: 9}]\n"
    text = MINIMAL.replace('    - statutory: 5\n      article: "15"\n', cases)
    rule = next(one for one in stored(session, text).rules_in_force(D2024) if one["key"] == "share.reply")
    assert rule["value"] is None
    assert [(case["when"], case["value"]) for case in rule["cases"]] == [("resource.sensitive", 3), (None, 7)]


PACK: Pack = load_pack(MINIMAL, "testland.yaml", DECLARED, check_condition)


OVERRIDES = st.lists(
    st.builds(
        Override,
        key=st.just("share.rework"),
        value=st.integers(1, 99),
        statutory=st.just(False),
        source=st.just(""),
        from_on=st.dates(date(2018, 1, 1), date(2026, 1, 1)),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(OVERRIDES, st.dates(date(2020, 1, 1), date(2027, 1, 1)))
def test_periods_laid_over_each_other_cover_every_day_once(overrides: list[Override], on: date) -> None:
    periods = overlaid(PACK, overrides).rules["share.rework"]
    holding = [one for one in periods if (one.effective_from or on) <= on and on <= (one.effective_until or on)]
    assert len(holding) == 1
    begun = [one for one in overrides if one.from_on <= on]
    latest = max((one.from_on for one in begun), default=None)
    expected = [one.value for one in begun if one.from_on == latest][-1] if begun else 3
    assert holding[0].value == expected


@settings(deadline=None)
@given(OVERRIDES)
def test_what_the_regulation_gives_is_never_covered(overrides: list[Override]) -> None:
    over = [Override("share.reply", one.value, False, "", one.from_on) for one in overrides]
    assert overlaid(PACK, over).rules["share.reply"] == PACK.rules["share.reply"]


def test_a_day_far_off_is_refused() -> None:
    with pytest.raises(Invalid):
        check_override(PACK, Override("share.rework", 4, False, "", date.min))
