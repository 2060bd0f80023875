"""What an adverse decision rests on: kind, title and article of a text, and how that is said. And what is adverse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.diagrams.forms.model import Field, Option
from app.floor.citations import titled
from app.floor.messages import Say, Text, say

BASIS_KINDS: tuple[Option, ...] = tuple(
    Option(value, Text(zh, en))
    for value, zh, en in (
        ("law", "法律", "Law"),
        ("administrative_regulation", "行政法规", "Administrative regulation"),
        ("local_regulation", "地方性法规", "Local regulation"),
        ("rule", "规章", "Government rule"),
        ("national_policy", "国家政策", "National policy"),
        ("municipal_policy", "市级政策", "Municipal policy"),
        (
            "party_state_council_policy",
            "党中央、国务院政策",
            "Policy of the Central Committee and the State Council",
        ),
        ("policy", "其他政策文件", "Another policy"),
        ("other", "其他文件", "Another document"),
    )
)
"""The kinds of text that may be named. Which of them bear a decision is the regulation's affair (`options_from`)."""

CARRIES, REASON, BASIS = "refusal.carries", "reason", "basis"
"""The rule key that says what a refusal carries, and the two fields that carry it."""


def made_adverse(fields: Sequence[Field], adverse: str) -> tuple[Field, ...]:
    """The fields of a form whose answer is adverse where the condition holds: it then carries what the regulation
    demands of a refusal, a reason always, a basis where the regulation says so."""
    return tuple(_carrying(field, f"({adverse})") for field in fields)


def _carrying(field: Field, adverse: str) -> Field:
    if field.key == REASON:
        needed = field.required if isinstance(field.required, bool) else f"{adverse} or ({field.required})"
        return replace(field, required=needed or adverse)
    if field.type == "item_reasons":
        return replace(field, shown=field.shown or adverse)
    if field.key == BASIS:
        needed = f"{adverse} and '{BASIS}' in rule('{CARRIES}')"
        return replace(field, required=field.required or needed, shown=field.shown or adverse)
    return field


def basis_words(given: Mapping[str, Any], kinds: Sequence[Option] = BASIS_KINDS) -> Say:
    """A basis as a sentence names it: the text, its article, its kind."""
    kind = next((one.title for one in kinds if one.value == given.get("kind")), str(given.get("kind") or ""))
    title, article = titled(str(given.get("title") or "")), str(given.get("article") or "")
    if not article:
        return say("%(title)s (%(kind)s)", title=title, kind=kind)
    if article.isascii():
        return say("%(title)s, Art. %(article)s (%(kind)s)", title=title, article=article, kind=kind)
    return say("%(title)s %(article)s (%(kind)s)", title=title, article=article, kind=kind)


def item_reason_words(given: Mapping[str, Any], item: str) -> Say:
    """What is refused for a reason of its own, as a sentence names it: the item, the reason, what it rests on."""
    reason = " ".join(str(given.get("reason") or "").split())
    if isinstance(given.get("basis"), Mapping):
        return say(
            "%(item)s: %(reason)s. Legal basis: %(basis)s", item=item, reason=reason, basis=basis_words(given["basis"])
        )
    return say("%(item)s: %(reason)s", item=item, reason=reason)


def listed(options: Sequence[Option]) -> Text:
    """The titles of options in a row."""
    titles = [option.title for option in options]
    return Text("、".join(one.zh for one in titles) or "–", ", ".join(one.en for one in titles) or "–")
