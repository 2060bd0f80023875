"""Whatever a client sends is refused with its reason, never with a 500."""

from __future__ import annotations

from typing import Any

import pytest

from app.api.parsing import DEEPEST, LONGEST_BODY, refuse_unkeepable
from app.floor.errors import Invalid
from tests.api.small_world import World

OPENED = {"procedure": "conditional_share", "jurisdiction": "yima"}


def _sent(world: World, body: str | bytes, content_type: str = "application/json") -> Any:
    return world.as_("yima.minzheng.clerk").call("POST", "/cases", data=body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "",
        "nonsense",
        "\ufeff{}",
        '{"a":1,}',
        '{"data": "\\ud800"}',
        '{"data": NaN}',
        '{"data": 1e999}',
        "[" * 2000,
    ],
)
def test_what_is_no_json_is_told_so(world: World, body: str) -> None:
    answer = _sent(world, body)
    assert answer.status_code == (422 if body == "" else 400)
    assert answer.json["type"] == ("invalid" if body == "" else "bad-json")


def test_bytes_that_are_no_utf8_are_no_json(world: World) -> None:
    assert _sent(world, b'{"data": "\xff\xfe"}').status_code == 400


@pytest.mark.parametrize("body", ["[]", "null", "1", '"x"', "true", "[[[]]]"])
def test_a_body_that_is_no_object_is_refused(world: World, body: str) -> None:
    answer = _sent(world, body)
    assert (answer.status_code, answer.json["errors"]) == (422, {"body": ["此处应为键值对象。"]})


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_another_content_type_is_refused(world: World, kind: str) -> None:
    answer = _sent(world, '{"data": {}}', kind)
    assert (answer.status_code, answer.json["type"]) == (415, "unsupported-media-type")


def test_a_body_that_is_too_large_is_refused(world: World) -> None:
    answer = _sent(world, '{"data": {"purpose": "' + "x" * LONGEST_BODY + '"}}')
    assert (answer.status_code, answer.json["status"]) == (413, 413)


def test_every_missing_field_is_named_at_once(world: World) -> None:
    answer = _sent(world, "{}")
    assert set(answer.json["errors"]) == {"procedure", "jurisdiction", "data"}


def test_a_field_that_is_not_known_is_named(world: World) -> None:
    answer = world.as_("yima.minzheng.clerk").post("/cases", {**OPENED, "data": {}, "occured_at": "2026-03-10"})
    assert "occured_at" in answer.json["errors"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("procedure", 1),
        ("procedure", ""),
        ("procedure", "x" * 121),
        ("procedure", None),
        ("jurisdiction", {"a": 1}),
        ("data", []),
        ("data", "text"),
        ("data", None),
        ("occurred_at", "2026-03-10T09:00:00"),
        ("occurred_at", "2026-03-10"),
        ("occurred_at", 1_700_000_000),
        ("occurred_at", "0001-01-01T00:00:00+14:00"),
        ("occurred_at", "9999-12-31T23:59:59-14:00"),
        ("occurred_at", "yesterday"),
        ("reason", "  "),
        ("reason", "x" * 4001),
    ],
)
def test_a_field_of_another_kind_is_named(world: World, field: str, value: Any) -> None:
    answer = world.as_("yima.minzheng.clerk").post("/cases", {**OPENED, "data": {}, field: value})
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"purpose": "a\x00b"}, "purpose"),
        ({"a\x00": 1}, "data"),
        ({"items": ["\x00"]}, "items"),
        ({"period_months": 2**63}, "period_months"),
        ({"period_months": 10**30}, "period_months"),
        ({"x": [[[["\x00"]]]]}, "x"),
    ],
)
def test_what_no_database_keeps_is_refused_by_the_name_of_its_field(
    world: World, data: dict[str, Any], field: str
) -> None:
    import json

    answer = _sent(world, json.dumps({**OPENED, "data": data}))
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]


def test_json_nested_out_of_reason_is_refused() -> None:
    value: Any = "x"
    for _ in range(DEEPEST + 2):
        value = {"a": value}
    with pytest.raises(Invalid):
        refuse_unkeepable(value)


def test_json_nested_to_the_limit_of_the_parser_is_answered(world: World) -> None:
    answer = _sent(world, '{"data": ' + '{"a":' * 1000 + "1" + "}" * 1000 + "}")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=99999999999999999999",
        "limit=x",
        "limit=%00",
        "after=%00",
        "after=²",
        "after=|²",
        "after=99999999999|99999999999",
        "after=0001-01-01T00:00:00%2B14:00|1",
        "sort=due_at&after=9999-99-99|1",
        "sort=drop",
        "sort=-",
        "status=late",
        "status=%00",
        "overdue=perhaps",
        "q=%00",
        "q=" + "x" * 201,
        "case=99999999999",
        "case=-1",
        "case=0x1",
    ],
)
def test_a_query_that_makes_no_sense_is_answered(world: World, query: str) -> None:
    world.apply()
    for path in ("/tasks", "/cases"):
        answer = world.as_("yima.gongan.clerk").get(f"{path}?{query}")
        assert answer.status_code in (200, 422), answer.json
        assert answer.status_code == 422 or ("after" in query or "case" in query)


def test_a_cursor_of_another_order_is_refused(world: World) -> None:
    first, _ = world.apply(), world.apply()
    clerk = world.as_("yima.gongan.clerk")
    by_due = clerk.get("/cases", sort="due_at", limit=1).json["next"]
    by_id = clerk.get("/cases", sort="id", limit=1).json["next"]
    assert by_id == f"{first['id']}|{first['id']}"
    for order, cursor in (("id", by_due), ("due_at", by_id), ("id", str(first["id"]))):
        answer = clerk.get("/cases", sort=order, after=cursor)
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["after"])


@pytest.mark.parametrize(
    "query", ["limit=1&limit=2", "status=&q=&overdue=", "unknown=1", "q=%25_%5C'\"", "q=%ED%A0%80"]
)
def test_a_query_that_repeats_or_leaves_empty_is_no_fault(world: World, query: str) -> None:
    assert world.as_("yima.gongan.clerk").get(f"/tasks?{query}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/jurisdictions/%00/rules", "/diagrams/%00/versions", "/jurisdictions/%ED%A0%80/rules"]
)
def test_a_path_with_characters_that_nobody_wrote_is_answered(world: World, path: str) -> None:
    assert world.as_("yima.gongan.clerk").get(path).status_code in (404, 422)


@pytest.mark.parametrize("key", ["", "x" * 151, "a b", "schlüssel"])
def test_an_idempotency_key_has_visible_ascii(world: World, key: str) -> None:
    body = {**OPENED, "data": {"resource": "yima.conditional"}}
    answer = world.as_("yima.minzheng.clerk").post("/cases", body, Idempotency_Key=key)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])
