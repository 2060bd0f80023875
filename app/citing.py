"""How articles are cited: packs write them as codes (`15`, `49(7)`), each language reads them in its own way."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.words import Text

CODE = re.compile(r"(\d+)(?:\((\d+)\))?")
DIGITS = "〇一二三四五六七八九"


def cited(codes: Sequence[str]) -> Text:
    """Empty where there is none."""
    found = [match for code in codes if (match := CODE.match(code))]
    zh = "、".join(f"第{numeral(int(m[1]))}条" + (f"（{numeral(int(m[2]))}）" if m[2] else "") for m in found)
    return Text(zh, f"Art. {', '.join(codes)}" if codes else "")


def numeral(n: int) -> str:
    """1 to 199 in Chinese figures."""
    if n >= 100:
        rest = n - 100
        return "一百" + ("" if not rest else "〇" + DIGITS[rest] if rest < 10 else _tens(rest, "一"))
    return _tens(n, "")


def _tens(n: int, one: str) -> str:
    tens, ones = divmod(n, 10)
    return ((one if tens == 1 else DIGITS[tens]) + "十" if tens else "") + (DIGITS[ones] if ones or not tens else "")
