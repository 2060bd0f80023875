"""What all dates count on is moved where nobody else writes: calendar and rules refuse any other transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.accounts import SYSTEM
from app.cases.commands import recalculation
from tests.world import World

MOVES: dict[str, Callable[[Session, Any], object]] = {
    "a notice": lambda session, notice: recalculation.apply_notice(session, notice, SYSTEM),
    "rules": lambda session, _: recalculation.apply_rules(session, "yima", SYSTEM),
    "a release": lambda session, _: recalculation.follow_pack(session, "yima", SYSTEM),
}


@pytest.mark.parametrize("what", MOVES)
def test_it_is_moved_in_a_transaction_of_its_own_or_not_at_all(world: World, what: str) -> None:
    with world.database.transaction() as session, pytest.raises(RuntimeError, match="alone"):
        MOVES[what](session, None)
