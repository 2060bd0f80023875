"""The stories of the demonstration, and when each of their moves happens: plain values, nothing is done here."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.demo.files import read_yaml
from app.floor import clock
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import rulebook

OPENS, CLOSES = time(8, 45), time(16, 45)
"""Between these the people of the demonstration work; reminders come before, due moments after."""


@dataclass(frozen=True)
class Story:
    """One way through a procedure in one jurisdiction."""

    key: str
    jurisdiction: str
    department: str
    resource: str
    procedure: str
    data: Mapping[str, Any]
    since: int | Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    by: str | None
    brings: int
    copied: bool


@dataclass(frozen=True)
class Move:
    """What somebody does at a moment; without a step the case is opened."""

    at: datetime
    story: Story
    opened_on: date
    step: Mapping[str, Any] | None = None


def read_stories() -> list[Story]:
    content = read_yaml("stories.yaml")
    return [
        _story(one, content["openings"][one["opening"]], jurisdiction, *place)
        for one in content["stories"]
        for jurisdiction, place in one["in"].items()
    ]


def read_business() -> Mapping[str, Mapping[str, str]]:
    """What each department needs data for: purpose, scope, duty, necessity."""
    business: Mapping[str, Mapping[str, str]] = read_yaml("stories.yaml")["business"]
    return business


def _story(
    told: Mapping[str, Any], opening: Mapping[str, Any], jurisdiction: str, department: str, resource: str
) -> Story:
    return Story(
        key=f"{told['name']} · {jurisdiction}",
        jurisdiction=jurisdiction,
        department=department,
        resource=resource,
        procedure=opening["procedure"],
        data={**opening["data"], **told.get("data", {})},
        since=told["since"],
        steps=tuple(step for step in told.get("steps", ()) if jurisdiction in step.get("where", [jurisdiction])),
        by=told.get("by"),
        brings=told.get("brings", 0),
        copied=told.get("copied", True),
    )


def shuffled(stories: Sequence[Story], seed: int) -> list[Story]:
    """In an order of which every beginning is a good mixture."""
    return random.Random(seed).sample(stories, len(stories))  # noqa: S311  not a secret


def last_finished_day(session: Session, jurisdiction: str, now: datetime) -> date:
    """The last working day on which nobody of the demonstration does anything any more."""
    local = now.astimezone(clock.OFFICE)
    day = local.date() if local.time() > CLOSES else local.date() - timedelta(days=1)
    return calendar_for(session, jurisdiction).previous_working(day)


def moves_of(session: Session, stories: Iterable[Story], now: datetime, seed: int) -> list[Move]:
    """All moves of these stories in the order of time, the last of them before `now`. The same seed gives the same."""
    moves = [move for story in stories for move in _course(session, story, now, seed)]
    return sorted(moves, key=lambda move: (move.at, move.story.key))


def _course(session: Session, story: Story, now: datetime, seed: int) -> list[Move]:
    calendar = calendar_for(session, story.jurisdiction)
    end = last_finished_day(session, story.jurisdiction, now)
    at = _within(calendar.add(end, -_days_before(session, story, end)), OPENS, f"{seed} {story.key}")
    opened_on = clock.office_date(at)
    moves = [Move(at, story, opened_on)]
    for number, step in enumerate(story.steps):
        day = calendar.add(clock.office_date(at), step["after"])
        earliest = at.astimezone(clock.OFFICE).time() if day == clock.office_date(at) else OPENS
        at = _within(day, earliest, f"{seed} {story.key} {number}")
        moves.append(Move(at, story, opened_on, step))
    if clock.office_date(at) > end:
        raise ValueError(f"the story {story.key!r} would go on into the future")
    return moves


def _days_before(session: Session, story: Story, on: date) -> int:
    """How many working days before the end of the demonstration the case is opened."""
    if isinstance(story.since, int):
        return story.since
    length = rulebook(session, story.jurisdiction).value(story.since["rule"], on).term.length
    return max(0, length - int(story.since["left"]))


def _within(day: date, earliest: time, seed: str) -> datetime:
    """Some minute of that working day, after the earliest."""
    first, last = (moment.hour * 60 + moment.minute for moment in (earliest, CLOSES))
    minute = random.Random(seed).randint(min(first + 1, last), last)  # noqa: S311
    return datetime.combine(day, time(minute // 60, minute % 60), clock.OFFICE).astimezone(UTC)
