"""The Chinese of every sentence that the code can say: whole, exact in its placeholders, and spoken by the doors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask

from app.diagrams import gate
from app.entry import words
from app.floor.languages import compile_catalogues
from app.floor.messages import TERM
from tests.world import World, done

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "app/floor/translations/zh_CN/LC_MESSAGES/messages.po"
TELLERS = ("say", "Say", "_moved", "_about", "_about_step", "_ended", "_corrected")
"""Functions whose first argument is a sentence; babel.cfg names them, too."""
PASSED_ON = {
    ("app/floor/messages.py", "english"),
    ("app/floor/errors.py", "detail"),
    ("app/floor/messages.py", "sentence"),  # what was said once, from a row
    ("app/api/parsing.py", "str(one)"),  # marshmallow's sentences, which the module lists
    ("app/web/inbox/timeline.py", "sentence"),
}
"""Where a sentence comes from elsewhere; each source is extracted or has no words of ours."""
ERRORS = ("Unauthenticated", "Forbidden", "NotFound", "Conflict", "TooMany")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")
HAN = "[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{HAN}[,;:!?(]|[,;!?)]{HAN}|{HAN}\.(?!\.)")

Id = str | tuple[str, ...]


@cache
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_CN", abort_invalid=True)


def entries() -> Iterator[Message]:
    return (message for message in catalogue() if message.id)


def texts(of: Any) -> tuple[str, ...]:
    return (of,) if isinstance(of, str) else tuple(of)


@cache
def said() -> dict[Id, str]:
    """Every sentence of the code, and a file that says it."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, "babel.cfg")
    keywords = DEFAULT_KEYWORDS | dict.fromkeys(TELLERS)
    found = extract_from_dir(ROOT / "app", [(glob.removeprefix("app/"), how) for glob, how in methods],
                             {glob.removeprefix("app/"): one for glob, one in options.items()}, keywords)  # fmt: skip
    return {message: file for file, _, message, _, _ in found}


def test_every_sentence_has_its_chinese() -> None:
    assert len(said()) > 800
    known = {texts(message.id) for message in entries() if all(texts(message.string))}
    assert {message: file for message, file in said().items() if texts(message) not in known} == {}


def test_the_catalogue_keeps_nothing_that_nobody_says() -> None:
    singular = {texts(message)[0] for message in said()}
    assert [message.id for message in entries() if texts(message.id)[0] not in singular] == []
    assert not catalogue().obsolete


def test_placeholders_are_the_same_in_both_languages() -> None:
    def held(sentences: tuple[str, ...]) -> set[str]:
        return {name for sentence in sentences for name in PLACEHOLDER.findall(sentence)}

    assert {m.id: m.string for m in entries() if held(texts(m.id)) != held(texts(m.string))} == {}


def test_nothing_is_left_in_english() -> None:
    """What is a word of the regulation and nothing else is the same in both."""

    def same(message: Message) -> bool:
        english = texts(message.id)[0]
        said = TERM.sub("", PLACEHOLDER.sub("", english))
        return texts(message.string)[0] == english and re.search("[A-Za-z]", said) is not None

    assert [message.id for message in entries() if same(message)] == []
    assert [message.id for message in entries() if message.fuzzy] == []


def test_chinese_is_set_with_full_width_marks() -> None:
    wrong = [text for m in entries() for text in texts(m.string) if HALF_WIDTH.search(text)]
    assert wrong == []


def test_what_the_glossary_names_is_called_by_no_other_word() -> None:
    banned = {"资源目录表", "工单", "流程实例", "截止时间", "超期", "超时", "申请单位", "数据源部门"}
    assert [(m.id, word) for m in entries() for text in texts(m.string) for word in banned if word in text] == []


def calls() -> Iterator[tuple[str, str, ast.expr]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                yield str(path.relative_to(ROOT)), name, node.args[0]


def test_no_sentence_hides_from_the_extraction() -> None:
    def is_text(one: ast.expr) -> bool:
        return isinstance(one, ast.Constant) and isinstance(one.value, str)

    hidden = {
        (file, ast.unparse(first)) for file, name, first in calls() if name in ("say", "Say") and not is_text(first)
    }
    assert hidden - PASSED_ON == set()
    unsaid = [
        (file, ast.unparse(first))
        for file, name, first in calls()
        if name in ERRORS and (is_text(first) or isinstance(first, ast.JoinedStr))
    ]
    assert unsaid == [], "an error's sentence is written with say(…)"


def test_the_catalogue_compiles_where_babel_looks_and_only_when_it_has_changed(tmp_path: Path) -> None:
    source = tmp_path / "zh_CN/LC_MESSAGES/messages.po"
    source.parent.mkdir(parents=True)
    source.write_bytes(CATALOGUE.read_bytes())
    [made] = compile_catalogues(tmp_path)
    with made.open("rb") as file:
        assert len(read_mo(file)) == len(list(entries()))
    assert Translations.load(str(tmp_path), ["zh_Hans_CN"]).gettext("Please sign in.") == "请先登录。"
    assert compile_catalogues(tmp_path) == []


# through the doors


REFUSED = {"procedure": "conditional_share", "jurisdiction": "yima", "data": {}}


@pytest.mark.parametrize(
    ("asked", "title", "missing"),
    [
        (None, "部分内容需要更正", "请填写此项。"),
        ("zh-CN,zh;q=0.9", "部分内容需要更正", "请填写此项。"),
        ("de", "部分内容需要更正", "请填写此项。"),
        ("en", "Some fields need correcting", "Please answer this."),
        ("en-GB,en;q=0.9,zh;q=0.5", "Some fields need correcting", "Please answer this."),
    ],
)
def test_a_refused_request_is_explained_in_the_readers_language(
    world: World, asked: str | None, title: str, missing: str
) -> None:
    headers = {"Accept-Language": asked} if asked else None
    refused = done(world.api("yima.minzheng.clerk").post("/cases", REFUSED, headers), 422)
    assert (refused["title"], refused["errors"]["purpose"]) == (title, [missing])


def test_texts_inside_a_sentence_are_in_its_language(world: World) -> None:
    """A regulation's title comes as data, in the language of the sentence around it."""
    world.at("2020-06-01T10:00:00+08:00")
    clerk = world.api("yima.minzheng.clerk")
    chinese = done(clerk.post("/cases", REFUSED), 409)["detail"]
    english = done(clerk.post("/cases", REFUSED, {"Accept-Language": "en"}), 409)["detail"]
    assert re.fullmatch(rf"《{HAN}.*》自 2021-03-10 起施行，.*", chinese)
    assert not re.search("[A-Za-z]", chinese)
    assert english.endswith("is not in force before 2021-03-10.")
    assert not re.search(HAN, english)


def test_no_sentence_is_made_text_inside_another() -> None:
    """`why=str(error)` would be English in a Chinese sentence; `why=error.detail` is said in the reader's language."""
    flat = [
        (str(path.relative_to(ROOT)), ast.unparse(keyword.value))
        for path in sorted((ROOT / "app").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"
        for keyword in node.keywords
        if re.match(r"(str|repr)\(.*(error|detail|message|sentence|reason)", ast.unparse(keyword.value))
    ]
    assert flat == []


def test_a_refused_answer_is_summed_up_by_the_names_of_its_fields(world: World) -> None:
    clerk = world.api("yima.minzheng.clerk")
    chinese = done(clerk.post("/cases", REFUSED), 422)["detail"]
    english = done(clerk.post("/cases", REFUSED, {"Accept-Language": "en"}), 422)["detail"]
    assert re.fullmatch(r"有 \d 项需要更正：[^A-Za-z]+。", chinese)
    assert re.fullmatch(r"To be corrected: \d \(.+\)\.", english)
    assert not re.search(HAN, english)


HOSTILE = sorted((ROOT / "tests/diagrams/hostile").glob("*.bpmn"))
ENGLISH = re.compile(r"\b(?:the|is|are|not|cannot|needed|must|there|allowed|which|nothing|no)\b")


@pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.stem)
def test_what_is_found_in_a_drawing_is_told_in_chinese(one_app: Flask, file: Path) -> None:
    report = gate.check(file.read_bytes())
    with one_app.test_request_context("/", headers={"Accept-Language": "zh"}):
        told = [f"{words(one.message)} {words(one.fix)}" for one in report.findings]
    assert [text for text in told if not re.search(HAN, text) or ENGLISH.search(text)] == []


def test_strangers_are_asked_to_sign_in_in_chinese(world: World) -> None:
    assert done(world.api(None).get("/cases"), 401)["title"] == "尚未登录"
