"""The rules in force with their sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session

from app.floor import clock
from app.floor.citations import titled
from app.floor.messages import Say, Text, say
from app.jurisdictions.overrides import targets
from app.jurisdictions.proposals import proposals
from app.jurisdictions.rulebook import RuleBook, editions, rulebook
from app.jurisdictions.superior_texts import above
from app.rules.pack import Pack, RuleValue, in_force_on
from app.rules.superior_text import SuperiorText
from app.web.admin.code_titles import titles_of
from app.web.admin.proposals import ENTERED_ABOVE, line
from app.web.admin.routes import one_of, pages, reads
from app.web.admin.rule_values import value_words
from app.web.admin.targets import is_target
from app.web.filters import asked
from app.web.layout import page, place_of

Title = Text | Say


@pages.get("/admin/rules")
@reads
def rules() -> str:
    with page() as (session, actor):
        known = list(editions(session))
        here = one_of(asked("jurisdiction"), known, actor.jurisdiction)
        book = rulebook(session, here)
        entered = {one.key for one in targets(session, here)}
        may_be = bool(above(session, book.pack))
        changes = {
            key
            for key in book.pack.rules
            if key in entered
            or is_target(book.value(key, clock.today()))
            or (may_be and book.pack.keys[key].type in ENTERED_ABOVE)
        }
        mine = actor.may("administrator") or actor.jurisdiction == here
        open_to = changes if actor.may("administrator") else ()
        listed = [_rule(session, book, key, open_to) for key in sorted(book.pack.rules)]
        return render_template(
            "admin/rules.html",
            jurisdictions=[{"code": one, "title": place_of(session, one)} for one in known],
            jurisdiction=here,
            regulation=_regulation(book),
            rules=listed,
            counts=_counts(listed),
            pending=[one for key in sorted(book.pack.rules) for one in _pending(book, key)],
            waiting=[line(session, book, one) for one in proposals(session, here, "proposed") if mine],
            above=[_above(one) for one in above(session, book.pack).values()],
            slips=[{"article": list(slip.article), "note": slip.note} for slip in book.pack.slips],
        )


def _above(one: SuperiorText) -> dict[str, Any]:
    """A text that stands above the regulation, and what it leaves out altogether."""
    out = [{"title": what.title, "article": list(what.article)} for what in one.excluded.values()]
    text = {"title": one.text.title, "document": one.text.document, "note": one.note}
    return text | {"from_on": one.from_on, "until_on": one.until, "excluded": out}


def _regulation(book: RuleBook) -> dict[str, Any]:
    regulation, today = book.pack.regulation, clock.today()
    extension = book.extended_on(today)
    return {
        "title": regulation.title,
        "document": regulation.document,
        "from_on": regulation.from_on,
        "until_on": regulation.until,
        "article": list(regulation.article),
        "bureau": book.pack.bureau.title,
        "expired": book.opens_cases(today) is not None,
        "carried_on": say(
            "Carried on until %(day)s by: %(document)s", day=extension.until, document=titled(extension.ground)
        )
        if extension
        else None,
    }


def _rule(session: Session, book: RuleBook, key: str, changes: Collection[str]) -> dict[str, Any]:
    periods, today = book.periods(key), clock.today()
    now = in_force_on(periods, today)
    upcoming = [one for one in periods if one.effective_from and one.effective_from > today]
    names = titles_of(session, book.pack, key)
    values = [_value(book.pack, one, now, names) for one in now.cases or (now,)]
    if upcoming and values:
        values[0]["upcoming"] = say("changes on %(day)s", day=upcoming[0].effective_from)
    url = url_for("admin.target", jurisdiction=book.jurisdiction, key=key) if key in changes else None
    return {"key": key, "title": book.pack.keys[key].title, "url": url, "values": values}


def _pending(book: RuleBook, key: str) -> list[dict[str, Any]]:
    """The changes of a target that are still to come, the next first."""
    periods, today = book.periods(key), clock.today()
    before, found = in_force_on(periods, today), []
    for one in periods:
        if one.effective_from and one.effective_from > today and is_target(one):
            unit = one.type if one.type in ("days", "months") else None
            found.append(
                {
                    "title": book.pack.keys[key].title, "old": before.value, "new": one.value, "unit": unit,
                    "from_on": one.effective_from, "by": one.source,
                }
            )  # fmt: skip
            before = one
    return found


def _value(pack: Pack, value: RuleValue, whole: RuleValue, names: Mapping[str, Title]) -> dict[str, Any]:
    counted = isinstance(value.value, int) and not isinstance(value.value, bool)
    return {
        "when": value.when,
        "kind": value.kind,
        "value": value.value if counted else None,
        "unit": value.type if value.type in ("days", "months") else None,
        "words": None if counted else value_words(pack, value.value, names),
        "superior": value.above.title if value.above else None,
        "rank": value.above.rank if value.above else pack.regulation.rank,
        "source": value.source,
        "other": _value(pack, value.other, value.other, names) if value.other else None,
        "own": pack.regulation.title,
        "reason": value.reason,
        "article": list(value.article),
        "note": value.note,
        "effective_from": whole.effective_from,
        "upcoming": None,
    }


def _counts(listed: list[dict[str, Any]]) -> dict[str, int]:
    counted = Counter(value["kind"] for rule in listed for value in rule["values"])
    return {kind: counted.get(kind, 0) for kind in ("statutory", "internal", "convention", "none")}
