"""How texts and articles are cited: a Chinese title stands in 《》, and packs write articles as codes (`15`, `49(7)`),
which each language reads in its own way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from app.words import Text

Title = TypeVar("Title", Text, str)
CODE = re.compile(r"(\d+)(?:\((\d+)\))?")
DIGITS = "〇一二三四五六七八九"
HAN = re.compile("[\u4e00-\u9fff]")
QUOTED = re.compile("[《》〈〉]")
SPOKEN = re.compile(
    r"[，。；：！？,;:!?\n]|[有相]关(规定|要求|办法|制度|条例)|(根据|依据|依照|按照|遵照|符合|违反|不予|不得|应当)"
    r"|^(按(?!揭|劳)|参见|详见|见(?!义)|该|此|其|拟|上述|前述|以上|现行|没有|经(研究|查|核|批准|审|讨论|协商|请示)"
    r"|依法(?!行政|治)|暂(无|不|缓)|未(见|有|经|作|规定)|无(相|此|任何|依据)|不(符|同|属|宜)|原(有|规定|办法)"
    r"|[我你本](局|单位|部门|委|厅|处|科|办|方|们|机关|省|市|县|区|条例|规定))"
    r"|^(国家|上级|部门|法律|法规|单位|会议|领导|地方|行业|主管|政府|委员会|内部|[省市县区州局委厅])*(有关|相关|的)?"
    r"(规定|办法|规则|制度|规范|细则|条例|规章)$"
)
"""What a sentence has, and a title has not; and what speaks of rules without naming one."""
STRONG = "宪法|刑法|[^办方做看想说立执司违非合依守普]法|法典|条例|规定|办法|细则|规则|规程|章程|规范"
WEAK = "意见|通知|决定|决议|批复|解释|方案|标准|指南|纲要|目录|公告|函"
"""Words with which titles end; the weak ones end many a sentence, too."""
TAIL = r"(?:[第、至和与及条款项目之]|[（(]?+[〇零一二三四五六七八九十百千\d]++[)）]?+)*+"
"""What is read of it is never given back: figures that may end anywhere could be tried in endless ways."""
CITED = re.compile(
    rf"(?P<title>[^《》]*?(?:{STRONG}|(?P<weak>{WEAK})))(?P<edition>[（(][^（）()号]*[)）])?"
    rf"(?P<number>[（(][^（）()]*号[)）])?\s*(?P<tail>第{TAIL})?"
)
ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千\d]+条")
SHORT = ("宪法", "刑法")
LONG_ENOUGH = 8
"""From here on the weak endings are trusted, where nothing of a sentence stands before them."""


def cited(codes: Sequence[str]) -> Text:
    """Empty where there is none."""
    found = [match for code in codes if (match := CODE.match(code))]
    zh = "、".join(f"第{numeral(int(m[1]))}条" + (f"（{numeral(int(m[2]))}）" if m[2] else "") for m in found)
    return Text(zh, f"Art. {', '.join(codes)}" if codes else "")


def titled(text: Title, *, known: bool = False) -> Title:
    """A title of a text in 《》, what follows it (an article, a document's number) after them. What has them, is not
    Chinese or reads like no title is left as it is; `known`: that it is a title need not be asked."""
    if isinstance(text, Text):
        return Text(_in_marks(text.zh, known), _in_marks(text.en, known))
    return _in_marks(text, known)


def _in_marks(text: str, known: bool) -> str:
    said = text.strip()
    if not HAN.search(said) or QUOTED.search(said):
        return text
    found = CITED.fullmatch(said)
    if found is None or not (known or _reads_like_a_title(found)):
        return f"《{said}》" if known else text
    after = f"{found['number'] or ''}{found['tail'] or ''}"
    return f"《{found['title']}{found['edition'] or ''}》{after}"


def _reads_like_a_title(found: re.Match[str]) -> bool:
    title = found["title"]
    if SPOKEN.search(title):
        return False
    about = "关于" in title
    if (not about and ARTICLE.search(title)) or (len(title) < 3 and title not in SHORT):
        return False
    if found["weak"] is not None:
        return about or (len(title) >= LONG_ENOUGH and "的" not in title)
    return about or not title.endswith(("的规定", "的办法", "的规则", "的条例", "的规范", "的细则"))


def numeral(n: int) -> str:
    """1 to 199 in Chinese figures."""
    if n >= 100:
        rest = n - 100
        return "一百" + ("" if not rest else "〇" + DIGITS[rest] if rest < 10 else _tens(rest, "一"))
    return _tens(n, "")


def _tens(n: int, one: str) -> str:
    tens, ones = divmod(n, 10)
    return ((one if tens == 1 else DIGITS[tens]) + "十" if tens else "") + (DIGITS[ones] if ones or not tens else "")
