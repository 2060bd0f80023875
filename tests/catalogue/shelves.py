"""A small catalogue's rows, and rules as a regulation may answer them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl

from app.floor.errors import NotFound

DEPARTMENTS = """jurisdiction,code,name_zh,level
yima,gongan,公安局,city
yima,minzheng,民政局,city
jiangsu,gongan,公安厅,province
"""
RULES: dict[str, Any] = {
    "entry.share_types": ["unconditional", "conditional", "withheld"],
    "entry.conditional_states": ["conditions"],
    "basis.conditional": ["law", "national_policy"],
    "basis.withheld": ["law", "administrative_regulation"],
    "basis.withheld_funded": [],
    "basic.unconditional": False,
    "share.modes": ["interface", "query"],
}
HOUSEHOLDS: dict[str, Any] = {
    "resource": "YM-HH",
    "action": "add",
    "name": "户籍人口信息",
    "share_type": "conditional",
    "conditions": "仅限社会救助",
    "basis_kind": "law",
    "basis_text": "户口登记条例第三条",
    "items": [
        {"code": "name", "name": "姓名", "type": "C"},
        {"code": "idno", "name": "身份证号"},
        {"code": "addr", "name": "地址"},
    ],
}


def rules_with(**changed: Any) -> Callable[[str], Any]:
    answers = RULES | {key.replace("__", "."): value for key, value in changed.items()}

    def rule(key: str) -> Any:
        if key not in answers:
            raise NotFound(f"no answer to {key}")
        return answers[key]

    return rule


def as_xlsx(rows: list[list[Any]], items: list[list[Any]] | None = None) -> bytes:
    """A workbook of these rows, with a second sheet of items where there are any."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    for row in items or []:
        (book["items"] if "items" in book.sheetnames else book.create_sheet("items")).append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
