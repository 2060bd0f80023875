"""The rules in force with their sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session

from app import clock
from app.jurisdictions.entering import targets
from app.jurisdictions.rulebook import RuleBook, editions, rulebook
from app.rules.pack import LadderStep, Pack, RuleValue, in_force_on
from app.web.admin.routes import one_of, pages, reads
from app.web.admin.targets import is_target
from app.web.admin.titles import titles_of
from app.web.frame import page, place_of
from app.web.listing import asked
from app.web.naming import VERBS
from app.words import Say, Text, say

Title = Text | Say


@pages.get("/admin/rules")
@reads
def rules() -> str:
    with page() as (session, actor):
        known = list(editions(session))
        here = one_of(asked("jurisdiction"), known, actor.jurisdiction)
        book = rulebook(session, here)
        entered = {one.key for one in targets(session, here)}
        changes = {key for key in book.pack.rules if key in entered or is_target(book.value(key, clock.today()))}
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
            slips=[{"article": list(slip.article), "note": slip.note} for slip in book.pack.slips],
        )


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
        "carried_on": say("Carried on until %(day)s by: %(document)s", day=extension.until, document=extension.ground)
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
        "words": None if counted else _in_words(pack, value.value, names),
        "reason": value.reason,
        "article": list(value.article),
        "note": value.note,
        "effective_from": whole.effective_from,
        "upcoming": None,
    }


def _in_words(pack: Pack, value: Any, names: Mapping[str, Title]) -> Any:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, tuple):
        return [_part(pack, one, names) for one in value] or say("none")
    return names.get(value, value) if isinstance(value, str) else value


def _part(pack: Pack, one: Any, names: Mapping[str, Title]) -> Any:
    if isinstance(one, LadderStep):
        return say("%(body)s %(verb)s", body=pack.body(one.body).title, verb=VERBS[one.verb])
    return names.get(one, one)


def _counts(listed: list[dict[str, Any]]) -> dict[str, int]:
    counted = Counter(value["kind"] for rule in listed for value in rule["values"])
    return {kind: counted.get(kind, 0) for kind in ("statutory", "internal", "convention", "none")}
