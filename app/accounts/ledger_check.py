"""Whether departments and accounts are what their ledger tells: each row folded from the lines about it, so that rows
from before are proved, too. Passwords and tokens are digests that no line repeats; they are not. Nor are names: what
they are called decides nothing, and whatever was issued keeps its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account, Department
from app.history import BrokenLink, HistoryEvent

LEDGER = "accounts"
OF_A_DEPARTMENT = ("level", "kind", "area", "closed_on", "successor")
OF_AN_ACCOUNT = ("roles", "department", "active")
ID = "id"
"""The number of the row, to which everything else points. Lines from before do not tell it; what they leave open the
seats of cases prove."""
Said = dict[str, Any]
Key = tuple[str, ...]


def broken_accounts(session: Session) -> Iterator[BrokenLink]:
    """The departments and accounts that are not as they were told."""
    told = _told(session)
    kept = _departments(session) | _accounts(session)
    for key in sorted({*told, *kept}):
        why = _difference(told.get(key), kept.get(key))
        if why is not None:
            yield BrokenLink(LEDGER, None, f"{'/'.join(key)} {why}")


def _difference(told: Said | None, kept: Said | None) -> str | None:
    if told is None:
        return "is a row that nobody has told of"
    if kept is None:
        return "is gone"
    wrong = [name for name in kept if kept[name] != (told[name] if name != ID else told.get(ID, kept[ID]))]
    return f"is not as it was told: {', '.join(wrong)}" if wrong else None


def _told(session: Session) -> dict[Key, Said]:
    """What the ledger says last of each."""
    found: dict[Key, Said] = {}
    links = select(HistoryEvent.kind, HistoryEvent.detail).where(HistoryEvent.stream == LEDGER)
    for kind, detail in session.execute(links.order_by(HistoryEvent.seq)):
        if kind.startswith("department_"):
            _tell_department(found, kind, detail)
        elif kind.startswith("account_"):
            _tell_account(found, kind, detail)
    return found


def _tell_department(found: dict[Key, Said], kind: str, detail: Mapping[str, Any]) -> None:
    key = ("department", detail["jurisdiction"], detail["code"])
    known = found.setdefault(key, {"area": "", "closed_on": None, "successor": None})
    if kind == "department_closed":
        known |= {"closed_on": detail["on"], "successor": detail["successor"]}
    else:
        known |= {name: detail[name] for name in (*OF_A_DEPARTMENT, ID) if name in detail}


def _tell_account(found: dict[Key, Said], kind: str, detail: Mapping[str, Any]) -> None:
    known = found.setdefault(("account", detail["username"]), {"active": True})
    if kind in ("account_closed", "account_opened"):
        known["active"] = kind == "account_opened"
    else:
        known |= {name: detail[name] for name in (*OF_AN_ACCOUNT, ID) if name in detail}


def _departments(session: Session) -> dict[Key, Said]:
    found: dict[Key, Said] = {}
    names = (*OF_A_DEPARTMENT, ID)
    columns = (Department.jurisdiction, Department.code, *(getattr(Department, name) for name in names))
    for jurisdiction, code, *values in session.execute(select(*columns)):
        said = dict(zip(names, values, strict=True))
        said["closed_on"] = said["closed_on"] and said["closed_on"].isoformat()
        found["department", jurisdiction, code] = said
    return found


def _accounts(session: Session) -> dict[Key, Said]:
    found: dict[Key, Said] = {}
    query = select(Account, Department.jurisdiction, Department.code).outerjoin(
        Department, Department.id == Account.department_id
    )
    for account, jurisdiction, code in session.execute(query):
        place = f"{jurisdiction}/{code}" if code is not None else None
        said = {"roles": account.roles, "department": place, "active": account.active, ID: account.id}
        found["account", account.username] = said
    return found
