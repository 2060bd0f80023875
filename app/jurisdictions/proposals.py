"""What binds as the law does is entered by two persons: one proposes, another confirms, and until then nothing changes.
A number that this copy of the text has lost, what a superior text says, and the end of either."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Index, String, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import history
from app.accounts import Actor
from app.database.transactions import Base
from app.floor import clock
from app.floor.citations import titled
from app.floor.errors import Conflict, Forbidden, Invalid, NotFound
from app.floor.messages import Say, say, visible
from app.jurisdictions import overrides
from app.jurisdictions.rulebook import TargetOverride, current_row, entered_by, read_again
from app.jurisdictions.rules_in_force import Override, RuleBook, check_override
from app.jurisdictions.superior_texts import above
from app.rules.pack import PERIODS, Pack, periods_of
from app.rules.superior_text import SuperiorText
from app.rules.value_reader import ARTICLE

MOST_ARTICLES, LONGEST_ARTICLE = 20, 60
What = Literal["number", "superior", "end"]


class RuleProposal(Base):
    """`superior`: the code of the text, for what it says; `open_article`: by which it reaches what had begun before."""

    __tablename__ = "rule_proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(40), index=True)
    key: Mapped[str] = mapped_column(String(80))
    what: Mapped[str] = mapped_column(String(10))
    value: Mapped[dict[str, Any]]
    superior: Mapped[str | None] = mapped_column(String(40))
    article: Mapped[list[str]]
    open_article: Mapped[list[str]]
    source: Mapped[str] = mapped_column(String(400))
    from_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(10))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    __table_args__ = (
        Index(
            "uq_rule_proposal_open",
            "jurisdiction",
            "key",
            unique=True,
            sqlite_where=sql("state = 'proposed'"),
            postgresql_where=sql("state = 'proposed'"),
        ),
    )


SEALED = (
    "id", "jurisdiction", "key", "what", "value", "superior", "article", "open_article", "source", "from_on",
    "proposed_at", "proposed_by",
)  # fmt: skip
"""What a proposal says for ever, by column."""


@dataclass(frozen=True)
class Proposed:
    """What somebody proposes. Without `superior` it is the number that the copy has lost, or (`ends`) the end of all
    that was entered for the key as law."""

    key: str
    value: Any = None
    source: str = ""
    from_on: date | None = None
    superior: str | None = None
    unit: str | None = None
    article: tuple[str, ...] = ()
    applies_to_open: bool = False
    open_article: tuple[str, ...] = ()
    ends: bool = False

    @property
    def what(self) -> What:
        return "end" if self.ends else "superior" if self.superior else "number"


def propose(session: Session, jurisdiction: str, given: Proposed, actor: Actor) -> RuleProposal:
    """Nothing changes until somebody else confirms it. Raises Invalid with every field that is wrong, NotFound for an
    unknown key, Conflict where there is nothing to enter, or another proposal waits already."""
    ledger = history.ledger(session, f"rules:{jurisdiction}")
    pack = _pack(session, jurisdiction)
    _check(session, pack, given)
    waiting = select(RuleProposal.id).where(RuleProposal.jurisdiction == jurisdiction, RuleProposal.key == given.key)
    if session.scalar(waiting.where(RuleProposal.state == "proposed")) is not None:
        raise Conflict(say("For this rule a proposal is waiting already; confirm or withdraw it first."), "waiting")
    row = RuleProposal(
        jurisdiction=jurisdiction,
        key=given.key,
        what=given.what,
        value={"value": given.value, "unit": given.unit},
        superior=given.superior,
        article=list(given.article),
        open_article=list(_open_article(given)),
        source=given.source.strip(),
        from_on=given.from_on,
        state="proposed",
        proposed_at=clock.now(),
        proposed_by=actor.username,
    )
    session.add(row)
    session.flush()
    history.append(session, ledger, "rules.proposed", actor.username, _told(row) | {"seal": history.seal(SEALED, row)})
    return row


def confirm(session: Session, jurisdiction: str, proposal: int, actor: Actor, *, trial: bool = False) -> RuleBook:
    """A second person's word: from now on it counts. On `trial`, which is not kept, whoever proposed it may see it.
    Raises Forbidden for them, NotFound, Conflict, and what `propose` raises where the rules have changed meanwhile."""
    ledger = history.ledger(session, f"rules:{jurisdiction}")
    row = _waiting(session, jurisdiction, proposal)
    if row.proposed_by == actor.username and not trial:
        raise Forbidden(say("A second administrator must confirm what you have proposed."))
    pack, given = _pack(session, jurisdiction), _again(row)
    _check(session, pack, given)
    if row.what == "end":
        book = overrides.end_law(session, jurisdiction, row.key, actor)
    else:
        book = overrides.enter(session, jurisdiction, _override(session, pack, given), actor, row.proposed_by)
    _decide(row, "confirmed", actor)
    detail = {"proposal": row.id, "state": row.state, "key": row.key, "edition": book.version}
    history.append(session, ledger, "rules.confirmed", actor.username, detail | {"proposed_by": row.proposed_by})
    return book


def enter_at_once(session: Session, jurisdiction: str, given: Proposed, actor: Actor) -> RuleBook:
    """The operator's entry, who needs no second person. Raises what `propose` raises."""
    pack = _pack(session, jurisdiction)
    _check(session, pack, given)
    return overrides.enter(session, jurisdiction, _override(session, pack, given), actor, None)


def withdraw(session: Session, jurisdiction: str, proposal: int, actor: Actor) -> RuleProposal:
    """Take a proposal back, or turn it down. Raises NotFound, Conflict."""
    ledger = history.ledger(session, f"rules:{jurisdiction}")
    row = _waiting(session, jurisdiction, proposal)
    _decide(row, "withdrawn", actor)
    detail = {"proposal": row.id, "state": row.state, "key": row.key}
    history.append(session, ledger, "rules.proposal_withdrawn", actor.username, detail)
    return row


def proposals(session: Session, jurisdiction: str, state: str | None = None) -> Sequence[RuleProposal]:
    """The newest first."""
    rows = select(RuleProposal).where(RuleProposal.jurisdiction == jurisdiction).order_by(RuleProposal.id.desc())
    return session.scalars(rows if state is None else rows.where(RuleProposal.state == state)).all()


def proposal(session: Session, jurisdiction: str, id: int) -> RuleProposal:
    row = session.get(RuleProposal, id)
    if row is None or row.jurisdiction != jurisdiction:
        raise NotFound(say("There is no such proposal."))
    return row


# what is checked


def _check(session: Session, pack: Pack, given: Proposed) -> None:
    periods_of(pack.rules, given.key)
    if given.ends:
        row = current_row(session, pack.jurisdiction, lock=False)
        there = row and entered_by(session, TargetOverride, pack.jurisdiction, row.changes)
        if not any(one.key == given.key and one.statutory for one in there or ()):
            raise NotFound(say("Nothing was entered for %(key)s.", key=given.key))
        errors = _reason(given)
    else:
        errors = _reason(given) | _dated(given)
    if given.superior is not None:
        errors |= _cited(session, pack, given)
    errors |= _bounded(given)
    if errors:
        raise Invalid(errors)
    if not given.ends:
        check_override(pack, _override(session, pack, given))


def _reason(given: Proposed) -> dict[str, list[Say]]:
    if not visible(given.source):
        unnamed = say("Please say why.") if given.ends else say("Name the published text that this number stands in.")
        return {"source": [unnamed]}
    if len(given.source.strip()) > overrides.LONGEST_SOURCE:
        return {"source": [say("At most %(limit)s characters.", limit=overrides.LONGEST_SOURCE)]}
    return {}


def _dated(given: Proposed) -> dict[str, list[Say]]:
    return {} if given.from_on else {"from_on": [say("A date such as 2026-03-31 is needed here.")]}


def _cited(session: Session, pack: Pack, given: Proposed) -> dict[str, list[Say]]:
    """The text, its article, and the days between which it can be cited."""
    errors: dict[str, list[Say]] = {}
    text = above(session, pack).get(given.superior or "")
    if text is None:
        errors["superior"] = [say("No such text stands above this regulation.")]
    elif given.from_on is not None and not text.in_force(given.from_on):
        errors["from_on"] = [say("%(title)s is not in force on that day.", title=titled(text.text.title, known=True))]
    if not given.article or not all(re.fullmatch(ARTICLE, one) for one in given.article):
        errors["article"] = [say('an article is needed here, such as "15" or ["15", "4(2)"]')]
    if not all(re.fullmatch(ARTICLE, one) for one in given.open_article):
        errors["open_article"] = [say('an article is needed here, such as "15" or ["15", "4(2)"]')]
    period = given.key in pack.keys and pack.keys[given.key].type in PERIODS
    if given.unit is not None and (given.unit not in PERIODS or not period):
        errors["unit"] = [say("One of %(codes)s is needed here.", codes=", ".join(PERIODS))]
    return errors


def _bounded(given: Proposed) -> dict[str, list[Say]]:
    """Articles are named, not listed without end: also where no text above is cited."""
    errors = {}
    for name, articles in (("article", given.article), ("open_article", given.open_article)):
        if len(articles) > MOST_ARTICLES:
            errors[name] = [say("At most %(max)s can be named.", max=MOST_ARTICLES)]
        elif any(len(one) > LONGEST_ARTICLE for one in articles):
            errors[name] = [say("At most %(max)s characters.", max=LONGEST_ARTICLE)]
    return errors


def _override(session: Session, pack: Pack, given: Proposed) -> Override:
    assert given.from_on is not None
    text: SuperiorText | None = above(session, pack).get(given.superior) if given.superior else None
    return Override(
        key=given.key,
        value=given.value,
        statutory=True,
        source=given.source.strip(),
        from_on=given.from_on,
        above=text.text if text else None,
        article=given.article,
        unit=given.unit or "",
        open_article=_open_article(given),
    )


def _open_article(given: Proposed) -> tuple[str, ...]:
    """It reaches what had begun before by an article of its own, or by the one that gives the value."""
    return (given.open_article or given.article) if given.applies_to_open else ()


def _again(row: RuleProposal) -> Proposed:
    return Proposed(
        key=row.key,
        value=row.value["value"],
        source=row.source,
        from_on=row.from_on,
        superior=row.superior,
        unit=row.value["unit"],
        article=tuple(row.article),
        applies_to_open=bool(row.open_article),
        open_article=tuple(row.open_article),
        ends=row.what == "end",
    )


def _pack(session: Session, jurisdiction: str) -> Pack:
    """The pack without what was entered above it."""
    row = current_row(session, jurisdiction, lock=True)
    if row is None:
        raise NotFound(say("There are no rules for %(jurisdiction)s.", jurisdiction=jurisdiction))
    return read_again(row)


def _waiting(session: Session, jurisdiction: str, id: int) -> RuleProposal:
    row = session.get(RuleProposal, id, with_for_update=True)
    if row is None or row.jurisdiction != jurisdiction:
        raise NotFound(say("There is no such proposal."))
    if row.state != "proposed":
        raise Conflict(say("This proposal has been decided already."), "decided")
    return row


def _decide(row: RuleProposal, state: str, actor: Actor) -> None:
    row.state, row.decided_at, row.decided_by = state, clock.now(), actor.username


def _told(row: RuleProposal) -> dict[str, Any]:
    return {
        "proposal": row.id, "state": row.state, "what": row.what, "key": row.key, "value": row.value["value"],
        "unit": row.value["unit"], "superior": row.superior, "article": row.article, "source": row.source,
        "from_on": row.from_on and row.from_on.isoformat(), "applies_to_open": row.open_article,
    }  # fmt: skip
