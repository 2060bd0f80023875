"""The page on rule packs names every key, and its examples are taken by the loader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.jurisdictions.rulebook import check_condition
from app.rules.conventions import convention_names
from app.rules.loader import check_pack
from tests.rules.declared import DECLARED

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "rule-packs.md").read_text()
YIMA = (ROOT / "rules" / "yima.yaml").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("process", DECLARED)
def test_the_page_explains_every_key_with_its_type(process: str) -> None:
    for key, rule in DECLARED[process].items():
        row = re.search(rf"^\| `{re.escape(key)}` \| (\w+)(.*?)\|", PAGE, re.MULTILINE)
        assert row is not None, key
        assert row[1] == rule.type, key
        if rule.of and "bases" not in row[2]:
            assert row[2].strip(" `").split() == list(rule.of), key
        else:
            assert all(f"`{basis}`" in PAGE for basis in rule.of)


def test_the_page_names_every_convention() -> None:
    assert all(f"`{name}`" in PAGE for name in convention_names())


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.split(":")[0] for example in EXAMPLES])
def test_each_example_is_taken_by_the_loader(example: str) -> None:
    key = example.split(":")[0]
    block = "".join(f"  {line}\n" for line in example.splitlines())
    text, changed = re.subn(rf"^  {re.escape(key)}:\n(?:   .*\n)+", block, YIMA, count=1, flags=re.MULTILINE)
    assert changed == 1
    assert check_pack(text, "example", DECLARED, check_condition) == []
