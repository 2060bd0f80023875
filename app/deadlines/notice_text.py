"""A notice as people type it, a stretch of days a line: `2027-02-05..2027-02-11 off 春节 / Spring Festival`.

Read as strictly as a calendar file (`notice`), all faults at once, for a person who corrects them in the same form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.deadlines.calendar import SATURDAY, Day
from app.deadlines.notice import NATIONAL, Notice, local_day, national_day
from app.floor.errors import Invalid
from app.floor.messages import Say, Text, say

LINE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|~|～|至)\s*(\d{4}-\d\d-\d\d))?\s+(\S+)(?:\s+(.{1,200}))?")
SIGNS = {
    "off": "off",
    "休": "off",
    "on": "on",
    "班": "on",
    "closed": "closed",
    "闭": "closed",
    "withdrawn": "withdrawn",
    "撤": "withdrawn",
}
LOCAL_SIGNS = ("closed", "withdrawn")
LONGEST, MOST = 60, 200
"""Days in one line, and lines."""


@dataclass(frozen=True)
class Head:
    """What a notice says of itself. Without a jurisdiction it is the whole country's and has a year."""

    title: Text
    number: str | None = None
    source: str | None = None
    year: int | None = None
    amends: bool = False
    jurisdiction: str | None = None
    none: bool = False
    """A place without local days in that year."""
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stretch:
    line: int
    first: date
    last: date
    sign: str
    name: Text | None

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def typed_notice(head: Head, lines: str) -> Notice:
    """The notice that these lines make. Raises Invalid with every fault, under `days` and `number`."""
    stretches, faults = _read(lines, head.none)
    faults += [fault for one in stretches for fault in _faults_of(head, one)]
    faults += _doubled(stretches)
    errors: dict[str, list[Say]] = {"days": faults} if faults else {}
    if head.jurisdiction and head.number is None and any(one.sign == "off" for one in stretches):
        errors["number"] = [say("What stops a period set by law needs a document: please give its number.")]
    if errors:
        raise Invalid(errors)
    days = [_day(head, one, on) for one in stretches if one.sign != "withdrawn" for on in one.days]
    return Notice(
        scope=head.jurisdiction or NATIONAL,
        days=tuple(sorted(days, key=lambda day: day.on)),
        year=head.year,
        amends=head.amends,
        number=head.number,
        source=head.source,
        title=head.title,
        withdrawn=tuple(on for one in stretches if one.sign == "withdrawn" for on in one.days),
        accepts=head.accepts,
    )


def _read(lines: str, none: bool) -> tuple[list[Stretch], list[Say]]:
    found: list[Stretch] = []
    faults: list[Say] = []
    for number, text in enumerate(lines.splitlines(), start=1):
        if number > MOST:
            return found, [*faults, say("At most %(most)s lines.", most=MOST)]
        if text.strip():
            read = _stretch(number, text.strip())
            (faults if isinstance(read, Say) else found).append(read)  # type: ignore[arg-type]
    if none and lines.strip():
        faults.append(say("Where there are no local days, no line is written."))
    if not (none or found or faults):
        faults.append(say("Please name at least one day."))
    return found, faults


def _stretch(line: int, text: str) -> Stretch | Say:
    match = LINE.fullmatch(text)
    if match is None:
        return say("Line %(line)s cannot be read. Write it like 2027-02-05..2027-02-11 off Spring Festival.", line=line)
    first, last, sign, name = match.groups()
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        return say("Line %(line)s names a day that does not exist.", line=line)
    if sign.lower() not in SIGNS:
        return say("Line %(line)s: %(sign)s is none of off, on, closed, withdrawn.", line=line, sign=sign[:20])
    if not 0 <= (ends - begins).days < LONGEST:
        return say("Line %(line)s must end on or after its first day, within %(most)s days.", line=line, most=LONGEST)
    return Stretch(line, begins, ends, SIGNS[sign.lower()], _name(name))


def _name(name: str | None) -> Text | None:
    """In Chinese, and after a stroke in English where it is given."""
    zh, _, en = (name or "").partition("/")
    return Text(zh.strip(), en.strip() or zh.strip()) if zh.strip() else None


def _faults_of(head: Head, one: Stretch) -> Iterator[Say]:
    weekdays = [on for on in one.days if on.weekday() < SATURDAY]
    if head.jurisdiction is None and one.sign in LOCAL_SIGNS:
        yield say("Line %(line)s: closed and withdrawn are for local days only.", line=one.line)
    if head.year and not (date(head.year - 1, 12, 1) <= one.first and one.last <= date(head.year, 12, 31)):
        yield say("Line %(line)s is neither in %(year)s nor in the December before.", line=one.line, year=head.year)
    if one.sign in ("off", "closed") and weekdays and one.name is None:
        yield say("Line %(line)s: a weekday off has a name.", line=one.line)
    if one.sign == "on" and weekdays and head.jurisdiction is None and not head.amends:
        yield say("Line %(line)s: %(day)s is a working day anyway.", line=one.line, day=weekdays[0].isoformat())


def _doubled(stretches: list[Stretch]) -> list[Say]:
    seen: set[date] = set()
    faults = []
    for one in stretches:
        again = next((on for on in one.days if on in seen), None)
        if again is not None:
            faults.append(say("Line %(line)s names %(day)s a second time.", line=one.line, day=again.isoformat()))
        seen |= set(one.days)
    return faults


def _day(head: Head, one: Stretch, on: date) -> Day:
    if head.jurisdiction is None:
        return national_day(on, one.sign == "off", one.name, head.number)
    holiday = one.sign == "off"
    return local_day(on, one.sign in ("off", "closed"), one.name, head.number, holiday=holiday, stops=holiday)
