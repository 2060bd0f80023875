"""Drafted changes of catalogue entries as pages ask and read them: a row for each entry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.cases.documents.wording import BASIS, MODE
from app.catalogue.checks import SWITCHES, TEXTS, Rules, offered
from app.floor.messages import InRow, Say, say
from app.web.fields import option, plain_field
from app.web.i18n import series

MOST_ROWS = 50
ROW = re.compile(r"(\d{1,3})-([a-z_]+)")
BAR = re.compile("[|｜]")

SHARE_TYPE = {
    "public": say("Open to the public"),
    "unconditional": say("Unconditional"),
    "conditional": say("Conditional"),
    "withheld": say("Withheld"),
}
ENTRY_TITLE = {
    "action": say("What changes"),
    "resource": say("Resource code"),
    "to": say("Receiving department"),
    "name": say("Name"),
    "share_type": say("Sharing"),
    "conditions": say("Conditions of sharing"),
    "scope": say("Scope"),
    "purpose": say("Purpose"),
    "basis_kind": say("Kind of basis"),
    "basis_text": say("Document and article of the basis"),
    "modes": say("Modes of sharing"),
    "items": say("Items"),
    "summary": say("Summary"),
    "format": say("Format"),
    "system": say("System"),
    "open_type": say("Opening to society"),
    "update_cycle": say("Update cycle"),
    "published": say("Published on the platform"),
    "sensitive": say("Holds trade secrets or personal data"),
    "basic": say("Of a basic database"),
    "timely": say("Changes fast"),
    "publicly_funded": say("Collected with public funds"),
}
ACTION = {
    "add": say("Add"),
    "change": say("Change"),
    "withdraw": say("Withdraw"),
    "transfer": say("Transfer to another department"),
}
CODES = {"action": ACTION, "share_type": SHARE_TYPE, "basis_kind": BASIS, "modes": MODE}
"""What the codes of a column are called."""
LONG = ("conditions", "summary", "items")
ALWAYS, RECEIVER = ("action", "resource"), "to"
OF_NEW = ("name", "share_type", "items")
"""What a new entry cannot be without."""
MADE = ("", "add", "change")
"""What a row does, or may yet do, where it says what is in an entry; who withdraws or transfers one says nothing."""


def columns(
    rules: Rules, actions: Sequence[str] = (), receivers: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """The fields of one row; of the codes that an entry can hold, those that the regulation knows. `receivers`: the
    departments that can take an entry over."""
    left = {**offered(rules), "action": tuple(actions or ACTION)}
    help = {
        "items": say("One item a line: code, blank, name; behind a bar its type, such as “MC name | text”."),
        "to": say(
            "Only for a transfer. The department is asked to accept; then entry, grants and open cases move to it."
        ),
        "open_type": say(
            "“无条件开放” puts the entry into the open catalogue; what is withheld or sensitive never is."
        ),
    }
    return [
        plain_field(
            key, _type(key), title, required=key in (*ALWAYS, RECEIVER), max=TEXTS.get(key),
            needed=say("needed for a new entry") if key in OF_NEW else None,
            help=help.get(key), of=() if key in ALWAYS else ("transfer",) if key == RECEIVER else MADE,
            options=list(receivers)
            if key == "to"
            else [option(code, CODES[key][code]) for code in left.get(key, ()) if code in CODES[key]],
        )
        for key, title in ENTRY_TITLE.items()
        if key != "to" or "transfer" in left["action"]
    ]  # fmt: skip


def _type(key: str) -> str:
    if key in SWITCHES:
        return "boolean"
    if key == "to":
        return "choice"
    if key in CODES:
        return "choices" if key == "modes" else "choice"
    return "longtext" if key in LONG else "text"


# what was sent, and what is shown again


def posted_rows(key: str, sent: MultiDict[str, str]) -> list[dict[str, Any]]:
    """Rows of changes, which come as `key-N-column`; empty ones are left out."""
    rows: dict[int, dict[str, Any]] = {}
    for name, values in sent.lists():
        found = ROW.fullmatch(name.removeprefix(f"{key}-")) if name.startswith(f"{key}-") else None
        if found is None or int(found[1]) >= MOST_ROWS:
            continue
        value = _cell(found[2], [one for one in values if one.strip()])
        if value is not None:
            rows.setdefault(int(found[1]), {})[found[2]] = value
    return [rows[number] for number in sorted(rows)]


def _cell(column: str, values: list[str]) -> Any:
    """One value of a row; what was left empty is not changed."""
    if not values:
        return None
    if column == "modes":
        return values
    if column == "items":
        return [_item(line) for line in values[0].splitlines() if line.strip()]
    if column in SWITCHES:
        return values[0] == "true"
    return values[0]


def _item(line: str) -> dict[str, str]:
    """Split, not matched: blanks between words could be shared out in too many ways."""
    code, *rest = line.strip().split(None, 1)
    name, *types = (part.strip() for part in BAR.split(rest[0] if rest else "", 1))
    if not name or types == [""]:
        return {"code": line.strip(), "name": ""}
    return {"code": code, "name": name} | ({"type": types[0]} if types else {})


def written_rows(rows: Any) -> list[dict[str, Any]]:
    """Changes as a person writes them: items are lines. What is no list of changes, as only a program could have sent
    it, is not shown again."""
    return [_written(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _written(row: dict[str, Any]) -> dict[str, Any]:
    lists = {"items": _lines(row.get("items")), "modes": row["modes"] if isinstance(row.get("modes"), list) else []}
    return {**row, **{name: value for name, value in lists.items() if name in row}}


def _lines(items: Any) -> str:
    return "\n".join(_line(one) for one in items) if isinstance(items, list) else str(items or "")


def _line(item: Any) -> str:
    if not isinstance(item, Mapping):  # what a program has sent to a page
        return str(item)
    kind = f" | {item['type']}" if item.get("type") else ""
    return f"{item.get('code', '')} {item.get('name', '')}{kind}".strip()


def named_rows(codes: Any) -> list[dict[str, Any]]:
    """A row for each entry that is to be changed, before anybody has written in it."""
    return [{"resource": code} for code in codes or ()][:MOST_ROWS]


def at_cells(name: str, faults: Sequence[Say]) -> dict[str, list[Say]]:
    """The sentences about a field of rows, each under the name of the cell that it is about."""
    found: dict[str, list[Say]] = {}
    for one in faults:
        if isinstance(one, InRow):
            found.setdefault(f"{name}-{one.row}-{one.column}", []).append(_titled(one.fault))
        else:
            found.setdefault(name, []).append(one)
    return found


def _titled(fault: Say) -> Say:
    """Codes in a sentence, as a person knows them."""
    titles = {code: title for known in CODES.values() for code, title in known.items()}
    spelled = {
        name: series(titles.get(code, code) for code in value.split(", "))
        for name, value in fault.params.items()
        if name in ("codes", "kinds") and isinstance(value, str)
    }
    return replace(fault, params={**fault.params, **spelled})
