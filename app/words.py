"""The words that everything shares: texts in both languages, sentences to be translated, the domain's codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Language = Literal["zh", "en"]

SHARE_TYPES = ("public", "unconditional", "conditional", "withheld")
SHARE_MODES = ("interface", "file", "batch", "query")
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


@dataclass(frozen=True)
class Say:
    """A sentence for a person, not yet in their language. `english` is the message id of the translations and is
    filled with `%(name)s` from `params` by the door that shows it. A param may be a `Text`."""

    english: str
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.english % {k: v.en if isinstance(v, Text) else v for k, v in self.params.items()}


def say(english: str, **params: Any) -> Say:
    return Say(english, params)
