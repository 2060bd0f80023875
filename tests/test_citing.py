"""A Chinese title of a text stands in 《》, wherever it is printed; what is none is left as it was written."""

from __future__ import annotations

from itertools import product
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citing import titled
from app.words import Text

TITLES = (
    "宪法 民法典 统计法 立法法 未成年人保护法 不动产登记暂行条例 无线电管理条例 经济适用住房管理办法 "
    "见义勇为人员奖励和保障条例 中华人民共和国户口登记条例 税收征收管理法实施细则 江苏省档案管理办法（试行）"
    " 居住证管理办法 全国年节及纪念日放假办法 政务信息资源目录编制指南（试行）"
    " 最高人民法院关于民法典第二条的解释 国务院关于印发政务信息资源共享管理暂行办法的通知"
)
NO_TITLES = (
    "根据有关规定 国家规定 国家有关规定 上级通知 上级的规定 经研究决定 局长的意见 办法 方法 依法 本局会议纪要"
    " 本单位办法 内部规定 按统计法，不予共享 省厅有关要求 国办发〔2016〕51号"
    " 没有相应的规定 会议决定 涉及隐私符合保密法 统计法第9条和保密法第3条 《统计法》第九条 〈统计法〉 Statistics"
)


@pytest.mark.parametrize("title", TITLES.split())
def test_a_bare_title_gets_its_marks(title: str) -> None:
    assert titled(title) == f"《{title}》"


@pytest.mark.parametrize("text", NO_TITLES.split())
def test_what_is_no_title_or_has_its_marks_is_left(text: str) -> None:
    assert titled(text) == text


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("居住证管理办法第九条", "《居住证管理办法》第九条"),
        ("统计法第二十五条（二）", "《统计法》第二十五条（二）"),
        ("个人信息保护法第十三条、第三十四条", "《个人信息保护法》第十三条、第三十四条"),
        ("政务数据共享条例（国务院令第809号）第十二条", "《政务数据共享条例》（国务院令第809号）第十二条"),
        ("云阳县政务数据资源管理办法（试行）第三十二条", "《云阳县政务数据资源管理办法（试行）》第三十二条"),
    ],
)
def test_article_and_number_follow_the_marks(written: str, told: str) -> None:
    assert titled(written) == told


def test_a_known_title_gets_its_marks_in_chinese_alone() -> None:
    title = Text("江门市数据共享工作要求", "Demands on Sharing")
    assert titled(title, known=True) == Text("《江门市数据共享工作要求》", "Demands on Sharing")


AWKWARD = (*"1一第号（）(〔 、条法的", "规定", "关于", "第1", "1）", "（1", "法第")


@pytest.mark.parametrize(("head", "last"), [*product(("", "某市数据管理办法", "某市数据管理办法第"), ("", "号x", "x"))])
def test_no_text_keeps_the_reader_busy(head: str, last: str) -> None:
    for one, other in product(AWKWARD, repeat=2):
        text = head + (one * 100 + other * 100)[:200] + last
        mixed = head + ((one + other) * 100)[:200] + last
        began = process_time()
        titled(text), titled(mixed), titled(mixed, known=True)
        assert process_time() - began < 0.05, (one, other)


@given(st.text(st.sampled_from("国家统计法条例办第九条（试行）《》号关于的规定，通知"), max_size=16))
def test_marks_are_set_once(text: str) -> None:
    assert titled(titled(text)) == titled(text)
