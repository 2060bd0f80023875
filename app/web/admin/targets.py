"""What an administrator enters above a rule pack: another internal target, or the number that this copy of the text has
lost; and what was entered, to be taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.accounts import Actor
from app.cases.commands.recalculation import apply_rules, recounted
from app.entry import words, writing
from app.floor import clock
from app.floor.errors import Conflict, Invalid
from app.floor.messages import Say, Text, say
from app.jurisdictions import overrides
from app.jurisdictions.proposals import proposals as proposed_here
from app.jurisdictions.rulebook import RuleBook, TargetOverride, rulebook
from app.rules.pack import PERIODS, RuleValue
from app.web.admin import proposals
from app.web.admin.code_titles import titles_of
from app.web.admin.routes import administers, pages
from app.web.admin.rule_values import value_words
from app.web.fields import plain_field, plain_form
from app.web.layout import page, place_of

MOST_PROPOSALS = 20
Errors = Mapping[str, Sequence[Say]]


def is_target(value: RuleValue) -> bool:
    """A period of our own, that an administrator may set otherwise."""
    return value.kind == "internal" and value.type in PERIODS and not value.cases


@pages.get("/admin/rules/<jurisdiction>/<key>")
@administers
def target(jurisdiction: str, key: str) -> str:
    with page() as (session, _):
        return _page(session, jurisdiction, key)


@pages.post("/admin/rules/<jurisdiction>/<key>")
@administers
def set_target(jurisdiction: str, key: str) -> Answer | tuple[str, int]:
    """From that day on, for open deadlines too: internal targets always move them."""
    return _entered(jurisdiction, key, "target", overrides.set_target, say("Please say why."))


@pages.post("/admin/rules/<jurisdiction>/<key>/number")
@administers
def enter_number(jurisdiction: str, key: str) -> Answer | tuple[str, int]:
    """The regulation's own number, with the published text that it stands in: it binds once it is confirmed."""
    return proposals.send(jurisdiction, key, "number", lambda session, sent: _page(session, jurisdiction, key, sent))


@pages.post("/admin/rules/<jurisdiction>/<key>/superior")
@administers
def enter_superior(jurisdiction: str, key: str) -> Answer | tuple[str, int]:
    """What a text above the regulation says, with its article: it counts once it is confirmed."""
    return proposals.send(jurisdiction, key, "superior", lambda session, sent: _page(session, jurisdiction, key, sent))


@pages.post("/admin/rules/<jurisdiction>/<key>/end")
@administers
def end_number(jurisdiction: str, key: str) -> Answer | tuple[str, int]:
    """Take back what was entered as law: that, too, needs a second person."""
    return proposals.send(jurisdiction, key, "end", lambda session, sent: _page(session, jurisdiction, key, sent))


@pages.post("/admin/rules/<jurisdiction>/<key>/drop")
@administers
def drop_target(jurisdiction: str, key: str) -> Answer | tuple[str, int]:
    """The pack speaks again."""
    return _changed(jurisdiction, key, lambda session, actor: overrides.drop_target(session, jurisdiction, key, actor))


def _entered(
    jurisdiction: str, key: str, form: str, enter: Callable[..., Any], without_source: Say
) -> Answer | tuple[str, int]:
    """What that form has sent, entered above the pack."""
    given = {name: request.form.get(name, "").strip() for name in ("value", "from_on", "source")}

    def change(session: Session, actor: Actor) -> None:
        value, from_on = _read(given, without_source)
        enter(session, jurisdiction, key, value, from_on=from_on, source=given["source"], actor=actor)

    return _changed(jurisdiction, key, change, form, given)


def _changed(
    jurisdiction: str,
    key: str,
    change: Callable[[Session, Actor], Any],
    form: str = "",
    given: Mapping[str, str] | None = None,
) -> Answer | tuple[str, int]:
    """Change the book and count open deadlines anew in one transaction; a fault is shown in the form that was sent."""
    try:
        with writing(alone=True) as (session, actor):
            change(session, actor)
            moves = apply_rules(session, jurisdiction, actor)
    except Invalid as error:
        with page() as (session, _):
            return _page(session, jurisdiction, key, {form: (given or {}, error.errors)}), 422
    flash(
        words(say("The rule was changed; open deadlines counted anew: %(count)s.", count=recounted(moves))), "success"
    )
    return redirect(url_for("admin.rules", jurisdiction=jurisdiction), 303)


def _read(given: Mapping[str, str], without_source: Say) -> tuple[int, date]:
    errors: dict[str, list[Say]] = {}
    if not (given["value"].isascii() and given["value"].isdecimal()):
        errors["value"] = [say("A whole number is needed here.")]
    try:
        from_on = date.fromisoformat(given["from_on"])
    except ValueError:
        errors["from_on"] = [say("A date such as 2026-03-31 is needed here.")]
    if not given["source"]:
        errors["source"] = [without_source]
    if errors:
        raise Invalid(errors)
    return int(given["value"][:9]), from_on


def _page(session: Session, jurisdiction: str, key: str, sent: proposals.Sent | None = None) -> str:
    book, sent = rulebook(session, jurisdiction), sent or {}
    now = book.value(key, clock.today())
    entered = [one for one in overrides.targets(session, jurisdiction) if one.key == key]
    law = [one for one in entered if one.statutory]
    forms = [
        _target_form(jurisdiction, now, sent) if is_target(now) else None,
        proposals.number_form(book, now, sent) if is_target(now) and now.reason == "blank" else None,
        proposals.superior_form(session, book, now, sent),
        proposals.end_form(book, key, sent) if law else None,
    ]
    if not (any(forms) or entered):
        raise Conflict(say("Only an internal target can be changed here."), "statutory")
    waiting = [proposals.line(session, book, one) for one in proposed_here(session, jurisdiction) if one.key == key]
    return render_template(
        "admin/target.html",
        forms=[form for form in forms if form],
        entered=[_entry(session, book, one) for one in entered],
        levels=proposals.levels_now(session, book, key),
        proposals=waiting[:MOST_PROPOSALS],
        droppable=any(not one.statutory for one in entered),
        drop_url=url_for("admin.drop_target", jurisdiction=jurisdiction, key=key),
        rule=book.pack.keys[key].title,
        unit=now.type,
        place=place_of(session, jurisdiction),
        jurisdiction=jurisdiction,
    )


def _entry(session: Session, book: RuleBook, one: TargetOverride) -> dict[str, Any]:
    text, proposer = one.value.get("superior"), one.value.get("proposed_by")
    return {
        "value": value_words(book.pack, one.value["value"], titles_of(session, book.pack, one.key)),
        "statutory": one.statutory,
        "from_on": one.from_on,
        "source": one.source,
        "recorded_by": proposals.person(session, one.recorded_by),
        "recorded_at": one.recorded_at,
        "proposed_by": proposals.person(session, proposer) if proposer else None,
        "unit": one.value.get("unit") or None,
        "superior": Text(**text["title"]) if text else None,
        "article": one.value.get("article", []),
        "rank": text["rank"] if text else None,
    }


def _target_form(jurisdiction: str, now: RuleValue, sent: Mapping[str, Any]) -> dict[str, Any]:
    answers, errors = sent.get("target", ({}, None))
    return plain_form(
        _fields(now, plain_field("source", "longtext", say("Reason"), max=overrides.LONGEST_SOURCE)),
        id="target",
        action=url_for("admin.set_target", jurisdiction=jurisdiction, key=now.key),
        title=say("Change the internal target"),
        send=say("Change it and count anew"),
        answers={"value": str(now.value), "from_on": clock.today().isoformat(), **answers},
        errors=errors,
        effect=say("Each case whose deadline moves gets a line in its history."),
    )


def _fields(now: RuleValue, source: dict[str, Any]) -> list[dict[str, Any]]:
    unit = say("Working days") if now.type == "days" else say("Months")
    return [
        plain_field("value", "integer", unit, min=1),
        plain_field("from_on", "date", say("In force from")),
        source,
    ]
