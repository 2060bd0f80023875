"""The words that everything shares: texts in both languages, sentences to be translated, the domain's codes."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Language = Literal["zh", "en"]

SHARE_TYPES = ("public", "unconditional", "conditional", "withheld")
SHARE_MODES = ("interface", "file", "batch", "query", "table", "other")
LEVELS = ("county", "city", "province")
ROLES = ("clerk", "head", "supervisor", "administrator", "platform")
NO_NUMBER = ("blank", "promptly", "silent")
"""Why a regulation gives no number: the copy lost its digits, it only says "promptly", or it does not speak of it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that comes as data in both languages (titles, holiday names, notes)."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        return self.en if language == "en" else self.zh


Terms = Mapping[str, Text]
"""What a regulation calls the things that all of them know, by the names of rules/terms."""
TERM = re.compile(r"\{word\.([a-z_]+)\}")


def with_terms(text: str, terms: Terms, language: Language) -> str:
    """A text with the words of a regulation in the place of `{word.…}`."""
    if "{word." not in text:
        return text
    return TERM.sub(lambda found: terms[found[1]].in_(language) if found[1] in terms else found[0], text)


@dataclass(frozen=True)
class Say:
    """A sentence for a person, not yet in their language. `english` is the message id of the translations and is
    filled with `%(name)s` from `params` by the door that shows it. A param may be a `Text` or a `Say`."""

    english: str
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.english % {k: v.en if isinstance(v, Text) else v for k, v in self.params.items()}

    def stored(self) -> str:
        """For a row that is read in either language later; `said` reads it."""
        return json.dumps(_kept(self), ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class InRow(Say):
    """A sentence about one cell of a list that was sent. It names row and column; where the cell itself is shown,
    `fault` alone stands at it."""

    row: int
    """From 0."""
    column: str
    fault: Say


_FILLERS = dict.fromkeys(map(ord, "\u17b4\u17b5\u115f\u1160\u3164\uffa0\u2800\u034f"))
"""Letters by their class, and yet nothing that anybody sees."""


def visible(text: str | None) -> bool:
    """Whether a text says anything to who reads it: characters that show nothing are no answer."""
    shown = unicodedata.normalize("NFKC", text or "").translate(_FILLERS)
    return any(unicodedata.category(one)[0] not in "CZ" and not _varies(one) for one in shown)


def _varies(one: str) -> bool:
    """Variation selectors: marks that only say how the character before them looks."""
    return "\ufe00" <= one <= "\ufe0f" or "\U000e0100" <= one <= "\U000e01ef"


def say(english: str, **params: Any) -> Say:
    return Say(english, params)


def in_row(whole: Say, row: int, column: str, fault: Say) -> InRow:
    return InRow(whole.english, whole.params, row=row, column=column, fault=fault)


def said(stored: str) -> Say:
    """The sentence that `Say.stored` wrote; a plain text stays as it is."""
    try:
        again = _again(json.loads(stored))
    except ValueError:
        again = None
    return again if isinstance(again, Say) else say("%(text)s", text=stored)


def _kept(value: Any) -> Any:
    if isinstance(value, Say):
        return {"say": value.english, "with": {name: _kept(part) for name, part in value.params.items()}}
    if isinstance(value, Text):
        return {"zh": value.zh, "en": value.en}
    return value if isinstance(value, int | float) else str(value)


def _again(kept: Any) -> Any:
    match kept:
        case {"say": sentence, "with": params}:
            return Say(sentence, {name: _again(part) for name, part in params.items()})
        case {"zh": zh, "en": en}:
            return Text(zh, en)
    return kept
