"""When each clock must be due: a table typed from the regulations, and a count of our own with `chinese_calendar`.

Nothing here reads a rule pack, a forms file or a deadline row. What happened, and when, is the player's log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from chinese_calendar import is_workday

CLOSE = time(17, 30)
ABOVE = "12"
"""The article of the superior text whose figures the courses enter."""
BINDS = ("done:verify_error=error", "done:correct_record=gongan", "done:correct_second_record=gongan")
"""Until one of them nobody owes a correction: an error was found with the provider."""
PLACES = ("jiangmen", "yima", "jiangsu", "yinchuan", "yunyang")

TERMS = """
                              jiangmen   yima       jiangsu    yinchuan   yunyang
conditional_share.reply       i10/21     S5/15      S10/16     i10/16     i10/31
conditional_share.withheld_reply i10       –          –          –          –
conditional_share.supplement_consent i2     i2         i2         i2         i2
conditional_share.supplement  i5         i5         i5         i5         i5
conditional_share.response    i10        i10        i10        i10        i10
conditional_share.agreement   –          –          –          i5/16      –
conditional_share.authorise   –          –          –          i3/15      –
need.find_holder              i5         i5         i5         i5/17      i5
need.can_supply               i10        i10        i10/4(2)   i10/17     i10
need.enter                    i10        i10        i10        i10        i10
need.review                   –          i5         –          i5         i5
need.choose                   i5         i5         i5         i5         i5
data_error.reply              i10/23     i10/12     i5/18      i10/10     S10/23
data_error.correct            i15/23     i5/12      i5/18      i5/10      i5/23
data_error.consent            –          –          –          –          i2/23
data_error.response           i10        i10        i10        i10        i10
catalogue_update.update       i10/11     S10/9      S15/9      i10/10     S10/18
catalogue_update.submission   –          i5         –          i5         –
catalogue_update.redraft      i5         i5         i5         i5         i5
catalogue_update.accept       i2         i2         i2         i2         i2
catalogue_update.decide_transfer  i3     i3         i3         i3         i3
catalogue_update.review       –          i5/7       –          i5/8       S5/18
dispute.negotiate             i10/15     i10/15     i10/16     i10/13     i10/26
dispute.coordinate            i10/15     i10/15,16  i10/16     i10/13,16  i10/26,32
dispute.decide_above          i15        i15        i15        i15        i15/32
dispute.correct_record        i5         i5         i5         i5         i5
dispute.correct_second_record i5         i5         i5         i5         i5
dispute.confirm_superior      i5         i5         i5         i5         i5
dispute.correct_entry         i10        i10        i10        i10        i10
dispute.mend_quality          i10        i10        i10        i10        i10
grant_review.decide           i10        i10        i10        i10        i10
grant_review.response         i10        i10        i10        i10        i10
"""
"""S: a number that the regulation states; i: an internal target, because it states none. Then the article that speaks
of it. –: this clock cannot run there."""

STARTS = {
    "conditional_share.reply": "received:conditional, opens:provider_review",
    "conditional_share.withheld_reply": "received:withheld",
    "conditional_share.supplement_consent": "opens:consent_supplement",
    "conditional_share.supplement": "opens:applicant_supplement",
    "conditional_share.response": "opens:applicant_response",
    "conditional_share.agreement": "opens:confirm_agreement_applicant",
    "conditional_share.authorise": "opens:bureau_authorise",
    "need.find_holder": "opens:find_holder, opens:find_entry",
    "need.can_supply": "opens:can_supply",
    "need.enter": "opens:enter_entry",
    "need.review": "opens:review_entry",
    "need.choose": "opens:choose_items",
    "data_error.reply": "received:doubt",
    "data_error.correct": "done:verify_error=error",
    "data_error.correct jiangmen": "received:doubt",
    "data_error.consent": "opens:consent_extension",
    "data_error.response": "opens:reporter_response",
    "catalogue_update.update": "changed_on",
    "catalogue_update.submission": "changed_on",
    "catalogue_update.redraft": "done:review_update=return, done:decide_transfer=keep, returned",
    "catalogue_update.accept": "opens:accept_transfer",
    "catalogue_update.decide_transfer": "opens:decide_transfer",
    "catalogue_update.review": "done:draft_update",
    "dispute.negotiate": "opens:negotiate_applicant",
    "dispute.coordinate": "opens:coordinate",
    "dispute.decide_above": "opens:decide_above, opens:superior_answer",
    "dispute.correct_record": "opens:correct_record",
    "dispute.correct_second_record": "opens:correct_second_record",
    "dispute.confirm_superior": "opens:confirm_superior",
    "dispute.correct_entry": "opens:correct_entry",
    "dispute.mend_quality": "opens:mend_quality",
    "grant_review.decide": "opens:decide_grant",
    "grant_review.response": "opens:holder_response",
}
"""What begins each count; the clocks named in ONCE begin with the first of these events and never again."""

ONCE = (
    "conditional_share.reply",
    "conditional_share.withheld_reply",
    "data_error.reply",
    "data_error.correct",
    "catalogue_update.update",
    "catalogue_update.submission",
)

PAUSED = ("conditional_share.reply", "conditional_share.withheld_reply")
"""The clocks that wait for supplements."""

ONLY_WHERE_LISTED = (
    "catalogue_update.update",
    "catalogue_update.submission",
    "catalogue_update.redraft",
    "catalogue_update.review",
    "conditional_share.withheld_reply",
)
"""Clocks that do not run where the table has no number: elsewhere a withheld resource goes straight to the dispute."""

MET = {
    "conditional_share.reply": "done:provider_review=refuse, done:provider_review=approve, "
    "done:provider_review=approve_partly",
    "conditional_share.reply yinchuan": "done:provider_review=refuse, done:bureau_authorise, "
    "entry_changed & done:provider_review",
    "conditional_share.withheld_reply": "done:provider_review=refuse",
    "conditional_share.supplement_consent": "done:consent_supplement",
    "conditional_share.supplement": "done:applicant_supplement",
    "conditional_share.response": "done:applicant_response",
    "conditional_share.agreement": "done:confirm_agreement_applicant & done:confirm_agreement_provider",
    "conditional_share.authorise": "done:bureau_authorise",
    "need.find_holder": "done:find_holder, done:find_entry",
    "need.can_supply": "done:can_supply",
    "need.enter": "done:enter_entry",
    "need.review": "done:review_entry",
    "need.choose": "done:choose_items",
    "data_error.reply": "done:verify_error",
    "data_error.correct": "done:correct_error, done:correct_record=gongan, done:correct_second_record=gongan",
    "data_error.consent": "done:consent_extension",
    "data_error.response": "done:reporter_response",
    "catalogue_update.update": "published",
    "catalogue_update.update yunyang": "done:draft_update",
    "catalogue_update.submission": "done:draft_update",
    "catalogue_update.redraft": "done:draft_update",
    "catalogue_update.accept": "done:accept_transfer",
    "catalogue_update.decide_transfer": "done:decide_transfer",
    "catalogue_update.review": "done:review_update, done:decide_transfer=keep, returned",
    "dispute.negotiate": "negotiated, lapsed",
    "dispute.coordinate": "done:coordinate",
    "dispute.decide_above": "done:decide_above, done:superior_answer",
    "dispute.correct_record": "done:correct_record",
    "dispute.correct_second_record": "done:correct_second_record",
    "dispute.confirm_superior": "done:confirm_superior",
    "dispute.correct_entry": "done:correct_entry",
    "dispute.mend_quality": "done:mend_quality",
    "grant_review.decide": "done:decide_grant",
    "grant_review.response": "done:holder_response",
}
"""What ends each of them: the first of these events; with & when both have happened."""


Number = tuple[str, int, str | None]
"""Kind, days, article."""


@dataclass(frozen=True)
class Happening:
    """Something that happened in a case, as the player saw it; `name` with its answer after an equals sign."""

    name: str
    at: datetime
    days: int = 0

    @property
    def on(self) -> date:
        return self.at.date()

    def is_(self, wanted: str) -> bool:
        return wanted in (self.name, self.name.partition("=")[0])


@dataclass(frozen=True)
class Clock:
    """What a deadline of the API must say of a case that has ended. `met_on` is empty where it ended without it."""

    rule: str
    kind: str
    article: str | None
    started_on: date
    due_on: date
    unpaused_due_on: date
    counted: tuple[date, ...]
    met_on: date | None
    late: bool

    @property
    def state(self) -> str:
        return "missed" if self.late else "cancelled" if self.met_on is None else "met"


def clocks(place: str, log: Sequence[Happening]) -> list[Clock]:
    """Every clock that must have run in a closed case with this history, by rule and start."""
    found = [
        clock_from(place, rule, log, begin)
        for rule in {name.partition(" ")[0]: None for name in STARTS}
        for begin in _begins(log, (STARTS.get(f"{rule} {place}") or STARTS[rule]).split(", "), once=rule in ONCE)
        if (rule, place) in terms() or rule not in ONLY_WHERE_LISTED
        if rule != "conditional_share.reply" or not any(one.is_("received:withheld") for one in log)
    ]
    return sorted(found, key=lambda one: (one.rule, one.started_on))


def clock_from(place: str, rule: str, log: Sequence[Happening], begin: int) -> Clock:
    kind, days, article = terms()[rule, place]
    rest, start = log[begin + 1 :], log[begin].on
    end = _end(rest, MET.get(f"{rule} {place}") or MET[rule])
    met = rest[end] if end is not None else None
    during = rest[:end] if end is not None else rest
    if rule == "data_error.reply":
        days += sum(one.days for one in during if one.is_("extended"))
    kind, days, article = _entered(rule, start, during, (kind, days, article))
    pauses = _pauses(during) if rule in PAUSED and kind == "internal" else []
    counted = count(start, days, pauses)
    end = (met or log[-1]).at.replace(tzinfo=None)
    owed = rule != "data_error.correct" or any(one.name in BINDS for one in log)
    late = owed and _is_past(kind, counted[-1], end)
    return Clock(rule, kind, article, start, counted[-1], count(start, days)[-1], counted, met and met.on, late)


def _is_past(kind: str, due_on: date, at: datetime) -> bool:
    """A number of the law is kept by the day; our own targets end with the office."""
    return at.date() > due_on if kind == "statutory" else at > datetime.combine(due_on, CLOSE)


def _entered(
    rule: str, start: date, during: Sequence[Happening], own: tuple[str, int, str | None]
) -> tuple[str, int, str | None]:
    """What counts after figures were entered in the course of the case: the lost number in the place of our target; of
    a figure of a superior text and the regulation's own number the stricter. What was missed by law stays missed."""
    now = own
    for one in during:
        what, _, about = one.name.partition(":")
        if what not in ("above", "lost") or about != rule:
            continue
        if now[0] == "statutory" and _is_past(now[0], count(start, now[1])[-1], one.at.replace(tzinfo=None)):
            continue
        if what == "lost":
            own = now = ("statutory", one.days, own[2])
        else:
            now = own if own[0] == "statutory" and own[1] <= one.days else ("statutory", one.days, ABOVE)
    return now


def count(start: date, days: int, pauses: Sequence[tuple[date, date]] = ()) -> tuple[date, ...]:
    """The working days after `start`, as many as asked for, without those after a pause's first day up to its last."""
    counted: list[date] = []
    day = start
    while len(counted) < days:
        day += timedelta(days=1)
        if is_workday(day) and not any(first < day <= last for first, last in pauses):
            counted.append(day)
    return tuple(counted)


@cache
def terms() -> dict[tuple[str, str], tuple[str, int, str | None]]:
    """(rule, place) → kind, days, article."""
    head, *rows = [line.split() for line in TERMS.strip().splitlines()]
    assert tuple(head) == PLACES
    read = {}
    for rule, *cells in rows:
        for place, cell in zip(PLACES, cells, strict=True):
            if cell != "–":
                number, _, article = cell.partition("/")
                kind = "statutory" if number[0] == "S" else "internal"
                read[rule, place] = kind, int(number[1:]), article.replace(",", ", ") or None
    return read


def _begins(log: Sequence[Happening], events: Sequence[str], once: bool) -> list[int]:
    found = [at for at, one in enumerate(log) if any(one.is_(event) for event in events)]
    return found[:1] if once else found


def _end(rest: Sequence[Happening], met: str) -> int | None:
    ends = [_last_of(rest, alternative.split(" & ")) for alternative in met.split(", ")]
    return min((at for at in ends if at is not None), default=None)


def _last_of(rest: Sequence[Happening], events: Sequence[str]) -> int | None:
    firsts = [next((at for at, one in enumerate(rest) if one.is_(event)), None) for event in events]
    return None if None in firsts else max(at for at in firsts if at is not None)


def _pauses(during: Sequence[Happening]) -> list[tuple[date, date]]:
    """From each request for supplements to the supplement, or to the end of the case."""
    asked = [one.on for one in during if one.is_("opens:applicant_supplement")]
    given = [one.on for one in during if one.is_("done:applicant_supplement") or one.is_("withdrawn")]
    return list(zip(asked, given, strict=False))
