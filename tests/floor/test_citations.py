"""A Chinese title of a text stands in 《》, wherever it is printed; what is none is left as it was written."""

from __future__ import annotations

from itertools import product
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.floor.citations import titled
from app.floor.messages import Text

TITLES = (
    "宪法 民法典 统计法 立法法 未成年人保护法 不动产登记暂行条例 无线电管理条例 经济适用住房管理办法 "
    "见义勇为人员奖励和保障条例 中华人民共和国户口登记条例 税收征收管理法实施细则 江苏省档案管理办法（试行）"
    " 居住证管理办法 全国年节及纪念日放假办法 政务信息资源目录编制指南（试行）"
    " 已购公有住房上市出售管理办法 反不正当竞争法 思想政治工作条例 产业结构调整指导目录"
    " 全国人民代表大会和地方各级人民代表大会选举法 国务院关于实施数据安全法和个人信息保护法的决定"
    " 最高人民法院关于民法典第二条的解释 国务院关于印发政务信息资源共享管理暂行办法的通知"
)
NO_TITLES = (
    "根据有关规定 国家规定 国家有关规定 上级通知 上级的规定 经研究决定 局长的意见 办法 方法 依法 本局会议纪要"
    " 本单位办法 内部规定 按统计法，不予共享 省厅有关要求 国办发〔2016〕51号"
    " 没有相应的规定 会议决定 涉及隐私符合保密法 统计法第9条和保密法第3条 《统计法》第九条 〈统计法〉 Statistics"
)
SAID = (
    "想办法 尽快想出办法 正在研究解决办法 我们已经想过办法 没办法 解决办法 管理办法 涉密数据不在共享目录"
    " 涉密数据在共享目录 数据没有列入资源目录 关于数据安全法 领导关于此事的意见 局里关于这件事的意见"
    " 不是共享条例 怎么查询条例"
)
SEVERAL = (
    "网络安全法、数据安全法|数据安全法和个人信息保护法|数据安全法与统计法|数据安全法以及统计法|数据安全法及其实施条例"
    "|数据安全法 统计法|数据安全法/统计法|数据安全法，统计法|数据安全法（2021年）、统计法"
    "|数据安全法第二十一条、个人信息保护法|数据安全法第二十一条和个人信息保护法第三条"
    "|政务数据共享条例（国务院令第809号）、统计法|关于甲事的规定和关于乙事的规定|国务院关于甲事的决定和统计法"
)


@pytest.mark.parametrize("title", TITLES.split())
def test_a_bare_title_gets_its_marks(title: str) -> None:
    assert titled(title) == f"《{title}》"


@pytest.mark.parametrize("text", NO_TITLES.split())
def test_what_is_no_title_or_has_its_marks_is_left(text: str) -> None:
    assert titled(text) == text


@pytest.mark.parametrize("text", [*SEVERAL.split("|"), "国办发〔2016〕51号"])
def test_what_names_several_texts_or_a_number_alone_has_no_marks_of_one(text: str) -> None:
    assert titled(text) == text
    assert titled(text, known=True) == text


@pytest.mark.parametrize("text", SAID.split())
def test_what_is_said_and_only_ends_like_a_title_has_no_marks(text: str) -> None:
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
