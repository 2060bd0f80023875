"""The rules in force with their sources, and an internal target set otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import clock
from app.cases.recount import apply_rules
from app.door import words, writing
from app.errors import Conflict, Invalid
from app.jurisdictions.entering import set_target as set_internal
from app.jurisdictions.rulebook import RuleBook, editions, rulebook
from app.rules.pack import PERIODS, LadderStep, Pack, RuleValue, in_force_on
from app.web.admin.routes import administers, one_of, pages, reads
from app.web.admin.titles import titles_of
from app.web.asking import plain_field, plain_form
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
        changes = actor.may("administrator")
        listed = [_rule(session, book, key, changes) for key in sorted(book.pack.rules)]
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


def _rule(session: Session, book: RuleBook, key: str, changes: bool) -> dict[str, Any]:
    periods, today = book.periods(key), clock.today()
    now = in_force_on(periods, today)
    upcoming = [one for one in periods if one.effective_from and one.effective_from > today]
    names = titles_of(session, book.pack, key)
    values = [_value(book.pack, one, now, names) for one in now.cases or (now,)]
    if upcoming and values:
        values[0]["upcoming"] = say("changes on %(day)s", day=upcoming[0].effective_from)
    url = url_for("admin.target", jurisdiction=book.jurisdiction, key=key) if changes and _is_target(now) else None
    return {"key": key, "title": book.pack.keys[key].title, "url": url, "values": values}


def _pending(book: RuleBook, key: str) -> list[dict[str, Any]]:
    """The changes of a target that are still to come, the next first."""
    periods, today = book.periods(key), clock.today()
    before, found = in_force_on(periods, today), []
    for one in periods:
        if one.effective_from and one.effective_from > today and _is_target(one):
            unit = one.type if one.type in ("days", "months") else None
            found.append(
                {
                    "title": book.pack.keys[key].title, "old": before.value, "new": one.value, "unit": unit,
                    "from_on": one.effective_from, "by": one.source,
                }
            )  # fmt: skip
            before = one
    return found


def _is_target(value: RuleValue) -> bool:
    """A period of our own, that an administrator may set otherwise."""
    return value.kind == "internal" and value.type in PERIODS and not value.cases


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


# an internal target set otherwise


@pages.get("/admin/rules/<jurisdiction>/<key>")
@administers
def target(jurisdiction: str, key: str) -> str:
    with page() as (session, _):
        return _target_page(session, jurisdiction, key, {"from_on": clock.today().isoformat()})


@pages.post("/admin/rules/<jurisdiction>/<key>")
@administers
def set_target(jurisdiction: str, key: str) -> Answer | tuple[str, int]:
    """From that day on, for open deadlines too: internal targets always move them."""
    given = {name: request.form.get(name, "").strip() for name in ("value", "from_on", "source")}
    try:
        with writing(alone=True) as (session, actor):
            value, from_on = _target_given(given)
            set_internal(session, jurisdiction, key, value, from_on=from_on, source=given["source"], actor=actor)
            moves = apply_rules(session, jurisdiction, actor)
    except Invalid as error:
        with page() as (session, _):
            return _target_page(session, jurisdiction, key, given, error.errors), 422
    flash(words(say("The target was changed; open deadlines counted anew: %(count)s.", count=len(moves))), "success")
    return redirect(url_for("admin.rules", jurisdiction=jurisdiction), 303)


def _target_given(given: Mapping[str, str]) -> tuple[int, date]:
    errors: dict[str, list[Say]] = {}
    if not (given["value"].isascii() and given["value"].isdecimal()):
        errors["value"] = [say("A whole number is needed here.")]
    try:
        from_on = date.fromisoformat(given["from_on"])
    except ValueError:
        errors["from_on"] = [say("A date such as 2026-03-31 is needed here.")]
    if not given["source"]:
        errors["source"] = [say("Please say why.")]
    if errors:
        raise Invalid(errors)
    return int(given["value"][:9]), from_on


def _target_page(
    session: Session,
    jurisdiction: str,
    key: str,
    answers: Mapping[str, str],
    errors: Mapping[str, Sequence[Say]] | None = None,
) -> str:
    book = rulebook(session, jurisdiction)
    now = book.value(key, clock.today())
    if not _is_target(now):
        raise Conflict(say("Only an internal target can be changed here."), "statutory")
    unit = say("Working days") if now.type == "days" else say("Months")
    form = plain_form(
        [
            plain_field("value", "integer", unit, min=1),
            plain_field("from_on", "date", say("In force from")),
            plain_field("source", "longtext", say("Reason"), max=400),
        ],
        id="target",
        action=url_for("admin.set_target", jurisdiction=jurisdiction, key=key),
        title=say("Change the internal target"),
        send=say("Change it and count anew"),
        answers={"value": str(now.value), **answers},
        errors=errors,
        effect=say("Each case whose deadline moves gets a line in its history."),
    )
    return render_template(
        "admin/target.html", form=form, rule=book.pack.keys[key].title, place=place_of(session, jurisdiction),
        jurisdiction=jurisdiction,
    )  # fmt: skip
