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


_IGNORABLE = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point, from DerivedCoreProperties.txt of the Unicode Character Database (16.0): what is drawn
as nothing. The property is stable, and `unicodedata` does not have it."""
_BLANK = (0x2800, 0x16FE4, 0x1D159)
"""Drawn, and yet nothing that anybody sees: the Braille pattern without dots, the Khitan filler, the null note head."""
UNSEEN = frozenset(_BLANK) | {code for first, last in _IGNORABLE for code in range(first, last + 1)}
"""Characters, by their code, that show nothing whatever their class says."""


def visible(text: str | None) -> bool:
    """Whether a text says anything to who reads it: characters that show nothing are no answer."""
    shown = unicodedata.normalize("NFKC", text or "")
    return any(unicodedata.category(one)[0] not in "CZ" and ord(one) not in UNSEEN for one in shown)


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
