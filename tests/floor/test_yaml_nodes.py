"""The one reader of YAML: bounds hold for what is repeated, too, and nothing repeats itself without an end."""

from __future__ import annotations

import pytest

from app.floor.yaml_nodes import Limits, Unread, UnreadableYaml, YamlNode, read_yaml

REPEATING = Limits(values=100, anchors=True)


def refused(text: str, limits: Limits = REPEATING) -> UnreadableYaml:
    with pytest.raises(UnreadableYaml) as caught:
        read_yaml(text, limits)
    return caught.value


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_a_part_that_is_repeated_is_the_same_part() -> None:
    root = read_yaml("a: &a {x: 1}\nb: *a\nc: &c 2\nd: *c\n", REPEATING)
    assert root.value["a"] is root.value["b"]
    assert root.value["d"].value == 2
    assert (root.size, root.height) == (7, 2)


@pytest.mark.parametrize(("copies", "fits"), [(8, True), (9, False)])
def test_what_is_repeated_counts_each_time(copies: int, fits: bool) -> None:
    text = f"- &a [{', '.join('x' * 10)}]\n" + "- *a\n" * copies
    if fits:
        assert read_yaml(text, REPEATING).size == 1 + 11 * (copies + 1)
    else:
        assert "more than 100 values" in str(refused(text))


@pytest.mark.parametrize(("levels", "fits"), [(6, True), (7, False)])
def test_what_is_repeated_nests_no_deeper_than_what_is_written(levels: int, fits: bool) -> None:
    text = f"- &a {nested(levels)}\n- [[[[[*a]]]]]\n"
    if fits:
        assert read_yaml(text, REPEATING).height == 12
    else:
        error = refused(text)
        assert (error.line, str(error)) == (2, "nested deeper than 12")


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: {c: *a}}", "a: *b\nb: &b 1"])
def test_nothing_stands_inside_itself_or_before_it_is_written(text: str) -> None:
    assert "nothing before this is called" in str(refused(text))


@pytest.mark.parametrize("text", ["a: &a 1\nb: &a 2", "a: &a [&a 1]"])
def test_an_anchor_stands_once(text: str) -> None:
    assert str(refused(text)) == "the anchor &a stands twice"


def test_where_nothing_may_be_repeated_an_anchor_is_refused() -> None:
    assert "anchors are not allowed" in str(refused("a: &a 1", Limits()))


def test_the_first_of_two_values_holds_and_the_second_is_told() -> None:
    root = read_yaml("a: 1\nb: {c: 1}\na: 2\n", Limits())
    assert root.value["a"] == YamlNode(1, 1)
    assert [(one.key, one.line, one.first) for one in root.twice] == [("a", 3, 1)]


@pytest.mark.parametrize("text", ["2026-02-30", "0x10", "9" * 30])
def test_what_only_looks_like_a_number_or_a_date_is_neither(text: str) -> None:
    assert read_yaml(f"a: {text}", Limits()).value["a"].value == Unread(text)


def test_bytes_of_another_encoding_are_named_with_their_line() -> None:
    told = refused("a: 1\nb: 中文\n".encode("gbk").decode("utf-8", "replace"))
    assert (told.line, str(told.message)) == (2, "not UTF-8; save the file as UTF-8")
