"""What a regulation lets stand in the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelves import HOUSEHOLDS, rules_with

from app.catalogue.checks import BASIS_KINDS, DEFAULTS, check_entry
from app.floor.messages import SHARE_TYPES

ENTRY = {name: value for name, value in HOUSEHOLDS.items() if name not in ("resource", "action")}


def faults(entry: dict[str, Any], **rules: Any) -> set[str]:
    return set(check_entry(entry, rules_with(**rules)))


def test_an_entry_that_the_regulation_admits_has_no_fault() -> None:
    assert faults(ENTRY) == set()
    assert faults({"name": "x", "share_type": "unconditional"}) == set()


def test_a_share_type_must_be_one_that_the_regulation_knows() -> None:
    public = {"name": "x", "share_type": "public"}
    assert faults(public) == {"share_type"}
    assert faults(public, entry__share_types=["public", "unconditional"]) == set()


@pytest.mark.parametrize("kind", BASIS_KINDS)
@pytest.mark.parametrize("share_type", ["conditional", "withheld"])
def test_only_an_admissible_basis_carries_a_share_type(share_type: str, kind: str) -> None:
    admitted = {"conditional": ("law", "national_policy"), "withheld": ("law", "administrative_regulation")}[share_type]
    found = faults({**ENTRY, "share_type": share_type, "basis_kind": kind})
    assert found == (set() if kind in admitted else {"basis_kind"})


def test_without_a_basis_an_entry_must_be_unconditional() -> None:
    assert faults({**ENTRY, "basis_kind": ""}) == {"basis_kind"}
    assert faults({**ENTRY, "basis_kind": "", "share_type": "unconditional"}) == set()


def test_a_basis_must_be_named_and_not_only_its_kind() -> None:
    assert faults({**ENTRY, "basis_text": " "}) == {"basis_text"}


def test_where_the_regulation_asks_for_no_basis_none_is_needed() -> None:
    assert faults({**ENTRY, "basis_kind": "", "basis_text": ""}, basis__conditional=[]) == set()


def test_withheld_data_of_a_publicly_funded_system_need_the_stricter_basis() -> None:
    entry = {**ENTRY, "share_type": "withheld", "publicly_funded": True}
    stricter = {"basis__withheld_funded": ["party_state_council_policy"]}
    assert faults(entry, **stricter) == {"basis_kind"}
    assert faults({**entry, "basis_kind": "party_state_council_policy"}, **stricter) == set()
    assert faults({**entry, "publicly_funded": False}, **stricter) == set()
    assert faults(entry) == set()


@pytest.mark.parametrize("share_type", ["conditional", "withheld"])
def test_items_of_the_basic_databases_are_unconditional_where_the_rule_says_so(share_type: str) -> None:
    basic = {**ENTRY, "basic": True, "share_type": share_type}
    assert faults(basic, basic__unconditional=True) == {"share_type"}
    assert faults(basic, basic__unconditional=False) == set()
    assert faults({**basic, "share_type": "unconditional"}, basic__unconditional=True) == set()


def test_a_conditional_entry_states_what_the_regulation_asks_for() -> None:
    rule = {"entry__conditional_states": ["conditions", "scope", "purpose"]}
    assert faults({**ENTRY, "conditions": ""}, **rule) == {"conditions", "scope", "purpose"}
    assert faults({**ENTRY, "scope": "全市", "purpose": "救助"}, **rule) == set()


def test_a_mode_is_one_that_the_regulation_knows() -> None:
    assert faults({**ENTRY, "modes": ["file"]}) == {"modes"}
    assert faults({**ENTRY, "modes": ["query", "interface"]}) == set()


def test_a_regulation_that_does_not_answer_a_key_asks_nothing_by_it() -> None:
    def silent(key: str) -> Any:
        return rules_with()("no such key")

    assert check_entry({"name": "x", "share_type": "withheld"}, silent) == {}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "\u202egnp.exe"),
        ("name", None),
        ("summary", "\x00"),
        ("summary", ["x"]),
        ("published", "yes"),
        ("basic", 1),
        ("share_type", "secret"),
        ("share_type", ["conditional"]),
        ("basis_kind", "habit"),
        ("modes", "query"),
        ("modes", [{}]),
        ("items", {}),
        ("items", [{"code": "a"}]),
        ("items", [{"code": "a", "name": ""}]),
        ("items", [{"code": "a b", "name": "x"}]),
        ("items", [{"code": "a", "name": "x", "secret": "y"}]),
        ("items", [{"code": "a", "name": "x"}, {"code": "a", "name": "y"}]),
        ("items", [{"code": f"c{n}", "name": "x"} for n in range(501)]),
    ],
)
def test_a_wrong_value_is_a_fault_of_its_field(field: str, wrong: Any) -> None:
    assert faults({**ENTRY, field: wrong}) == {field}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(DEFAULTS, JSON)), st.sampled_from(SHARE_TYPES))
def test_no_entry_however_odd_breaks_the_check(entry: dict[str, Any], share_type: str) -> None:
    check_entry(entry, rules_with())
    check_entry({**entry, "share_type": share_type}, rules_with())
