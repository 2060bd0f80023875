"""How much, where, and by whom: sizes, both databases, and as many clerks as there are processes."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from itertools import product

from sqlalchemy import select

from app import accounts
from app.accounts import SYSTEM, digest
from app.accounts.models import Account, ApiToken
from app.database.transactions import Database
from tests.load.clerks import APPLICANT, PLACE, PROVIDER, clerk
from tests.world import LAID_AT

LARGE = os.environ.get("LOAD") == "1"


def size(small: int, large: int) -> int:
    """How much of something: little in every run, much with LOAD=1."""
    return large if LARGE else small


def employ(database: Database, seats: int, place: str = PLACE, departments: Sequence[str] = ()) -> None:
    """A clerk for each seat in each department, with the user name as token."""
    names = [(code, clerk(place, code, str(seat))) for code, seat in product(departments or WORKING, range(seats))]
    rows = "".join(f"{name},{name},clerk,{place},{code}\n" for code, name in names)
    table = accounts.read_accounts(f"username,name,roles,jurisdiction,department\n{rows}".encode(), "clerks")
    with database.transaction() as session:
        accounts.load_accounts(session, table, SYSTEM, hashed={})
        for account in session.scalars(select(Account).where(Account.username.in_([name for _, name in names]))):
            token = digest(account.username)
            session.add(ApiToken(account_id=account.id, digest=token, name="test", created_at=LAID_AT))


WORKING = (APPLICANT, PROVIDER, "bureau")


def spread(seconds: Sequence[float]) -> str:
    """Median and longest, in milliseconds."""
    return f"median {statistics.median(seconds) * 1000:.0f} ms, longest {max(seconds) * 1000:.0f} ms"
