"""A calendar file: a yearly notice of the State Council, or the local days of one jurisdiction. Read strictly: every
fault is reported with its line, and a file with a fault is not taken at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from app.deadlines.calendar import SATURDAY, Day
from app.deadlines.holidays import NAMED
from app.floor.errors import FileError
from app.floor.messages import Say, Text, say
from app.floor.yaml_nodes import YamlNode
from app.floor.yaml_reader import MISSING, YamlReader

NATIONAL = "cn"
ALL = "all"

_FILE_KEYS = "year jurisdiction title notice source note estimate amends amendments days none accept_missing"
_DAY_KEYS = "on off name for notice holiday stops_statutory withdrawn"
_LONGEST = 400
_LOCAL_KEYS = ("holiday", "stops_statutory", "withdrawn")


class CalendarFileError(FileError):
    code = "calendar-invalid"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a file says. With a `year` and without `amends` it is all there is to say about that year in that scope, and
    takes the place of what was known; otherwise its days are laid over the days known before."""

    scope: str
    days: tuple[Day, ...]
    year: int | None = None
    amends: bool = False
    estimate: bool = False
    number: str | None = None
    source: str | None = None
    title: Text | None = None
    note: Text | None = None
    withdrawn: tuple[date, ...] = ()
    """Local days that are taken back: the national day shows again."""
    accepts: tuple[str, ...] = ()
    """Codes of statutory holidays that whoever enters a yearly notice knows to be missing in it; `ALL` is any."""

    @property
    def jurisdiction(self) -> str | None:
        """Whose local days these are; None for the whole country."""
        return None if self.scope == NATIONAL else self.scope

    @property
    def replaces_year(self) -> bool:
        return self.year is not None and not self.amends

    @property
    def first_on(self) -> date:
        """The first day that may have changed: all of a year that is replaced."""
        dates = [day.on for day in self.days] + list(self.withdrawn)
        return min([*dates, date(self.year, 1, 1)]) if self.year and self.replaces_year else min(dates)

    @property
    def declares(self) -> int | None:
        """The year of which all local days are said, be it that there are none."""
        return self.year if self.scope != NATIONAL and self.replaces_year else None

    @property
    def announced_until(self) -> date | None:
        announces = self.scope == NATIONAL and self.replaces_year and not self.estimate
        return date(self.year, 12, 31) if announces and self.year else None


def load_notice(text: str, file: str) -> Notice:
    """Read one calendar file. Raises CalendarFileError with every fault found."""
    reading = _Reading(file)
    root = reading.root(text)
    notice = _NoticeFile(reading, root).notice() if root is not None else None
    if reading.places or notice is None:
        raise CalendarFileError(reading.found())
    return notice


class _Reading(YamlReader):
    """What a calendar file asks beyond the common."""

    def fault(self, where: YamlNode | int | None, path: str, message: Say) -> None:
        super().fault(where, path or "file", message)

    def brief(self, node: YamlNode | None, path: str) -> str | None:
        text = self.string(node, path)
        if text is not None and not 0 < len(text) <= _LONGEST:
            self.fault(node, path, say("must have 1 to %(longest)s characters", longest=_LONGEST))
        return text or None

    def flag(self, node: YamlNode | None, path: str) -> bool:
        return bool(self.switch(node, path))

    def year(self, node: YamlNode | None, path: str) -> int | None:
        year = self.integer(node, path)
        if year is None or 1900 <= year < 2200:
            return year
        self.fault(node, path, say("must be a year"))
        return None

    def day(self, node: YamlNode | None, path: str) -> date | None:
        """In quotes, too."""
        if node is not None and isinstance(node.value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", node.value):
            try:
                return date.fromisoformat(node.value)
            except ValueError:
                self.fault(node, path, say("there is no day %(value)s", value=node.value))
                return None
        return super().day(node, path)


class _NoticeFile:
    def __init__(self, reading: _Reading, root: YamlNode):
        self.reading, self.root = reading, root
        self.top = reading.section(root, "", allowed=_FILE_KEYS)
        self.local = "jurisdiction" in self.top
        self.year = reading.year(self.top.get("year"), "year")
        self.estimate = reading.flag(self.top.get("estimate"), "estimate")
        self.amends = reading.flag(self.top.get("amends"), "amends")
        self.number = reading.brief(self.top.get("notice"), "notice")
        self.numbers = {self.number, *self._amendments()}

    def notice(self) -> Notice:
        self._check_scope()
        nodes = self.reading.items(self.top.get("days"), "days")
        entries = [_DayEntry(self, node, f"days[{index}]") for index, node in enumerate(nodes)]
        if self._says_none() and entries:
            self.reading.fault(self.top["none"], "none", say("says that there are no days, and days are listed"))
        elif not entries and "none" not in self.top:
            self.reading.fault(self.top.get("days", self.root), "days", say("lists no day"))
        days = [day for entry in entries if (day := entry.day()) is not None]
        self._check_pairs(entries, {day.on for day in days if not day.working})
        _check_duplicates(entries)
        return Notice(
            scope=self._scope(),
            days=tuple(days),
            year=self.year,
            amends=self.amends,
            estimate=self.estimate,
            number=self.number,
            source=self.reading.brief(self.top.get("source"), "source"),
            title=self.reading.text(self.top.get("title"), "title"),
            note=self.reading.text(self.top.get("note"), "note"),
            withdrawn=tuple(entry.on for entry in entries if entry.withdrawn and entry.on),
            accepts=self._accepts(),
        )

    def _says_none(self) -> bool:
        """`none: true`: this place has no local days in that year, which is worth knowing where they are awaited."""
        given = self.top.get("none")
        if given is None:
            return False
        if not self.reading.flag(given, "none"):
            self.reading.fault(given, "none", say("is true or left out"))
        if not self.local or self.year is None or self.amends:
            self.reading.fault(given, "none", say("is for a jurisdiction and a year only"))
        return True

    def _accepts(self) -> tuple[str, ...]:
        given = self.top.get("accept_missing")
        if given is not None and (self.local or self.estimate):
            self.reading.fault(given, "accept_missing", say("is for national years only"))
        nodes = self.reading.items(given, "accept_missing")
        codes = [self.reading.choice(node, f"accept_missing[{n}]", NAMED) for n, node in enumerate(nodes)]
        return tuple(NAMED[code] for code in codes if code)

    def _scope(self) -> str:
        if not self.local:
            return NATIONAL
        code = self.reading.matching(
            self.top.get("jurisdiction"),
            "jurisdiction",
            r"[a-z][a-z0-9_]{0,39}",
            say("a code: small letters, digits and _"),
        )
        if code == NATIONAL:
            self.reading.fault(self.top["jurisdiction"], "jurisdiction", say("is left out in a national file"))
        return code or ""

    def _check_scope(self) -> None:
        if not self.local and "year" not in self.top:
            self.reading.fault(self.root, "year", MISSING)
        if self.local and self.estimate:
            self.reading.fault(self.top["estimate"], "estimate", say("is for national years only"))

    def _amendments(self) -> set[str]:
        numbers = set()
        for index, node in enumerate(self.reading.items(self.top.get("amendments"), "amendments")):
            key = f"amendments[{index}]"
            fields = self.reading.section(node, key, needed="notice", allowed="source")
            self.reading.brief(fields.get("source"), f"{key}.source")
            number = self.reading.brief(fields.get("notice"), f"{key}.notice")
            if number:
                numbers.add(number)
        return numbers

    def _check_pairs(self, entries: list[_DayEntry], off: set[date]) -> None:
        for entry in entries:
            if entry.pair and entry.pair not in off:
                entry.fault("for", say("%(pair)s is no day off in this file", pair=entry.pair))


def _check_duplicates(entries: list[_DayEntry]) -> None:
    seen: set[date] = set()
    for entry in entries:
        if entry.on in seen:
            entry.fault("on", say("%(on)s stands here twice", on=entry.on))
        if entry.on:
            seen.add(entry.on)


class _DayEntry:
    def __init__(self, file: _NoticeFile, node: YamlNode, key: str):
        self.file, self.reading, self.node, self.key = file, file.reading, node, key
        self.fields = self.reading.section(node, key, allowed=_DAY_KEYS)
        self.on = self._on()
        self.off = self._flag("off")
        self.pair = self.reading.day(self.fields.get("for"), f"{key}.for")
        self.withdrawn = self._flag("withdrawn")
        self.number = self.reading.brief(self.fields.get("notice"), f"{key}.notice") or file.number
        self.name = self.reading.text(self.fields.get("name"), f"{key}.name")

    def _flag(self, name: str) -> bool:
        return self.reading.flag(self.fields.get(name), f"{self.key}.{name}")

    def fault(self, name: str, message: Say) -> None:
        self.reading.fault(self.fields.get(name, self.node), f"{self.key}.{name}", message)

    def day(self) -> Day | None:
        """The day; None where it is taken back, or too faulty to be one."""
        self._check_scope()
        if self.withdrawn or "off" not in self.fields:
            if not self.withdrawn:
                self.fault("off", MISSING)
            return None
        (self._check_off if self.off else self._check_on)()
        if self.on is None:
            return None
        if not self.file.local:
            estimate = self.file.estimate
            return national_day(self.on, self.off, self.name, self.number, estimate=estimate, pair=self.pair)
        holiday = self.off and self._flag("holiday")
        stops = self.off and self._stops_statutory(holiday)
        if stops and self.number is None:
            self.fault("notice", say("is missing: what stops a period set by law needs a document"))
        return local_day(self.on, self.off, self.name, self.number, holiday=holiday, stops=stops)

    def _stops_statutory(self, holiday: bool) -> bool:
        if "stops_statutory" not in self.fields:
            return holiday
        return self._flag("stops_statutory")

    def _on(self) -> date | None:
        if "on" not in self.fields:
            self.fault("on", MISSING)
        on, year = self.reading.day(self.fields.get("on"), f"{self.key}.on"), self.file.year
        if on and year and not date(year - 1, 12, 1) <= on <= date(year, 12, 31):
            self.fault("on", say("%(on)s is neither in %(year)s nor in the December before", on=on, year=year))
        return on

    def _check_scope(self) -> None:
        for name in () if self.file.local else _LOCAL_KEYS:
            if name in self.fields:
                self.fault(name, say("is for local days only"))
        if not self.file.local and self.number is not None and self.number not in self.file.numbers:
            self.fault("notice", say("is neither the notice of this file nor one of its amendments"))

    def _check_off(self) -> None:
        if "for" in self.fields:
            self.fault("for", say("is for make-up working days only"))
        if self.on and self.on.weekday() < SATURDAY and "name" not in self.fields:
            self.fault("name", say("is missing: a weekday off has a name"))

    def _check_on(self) -> None:
        for name in ("holiday", "stops_statutory"):
            if name in self.fields:
                self.fault(name, say("is for days off only"))
        if self.file.estimate:
            self.fault("off", say("must be true: an estimate knows no make-up days"))
        weekday = self.on is not None and self.on.weekday() < SATURDAY
        if weekday and not (self.file.local or self.file.amends):
            self.fault("on", say("%(on)s is no weekend: it is a working day anyway", on=self.on))


def national_day(
    on: date, off: bool, name: Text | None, number: str | None, *, estimate: bool = False, pair: date | None = None
) -> Day:
    """A day as a notice for the whole country has it; `pair`: the day off for which a weekend is worked."""
    if off:
        return Day(on, False, "estimate" if estimate else "holiday", name, number, estimated=estimate)
    if on.weekday() < SATURDAY:
        return Day(on, True, "workday", name, number)
    return Day(on, True, "makeup", name or _makeup(pair), number)


def local_day(on: date, off: bool, name: Text | None, number: str | None, *, holiday: bool, stops: bool) -> Day:
    """A day of one jurisdiction; `stops`: a period set by law does not count it."""
    if not off:
        return Day(on, True, "local_working", name, number)
    return Day(on, False, "holiday" if holiday else "local_closure", name, number, stops)


def _makeup(pair: date | None) -> Text:
    if pair is None:
        return Text("调休上班", "make-up working day")
    return Text(f"调休上班，换休{pair.month}月{pair.day}日", f"make-up working day for {pair}")
