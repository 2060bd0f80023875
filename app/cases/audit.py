"""Whether what is kept is what was written: every history chain, and what the chain of a case seals: its own row, the
answers to its tasks, its clocks and their journals, its letters, its grants, the text of its dispute and what that has
come to; departments and accounts; rules; the editions of responsibility lists; and the log of uses. What is not proved
is named (`not_covered`)."""

from __future__ import annotations

import hashlib
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, product
from typing import Any

import orjson
from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import instance_state

from app import history
from app.accounts.ledger_check import broken_accounts
from app.cases import audited_tasks, unreadable_values
from app.cases.models import Case, ClockEntry, Deadline
from app.catalogue import responsibility, use_log_seals
from app.catalogue.models import Grant, ResponsibilityEdition
from app.database import unit_of_work
from app.deadlines.journal import JournalEntry, bounds
from app.history import BrokenLink, HistoryEvent, Ledger, broken_links, seal
from app.jurisdictions.ledger_check import broken_rules
from app.outbox import Counter, Letter

CLOCKS = "clocks"
"""In the detail of a link: the journal entries that its step has written."""
LETTERS = "letters"
"""In the detail of a link: the letters that its step has issued."""
SETTLED, OPENED = "terms.settled", "terms.opened"
OF_FACTS = ("fact", "sealed_fact")
"""In the detail of a link: the element whose fact its step has left, and the seal over that fact."""
GRANTED, REVOKED = "grant.created", "grant.revoked"
OF_GRANTS = "grant."
"""So begin the links that tell of a grant. Each that changes it seals the grant as it is from then on."""
STANDINGS = "standings"
"""In the detail of a link: the seals of the clocks that its step has changed, each with the seal that it had before."""
CLOCK = (
    "rule", "kind", "length", "unit", "article", "law", "reason", "remind", "repeats", "state", "started_on", "due_on",
    "due_at", "unpaused_due_on", "certainty", "late", "met_on", "ended_on", "rule_version", "owed_by_id", "owed_role",
)  # fmt: skip
"""What the row of a clock decides: its rule, where it stands, and who owes it. New columns come last."""
ENTRY = ("seq", "kind", "on", "at", "days", "ground", "reason", "actor")
"""What an entry of a journal says. The seal of a clock's row covers its own journal too: two clocks of one rule in one
case cannot change theirs."""
LETTER = ("template", "title_zh", "title_en", "body", "issued_at")
LETTER_TEXT = (
    "number", "title_zh", "title_en", "text", "receiver_zh", "receiver_en", "issuer_zh", "issuer_en", "signatory",
    "regulation_zh", "regulation_en", "article", "received_on", "due_on", "due_kind", "issued_at", "frozen_at",
)  # fmt: skip
GRANT = (
    "department_id", "resource_id", "resource_version", "items", "purpose", "mode", "conditions", "valid_from",
    "valid_until",
    "number", "case_id", "jurisdiction", "purpose_key", "state", "share_type", "suspended_at", "suspended_for",
    "revoked_at", "revoked_by", "reason", "basis", "decided_by_id", "renews_id", "agreed_text",
)  # fmt: skip
"""What each of them says, by column. New columns come last: a seal tells how many it covers."""
FIRST = 9
"""So many columns a seal of a grant covers that does not tell."""
AS_MADE: Mapping[str, Any] = {
    "suspended_at": None, "suspended_for": None, "basis": None, "renews_id": None, "agreed_text": "",
}  # fmt: skip
"""What a column holds that came later than the last seal of a grant: whoever changes it seals it, too."""
NEVER = (
    "facts and positions of cases (the answers that they come from are), who holds a task and which date it shows, of "
    "which department a task was that had been opened before that was told, who may see a case, timers, incidents",
    "entries of the catalogue and their versions; drawings and forms; the working calendar; settings but the editions "
    "of the rules",
    "passwords, tokens, sessions, failed sign-ins and receipts",
    "notices and pushes that wait to be sent",
    "what was taken out with all that tells of it (the newest links of a chain with their head, a case with its "
    "number): a copy elsewhere shows it",
)
"""What is kept without a seal, in words of the operator."""
MAYBE = ("days", "ground", "reason")
_TOLD = (
    select(HistoryEvent.at, HistoryEvent.kind, HistoryEvent.detail, HistoryEvent.actor)
    .where(HistoryEvent.stream == bindparam("stream"))
    .order_by(HistoryEvent.seq)
)
_KEPT = select(Deadline).where(Deadline.case_id == bindparam("case_id")).options(selectinload(Deadline.entries))


def as_told(rule: str, entry: ClockEntry) -> dict[str, Any]:
    """A journal entry as the history has it; its moment is that of the link."""
    told = {"rule": rule, "seq": entry.seq, "kind": entry.kind, "on": entry.on.isoformat(), "by": entry.actor}
    return told | {name: value for name in MAYBE if (value := getattr(entry, name)) is not None}


def seal_clock(session: Session, case: Case, clock: Deadline) -> None:
    """Seal the row of a clock into the history of its case, as it will be at the end of the step. Its journal has been
    read: a query now would write the change without its line in the history."""
    history.attach(session, case, STANDINGS, lambda: _standing(clock), once=clock)


def _standing(clock: Deadline) -> dict[str, Any] | None:
    values, entries = history.values_of(CLOCK, clock), {entry: seal(ENTRY, entry) for entry in clock.entries}
    said = _told_as(clock.rule, history.seal_of(values), entries.values())
    if not instance_state(clock).has_identity:
        return said
    read = unit_of_work.as_read(clock, CLOCK)
    was = history.seal_of([read[name] for name in CLOCK])
    had = seal_of_fact([one for entry, one in entries.items() if instance_state(entry).has_identity])
    return None if (was, had) == (said["seal"], said["journal"]) else said | {"was": was, "had": had}


def as_standing(clock: Any) -> dict[str, Any]:
    return _told_as(clock.rule, seal(CLOCK, clock), (seal(ENTRY, entry) for entry in clock.entries))


def _told_as(rule: str, row: str, entries: Iterable[str]) -> dict[str, Any]:
    return {"rule": rule, "seal": row, "sealed": len(CLOCK), "journal": seal_of_fact(list(entries))}


def journal_of(entries: Iterable[Any]) -> str:
    """The seal over a whole journal, in the order of its entries."""
    return seal_of_fact([seal(ENTRY, entry) for entry in entries])


def sealed(grant: Grant) -> dict[str, Any]:
    """What a link that changes a grant says of it."""
    return {"number": grant.number, "seal": seal(GRANT, grant), "sealed": len(GRANT)}


def sealed_fact(element: str, fact: Mapping[str, Any]) -> dict[str, str]:
    """What a link says of the fact that decides: a text of the parties, the result of their dispute."""
    return dict(zip(OF_FACTS, (element, seal_of_fact(fact)), strict=True))


def seal_of_fact(fact: Any) -> str:
    return hashlib.sha256(orjson.dumps(fact, option=orjson.OPT_SORT_KEYS)).hexdigest()


def seals_of(letter: Any) -> dict[str, str]:
    """Two of them: over the facts that a letter was made from, as ever, and over its text, since texts are kept."""
    return {"seal": seal(LETTER, letter), "text": seal(LETTER_TEXT, letter)}


def verify(session: Session) -> tuple[int, BrokenLink | None]:
    """How many chains there are, and what is broken first: a value that cannot be read, a link, or what is not as its
    case was told."""
    forged = unreadable_values.first(session)
    if forged is not None:
        return 0, forged
    try:
        return _verify(session)
    except unreadable_values.FAILURES as error:  # of the right kind, and yet not what anybody here has written
        return 0, BrokenLink("database", None, f"something in it cannot be read ({type(error).__name__})")


def _verify(session: Session) -> tuple[int, BrokenLink | None]:
    cases = session.execute(select(Case.id, Case.number, Case.history_seq, Case.history_hash)).all()
    heads = [(f"case:{number}", seq, head) for _, number, seq, head in cases]
    ledgers = session.execute(select(Ledger.name, Ledger.history_seq, Ledger.history_hash))
    heads += [(name, seq, head) for name, seq, head in ledgers]
    fixed = _fixed(session)
    known = audited_tasks.places(session)
    changed = (_changed(session, case_id, f"case:{number}", fixed, known) for case_id, number, _, _ in cases)
    of_others = chain(
        broken_accounts(session), _lists_changed(session), broken_rules(session), use_log_seals.broken(session)
    )
    broken = chain(broken_links(session, iter(heads)), filter(None, changed), of_others)
    return len(heads), next(broken, None) or _of_no_case(session) or _headless(session, heads) or _gone(session)


def not_covered(session: Session) -> list[str]:
    """What `verify` cannot prove, as far as there is any of it."""
    lines, cases = use_log_seals.unsealed(session), _rows_of_before(session)
    waiting = f"{lines} lines of the log of uses, written since it was sealed last (it is sealed every hour)"
    before = (
        f"the rows of {cases} cases that have not moved since rows are sealed (their answers, clocks and papers are)"
    )
    return [*([waiting] if lines else []), *([before] if cases else []), *NEVER]


def _rows_of_before(session: Session) -> int:
    """How many cases there are of which no link seals the row."""
    sealed = exists().where(
        HistoryEvent.stream == "case:" + Case.number,
        HistoryEvent.detail[(history.ROW, "seal")].as_string().is_not(None),
    )
    return session.scalar(select(func.count()).select_from(Case).where(~sealed)) or 0


def _lists_changed(session: Session) -> Iterator[BrokenLink]:
    """Editions of the responsibility list that are not as the ledger of their jurisdiction was told."""
    told: dict[str, dict[int, tuple[Any, ...]]] = {}
    links = select(HistoryEvent).where(HistoryEvent.kind == responsibility.EDITION).order_by(HistoryEvent.seq)
    for link in session.scalars(links):
        said = (link.detail["case"], link.detail["lines"], link.at, link.actor, link.detail["seal"])
        told.setdefault(link.stream, {})[link.detail["number"]] = said
    kept: dict[str, dict[int, tuple[Any, ...]]] = {}
    for one in session.scalars(select(ResponsibilityEdition)):
        sealed = responsibility.seal(session, one.jurisdiction, one.number)
        said = (one.case_id, one.lines, one.made_at, one.made_by, sealed)
        kept.setdefault(responsibility.stream_of(one.jurisdiction), {})[one.number] = said
    for stream in sorted({*told, *kept}):
        before, now = told.get(stream, {}), kept.get(stream, {})
        wrong = sorted(number for number in {*before, *now} if before.get(number) != now.get(number))
        if wrong:
            yield BrokenLink(stream, None, f"not as it was told: edition {', '.join(map(str, wrong))}")
    stray = responsibility.beyond(session)
    if stray:
        yield BrokenLink(responsibility.stream_of(stray), None, "lines of no edition")


def _fixed(session: Session) -> dict[str, str]:
    """The letters of before whose texts were fixed later, and the seal over each text as its ledger tells it last."""
    links = session.scalars(
        select(HistoryEvent.detail).where(HistoryEvent.stream == LETTERS).order_by(HistoryEvent.seq)
    )
    return {one["number"]: one["text"] for detail in links for one in detail[LETTERS]}


def _changed(
    session: Session, case_id: int, stream: str, fixed: Mapping[str, str], known: audited_tasks.Places
) -> BrokenLink | None:
    events = session.execute(_TOLD, {"stream": stream}).all()
    forged = [*_row_changed(session, case_id, events, known), *_facts_changed(session, case_id, events)]
    forged += audited_tasks.changed_tasks(session, case_id, events)
    if forged:
        return BrokenLink(stream, None, f"not as it was told: {', '.join(forged)}")
    clocks = session.scalars(_KEPT, {"case_id": case_id}).all()
    journals_hold = Tally(_clocks_told(events)) == Tally(_clocks_kept(clocks)) and all(map(_is_folded, clocks))
    if not (journals_hold and _standings_hold(clocks, events)):
        return BrokenLink(stream, None, "its clocks are not as they were told")
    quiet = audited_tasks.unwatched(clocks)
    if quiet:
        return BrokenLink(stream, None, f"nobody would be told of its clocks: {', '.join(quiet)}")
    letters = session.scalars(select(Letter).where(Letter.case_id == case_id)).all()
    later = {one.number for one in letters if one.frozen_at is not None}
    told = Tally(_letters_told(events, {number: fixed.get(number) for number in later}))
    kept = Tally(_letters_kept(letters))
    numbers = {number for number, _ in (told - kept) + (kept - told)} | _grants_changed(session, case_id, events)
    if numbers:
        return BrokenLink(stream, None, f"not as it was told: {', '.join(sorted(numbers))}")
    return None


_OWN = [Case.id, *(getattr(Case, name) for name in Case.sealed)]


def _row_changed(session: Session, case_id: int, events: Iterable[Any], known: audited_tasks.Places) -> list[str]:
    """Whether the case's own row is as its last link seals it (those from before say nothing of it), and its seats are
    the departments that they name."""
    told = [detail[history.ROW] for _, _, detail, _ in events if history.ROW in detail][-1:]
    row = session.execute(select(*_OWN).where(Case.id == case_id)).one()
    wrong = ["its row" for one in told if seal(Case.sealed[: one["sealed"]], row) != one["seal"]]
    return wrong + [f"department {code}" for code in audited_tasks.changed_seats(row, known)]


def _facts_changed(session: Session, case_id: int, events: Iterable[Any]) -> list[str]:
    """The elements whose facts are not as the history has them last. A dispute that begins again has forgotten what was
    told of the one before."""
    told: dict[str, str] = {}
    for _, kind, detail, _ in events:
        if kind == OPENED:
            told = {name: one for name, one in told.items() if name not in detail["forgets"]}
        if OF_FACTS[0] in detail:
            told[detail[OF_FACTS[0]]] = detail[OF_FACTS[1]]
    if not told:
        return []
    facts = session.scalar(select(Case.facts).where(Case.id == case_id)) or {}
    return sorted(name for name, one in told.items() if seal_of_fact(facts.get(name)) != one)


def _clocks_told(events: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for at, _, detail, _ in events:
        for entry in detail.get(CLOCKS, ()):
            yield _line(at, entry)


def _clocks_kept(clocks: Iterable[Deadline]) -> Iterator[tuple[Any, ...]]:
    for clock in clocks:
        yield from (_line(entry.at, as_told(clock.rule, entry)) for entry in clock.entries)


def _is_folded(clock: Deadline) -> bool:
    """Whether a row begins and ends as its own journal says, be it sealed or not."""
    entries = [JournalEntry(one.kind, one.on, one.at, one.days, one.ground) for one in clock.entries]  # type: ignore[arg-type]
    return bounds(entries) == (clock.started_on, clock.ended_on)


def _standings_hold(clocks: Iterable[Deadline], events: Iterable[Any]) -> bool:
    """Whether each clock's row, with its own journal, is as the history has it last. Of those that began before rows
    were sealed, some may not have been touched since; lines from before the journal was sealed with the row name none.
    """
    told, widths, before = Tally[tuple[str, str | None]](), {len(CLOCK)}, 0
    for _, _, detail, _ in events:
        for line in detail.get(STANDINGS, ()):
            was = line.get("was")
            last = next((one for one in ((was, line.get("had")), (was, None)) if one in told), None)
            if last is not None:
                told -= Tally([last])
            elif was is not None:
                before -= 1
            told[line["seal"], line.get("journal")] += 1
            widths.add(line["sealed"])
        if STANDINGS not in detail:
            before += sum(entry["seq"] == 1 for entry in detail.get(CLOCKS, ()))
    for row in clocks:
        kept = product([seal(CLOCK[:width], row) for width in widths], [journal_of(row.entries), None])
        known = next((one for one in kept if one in told), None)
        if known is None:
            before -= 1
        else:
            told -= Tally([known])
    return not told and before >= 0


def _line(at: datetime, entry: dict[str, Any]) -> tuple[Any, ...]:
    return (at, *sorted(entry.items()))


def _letters_told(events: Iterable[Any], fixed: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """By number: the seals. What a text was before it was `fixed` later no longer counts."""
    for _, _, detail, _ in events:
        for letter in detail.get(LETTERS, ()):
            number = letter["number"]
            yield number, letter["seal"]
            text = fixed[number] if number in fixed else letter.get("text")
            if text is not None:
                yield number, text


def _letters_kept(letters: Iterable[Letter]) -> Iterator[tuple[str, str]]:
    for letter in letters:
        seals = seals_of(letter)
        yield letter.number, seals["seal"]
        if letter.text is not None or letter.frozen_at is not None:
            yield letter.number, seals["text"]


@dataclass
class Told:
    """What the history says last of a grant; `revoked` without a seal of it was told by the first version of this."""

    seal: str | None = None
    columns: int = FIRST
    revoked: bool = False

    def holds(self, grant: Grant) -> bool:
        if seal(GRANT[: self.columns], grant) != self.seal:
            return False
        if any(getattr(grant, name) != AS_MADE[name] for name in GRANT[self.columns :] if name in AS_MADE):
            return False
        state = "revoked" if self.revoked else "active"
        return self.columns > FIRST or (grant.state == state and (grant.revoked_at is not None) == self.revoked)


def _grants_changed(session: Session, case_id: int, events: Iterable[Any]) -> set[str]:
    """The numbers of grants of the case that are not as its history has them last, that are gone, or never told."""
    told: dict[str, Told] = {}
    for _, kind, detail, _ in events:
        if kind.startswith(OF_GRANTS) and "seal" in detail:
            told[detail["number"]] = Told(detail["seal"], detail.get("sealed", FIRST))
        elif kind == REVOKED:
            told.setdefault(detail["number"], Told()).revoked = True
    kept = {one.number: one for one in session.scalars(select(Grant).where(Grant.case_id == case_id))}
    as_told = {number for number, one in told.items() if number in kept and one.holds(kept[number])}
    return (told.keys() | kept.keys()) - as_told


def _of_no_case(session: Session) -> BrokenLink | None:
    """A grant or a letter that no case has made."""
    for paper, name in ((Grant, "grants"), (Letter, "letters")):
        lost = select(paper.number).outerjoin(Case, Case.id == paper.case_id).where(Case.id.is_(None))
        number = session.scalars(lost.order_by(paper.id).limit(1)).first()
        if number is not None:
            return BrokenLink(name, None, f"no case has made {number}")
    return None


def _headless(session: Session, heads: Iterable[tuple[str, int, str]]) -> BrokenLink | None:
    """A chain whose owner was taken out: its case, or its ledger. Nothing would prove it any more."""
    lost = {*session.scalars(select(HistoryEvent.stream).distinct())} - {stream for stream, _, _ in heads}
    owner = "case" if min(lost, default="").startswith("case:") else "ledger"
    return BrokenLink(min(lost), None, f"its {owner} is gone") if lost else None


def _gone(session: Session) -> BrokenLink | None:
    """A case that was taken out with all that tells of it: its number is missing, or no number was given out."""
    numbered = 0
    for name, given in session.execute(select(Counter.name, Counter.value).where(Counter.name.like("case:%"))):
        _, jurisdiction, code, year = name.split(":")
        alike = Case.number.like(f"%-{code}-{year}-%")
        kept = session.scalar(select(func.count()).select_from(Case).where(Case.jurisdiction == jurisdiction, alike))
        if kept != given:
            return BrokenLink("case", None, f"{given} numbers were given out for {name}, {kept} cases are there")
        numbered += given
    if (cases := session.scalar(select(func.count(Case.id)))) != numbered:
        return BrokenLink("case", None, f"{numbered} numbers were given out, {cases} cases are there")
    return None
