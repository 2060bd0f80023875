"""The history of a case in words: what happened, who did it, what the system did by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from typing import Any

from app.cases import answered, second_persons
from app.cases.audit import LETTERS
from app.cases.definition import Definition
from app.cases.read.case_page import CaseStory
from app.catalogue.use_checks import SUSPENDED
from app.floor.messages import Say, Text, say
from app.history import SYSTEM, HistoryEvent
from app.web.changes import SHARE_TYPE
from app.web.i18n import series
from app.web.labels import decision

NOT_MADE: Mapping[str, Say] = {
    "entry": say("The entry, as it is now, does not bear a grant."),
    "held": say("It is granted for this purpose already."),
    "revoked": say("The grant was revoked meanwhile."),
    "ended": say("The grant has ended meanwhile."),
}
Detail = Mapping[str, Any]
People = Mapping[str, tuple[str, Text | None]]
"""Name and department of everybody who acted, by user name."""
Told = tuple[Say | Text, Say | Text | str | None, str]
"""Title, note, look."""
UNTOLD = ("timer.fired", "clock.cancelled")
"""What is written for the proof; a person is told by what it brought about."""
BY_ITSELF: Mapping[str, tuple[str, ...]] = {
    "task": ("opened", "cancelled"),
    "clock": ("started", "met", "missed", "cancelled", "extension_lapsed"),
    "case": ("closed", "moved", "stopped"),
    "terms": ("opened", "settled"),
    "grant": ("suspended", "moved", "ending"),
    "ladder": ("raised",),
    "body": ("recused",),
    "resource": ("changed",),
    "entry": ("withdrawn",),
    "push": ("queued",),
    "responsibility": ("published",),
}
"""What the system does in consequence of somebody's act: the act has a line of its own, and this is nobody's."""
WITH_REASON = ("clock.paused", "clock.resumed")
"""A person's where a reason was given; else the drawing's."""
CITIZEN = "citizen"
DEPARTMENTS = ("giver", "receiver", "department", "to")
"""Parts of a link that name a department by its code."""
OPEN_PLATFORM = "open_platform"


def happenings(story: CaseStory) -> list[dict[str, Any]]:
    """What macros/_timeline.html draws, the newest first."""
    return [line for one in story.events if one.kind not in UNTOLD for line in _lines_of(one, story)]


def _lines_of(event: HistoryEvent, story: CaseStory) -> Iterator[dict[str, Any]]:
    """What a link of the history tells, and before it the letters that it seals: those are whoever's who acted."""
    yield _line(event, _told(event, story), story.people)
    for letter in reversed(event.detail.get(LETTERS, ())):
        yield _line(event, _letter(story, letter), story.people, event.actor)


def of_a_grant(plan: Definition, events: Iterable[HistoryEvent], people: People) -> list[dict[str, Any]]:
    """The history of one grant in words, as its case tells it."""
    return [_line(one, TOLD[one.kind](plan, one.detail), people) for one in events if one.kind in TOLD]


def _line(event: HistoryEvent, told: Told, people: People, actor: str | None = None) -> dict[str, Any]:
    title, note, look = told
    actor = actor or (SYSTEM if _by_itself(event) else event.actor)
    name, department = people.get(actor, (None, None))
    if name is None and actor not in (SYSTEM, CITIZEN):
        name = actor
    return {
        "at": event.at,
        "title": title,
        "actor": say("The reporter") if actor == CITIZEN else name,
        "department": department,
        "note": note,
        "look": look,
        "span": None,
    }


def _by_itself(event: HistoryEvent) -> bool:
    family, _, leaf = event.kind.partition(".")
    return (
        family == "notice"
        or leaf in BY_ITSELF.get(family, ())
        or (event.kind in WITH_REASON and not event.detail.get("reason"))
    )


def _told(event: HistoryEvent, story: CaseStory) -> Told:
    plan = story.plan
    if event.kind == "task.opened":
        return _opened_step(story, event.detail, event.at)
    if event.kind in OF_STORIES:
        return OF_STORIES[event.kind](story, event.detail)
    family, _, leaf = event.kind.partition(".")
    if event.kind in TOLD:
        return TOLD[event.kind](plan, _named(story, event.detail))
    if family == "notice":
        return _notice(plan, leaf, event.detail)
    if family == "action":
        return _action(plan, leaf, event.detail)
    return say("%(kind)s", kind=event.kind), None, ""


def _named(story: CaseStory, detail: Detail) -> Detail:
    """The detail with names in the place of codes of departments and share types."""
    named = dict(detail)
    for key in DEPARTMENTS:
        card = story.step.department(detail[key]) if isinstance(detail.get(key), str) else None
        named |= {key: card.name} if card else {}
    for key in ("was", "share_type"):
        named |= {key: SHARE_TYPE[detail[key]]} if detail.get(key) in SHARE_TYPE else {}
    return named | ({"target": say("the open platform")} if detail.get("target") == OPEN_PLATFORM else {})


def _step(plan: Definition, detail: Detail) -> Text:
    key = str(detail.get("key") or detail.get("on") or "")
    return plan.tasks[key][1].title if key in plan.tasks else Text(key, key)


def _rule(plan: Definition, detail: Detail) -> Text:
    key = str(detail.get("rule") or "")
    return plan.rules[key].title if key in plan.rules else Text(key, key)


def _due(detail: Detail) -> Say | None:
    return say("due on %(day)s", day=detail["due_on"]) if detail.get("due_on") else None


def _opened_step(story: CaseStory, detail: Detail, at: datetime) -> Told:
    """With whom, where two steps are called the same."""
    plan, key = story.plan, str(detail.get("key") or "")
    step, note = _step(plan, detail), _due(detail)
    same = sum(form.title == step for _, form in plan.tasks.values()) > 1
    holder = next((one.department_id for one in story.tasks if one.key == key and one.opened_at == at), None)
    if same and holder is not None and holder in story.departments:
        told = {"step": step, "department": story.departments[holder]}
        return say("Now to be done: %(step)s (%(department)s)", **told), note, ""
    return say("Now to be done: %(step)s", step=step), note, ""


def _done(story: CaseStory, detail: Detail) -> Told:
    """A step answered: with its decision, where the form asks for one."""
    plan, key, data = story.plan, str(detail.get("key")), detail.get("data") or {}
    chosen = decision(plan.task(key), data, story.step, answered.kept(detail)) if key in plan.tasks else None
    note = data.get("reason") or data.get("remarks") or data.get("note") or data.get("explanation")
    title = say("%(step)s: %(choice)s", step=_step(plan, detail), choice=chosen) if chosen else None
    return title or say("Done: %(step)s", step=_step(plan, detail)), str(note)[:200] if note else None, ""


def _opened(plan: Definition) -> Say:
    if plan.top.arrives:
        return say("Opened: %(procedure)s", procedure=plan.top.title)
    return say("Begun: %(procedure)s", procedure=plan.top.title)


def _entered_late(detail: Detail) -> Say | None:
    reason = detail.get("reason")
    return say("Why it was entered so late: %(reason)s", reason=reason) if reason else None


def _closed(plan: Definition, detail: Detail) -> Told:
    outcome = str(detail.get("outcome"))
    return say("The case is closed: %(outcome)s", outcome=plan.outcome(outcome) or outcome), None, ""


def _started(plan: Definition, detail: Detail) -> Told:
    return say("The clock runs: %(rule)s", rule=_rule(plan, detail)), _due(detail), ""


def _met(plan: Definition, detail: Detail) -> Told:
    late = bool(detail.get("late"))
    title = (
        say("Met late: %(rule)s", rule=_rule(plan, detail)) if late else say("Met: %(rule)s", rule=_rule(plan, detail))
    )
    return title, None, "late" if late else ""


def _why(detail: Detail) -> str | None:
    """What somebody gave as the reason, as far as a line can hold it."""
    reason = detail.get("reason")
    return str(reason)[:200] if reason else None


def _moved(sentence: str) -> Callable[[Definition, Detail], Told]:
    def tell(plan: Definition, detail: Detail) -> Told:
        note = _due(detail)
        if detail.get("before") and detail.get("due_on"):
            note = say("from %(before)s to %(day)s", before=detail["before"], day=detail["due_on"])
        if note and _why(detail):
            note = say("%(what)s, because: %(reason)s", what=note, reason=_why(detail))
        return say(sentence, rule=_rule(plan, detail)), note, ""

    return tell


def _held(plan: Definition, detail: Detail) -> Told:
    missed = detail.get("held") == "missed"
    why = say("It was missed before the rule changed; what was missed stays missed")
    longer = say("A superior text never moves a running deadline to a later day")
    return (
        say("A changed rule leaves the deadline as it is: %(rule)s", rule=_rule(plan, detail)),
        (why if missed else longer),
        "",
    )


def _ended(sentence: str) -> Callable[[Definition, Detail], Told]:
    return lambda plan, detail: (say(sentence, rule=_rule(plan, detail)), None, "")


def _corrected(sentence: str) -> Callable[[Definition, Detail], Told]:
    return lambda plan, detail: (
        say(sentence, rule=_rule(plan, detail), day=detail.get("started_on") or ""),
        _why(detail),
        "",
    )


def _paused(plan: Definition, detail: Detail) -> Told:
    return say("The clock is paused: %(rule)s", rule=_rule(plan, detail)), _why(detail), "stop"


def _about_step(sentence: str) -> Callable[[Definition, Detail], Told]:
    return lambda plan, detail: (say(sentence, step=_step(plan, detail)), _due(detail), "")


def _about(sentence: str, *names: str) -> Callable[[Definition, Detail], Told]:
    return lambda plan, detail: (say(sentence, **{name: detail.get(name) or "" for name in names}), None, "")


def _reasoned(tell: Callable[[Definition, Detail], Told], look: str = "") -> Callable[[Definition, Detail], Told]:
    """With the reason that was given, or what has become of the entry."""
    return lambda plan, detail: (
        tell(plan, detail)[0],
        _why(detail) or SUSPENDED.get(detail.get("why") or ""),
        look,
    )


def _regranted(plan: Definition, detail: Detail) -> Told:
    """With what it said before."""
    was = detail.get("was") or {}
    before = was.get("conditions")
    note = say("Before, its conditions were: %(conditions)s", conditions=before) if before else None
    return say("Grant %(number)s was changed by a new decision", number=detail.get("number") or ""), note, ""


def _raised(story: CaseStory, detail: Detail) -> Told:
    pack, code = story.step.rules.pack, str(detail.get("body") or "")
    titles = {one.department: one.title for one in (pack.bureau, *pack.bodies.values(), *pack.authorities)}
    titles |= {code: pack.body(code).title for code in pack.reached_by_letter}
    recused, decided, below = (list(detail.get(name) or ()) for name in ("recused", "decided", "below"))

    def named(codes: list[str]) -> str:
        return series([titles.get(one, one) for one in codes])

    why: list[Say] = []
    if parties := [one for one in recused if one not in decided]:
        why.append(say("Recused as a party: %(bodies)s", bodies=named(parties)))
    if decided:
        why.append(say("Recused, having decided what is contested: %(bodies)s", bodies=named(decided)))
    if below:
        why.append(say("Below the body whose act is contested: %(bodies)s", bodies=named(below)))
    told = reduce(lambda one, next_one: say("%(one)s; %(next_one)s", one=one, next_one=next_one), why) if why else None
    return say("Put before the next body: %(body)s", body=titles.get(code, code)), told, ""


def _letter(story: CaseStory, detail: Detail) -> Told:
    number = str(detail.get("number") or "")
    title = next((one.title for one in story.letters if one.number == number), str(detail.get("template")))
    return say("Letter: %(title)s", title=title), number, ""


def _notice(plan: Definition, kind: str, detail: Detail) -> Told:
    said = {
        "reminder": say("Reminder: %(step)s", step=_rule(plan, detail)),
        "overdue": say("Overdue, the head and the bureau were told: %(step)s", step=_rule(plan, detail)),
    }
    told = next((one.notices[kind] for one in plan.forms.values() if kind in one.notices), kind)
    return said.get(kind, say("Notice: %(kind)s", kind=told)), _due(detail), "late" if kind == "overdue" else ""


def _action(plan: Definition, message: str, detail: Detail) -> Told:
    form = next((one.actions[message] for one in plan.forms.values() if message in one.actions), None)
    note = (detail.get("data") or {}).get("reason")
    return form.title if form else say("%(kind)s", kind=message), str(note)[:200] if note else None, ""


def _changed(plan: Definition, detail: Detail) -> Told:
    """The entry is another than when the case last looked."""
    if detail.get("withdrawn"):
        return say("The entry %(resource)s has left the catalogue", resource=detail.get("resource") or ""), None, ""
    title = say("The entry %(resource)s has changed", resource=detail.get("resource") or "")
    if detail.get("was") == detail.get("share_type"):
        return title, None, ""
    types = {"before": detail.get("was") or "", "now": detail.get("share_type") or ""}
    return title, say("share type: before %(before)s, now %(now)s", **types), ""


OF_STORIES: Mapping[str, Callable[[CaseStory, Detail], Told]] = {"task.done": _done, "ladder.raised": _raised}
"""What is told with the whole case before one's eyes."""
TOLD: Mapping[str, Callable[[Definition, Detail], Told]] = {
    "case.opened": lambda plan, detail: (_opened(plan), _entered_late(detail), ""),
    "case.closed": _closed,
    "task.cancelled": _about_step("No longer needed: %(step)s"),
    "task.claimed": _about_step("Claimed: %(step)s"),
    "task.released": _about_step("Released: %(step)s"),
    "task.transferred": _about_step("Handed over: %(step)s"),
    second_persons.OWN: _about_step("Self-review: a second person of the department that drafted it did “%(step)s”"),
    second_persons.NOBODY: _about_step(
        "The department has no second person who could do “%(step)s”; administrators were told"
    ),
    "clock.started": _started,
    "clock.met": _met,
    "clock.paused": _paused,
    "clock.resumed": _moved("The clock goes on: %(rule)s"),
    "clock.extended": _moved("Extended: %(rule)s"),
    "clock.ordered": _moved("A new date was ordered: %(rule)s"),
    "clock.corrected": _moved("The start was set right: %(rule)s"),
    "clock.recounted": _moved("Counted anew: %(rule)s"),
    "clock.held": _held,
    "clock.missed": _ended("Ended unmet and past due: %(rule)s"),
    "clock.cancelled": _ended("No longer runs: %(rule)s"),
    "clock.extension_lapsed": _ended("The extension was not consented to in time: %(rule)s"),
    "clock.correction_proposed": _corrected("A correction of the start to %(day)s was proposed: %(rule)s"),
    "clock.correction_confirmed": _corrected("A second person confirmed the correction to %(day)s: %(rule)s"),
    "clock.correction_rejected": _corrected("A second person rejected the correction: %(rule)s"),
    "case.annulled": lambda plan, detail: (say("The case was annulled"), _why(detail), "late"),
    "body.recused": _about("The bureau is a party and is recused; its step is left out"),
    "terms.opened": _about("A dispute has begun"),
    "terms.proposed": _about("Version %(version)s of the text was put forward and signed", "version"),
    "terms.signed": _about("Version %(version)s of the text was signed", "version"),
    "terms.declined": _about("One side does not agree"),
    "superior.entered": _about("The answer of the superior was recorded"),
    "terms.settled": _about("The result of the dispute was put down"),
    "grant.created": _about("Grant %(number)s was made", "number"),
    "grant.revoked": _reasoned(_about("Grant %(number)s was revoked", "number"), "stop"),
    "grant.suspended": _reasoned(_about("Grant %(number)s was suspended", "number"), "stop"),
    "grant.kept": _about("Grant %(number)s was restored", "number"),
    "grant.narrowed": _reasoned(_about("Grant %(number)s was narrowed", "number")),
    "grant.reinstated": _about("Grant %(number)s was restored after a dispute", "number"),
    "grant.changed": _regranted,
    "grant.ending": _about("Its holder was warned that grant %(number)s ends", "number"),
    "award.none": lambda plan, detail: (say("The result comes to no grant"), NOT_MADE.get(detail["why"]), ""),
    "award.unchanged": lambda plan, detail: (
        say("Grant %(number)s stays as it is", number=detail["number"]),
        NOT_MADE.get(detail["why"]),
        "",
    ),
    "review.settled": _about("It was decided on grant %(number)s", "number"),
    "catalogue.published": lambda plan, detail: (
        say("Published in the catalogue"),
        series(list(detail.get("versions") or {})),
        "",
    ),
    "catalogue.transferred": lambda plan, detail: (
        say("Transferred to another department"),
        series(list(detail.get("resources") or ())),
        "",
    ),
    "responsibility.published": _about("Edition %(edition)s of the responsibility list", "edition"),
    "case.moved": _about("The case has moved with its entry from %(giver)s to %(receiver)s", "giver", "receiver"),
    "case.stopped": _about("The case has ended: its two sides have become one"),
    "grant.moved": _about("Grant %(number)s went from %(giver)s to %(receiver)s", "number", "giver", "receiver"),
    "entry.withdrawn": _about("The entry %(resource)s has left the catalogue", "resource"),
    "entry.retyped": _changed,
    "resource.taken": _about("The case goes on with the entry %(resource)s", "resource"),
    "resource.changed": _changed,
    "incident.solved": _about("The incident was solved, the case goes on"),
    "push.queued": _about("Sent upstream to %(target)s", "target"),
}
