"""The explanation of a due date as one plain paragraph, in both languages, for people who want no table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from app.deadlines.calendar import Doubt, Kind
from app.deadlines.journal import Order, Pause, Standing
from app.deadlines.proof import Row
from app.floor.clock import OFFICE, office_date
from app.floor.messages import Text

RECEIVED = Text("收到", "Received")

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # strftime would follow the machine's locale
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WORKED: dict[Kind, Text] = {
    "makeup": Text("调休上班，计入", "make-up working, counted"),
    "local_working": Text("地方上班，计入", "worked here, counted"),
    "local_closure": Text("地方停办，规定时限照常计算", "closed here, but a period set by law runs on"),
}


def tell(standing: Standing, rows: tuple[Row, ...], event: Text, doubts: Sequence[Doubt] = ()) -> Text:
    if standing.started_on is None:
        return Text("尚未起算。", "The clock has not started.")
    sentences = [*_sentences(standing, standing.started_on, rows, event), *map(doubted, doubts)]
    return Text("".join(s.zh for s in sentences), " ".join(s.en for s in sentences))


def _sentences(standing: Standing, started_on: date, rows: tuple[Row, ...], event: Text) -> Iterator[Text]:
    if standing.orders:
        yield from _ordered(standing, started_on, rows, event)
        return
    yield _start(standing, started_on, event)
    yield from _specials(rows, started_on)
    for pause in standing.pauses:
        yield _pause(pause, rows, started_on)
    if standing.extensions:
        days = standing.extended_by
        yield Text(
            f"延长{days}个工作日，自原起算日连续计算。", f"Extended by {days} working days from the original start."
        )
    yield _end(standing, started_on)


def _ordered(standing: Standing, started_on: date, rows: tuple[Row, ...], event: Text) -> Iterator[Text]:
    """`event`: who ordered the date, and in which step."""
    *earlier, last = standing.orders
    day = _day(_ordered_on(last, started_on), started_on)
    yield Text(
        f"{day.zh}{event.zh}限期完成，到期日由其指定，不另计算。",
        f"{event.en} on {day.en}; the day is named, not counted.",
    )
    for order, following in zip(earlier, standing.orders[1:], strict=True):
        was, on = _day(order.due_on, started_on), _day(_ordered_on(following, started_on), started_on)
        yield Text(f"原定{was.zh}，{on.zh}改定。", f"It was {was.en} until a new order on {on.en}.")
    yield _end(standing, started_on)
    if any(row.what == "due" and row.kind not in ("workday", "makeup", "local_working") for row in rows):
        yield Text("当日为休息日，不顺延。", "That day is a day off; it is not moved to the next working day.")


def _ordered_on(order: Order, started_on: date) -> date:
    """What was ordered with the case itself was ordered on the day of its receipt, whenever it was entered."""
    return started_on if order.step == "application" else office_date(order.at)


def doubted(doubt: Doubt) -> Text:
    """Why a date may still move, in a sentence."""
    year, words = doubt.year, doubt.words or Text("", "")
    match doubt.kind:
        case "unannounced":
            return Text("下一年的放假通知尚未录入，日期为暂定。", "Provisional: the yearly notice is not yet entered.")
        case "gap":
            return Text(
                f"已录入的{year}年放假通知未列明{words.zh}的安排，日期为暂定。",
                f"Provisional: the notice entered for {year} does not arrange {words.en}.",
            )
        case "local":
            return Text(
                f"{words.zh}{year}年的地方放假通知尚未录入，日期可能变动。",
                f"{words.en} The local notice for {year} is not yet entered: the date may still change.",
            )
    return Text("年末这几天可能随下一年的放假通知调整。", "The next yearly notice may still change these last days.")


def _start(standing: Standing, on: date, event: Text) -> Text:
    day, term = _day(on, on), standing.term
    if term.months is not None:
        return Text(
            f"{day.zh}{event.zh}，期限{term.months}个月，至当月对应日届满，逢放假日顺延。",
            f"{event.en} on {day.en}; {term.months} months, to the same-numbered day, or the next working day.",
        )
    days = term.days or 0
    if days == 0:
        return Text(
            f"{day.zh}{event.zh}，当日是工作日即为当日，否则为下一工作日。",
            f"{event.en} on {day.en}; that day if it is a working day, else the next.",
        )
    if days < 0:
        return Text(f"自{day.zh}起向前数{-days}个工作日。", f"{-days} working days counted back from {day.en}.")
    return Text(
        f"{day.zh}{event.zh}，次日起算，共{days}个工作日。",
        f"{event.en} on {day.en}; counted from the next day, {days} working days.",
    )


def _specials(rows: tuple[Row, ...], started_on: date) -> Iterator[Text]:
    """Make-up days and holidays on the way in one sentence, with the notices that say so. Weekends need no words."""
    special = [row for row in sorted(rows, key=lambda row: row.on) if row.kind not in ("workday", "weekend")]
    parts = [*_worked(special, started_on), *_days_off(special, started_on)]
    if not parts:
        return
    notices = list(dict.fromkeys(row.notice for row in special if row.notice and row.what != "start"))
    zh = f"（{'、'.join(notices)}）" if notices else ""
    en = f" ({', '.join(notices)})" if notices else ""
    yield Text("；".join(part.zh for part in parts) + zh + "。", "; ".join(part.en for part in parts) + en + ".")


def _worked(special: list[Row], started_on: date) -> Iterator[Text]:
    for kind, words in _WORKED.items():
        days = [_day(row.on, started_on) for row in special if row.kind == kind and row.number is not None]
        if days:
            zh, en = "、".join(day.zh for day in days), ", ".join(day.en for day in days)
            yield Text(f"{zh}{words.zh}", f"{en}: {words.en}")


def _days_off(special: list[Row], started_on: date) -> Iterator[Text]:
    off = [row for row in special if row.what == "skipped"]
    for name, stretch in groupby(off, lambda row: row.name):
        days = [row.on for row in stretch]
        when = _span(days[0], days[-1], started_on)
        yield Text(
            f"{name.zh}{when.zh}共{len(days)}天，不计",
            f"{name.en}, {when.en}: {_plural(len(days), 'day')} off, not counted",
        )


def _pause(pause: Pause, rows: tuple[Row, ...], started_on: date) -> Text:
    until = pause.to_on
    off = sum(row.what == "paused" and row.on >= pause.from_on and (not until or row.on <= until) for row in rows)
    since = _day(pause.from_on, started_on)
    if until is None:
        return Text(
            f"{since.zh}起暂停，至今{off}个工作日不计。",
            f"Paused since {since.en}: {_plural(off, 'working day')} not counted so far.",
        )
    when = _span(pause.from_on, until, started_on)
    return Text(
        f"{when.zh}暂停，其间{off}个工作日不计。", f"Paused {when.en}: {_plural(off, 'working day')} not counted."
    )


def _end(standing: Standing, started_on: date) -> Text:
    unpaused = _day(standing.unpaused_due_on or started_on, started_on)
    if standing.due_on is None or standing.due_at is None:
        return Text(
            f"到期日待恢复后确定；不暂停则为{unpaused.zh}。",
            f"Due when it resumes; without the pause it would be {unpaused.en}.",
        )
    day = _day(standing.due_on, started_on)
    weekday, short = f"周{'一二三四五六日'[standing.due_on.weekday()]}", _WEEKDAYS[standing.due_on.weekday()]
    moved = standing.due_on != standing.unpaused_due_on
    aside = Text(f"（不暂停则为{unpaused.zh}）", f" (without pauses: {unpaused.en})") if moved else Text("", "")
    if standing.term.by_the_day:
        return Text(f"{day.zh}（{weekday}）24时届满{aside.zh}。", f"Due by the end of {short} {day.en}{aside.en}.")
    hour = "24:00" if standing.conventions.due_at == "midnight" else f"{standing.due_at.astimezone(OFFICE):%H:%M}"
    return Text(f"{day.zh}（{weekday}）{hour}到期{aside.zh}。", f"Due on {short} {day.en} at {hour}{aside.en}.")


def _day(on: date, beside: date) -> Text:
    """Month and day; the year too, where it is another than that of the start."""
    zh, en = f"{on.month}月{on.day}日", f"{on.day} {_MONTHS[on.month - 1]}"
    return Text(zh, en) if on.year == beside.year else Text(f"{on.year}年{zh}", f"{en} {on.year}")


def _span(first: date, last: date, beside: date) -> Text:
    if first == last:
        return _day(first, beside)
    since, until = _day(first, beside), _day(last, beside)
    if (first.year, first.month) == (last.year, last.month):
        return Text(f"{since.zh}—{last.day}日", f"{first.day}–{until.en}")
    return Text(f"{since.zh}—{until.zh}", f"{since.en} – {until.en}")


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
