"""The one text on which two sides negotiate: version after version, each put forward by one side and signed by it; it
is agreed when both have signed the same version. A version is a fact of the case, and a line of its history with its
hash.

Which procedure negotiates is of no matter: the text is what `terms.propose` has put down."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from app.cases import audit
from app.catalogue import grants
from app.engine.expressions import ExpressionError, evaluate
from app.engine.vocabulary import PREPARES
from app.floor.errors import Invalid
from app.floor.messages import say

if TYPE_CHECKING:
    from app.cases.transition import Transition

PROPOSES = "terms.propose"
PROPOSED, SIGNED, DECLINED = "terms.proposed", "terms.signed", "terms.declined"
"""The links of a case that tell of its text. Each seals the fact that it leaves."""
CONTENT = ("items", "conditions", "months", "text")
"""What a version says; its hash is over these, and over the mode of sharing where it names one."""


@dataclass(frozen=True)
class Terms:
    version: int
    by: str | None
    """The side that put it forward."""
    items: list[str] | None
    conditions: str | None
    months: int | None
    text: str | None
    signed: tuple[str, ...]
    """The sides that have signed this version."""
    mode: str | None = None

    @property
    def hash(self) -> str:
        content = [getattr(self, name) for name in CONTENT] + ([self.mode] if self.mode else [])
        return hashlib.sha256(orjson.dumps(content)).hexdigest()


NOTHING_YET = Terms(0, None, None, None, None, None, ())


def versions(step: Transition, process: str) -> list[Terms]:
    """What is known of the text of this process, the last version first: for each side, how it stood when that side
    spoke last. Empty where nothing has been put forward."""
    bundle = step.plan.bundle
    told = [one for one in bundle.elements_with(PROPOSES) if one in step.facts and bundle.process_of(one) == process]
    found = [one for one in (_read(step.facts[element]) for element in told) if one.version]
    return sorted(found, key=lambda one: (one.version, len(one.signed)), reverse=True)


def _read(fact: Mapping[str, Any]) -> Terms:
    said = {name: fact[name] for name in ("version", "by", *CONTENT)}
    return Terms(**said, signed=tuple(fact["signed"]), mode=fact.get("mode"))


def propose(
    step: Transition,
    element: str,
    side: str,
    agreed: bool,
    proposal: int | None,
    items: list[str] | None,
    conditions: str | None,
    months: int | None,
    text: str | None,
    mode: str | None = None,
) -> dict[str, Any]:
    """One side's answer: a new version, a signature under the last one, or that it does not agree. The same terms once
    more are a signature, too."""
    last = next(iter(versions(step, step.plan.bundle.process_of(element))), NOTHING_YET)
    if not agreed:
        fact = _fact(last, ended=True, agreed=False)
        step.record(DECLINED, side=side, version=last.version, **audit.sealed_fact(element, fact))
        return fact
    given = replace(
        NOTHING_YET, version=last.version + 1, by=side, signed=(side,),
        items=sorted(items or asked(step) or ()) or None, conditions=conditions, months=months, text=text,
        mode=mode,
    )  # fmt: skip
    if _signs(last, given, proposal):
        if proposal not in (None, last.version):
            raise Invalid({"proposal": [say("Another version has been put forward meanwhile.")]})
        if side in last.signed:
            own = say("Your side has signed this version; it is for the other side to sign it, or to answer it.")
            raise Invalid({"proposal": [own]})
        signed = replace(last, signed=tuple(sorted({*last.signed, side})))
        both = len(signed.signed) > 1
        fact = _fact(signed, ended=both, agreed=both)
        told = {"side": side, "version": signed.version, "hash": signed.hash}
        step.record(SIGNED, **told, **audit.sealed_fact(element, fact))
        return fact
    content = {name: getattr(given, name) for name in CONTENT} | ({"mode": mode} if mode else {})
    fact = _fact(given, ended=False, agreed=False)
    told = {"side": side, "version": given.version, "hash": given.hash, **content}
    step.record(PROPOSED, **told, **audit.sealed_fact(element, fact))
    return fact


def _signs(last: Terms, given: Terms, proposal: int | None) -> bool:
    return proposal is not None or bool(last.version and given.hash == last.hash)


def signs(step: Transition, task: str, answer: Mapping[str, Any]) -> tuple[str, int] | None:
    """Of an answer that signs a version: the field of the yes, and the version; also where it says the same once more.
    Asked before the answer takes effect; what the drawing cannot answer signs nothing, and stops its own step."""
    bundle = step.plan.bundle
    for element in bundle.elements_with(PROPOSES):
        sources = bundle.parameters(element)
        if not sources["agreed"].startswith(f"{task}."):
            continue
        facts = {**step.facts, task: answer}
        try:
            told = {name: evaluate(source, facts, step.functions) for name, source in sources.items()}
        except ExpressionError:
            continue
        last = next(iter(versions(step, bundle.process_of(element))), NOTHING_YET)
        items = sorted(told["items"] or asked(step) or ()) or None
        content = {name: told[name] for name in ("conditions", "months", "text")} | {"mode": told.get("mode")}
        if told["agreed"] is True and _signs(last, replace(NOTHING_YET, items=items, **content), told["proposal"]):
            return sources["agreed"].removeprefix(f"{task}."), last.version
    return None


def signing(step: Transition, task: str) -> str | None:
    """The field of that task by which a version is signed; None for a task that signs none."""
    sources = [step.plan.bundle.parameter(one, "proposal") for one in step.plan.bundle.elements_with(PROPOSES)]
    own = [source.removeprefix(f"{task}.") for source in sources if source.startswith(f"{task}.")]
    return own[0] if own else None


def _fact(terms: Terms, *, ended: bool, agreed: bool) -> dict[str, Any]:
    return {**asdict(terms), "signed": list(terms.signed), "hash": terms.hash, "ended": ended, "agreed": agreed}


def opened(step: Transition) -> Mapping[str, Any]:
    """What the dispute is about, as it was put down last; empty where there is none."""
    prepared = [step.facts[one] for one in step.plan.bundle.elements_with(PREPARES) if one in step.facts]
    return prepared[-1] if prepared else {}


def asked(step: Transition) -> list[str] | None:
    """The items that are in dispute: those that a caller names, else those of the application."""
    prepared = [step.facts[one] for one in step.plan.bundle.elements_with(PREPARES) if one in step.facts]
    named = [fact["items"] for fact in prepared if fact.get("items")]
    return named[-1] if named else step.facts["application"].get("items")


def proposal(step: Transition, process: str) -> dict[str, Any] | None:
    """The last version as programs read it; None where nothing is negotiated, or nothing has been put forward."""
    found = next(iter(versions(step, process)), None)
    if found is None:
        return None
    said = {"version": found.version, "items": found.items, "conditions": found.conditions}
    said |= {"period_months": found.months, "share_mode": found.mode, "text": found.text, "hash": found.hash}
    return {**said, "signed_by": signers(step, process, found), "leaves_out": left_out(step, found.conditions)}


def left_out(step: Transition, conditions: str | None) -> list[str]:
    """The clauses of the entry's own conditions that a version drops; where it says nothing of conditions, none."""
    entry = step.entry(step.case.resource) if step.case.resource and conditions else None
    return grants.left_out(entry.share_type, entry.conditions, conditions) if entry else []


def signers(step: Transition, process: str, terms: Terms) -> list[str]:
    """The codes of the departments that have signed it."""
    seats = [_opened(step, process).get(side) for side in terms.signed]
    return [code for code in seats if isinstance(code, str)]


def _opened(step: Transition, process: str) -> Mapping[str, Any]:
    """Who the two sides are, as the dispute of this process has it."""
    bundle = step.plan.bundle
    own = [one for one in bundle.elements_with(PREPARES) if one in step.facts and bundle.process_of(one) == process]
    return step.facts[own[0]] if own else {}
