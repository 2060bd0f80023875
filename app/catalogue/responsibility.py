"""The responsibility list: which department collects which item. A register with editions, derived from the catalogue.

A line holds from the edition that brought it until the edition that ended it, so that an edition costs what it changes
and every old one can be read. Each edition is sealed in the ledger of its jurisdiction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Select, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.accounts import directory
from app.accounts.csv_tables import has_hidden
from app.catalogue.models import Resource, ResponsibilityEdition, ResponsibilityLine
from app.catalogue.paging import RowPage, SortOrder, page
from app.floor import clock
from app.floor.errors import NotFound
from app.floor.messages import say
from app.history import append, ledger

CHUNK = 1000
EDITION = "responsibility.edition"
"""The link of a ledger that tells of an edition, with its seal."""
SAID = ("resource", "resource_name", "item", "item_name", "department", "department_name", "since", "until")
"""What a line says for ever; `until` is told by the edition that ended it."""


IN_ORDER = SortOrder(ResponsibilityLine.resource, ResponsibilityLine.id)
NEWEST = SortOrder(ResponsibilityEdition.number, ResponsibilityEdition.id, descending=True)


# reading


def latest(session: Session, jurisdiction: str) -> int:
    """The number of the newest edition; 0 while there is none."""
    newest = select(func.max(ResponsibilityEdition.number)).where(ResponsibilityEdition.jurisdiction == jurisdiction)
    return session.scalar(newest) or 0


def editions_of(
    session: Session, jurisdiction: str, *, after: str | None = None, limit: int = 50
) -> RowPage[ResponsibilityEdition]:
    """The editions, newest first."""
    query = select(ResponsibilityEdition).where(ResponsibilityEdition.jurisdiction == jurisdiction)
    return page(session, query, NEWEST, after, limit)


def edition(session: Session, jurisdiction: str, number: int | None = None) -> ResponsibilityEdition | None:
    """That edition, or the newest; None where there is none yet. Raises NotFound for a number that was never given."""
    wanted = number or latest(session, jurisdiction)
    query = select(ResponsibilityEdition).where(ResponsibilityEdition.jurisdiction == jurisdiction)
    found = session.scalar(query.where(ResponsibilityEdition.number == wanted))
    if found is None and number is not None:
        raise NotFound(say("There is no edition %(number)s of the responsibility list.", number=number))
    return found


def lines_in(
    session: Session,
    jurisdiction: str,
    number: int,
    *,
    department: str | None = None,
    resource: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> RowPage[ResponsibilityLine]:
    """The lines of an edition, by entry. `department` and `resource` are codes."""
    if any(has_hidden(text) for text in (department, resource) if text):
        return RowPage([])
    query = _standing(jurisdiction, number)
    if department:
        query = query.where(ResponsibilityLine.department == department)
    if resource:
        query = query.where(ResponsibilityLine.resource == resource)
    return page(session, query, IN_ORDER, after, limit)


def every_line(
    session: Session, jurisdiction: str, number: int, department: str | None = None
) -> Iterator[ResponsibilityLine]:
    """All lines of an edition, for a file."""
    query = _standing(jurisdiction, number)
    if department:
        query = query.where(ResponsibilityLine.department == department)
    yield from session.scalars(query.order_by(*IN_ORDER.by)).yield_per(CHUNK)


def _standing(jurisdiction: str, number: int) -> Select[ResponsibilityLine]:
    ended = or_(ResponsibilityLine.until.is_(None), ResponsibilityLine.until > number)
    return select(ResponsibilityLine).where(
        ResponsibilityLine.jurisdiction == jurisdiction, ResponsibilityLine.since <= number, ended
    )


# making an edition


@dataclass(frozen=True)
class Made:
    """A new edition: its number, and how many lines it brought and ended."""

    number: int
    added: int
    ended: int


def publish(
    session: Session, jurisdiction: str, codes: Collection[str] | None, actor: str, case_id: int | None = None
) -> Made:
    """A new edition, in which the lines of these entries follow the catalogue; the first one, or one without `codes`,
    derives them all. The ledger's lock orders those who publish at once."""
    owner = ledger(session, stream_of(jurisdiction))
    session.flush()
    number = latest(session, jurisdiction) + 1
    whole = codes is None or number == 1
    wanted = {_same(one): one for one in _derived(session, jurisdiction, None if whole else codes)}
    standing = _standing(jurisdiction, number)
    if not whole:
        standing = standing.where(ResponsibilityLine.resource.in_(sorted(codes or ())))
    kept = {tuple(row[1:]): row[0] for row in session.execute(standing.with_only_columns(*_KEYS))}
    added = [one | {"since": number, "until": None} for key, one in wanted.items() if key not in kept]
    ended = [id for key, id in kept.items() if key not in wanted]
    for part in _parts(added):
        session.execute(insert(ResponsibilityLine), part)
    for ids in _parts(ended):
        gone = update(ResponsibilityLine).where(ResponsibilityLine.id.in_(ids)).values(until=number)
        session.execute(gone.execution_options(synchronize_session=False))
    now = clock.now()
    count = session.scalar(select(func.count()).select_from(_standing(jurisdiction, number).subquery())) or 0
    told = {"jurisdiction": jurisdiction, "number": number, "made_at": now, "made_by": actor, "case_id": case_id}
    session.add(ResponsibilityEdition(**told, lines=count))
    detail = {"number": number, "case": case_id, "lines": count, "seal": seal(session, jurisdiction, number)}
    append(session, owner, EDITION, actor, detail, now)
    return Made(number, len(added), len(ended))


def _derived(session: Session, jurisdiction: str, codes: Collection[str] | None) -> Iterator[dict[str, Any]]:
    """Who provides an entry collects its items."""
    names = directory(session).by_id
    columns = (Resource.code, Resource.name, Resource.items, Resource.provider_id)
    query = select(*columns).where(Resource.jurisdiction == jurisdiction, ~Resource.withdrawn).order_by(Resource.code)
    if codes is not None:
        query = query.where(Resource.code.in_(sorted(codes)))
    for code, name, items, provider_id in session.execute(query):
        card = names[provider_id]
        whose = {"department_id": card.id, "department": card.code, "department_name": card.name.zh}
        entry = {"jurisdiction": jurisdiction, "resource": code, "resource_name": name, **whose}
        for item in items or [{"code": "", "name": ""}]:
            yield entry | {"item": item["code"], "item_name": item["name"]}


def _same(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in SAID[:-2])


_KEYS = (ResponsibilityLine.id, *(getattr(ResponsibilityLine, name) for name in SAID[:-2]))


def _parts(things: list[Any]) -> Iterable[list[Any]]:
    return (things[start : start + CHUNK] for start in range(0, len(things), CHUNK))


def begin(session: Session, jurisdiction: str, actor: str) -> Made | None:
    """The first edition of a jurisdiction that keeps a list, once there is a catalogue; None where there is nothing to
    do."""
    entries = select(Resource.id).where(Resource.jurisdiction == jurisdiction).limit(1)
    if latest(session, jurisdiction) or session.scalar(entries) is None:
        return None
    return publish(session, jurisdiction, None, actor)


# its seal


def stream_of(jurisdiction: str) -> str:
    """The ledger that tells of a jurisdiction's editions."""
    return f"responsibility:{jurisdiction}"


def beyond(session: Session) -> str | None:
    """A jurisdiction with lines that an edition has begun or ended which was never made."""
    line, edition = ResponsibilityLine, ResponsibilityEdition

    def never(number: Any) -> Any:
        made = select(edition.id).where(edition.jurisdiction == line.jurisdiction, edition.number == number)
        return ~made.exists()

    stray = never(line.since) | (line.until.is_not(None) & never(line.until))
    return session.scalar(select(line.jurisdiction).where(stray).limit(1))


def seal(session: Session, jurisdiction: str, number: int) -> str:
    """sha256 over the lines that an edition brought and those that it ended."""
    columns = [getattr(ResponsibilityLine, name) for name in SAID[:-1]]
    here = ResponsibilityLine.jurisdiction == jurisdiction
    digest = hashlib.sha256()
    for mark, which in ((b"+", ResponsibilityLine.since == number), (b"-", ResponsibilityLine.until == number)):
        rows = session.execute(select(*columns).where(here, which).order_by(ResponsibilityLine.id))
        for row in rows.yield_per(CHUNK):
            digest.update(mark + orjson.dumps(list(row)))
    return digest.hexdigest()
