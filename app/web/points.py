"""A decision by points as pages ask and read it: a row for each item or record in dispute."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from app.diagrams.forms import BASIS_KINDS, NOBODY_RIGHT, POINT_CODES, POINT_TEXTS, SIDE_RIGHT
from app.floor.messages import Say, say
from app.web import changes
from app.web.changes import MOST_ROWS
from app.web.fields import option, plain_field

__all__ = ["at_cells", "columns", "named_rows", "posted_rows", "written_rows"]
ROW = re.compile(r"(\d{1,3})-([a-z_]+)")
OF_BASIS = {"basis_kind": "kind", "basis_title": "title", "basis_article": "article"}
"""The columns of a row that make up its basis."""
TITLE: Mapping[str, Say] = {
    "item": say("Item"),
    "about": say("Record or point"),
    "result": say("Result"),
    "of_department": say("Whose record stands"),
    "source": say("Source that is right"),
    "evidence": say("Its evidence"),
    "ground": say("Ground and reasons"),
    "basis_kind": say("Kind of text"),
    "basis_title": say("Title of the text"),
    "basis_article": say("Article"),
}
LONG = ("evidence", "ground")
ASKED_BY = {"of_department": (SIDE_RIGHT,), "source": (NOBODY_RIGHT,), "evidence": (NOBODY_RIGHT,)}
"""The results that ask for a column."""
Options = list[dict[str, Any]]


def columns(results: Options, items: Options, parties: Options) -> list[dict[str, Any]]:
    """The fields of one row; what a result that is not offered would ask for is left out."""
    offered = {one["value"] for one in results}
    kinds: Options = [option(one.value, one.title) for one in BASIS_KINDS]
    choices = {"item": items, "result": results, "of_department": parties, "basis_kind": kinds}
    left_out = {"of_department"} if SIDE_RIGHT not in offered or not parties else set()
    left_out |= {"source", "evidence"} if NOBODY_RIGHT not in offered else set()
    left_out |= {"item"} if not items else set()
    help = {
        "of_department": say("Where one side is right; left empty, it is the citizen or organisation that reported."),
        "source": say("Where neither is right: a register, a file, an original."),
        "about": say("Say which record or point this is about, where the item alone does not tell."),
    }
    return [
        plain_field(
            key, _type(key), title, required=key in ("result", "ground"), options=choices.get(key, []),
            max=POINT_TEXTS.get(key, 200), help=help.get(key), by="result", of=ASKED_BY.get(key, ()),
        )
        for key, title in TITLE.items()
        if key not in left_out
    ]  # fmt: skip


def _type(key: str) -> str:
    if key in LONG:
        return "longtext"
    if key in ("item", "of_department", "basis_kind"):
        return "department"  # one of a list, as a menu
    return "choice" if key == "result" else "text"


def posted_rows(key: str, sent: MultiDict[str, str]) -> list[dict[str, Any]]:
    """Rows of points, which come as `key-N-column`. A row of which nothing but its item was written counts: it asks for
    its result."""
    rows: dict[int, dict[str, Any]] = {}
    for name, value in sent.items():
        found = ROW.fullmatch(name.removeprefix(f"{key}-")) if name.startswith(f"{key}-") else None
        if found is None or int(found[1]) >= MOST_ROWS or not value.strip():
            continue
        row = rows.setdefault(int(found[1]), {})
        if found[2] in OF_BASIS:
            row.setdefault("basis", {})[OF_BASIS[found[2]]] = value
        elif found[2] in (*POINT_CODES, *POINT_TEXTS):
            row[found[2]] = value
    return [rows[number] for number in sorted(rows)]


def written_rows(rows: Any) -> list[dict[str, Any]]:
    """Points as a person writes them: the parts of a basis stand beside the rest."""
    return [_written(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    basis = row.get("basis") if isinstance(row.get("basis"), Mapping) else {}
    return {**row, **{column: (basis or {}).get(part) for column, part in OF_BASIS.items()}}


def named_rows(codes: Sequence[str] | None) -> list[dict[str, Any]]:
    """A row for each item in dispute, before anybody has written in it."""
    return [{"item": code} for code in codes or ()][:MOST_ROWS]


def at_cells(name: str, faults: Sequence[Say]) -> dict[str, list[Say]]:
    """The sentences about points, each under the name of its cell; of a basis under that of its title."""
    found = changes.at_cells(name, faults)
    return {re.sub(r"-basis$", "-basis_title", cell): said for cell, said in found.items()}
