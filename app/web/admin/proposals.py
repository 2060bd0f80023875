"""What binds as law, entered by two administrators: proposed on a rule's page, read and confirmed on a page of its own,
which first shows what would move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.cases import policy
from app.cases.commands.recalculation import apply_rules, recounted
from app.cases.read.case_page import people
from app.entry import words, writing
from app.floor import clock
from app.floor.citations import titled
from app.floor.errors import Invalid
from app.floor.messages import Say, say
from app.jurisdictions import overrides
from app.jurisdictions.proposals import Proposed, RuleProposal, confirm, proposal, propose, withdraw
from app.jurisdictions.rulebook import RuleBook, rulebook
from app.jurisdictions.superior_texts import above
from app.rules.pack import PERIODS, Pack, RuleValue, in_force_on
from app.web.admin.code_titles import titles_of
from app.web.admin.moved_deadlines import listed
from app.web.admin.routes import administers, pages, supervises
from app.web.admin.rule_values import value_words
from app.web.fields import a_date, option, plain_field, plain_form
from app.web.layout import page, place_of

Errors = Mapping[str, Sequence[Say]]
Sent = Mapping[str, tuple[Mapping[str, Any], Errors]]
UNIT: Mapping[str, Say] = {"days": say("Working days"), "months": say("Months")}
WHAT: Mapping[str, Say] = {
    "number": say("The number that this copy of the text has lost"),
    "superior": say("What a superior text says"),
    "end": say("Taking back what was entered as law"),
}
STATE: Mapping[str, Say] = {
    "proposed": say("waits for a second administrator"),
    "confirmed": say("confirmed"),
    "withdrawn": say("taken back"),
}
ENTERED_ABOVE = ("days", "months", "number", "switch", "choice", "choices")
"""The types whose value from a superior text can be entered on a page."""


def read(key: str, what: str) -> Proposed:
    """What one of the forms has sent. Raises Invalid with all that is wrong before anything is looked up."""
    given = {name: request.form.get(name, "").strip() for name in ("from_on", "source", "article", "superior", "unit")}
    if what == "end":
        return Proposed(key=key, source=given["source"], ends=True)
    errors: dict[str, list[Say]] = {}
    value = _sent_value(errors)
    try:
        from_on = a_date("from_on", given["from_on"])
    except Invalid as error:
        errors |= error.errors
    if not given["source"]:
        errors["source"] = [say("Name the published text that this number stands in.")]
    if what == "superior" and not given["article"]:
        errors["article"] = [say("Please answer this.")]
    if errors:
        raise Invalid(errors)
    number = Proposed(key=key, value=value, source=given["source"], from_on=from_on)
    return number if what == "number" else _cited(number, given)


def _cited(number: Proposed, given: Mapping[str, str]) -> Proposed:
    article, opened = (_codes(one) for one in (given["article"], request.form.get("open_article", "")))
    return Proposed(
        key=number.key,
        value=number.value,
        source=number.source,
        from_on=number.from_on,
        superior=given["superior"],
        unit=given["unit"] or None,
        article=article,
        applies_to_open=bool(opened),
        open_article=opened,
    )


def _codes(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace("，", ",").replace("、", ",").replace(",", " ").split() if part)


def _sent_value(errors: dict[str, list[Say]]) -> Any:
    """A number; yes or no; one code, or several."""
    kind, sent = request.form.get("type", ""), [one.strip() for one in request.form.getlist("value") if one.strip()]
    if kind == "choices":
        return sent
    if kind == "switch" and sent in (["true"], ["false"]):
        return sent == ["true"]
    if kind == "choice" and len(sent) == 1:
        return sent[0]
    if kind not in ("switch", "choice") and len(sent) == 1 and sent[0].isascii() and sent[0].isdecimal():
        return int(sent[0][:9])
    numbered = kind not in ("switch", "choice")
    errors["value"] = [say("A whole number is needed here.") if numbered else say("Please answer this.")]
    return None


def send(jurisdiction: str, key: str, what: str, again: Callable[[Session, Sent], str]) -> Answer | tuple[str, int]:
    """Keep what a form proposes; a fault is shown in that form."""
    try:
        proposed = read(key, what)
        with writing() as (session, actor):
            row = propose(session, jurisdiction, proposed, actor)
            address = url_for("admin.proposed", jurisdiction=jurisdiction, n=row.id)
    except Invalid as error:
        given = {name: request.form.getlist(name) for name in request.form}
        answers = {name: sent if name == "value" and len(sent) > 1 else sent[0] for name, sent in given.items()}
        with page() as (session, _):
            return again(session, {what: (answers, error.errors)}), 422
    flash(words(say("Proposed. It counts once a second administrator has confirmed it.")), "success")
    return redirect(address, 303)


# the forms on a rule's page


def number_form(book: RuleBook, now: RuleValue, sent: Sent) -> dict[str, Any]:
    answers, errors = sent.get("number", ({}, None))
    return plain_form(
        [
            plain_field("value", "integer", UNIT.get(now.type, say("Value")), min=1),
            plain_field("from_on", "date", say("In force from")),
            _source(),
        ],
        id="number",
        action=url_for("admin.enter_number", jurisdiction=book.jurisdiction, key=now.key),
        title=say("Enter the number that this copy of the text has lost"),
        send=say("Propose it"),
        answers=answers,
        errors=errors,
        effect=say("Nothing changes until a second administrator has confirmed it; then it binds as the text says."),
    )


def superior_form(session: Session, book: RuleBook, now: RuleValue, sent: Sent) -> dict[str, Any] | None:
    """None where no text stands above, or no page can enter what it says."""
    texts = above(session, book.pack)
    rule = book.pack.keys[now.key]
    if not texts or rule.type not in ENTERED_ABOVE:
        return None
    answers, errors = sent.get("superior", ({}, None))
    only = next(iter(texts.values()))
    known = {"superior": only.text.code, "from_on": only.from_on.isoformat(), "unit": rule.type, "type": rule.type}
    units = [plain_field("unit", "choice", say("Unit"), options=[option(one, UNIT[one]) for one in PERIODS])]
    named = [option(code, titled(text.text.title, known=True)) for code, text in texts.items()]
    return plain_form(
        [
            plain_field("superior", "menu", say("Superior text"), options=named),
            plain_field("article", "text", say("Article"), max=40, help=say("Such as 12, or 12(2).")),
            _value_field(session, book.pack, now.key),
            *(units if rule.type in PERIODS else []),
            plain_field("from_on", "date", say("In force from")),
            _source(),
            plain_field(
                "open_article", "text", say("Article by which it reaches open cases"), required=False, max=40,
                help=say("Only where the text says so; otherwise it governs what began on or after its first day."),
            ),
        ],
        id="superior",
        action=url_for("admin.enter_superior", jurisdiction=book.jurisdiction, key=now.key),
        title=say("Enter what a superior text says"),
        send=say("Propose it"),
        answers={**known, **answers},
        errors=errors,
        effect=say(
            "It counts for %(place)s only. Both values are shown, and the stricter one counts. Nothing changes until it"
            " is confirmed.",
            place=place_of(session, book.jurisdiction),
        ),
    )  # fmt: skip


def _value_field(session: Session, pack: Pack, key: str) -> dict[str, Any]:
    rule = pack.keys[key]
    if rule.type in ("choice", "choices"):
        titles = titles_of(session, pack, key)
        return plain_field(
            "value", rule.type, say("Value"), options=[option(one, titles.get(one, one)) for one in rule.of]
        )
    if rule.type == "switch":
        return plain_field("value", "boolean", say("Value"))
    return plain_field("value", "integer", say("Value"), min=0 if rule.type == "number" else 1)


def _source() -> dict[str, Any]:
    where = say("Where the number is printed: gazette, issue, page or address.")
    return plain_field("source", "longtext", say("Published text"), max=overrides.LONGEST_SOURCE, help=where)


def end_form(book: RuleBook, key: str, sent: Sent) -> dict[str, Any]:
    answers, errors = sent.get("end", ({}, None))
    return plain_form(
        [plain_field("source", "longtext", say("Reason"), max=overrides.LONGEST_SOURCE)],
        id="end",
        action=url_for("admin.end_number", jurisdiction=book.jurisdiction, key=key),
        title=say("Take back what was entered as law"),
        send=say("Propose it"),
        answers=answers,
        errors=errors,
        effect=say("Once it is confirmed, the rule pack speaks again, and open deadlines are counted anew."),
    )


# one proposal


def person(session: Session, username: str) -> str:
    """The name of whoever has that account."""
    return people(session, {username}).get(username, (username, None))[0]


def line(session: Session, book: RuleBook, row: RuleProposal) -> dict[str, Any]:
    """A proposal as lists show it."""
    rule = book.pack.keys.get(row.key)
    return {
        "url": url_for("admin.proposed", jurisdiction=row.jurisdiction, n=row.id),
        "rule": rule.title if rule else row.key,
        "what": WHAT[row.what],
        "state": STATE[row.state],
        "waits": row.state == "proposed",
        "by": person(session, row.proposed_by),
        "at": row.proposed_at,
    }


@pages.get("/admin/rules/<jurisdiction>/proposals/<int(max=2147483647):n>")
@supervises
def proposed(jurisdiction: str, n: int) -> str:
    with page() as (session, actor):
        policy.require_place(actor, jurisdiction)
        return _page(session, jurisdiction, n, actor.username, actor.may("administrator"))


@pages.post("/admin/rules/<jurisdiction>/proposals/<int(max=2147483647):n>")
@administers
def decide(jurisdiction: str, n: int) -> Answer | str:
    """First what it would move, in a transaction that is rolled back; with `apply`, in earnest; or `withdraw`."""
    act = next((one for one in ("withdraw", "apply") if one in request.form), "preview")
    with writing(alone=act != "withdraw") as (session, actor):
        if act == "withdraw":
            withdraw(session, jurisdiction, n, actor)
            said = say("The proposal was withdrawn; nothing has changed.")
        else:
            confirm(session, jurisdiction, n, actor, trial=act == "preview")
            moves = apply_rules(session, jurisdiction, actor)
            said = say("The rule was changed; open deadlines counted anew: %(count)s.", count=recounted(moves))
        if act == "preview":
            session.rollback()
    if act == "preview":
        with page() as (session, reader):
            return _page(session, jurisdiction, n, reader.username, True, moves)
    flash(words(said), "success")
    return redirect(url_for("admin.rules", jurisdiction=jurisdiction), 303)


def _page(
    session: Session, jurisdiction: str, n: int, reader: str, administrator: bool, moves: Sequence[Any] | None = None
) -> str:
    row, book = proposal(session, jurisdiction, n), rulebook(session, jurisdiction)
    names = titles_of(session, book.pack, row.key) if row.key in book.pack.keys else {}
    text = above(session, book.pack).get(row.superior or "")
    return render_template(
        "admin/proposal.html",
        proposal={
            **line(session, book, row),
            "key": row.key,
            "value": value_words(book.pack, row.value["value"], names),
            "unit": row.value["unit"] or (book.pack.keys[row.key].type if row.key in book.pack.keys else None),
            "superior": text.text.title if text else row.superior,
            "rank": text.text.rank if text else book.pack.regulation.rank,
            "article": row.article,
            "open_article": row.open_article,
            "from_on": row.from_on,
            "source": row.source,
            "decided_by": person(session, row.decided_by) if row.decided_by else None,
            "decided_at": row.decided_at,
        },
        levels=levels_now(session, book, row.key),
        place=place_of(session, jurisdiction),
        jurisdiction=jurisdiction,
        action=url_for("admin.decide", jurisdiction=jurisdiction, n=n),
        decides=administrator,
        own=row.proposed_by == reader,
        moves=None if moves is None else listed(session, moves),
    )


def levels_now(session: Session, book: RuleBook, key: str) -> list[dict[str, Any]]:
    """What is in force today of one rule, on both levels, each with its article; where it depends on the case, each of
    its answers."""
    periods = book.periods(key) if key in book.pack.rules else ()
    if not periods:
        return []
    now, names = in_force_on(periods, clock.today()), titles_of(session, book.pack, key)
    return [_level(book.pack, level, names) for one in now.cases or (now,) for level in one.levels]


def _level(pack: Pack, one: RuleValue, names: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "when": one.when,
        "regulation": one.above.title if one.above else pack.regulation.title,
        "value": value_words(pack, one.value, names),
        "unit": one.type,
        "kind": one.kind,
        "rank": one.above.rank if one.above else pack.regulation.rank,
        "article": list(one.article),
    }
