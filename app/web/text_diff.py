"""What differs between two texts, for people: pieces that stayed, went and came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "gone", "new"]
Piece = tuple[Kind, str]
CLAUSE = re.compile(r"[^，。；、,.;\n]*[，。；、,.;\n]?")
WORD = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)
MOST_CLAUSES, MOST_WORDS = 400, 600
"""Up to so many clauses a text is compared clause by clause, and up to so many words a clause that changed word by
word; what is longer went as a whole and came as a whole."""


def compared(before: str, after: str) -> list[Piece]:
    """Clause by clause, and within a clause that changed word by word."""
    clauses = CLAUSE.findall(before), CLAUSE.findall(after)
    if before != after and max(map(len, clauses)) > MOST_CLAUSES:
        return _joined(iter([("gone", before), ("new", after)]))
    return _joined(_pieces(*clauses, within=True))


def compared_lists(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    """Members that stayed, then those that went and came."""
    kept: list[Piece] = [("same", one) for one in after if one in before]
    gone: list[Piece] = [("gone", one) for one in before if one not in after]
    return [*kept, *gone, *(("new", one) for one in after if one not in before)]


def _pieces(before: Sequence[str], after: Sequence[str], *, within: bool) -> Iterator[Piece]:
    for what, i, j, k, n in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = before[i:j], after[k:n]
        if what == "equal":
            yield "same", "".join(new)
        elif what == "replace" and within:
            yield from _within("".join(old), "".join(new))
        else:
            yield "gone", "".join(old)
            yield "new", "".join(new)


def _within(old: str, new: str) -> Iterator[Piece]:
    words = WORD.findall(old), WORD.findall(new)
    if max(map(len, words)) > MOST_WORDS:
        yield "gone", old
        yield "new", new
    else:
        yield from _pieces(*words, within=False)


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Neighbours of one kind as one; empty ones left out."""
    found: list[Piece] = []
    for kind, text in pieces:
        if text and found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + text)
        elif text:
            found.append((kind, text))
    return found
