"""A letter as its readers see it: the kept text, as it was issued. Only the language is the reader's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.entry import language
from app.outbox.letter_text import Block, Quote
from app.outbox.models import Letter


def letter_blocks(letter: Letter) -> list[dict[str, Any]]:
    """Its paragraphs for `macros/_letter.html`: `{parts: [{text, theirs}…]}`, or `{quote: [line…]}`."""
    return drawn(letter.blocks(language()))


def drawn(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    return [
        {"quote": list(one.lines), "parts": []}
        if isinstance(one, Quote)
        else {"quote": None, "parts": [{"text": part.text, "theirs": part.theirs} for part in one]}
        for one in blocks
    ]
