"""Texts that were cited here before, to be offered where a decision must name what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select

from app.cases.models import Task
from app.cases.transition import Transition
from app.catalogue import entries
from app.floor.citations import titled

LOOKED_AT = 2000
"""How far back answers are looked through, in tasks of the whole installation: a scan that does not grow."""
OFFERED = 40
TITLE = re.compile(r"[《〈].+?[》〉]")


def cited_texts(step: Transition) -> list[str]:
    """Titles of the texts that this jurisdiction's catalogue cites, and that the reader's own department has cited in
    its latest answers."""
    texts = [*_answered(step), *entries.cited(step.session, step.case.jurisdiction)]
    titles = [found[0] if (found := TITLE.search(text)) else text for text in (titled(one) for one in texts)]
    return list(dict.fromkeys(titles))[:OFFERED]


def _answered(step: Transition) -> Iterable[str]:
    newest = select(func.max(Task.id)).scalar_subquery()
    query = select(Task.answer).where(
        Task.id > newest - LOOKED_AT,
        Task.jurisdiction == step.case.jurisdiction,
        Task.department_id == step.actor.department_id,
        Task.status == "done",
    )
    for answer in step.session.scalars(query.order_by(Task.id.desc())):
        for value in (answer or {}).values():
            own = [one.get("basis") for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
            yield from (str(one["title"]) for one in (value, *own) if _is_basis(one))


def _is_basis(value: Any) -> bool:
    return isinstance(value, Mapping) and {"kind", "title"} <= set(value)
