"""The text of a letter as it is kept: paragraphs of parts, what the issuer says apart from what somebody else typed.

What people type is shown as theirs wherever it stands: a few words in quotation marks, several lines as a quoted block
of their own. Whatever they type, it can never be taken for a paragraph of the issuer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

UNSEEN = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0]+"
)
"""Blanks of every width, and what is not seen at all: what could push words to a line of their own or turn them."""
OPEN, CLOSE = "「」"
INNER = "『』"
"""Quotation marks inside a quotation are the inner ones: nobody closes the outer pair."""
MOST_LINES = 400


@dataclass(frozen=True)
class Part:
    """Some words of a paragraph. `theirs`: typed by somebody, not said by the issuer."""

    text: str
    theirs: bool = False


@dataclass(frozen=True)
class Quote:
    """Several lines that somebody typed, a block of their own."""

    lines: tuple[str, ...]


Block = tuple[Part, ...] | Quote


@lru_cache(256)
def lines_of(typed: str) -> tuple[str, ...]:
    """What somebody typed, line by line: blanks are single, what cannot be seen is left out. Most is said in both
    languages alike, and names in every letter."""
    return tuple(filter(None, map(_cleaned, typed.splitlines())))[:MOST_LINES]


def _cleaned(line: str) -> str:
    return UNSEEN.sub(" ", _shown(line)).strip().replace(OPEN, INNER[0]).replace(CLOSE, INNER[1])


def _shown(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") else one for one in line)


def paragraphs(pieces: Iterable[str | Part | Quote]) -> tuple[Block, ...]:
    """Pieces of one text as paragraphs: plain ones are the issuer's own and may have lines, each a paragraph. What the
    issuer says without a break is one part."""
    blocks: list[Block] = []
    own, parts = "", list[Part]()
    for piece in pieces:
        if isinstance(piece, str):
            first, *others = piece.split("\n")
            own += first
            for line in others:
                blocks += _closed(parts, own)
                own, parts = line, []
        elif isinstance(piece, Quote):
            blocks += [*_closed(parts, own), piece]
            own, parts = "", []
        else:
            parts += [Part(own), piece] if own else [piece]
            own = ""
    return (*blocks, *_closed(parts, own))


def _closed(parts: list[Part], own: str) -> list[Block]:
    """The paragraph of these parts and of what the issuer has said since the last of them; none where that is blank."""
    found = (*parts, Part(own)) if own else tuple(parts)
    return [found] if own.strip() or any(part.text.strip() for part in parts) else []


def as_lines(blocks: Iterable[Block]) -> list[str]:
    """Plain text, a line for each paragraph; what somebody typed stands in quotation marks."""
    return [
        "".join(f"{OPEN}{part.text}{CLOSE}" if part.theirs else part.text for part in _parts(one)) for one in blocks
    ]


def _parts(block: Block) -> tuple[Part, ...]:
    return (Part("\n".join(block.lines), True),) if isinstance(block, Quote) else block


def as_json(blocks: Iterable[Block]) -> list[Any]:
    return [{"quote": list(one.lines)} if isinstance(one, Quote) else [_kept(part) for part in one] for one in blocks]


def from_json(kept: Iterable[Any]) -> tuple[Block, ...]:
    return tuple(
        Quote(tuple(one["quote"])) if isinstance(one, dict) else tuple(_part(part) for part in one) for one in kept
    )


def _kept(part: Part) -> Any:
    return {"theirs": part.text} if part.theirs else part.text


def _part(kept: Any) -> Part:
    return Part(kept["theirs"], True) if isinstance(kept, dict) else Part(kept)
