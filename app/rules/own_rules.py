"""Texts that a department has given itself, where the regulation says that they bear no refusal, however worded.

Nobody can look a title up here: it is judged by words that the pack holds and by the department's own name, and says
so. Whoever decides answers for its being a published law, regulation or rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import normalize

OPENING = "《〈「『“\"'"
SHORTEST = 3
"""A shorter name stands in too many titles."""


@dataclass(frozen=True)
class OwnRules:
    """By which words a department's own text shows, and the article by which it bears no refusal."""

    words: tuple[str, ...]
    article: tuple[str, ...]

    def shown_by(self, title: str, name: str, place: str) -> str | None:
        """The word by which a title reads as the department's own text; None where it does not. `name`: its name;
        without the place in front it counts at the beginning of a title only."""
        told = "".join(normalize("NFKC", title).split())
        short = name.removeprefix(place)
        if len(short) >= SHORTEST and told.lstrip(OPENING).startswith(short):
            return short
        return next((word for word in (*self.words, name) if word and word in told), None)
