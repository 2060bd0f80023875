"""Letters: written once, as they are issued, and kept so. Who signs one, what it says, which articles it cites.

Only a body whose person has acted in the case signs. What follows from the regulation without anybody's act is issued
by the system, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from app import history, outbox
from app.accounts import Account, directory
from app.cases import audit, lanes
from app.cases.documents.wording import CITIZEN, VERBS, Words
from app.cases.models import Deadline, Task
from app.cases.rule_levels import answer_of
from app.cases.transition import Transition
from app.database.statements import CompiledStatement
from app.database.transactions import connection_of
from app.diagrams.forms import SYSTEM_SENDER, Paragraph
from app.diagrams.forms import LetterTemplate as Template
from app.diagrams.forms.model import PLACEHOLDER
from app.floor import clock
from app.floor.citations import cited, titled
from app.floor.errors import NotFound
from app.floor.languages import both, series
from app.floor.messages import Language, Say, Text, say
from app.outbox import Wording
from app.outbox.letter_text import Block, Part, Quote, paragraphs
from app.rules.pack import RANKS, LadderStep, RuleValue

BY_SYSTEM = say("Issued by the system under the regulation")
NOBODY_DECIDED = say("This document was issued by the system under the regulation; no department has signed it.")
BY_REGULATION, BY_LAW = say("period set by the regulation"), say("period set by law")
TARGET, ORDERED = say("internal target"), say("date ordered in the case")
LANES, REFUSED = "lanes.", "letter.refused"
LONGEST_NAME, LONGEST_PERSON = 200, 120
"""What fits where a letter is kept."""
_LAST_PERSON = CompiledStatement(
    select(Account.__table__.c.name)
    .join_from(Task, Account, Task.closed_by_id == Account.id)
    .where(Task.case_id == bindparam("case_id"), Task.department_id == bindparam("department_id"))
    .where(Task.status == "done")
    .order_by(Task.closed_at.desc(), Task.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class LetterSignature:
    """Who issues a letter, and whose act it answers for; without a department it is the system."""

    department_id: int | None
    name: Text
    person: str | None = None
    second: int | None = None
    """Who has signed with it."""


def issue(step: Transition, process: str, template: str, to: str) -> str:
    """A numbered document of this moment. Returns its number."""
    form = step.plan.forms[process].letters[template]
    receiver = lanes.resolve(step, process, to).department_id  # a letter to nobody must stop the step
    refused = Words(step, step.facts, {}).refused(process) if REFUSED in form.names else None
    said = [
        i
        for i, one in enumerate(form.paragraphs)
        if (one.when is None or step.holds(one.when)) and (refused is not None or REFUSED not in one.names)
    ]
    named = _named(step, process, [form.paragraphs[i] for i in said])
    by = _with_second(step, process, form, _signature(step, process, form, receiver))
    wording = _worded(step, form, said, {**_lane_names(step, named), REFUSED: refused}, by, receiver)
    year = clock.office_date(step.now).year
    number = outbox.next_number(step.session, f"letter:{step.case.jurisdiction}:{year}")
    letter = outbox.issue_letter(
        step.session,
        case_id=step.case.id,
        number=f"{step.rules.pack.number_code}-WS-{year}-{number:05d}",
        template=template,
        title=_title(step, form),
        body={
            "facts": dict(step.facts),  # as they are now: the step may go on and forget some
            "process": process,
            "issuer": by.department_id,
            **({"signed_with": by.second} if by.second else {}),
            "receiver": receiver,
            "said": said,
            "lanes": named,
        },
        now=step.now,
        wording=wording,
    )
    told = {"number": letter.number, "template": template, "to": to, **audit.seals_of(letter)}
    history.attach(step.session, step.case, audit.LETTERS, told)
    return letter.number


def _named(step: Transition, process: str, said: Sequence[Paragraph]) -> dict[str, int | None]:
    """The departments that a letter names by their lanes; None is a citizen."""
    names = {name for one in said for name in one.names if name.startswith(LANES)}
    lanes_named = sorted(name.removeprefix(LANES) for name in names)
    return {lane: lanes.resolve(step, process, lane).department_id for lane in lanes_named}


def _lane_names(step: Transition, named: Mapping[str, int | None]) -> dict[str, Text]:
    return {f"{LANES}{lane}": name_of(step, one) if one else both(CITIZEN) for lane, one in named.items()}


def _title(step: Transition, form: Template) -> Text:
    return next(one.text for one in form.titles if one.when is None or step.holds(one.when))


# who signs


def _signature(step: Transition, process: str, form: Template, receiver: int | None) -> LetterSignature:
    """The body of the lane that the forms file names, else whoever brings the letter about, unless they would write to
    themselves; then the bureau. None of them where nobody of it has acted."""
    lane = next((one.lane for one in form.senders if one.when is None or step.holds(one.when)), None)
    acting = step.actor.department_id
    if lane == SYSTEM_SENDER:
        return _system()
    if lane is None and acting is not None and acting != receiver:
        issuer: int | None = acting
    else:
        issuer = lanes.resolve(step, process, lane or "bureau").department_id
    if issuer is None:
        return _system()
    acted, person = _who_acted(step, issuer)
    return LetterSignature(issuer, directory(step.session).by_id[issuer].name, person) if acted else _system()


def _with_second(step: Transition, process: str, form: Template, first: LetterSignature) -> LetterSignature:
    """What two departments have signed bears both, each by its own person; where a second one has acted."""
    if form.signed_with is None or first.department_id is None:
        return first
    second = lanes.resolve(step, process, form.signed_with).department_id
    acted, person = _who_acted(step, second) if second is not None else (False, None)
    if second in (None, first.department_id) or not acted:
        return first
    name = series([name_of(step, second), first.name])
    people = both(series([one for one in (person, first.person) if one])).zh
    if max(len(name.zh), len(name.en)) > LONGEST_NAME or len(people) > LONGEST_PERSON:
        return first
    return LetterSignature(first.department_id, name, people or None, second)


def _system() -> LetterSignature:
    return LetterSignature(None, both(BY_SYSTEM))


def _who_acted(step: Transition, department_id: int) -> tuple[bool, str | None]:
    """Whether somebody of the department has acted in the case, and the name of the last one, as it is now. Whoever
    applies has acted by applying."""
    if step.actor.account_id is not None and step.actor.department_id == department_id:
        return True, step.actor.name
    asked = {"case_id": step.case.id, "department_id": department_id}
    found = [] if step.opening else _LAST_PERSON.rows(connection_of(step.session), asked)
    applied = (step.case.lanes.get("applicant") or {}).get("id") == department_id
    return bool(found) or applied, found[0][0] if found else None


# what it says


def _worded(
    step: Transition,
    form: Template,
    said: Sequence[int],
    named: Mapping[str, Any],
    by: LetterSignature,
    receiver: int | None,
) -> Wording:
    period, articles = _period(step, form), articles_of(step, form)
    words = Words(step, step.facts, {**named, **known_of(step, articles, step.now, by.name, period)})
    texts = [form.paragraphs[i].text for i in said] + _closing(step, period, by)
    zh, en = written(words, texts)
    addressee = next((one.fact for one in form.addressees if one.when is None or step.holds(one.when)), None)
    due_on, due_kind = (period.due_on, period.kind) if period and period.due_on else (None, None)
    return Wording(
        zh,
        en,
        words.of(addressee).text if addressee else name_of(step, receiver),
        by.name,
        step.rules.pack.regulation.title,
        by.person,
        articles,
        step.received_on,
        due_on,
        due_kind,
    )


def known_of(
    step: Transition, articles: Sequence[str], issued_at: datetime, issuer: Text, period: Deadline | None = None
) -> dict[str, Any]:
    """What a letter knows of itself (LETTER_WORDS)."""
    return {
        "letter.case": step.case.number,
        "letter.issued_on": clock.office_date(issued_at),
        "letter.issuer": issuer,
        "letter.verb": _verb(step),
        "letter.regulation": step.rules.pack.regulation.title,
        "letter.article": cited(articles),
        "letter.received_on": step.received_on,
        "letter.due_on": period.due_on if period else None,
    }


def name_of(step: Transition, department_id: int | None) -> Text:
    """A department by its name of this day; nobody's is the citizen who has reported."""
    found = directory(step.session).by_id.get(department_id or 0)
    return found.name if found else both(say("The reporter"))


def written(words: Words, texts: Sequence[Text]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Paragraphs with their braces filled, in both languages."""

    def in_(language: Language) -> tuple[Block, ...]:
        return tuple(block for text in texts for block in paragraphs(_pieces(words, text.in_(language), language)))

    return in_("zh"), in_("en")


def _pieces(words: Words, text: str, language: Language) -> list[str | Part | Quote]:
    parts = PLACEHOLDER.split(text)  # in turn what the issuer says, and a name
    return [words.of(part).piece(language) if i % 2 else part for i, part in enumerate(parts)]


def _closing(step: Transition, period: Deadline | None, by: LetterSignature) -> list[Text]:
    """What every letter with a period says of it, and what the system says of itself."""
    said = []
    if period is not None and period.due_on is not None:
        days = {"received": step.received_on, "due": period.due_on, "kind": _kind(step, period)}
        sentence = say("Received on: %(received)s. Last day of the period: %(due)s (%(kind)s).", **days)
        if period.started_on not in (None, step.received_on):
            days["start"] = period.started_on
            sentence = say(
                "Received on: %(received)s. Period from: %(start)s. Last day of the period: %(due)s (%(kind)s).",
                **days,
            )
        said.append(both(sentence))
    return [*said, both(NOBODY_DECIDED)] if by.department_id is None else said


def _kind(step: Transition, period: Deadline) -> Say:
    """Set by whom, in the words of the rank of the text that sets it. A text other than the regulation is named, with
    its article: what the letter cites is the regulation, under which the case is dealt with."""
    if period.kind != "statutory":
        return ORDERED if period.kind == "ordered" else TARGET
    value = answer_of(step.session, period, step.case)
    above = value.above if value is not None else None
    said = BY_REGULATION if (above or step.rules.pack.regulation).rank == RANKS[0] else BY_LAW
    source = titled(above.title if above else both(period.law or ""), known=True)
    if not source.zh:
        return said
    article = cited(period.article)
    text = Text(f"{source.zh}{article.zh}", ", ".join(filter(None, (source.en, article.en))))
    return say("%(period)s, under %(text)s", period=said, text=text)


def _verb(step: Transition) -> Text:
    """What the body of a ladder does that was asked last."""
    raised = [step.facts[one] for one in step.plan.bundle.elements_with("ladder.raise") if one in step.facts]
    last = max(raised, key=lambda one: int(one["level"]), default=None)
    return both(VERBS[last["verb"]]) if last else Text("", "")


def _period(step: Transition, form: Template) -> Deadline | None:
    """The clock that the letter answers to, or that it starts."""
    own = [one for one in step.deadlines if one.rule == form.clock]
    return own[-1] if own else None


def articles_of(step: Transition, form: Template) -> tuple[str, ...]:
    """What a letter is written under, of the jurisdiction's own text."""
    found: list[str] = []
    for one in form.cites:
        if one.when is not None and not step.holds(one.when):
            continue
        try:
            value = step.rule_now(one.rule).levels[0]
        except NotFound:  # the regulation has since lost the key
            continue
        found += [article for article in _of_answer(step, value) if article not in found]
    return tuple(found)


def _of_answer(step: Transition, value: RuleValue) -> Sequence[str]:
    """Those of the answer; of a ladder those of the body that has the case before it."""
    if value.type != "ladder" or not isinstance(value.value, tuple):
        return value.article
    seat = (step.case.lanes.get("ladder") or {}).get("code")
    pack = step.rules.pack
    rungs = [one for one in value.value if isinstance(one, LadderStep)]
    at = [one for one in rungs if pack.body(one.body).department == seat]
    return [article for one in at[:1] or rungs for article in one.article]
