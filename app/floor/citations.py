"""How texts and articles are cited: a Chinese title stands in 《》, and packs write articles as codes (`15`, `49(7)`),
which each language reads in its own way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from app.floor.messages import Text

Title = TypeVar("Title", Text, str)
CODE = re.compile(r"(\d+)(?:\((\d+)\))?")
DIGITS = "〇一二三四五六七八九"
HAN = re.compile("[\u4e00-\u9fff]")
QUOTED = re.compile("[《》〈〉]")
SPOKEN = re.compile(
    r"[，。；：！？,;:!?\n]|[们这那哪怎谁]|什么|关于(此|该|上述|前述)|[有相]关(规定|要求|办法|制度|条例)|(根据|依据|依照|按照|遵照|符合|违反|不予|不得|应当)"
    r"|^(按(?!揭|劳)|参见|详见|见(?!义)|该|此|其|拟|上述|前述|以上|现行|没有|经(研究|查|核|批准|审|讨论|协商|请示)"
    r"|依法(?!行政|治)|暂(无|不|缓)|未(见|有|经|作|规定)|无(相|此|任何|依据)|不(符|同|属|宜)|原(有|规定|办法)"
    r"|[我你本](局|单位|部门|委|厅|处|科|办|方|们|机关|省|市|县|区|条例|规定))"
    r"|^(国家|上级|部门|法律|法规|单位|会议|领导|地方|行业|主管|政府|委员会|内部|[省市县区州局委厅])*(有关|相关|的)?"
    r"(规定|办法|规则|制度|规范|细则|条例|规章)$"
)
"""What a sentence has, and a title has not; and what speaks of rules without naming one."""
ANSWERED = re.compile(
    r"吗|呢|您|是(?!否)|了(?!解|结)|正在|目前|仍|尚[未无不]|无(法|权|需|须)|可以|属于|因为|由于|如果|没有?"
    r"|[列纳编]入|未(?!成年|婚|遂|来)|不(?!动产|正当|良|合格|可移动|明|满|停|当|起诉|记名)|(?<!思)想|^[找有]|须|需要"
)
"""What is said where somebody answers or excuses, and hardly ever in a title that is not about something (关于)."""
STRONG = "宪法|刑法|[^办方做看想说立执司违非合依守普]法|法典|条例|规定|办法|细则|规则|规程|章程|规范"
WEAK = "意见|通知|决定|决议|批复|解释|方案|标准|指南|纲要|目录|公告|函"
"""Words with which titles end; the weak ones end many a sentence, too."""
NEXT = r"(?:[（(][^（）()]*[)）])*\s*(?:[、，,；;/和与及或跟同]|以及|并|连同|\s)"
SEVERAL = re.compile(rf"(?:{STRONG}|的(?:{WEAK})){NEXT}|第[^第条]*条[（(\w）)]*[、和与及或]")
MATTER_ENDS = re.compile(rf"的(?:{STRONG}|{WEAK}){NEXT}")
"""A title that has ended, and a word or a mark behind it that brings another."""
ABOUT = re.compile(rf"关于.+的[^的、和与及]{{0,12}}(?:{STRONG}|{WEAK})$")
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
LOOSE, NAMED = ("规定", "办法", "规则", "规程", "规范"), 5
"""What many words end with that are no titles, and how long one is that says of what it is."""


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
    if _names_several(found["title"] if found else said):
        return text
    if found is None or not (known or _reads_like_a_title(found)):
        return f"《{said}》" if known and not said.endswith("号") else text
    after = f"{found['number'] or ''}{found['tail'] or ''}"
    return f"《{found['title']}{found['edition'] or ''}》{after}"


def _names_several(title: str) -> bool:
    """Whether more than one text may be meant. Behind 关于 stands the matter of one: texts may be named there."""
    head, about, matter = title.partition("关于")
    if SEVERAL.search(head) or (not about and ARTICLE.search(title)):
        return True
    return bool(MATTER_ENDS.search(matter))


def _reads_like_a_title(found: re.Match[str]) -> bool:
    title = found["title"]
    if SPOKEN.search(title):
        return False
    if "关于" in title:
        return bool(ABOUT.search(title))
    if ANSWERED.search(title) or (len(title) < 3 and title not in SHORT):
        return False
    if found["weak"] is not None:
        return len(title) >= LONG_ENOUGH and not set("的在") & set(title)
    if title.endswith(LOOSE) and len(title) < NAMED:
        return False
    return not title.endswith(("的规定", "的办法", "的规则", "的条例", "的规范", "的细则"))


def numeral(n: int) -> str:
    """1 to 199 in Chinese figures."""
    if n >= 100:
        rest = n - 100
        return "一百" + ("" if not rest else "〇" + DIGITS[rest] if rest < 10 else _tens(rest, "一"))
    return _tens(n, "")


def _tens(n: int, one: str) -> str:
    tens, ones = divmod(n, 10)
    return ((one if tens == 1 else DIGITS[tens]) + "十" if tens else "") + (DIGITS[ones] if ones or not tens else "")
