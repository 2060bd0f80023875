"""Every address says who may call it, and holds to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html

from app.entry import PUBLIC, ROLES_OF
from tests.world import World

Open = Callable[..., Any]
OF_LIBRARIES = {"api-docs.openapi_json"}


def test_every_endpoint_declares_who_may_call_it(here: World) -> None:
    silent = []
    for rule in here.app.url_map.iter_rules():
        view = here.app.view_functions[rule.endpoint]
        views = [view]
        if hasattr(view, "view_class"):
            methods = rule.methods - {"HEAD", "OPTIONS"} if rule.methods else set()
            views = [getattr(view.view_class, method.lower()) for method in methods]
        if any(getattr(one, ROLES_OF, getattr(view, ROLES_OF, None)) is None for one in views):
            silent.append(rule.endpoint)
    assert sorted(set(silent) - OF_LIBRARIES) == []


def test_what_is_public_is_known_by_name(here: World) -> None:
    """Nobody opens a page to the world by accident."""
    public = {
        name
        for name, view in here.app.view_functions.items()
        if PUBLIC in (getattr(view, ROLES_OF, None) or ()) and not name.startswith("api")
    }
    session = {"session.signin", "session.sign_in", "session.signout", "session.language"}
    reports = {"places", "report", "report_fields", "send", "follow", "look_up", "receipt", "answer"}
    assert public <= {"home", "static", *session, *(f"public.{one}" for one in reports), *_probes(public)}


def _probes(public: set[str]) -> set[str]:
    return {one for one in public if one.split(".")[-1] in ("healthz", "readyz", "metrics")}


@pytest.mark.parametrize("path", ["/inbox", "/cases", "/cases/1", "/start", "/catalogue", "/admin/rules", "/notices"])
def test_a_stranger_signs_in_first_and_comes_back(reader: Open, path: str) -> None:
    response = reader().client.get(path)
    assert response.status_code == 303
    assert response.headers["Location"] == f"/sign-in?next={path}"


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("yima.gongan.clerk", "/admin/incidents"),
        ("yima.bureau.supervisor", "/inbox"),
        ("admin", "/start"),
        ("yima.platform", "/cases"),
    ],
)
def test_a_role_that_does_not_fit_is_refused(reader: Open, username: str, path: str) -> None:
    assert reader(username).client.get(path).status_code == 403


@pytest.mark.parametrize("username", ["yima.gongan.clerk", "yima.bureau.supervisor", "admin", "yima.platform"])
def test_a_page_that_is_not_there_leads_its_reader_to_one_that_is(reader: Open, username: str) -> None:
    browser = reader(username).client
    missing = browser.get("/catalogue/XX-NO-1")
    assert missing.status_code == 404
    [there] = html.document_fromstring(missing.text).xpath("//main//a[contains(@class, 'btn-primary')]/@href")
    assert browser.get(there).status_code == 200


@pytest.mark.parametrize("path", ["/cases/{case}", "/inbox/tasks/{task}", "/deadlines/{deadline}"])
def test_what_is_not_yours_is_not_there(here: World, reader: Open, path: str) -> None:
    case = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    ids = {"case": case["id"], "task": case["tasks"][0]["id"], "deadline": case["deadlines"][0]["id"]}
    for stranger in ("yima.shuiwu.clerk", "yunyang.bureau.clerk"):
        assert reader(stranger).client.get(path.format(**ids)).status_code == 404
    assert reader("yima.bureau.clerk").client.get(path.format(**ids)).status_code == 200


SHARE = {
    "resource": "YM-MZ-002",
    "items": ["name"],
    "purpose": "核验",
    "scope": "全市",
    "share_mode": "interface",
    "legal_duty": "户籍管理",
}


@pytest.mark.parametrize(
    "path",
    [
        "/cases?_external=1&_scheme=javascript",
        "/cases?_anchor=x&_method=POST&endpoint=home&values=1",
        "/admin/rules/yima?jurisdiction=yunyang",
        "/catalogue/YM-GA-002?code=YM-GA-001",
        "/report/nowhere?jurisdiction=yima",
    ],
)
def test_what_a_query_names_is_never_part_of_an_address(reader: Open, path: str) -> None:
    response = reader("yima.bureau.clerk").client.get(path)
    assert response.status_code in (200, 404)
    page = html.document_fromstring(response.text)
    assert not [one for one in page.xpath("//@href | //@action | //@formaction") if one.startswith("javascript")]
    [next] = page.xpath("(//form[.//input[@name='next']]//input[@name='next'])[1]/@value")
    assert next.partition("?")[0] in (path.partition("?")[0], "/")
