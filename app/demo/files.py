"""The data files of the demonstration, as plain values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).resolve().parent
DEPARTMENTS = FOLDER / "departments.csv"


@cache
def read_yaml(name: str) -> Any:
    """Read once; nobody changes what it holds."""
    return YAML(typ="safe", pure=True).load((FOLDER / name).read_text("utf-8"))


def read_departments() -> list[dict[str, str]]:
    with DEPARTMENTS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A file such as people would load: the demonstration comes in by the same door as their data."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
