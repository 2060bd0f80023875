"""Who gets in, what they are told when they do not, and that errors are always problems in their language."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.routing import Rule

from app.entry import access_of
from tests.api.small_world import World


def _rules(world: World) -> list[Rule]:
    return [rule for rule in world.app.url_map.iter_rules() if rule.endpoint.startswith("api")]


def test_every_route_of_the_api_declares_who_may_call_it(world: World) -> None:
    rules = _rules(world)
    assert len(rules) > 30
    with world.app.test_request_context():
        assert [rule.rule for rule in rules if not access_of(rule.endpoint)] == []


def _operations(world: World) -> list[tuple[str, str]]:
    spec = world.as_(None).get("/openapi.json").json
    return [
        (method.upper(), path.replace("{jurisdiction}", "yima").replace("{key}", "dispute").replace("{", "1{"))
        for path, operations in spec["paths"].items()
        for method in operations
        if method != "parameters"
    ]


def test_without_a_token_every_documented_call_is_refused_before_anything_is_read(world: World) -> None:
    import re

    calls = [(method, re.sub(r"1\{[^}]*\}", "1", path)) for method, path in _operations(world)]
    answers = {call: world.as_(None).call(*call).status_code for call in calls}
    assert len(calls) > 25
    assert {call: status for call, status in answers.items() if status != 401} == {}


@pytest.mark.parametrize("token", ["nobody", "yima.gongan.clerk ", "x" * 5000, "日本"])
def test_a_wrong_token_is_refused(world: World, token: str) -> None:
    sent = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    answer = world.as_(None).call("GET", "/cases", headers=sent)
    assert answer.status_code == (200 if token.strip() == "yima.gongan.clerk" else 401)
    assert answer.status_code == 200 or answer.headers["WWW-Authenticate"] == "Bearer"


def test_who_shows_a_wrong_token_is_told_of_the_token_and_not_to_sign_in(world: World) -> None:
    for method, path in (("GET", "/cases"), ("POST", "/tasks/1/claim")):
        answer = world.as_("nobody").call(method, path, headers={"Accept-Language": "en"})
        assert answer.json["detail"].startswith("This token is not known")


@pytest.mark.parametrize(("path", "status"), [("/tasks/1/claim", 401), ("/nothing", 404), ("/tasks/1/complete", 401)])
def test_an_answer_leaves_nothing_of_the_body_unread(world: World, path: str, status: int) -> None:
    body = io.BytesIO(b"x" * 100_000)
    answer = world.as_(None).call("POST", path, input_stream=body, content_length=100_000)
    assert (answer.status_code, body.read()) == (status, b"")


def test_a_body_that_is_too_long_to_read_ends_the_connection(world: World) -> None:
    answer = world.as_("yima.gongan.clerk").call("POST", "/cases", data=b"x" * 2_000_001)
    assert (answer.status_code, answer.headers["Connection"]) == (413, "close")


def test_a_revoked_token_is_refused(world: World) -> None:
    from app.accounts.models import ApiToken
    from app.floor import clock

    with world.database.transaction() as session:
        for token in session.query(ApiToken):
            token.revoked_at = clock.now()
    assert world.as_("yima.gongan.clerk").get("/cases").status_code == 401


def test_a_cookie_opens_nothing_here(world: World) -> None:
    assert world.as_(None).call("GET", "/cases", headers={"Cookie": "shuliu=yima.gongan.clerk"}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/api", 404, "not-found"),
        ("GET", "/api/v2/cases", 404, "not-found"),
        ("GET", "/cases/", 404, "not-found"),
        ("GET", "/cases/0", 404, "not-found"),
        ("GET", "/cases/99999999999999999999999", 404, "not-found"),
        ("GET", "/cases/" + "9" * 6000, 404, "not-found"),
        ("GET", "/cases/-1", 404, "not-found"),
        ("GET", "/jurisdictions/nowhere/rules", 404, "not-found"),
        ("PUT", "/cases", 405, "method-not-allowed"),
        ("DELETE", "/cases/1", 405, "method-not-allowed"),
    ],
)
def test_errors_are_problems(world: World, method: str, path: str, status: int, code: str) -> None:
    answer = world.as_("yima.gongan.clerk").call(method, path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body: Any = answer.json
    assert set(body) >= {"type", "title", "status", "detail"}
    assert (body["type"], body["status"]) == (code, status)


def test_a_method_that_is_not_allowed_is_told_which_are(world: World) -> None:
    assert "POST" in world.as_("yima.gongan.clerk").call("PUT", "/cases").headers["Allow"]


def test_a_role_that_is_missing_is_named(world: World) -> None:
    answer = world.as_("yima.gongan.clerk").post("/diagrams/check")
    assert answer.status_code == 403
    assert "系统管理员" in answer.json["detail"]


FOREIGN = [
    ("GET", "/cases/{case}", None),
    ("GET", "/cases/{case}/events", None),
    ("POST", "/cases/{case}/withdraw", {"reason": "x"}),
    ("GET", "/tasks/{task}", None),
    ("POST", "/tasks/{task}/claim", None),
    ("POST", "/tasks/{task}/release", None),
    ("POST", "/tasks/{task}/transfer", {"to": "yima.renshe.clerk"}),
    ("POST", "/tasks/{task}/complete", {"data": {"decision": "approve"}}),
    ("GET", "/deadlines/{deadline}", None),
    ("POST", "/deadlines/{deadline}/pause", {"ground": "supplement"}),
    ("POST", "/deadlines/{deadline}/resume", None),
    ("POST", "/deadlines/{deadline}/extend", {"days": 1, "reason": "x"}),
    ("POST", "/deadlines/{deadline}/correct", {"started_on": "2026-03-09", "reason": "x"}),
]


@pytest.mark.parametrize(
    "stranger", ["yima.renshe.clerk", "yunyang.bureau.clerk", "yunyang.gongan.head", "yima.platform"]
)
def test_what_belongs_to_others_is_not_there(world: World, stranger: str) -> None:
    case = world.apply()
    ids = {"case": case["id"], "task": case["tasks"][0]["id"], "deadline": case["deadlines"][0]["id"]}
    caller = world.as_(stranger)
    answers = {path: caller.call(m, path.format(**ids), **({"json": b} if b else {})) for m, path, b in FOREIGN}
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 404} == {}
    absent = caller.get("/cases/4711").json
    assert answers["/cases/{case}"].json == absent, "not yours and not there are never told apart"


def test_lists_hold_nothing_of_others(world: World) -> None:
    world.apply()
    for path in ("/cases", "/tasks", "/grants"):
        assert world.as_("yima.renshe.clerk").get(path).json == {"items": [], "next": None}
        assert world.as_("yunyang.bureau.clerk").get(path).json == {"items": [], "next": None}


def test_sentences_of_the_data_come_in_the_readers_language(world: World) -> None:
    case, clerk = world.apply(), world.as_("yima.gongan.clerk")
    path = f"/tasks/{case['tasks'][0]['id']}"
    assert clerk.get(path).json["name"] == "提供部门审核"
    for asked, told in (("en", "Review by the provider"), ("zh-CN", "提供部门审核"), ("fr", "提供部门审核")):
        said: Any = clerk.call("GET", path, headers={"Accept-Language": asked}).json
        assert said["name"] == told
    said = clerk.call("GET", path, headers={"Accept-Language": "de, en-GB;q=0.8, ;;q=x"}).json
    assert said["form"]["title"] == "Review by the provider"


def test_answers_are_kept_by_no_cache(world: World) -> None:
    headers = world.as_("yima.gongan.clerk").get("/cases").headers
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_fifty_calls_in_a_row_are_not_throttled(world: World) -> None:
    clerk = world.as_("yima.gongan.clerk")
    assert {clerk.get("/tasks", limit=1).status_code for _ in range(60)} == {200}
