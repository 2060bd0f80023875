"""A small regulation that holds one key of each type, for tests of the loader."""

from __future__ import annotations

import pytest

from app.rules.loader import load_pack
from app.rules.pack import Pack
from tests.rules.testland import DECLARED, MINIMAL, check_condition


@pytest.fixture
def minimal() -> Pack:
    return load_pack(MINIMAL, "testland.yaml", DECLARED, check_condition)
