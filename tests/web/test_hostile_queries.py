"""Whatever stands in the query of a page, or in a form that is sent to it, the page answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.world import World

Open = Callable[..., Any]
QUERY = (
    "q", "after", "sort", "state", "ends_within", "role", "jurisdiction", "department", "provider", "resource", "from",
    "to", "side", "grant", "edition", "status", "overdue", "procedure", "kind", "tab", "year", "scope", "version",
)  # fmt: skip
FORM = (
    "reason", "basis-kind", "basis-title", "basis-article", "department", "successor", "on", "others", "ground",
    "started_on", "decision", "items", "conditions", "proposal", "changes-0-resource", "changes-0-items",
    "points-0-result", "own_reasons-name-reason", "own_reasons-name-kind", "days", "to", "username", "year", "value",
    "from_on", "message", "purpose", "period_months", "title", "number",
)  # fmt: skip
HOSTILE = ("\x00", "9" * 400, "9999-99-99|1", "99999999999|99999999999", "[" * 900, "²", "%s{}%(a)s", "=x\u202e")
NAMED = {"jurisdiction": "yima", "code": "YM-GA-002", "process": "conditional_share", "key": "conditional_share.reply"}


@pytest.mark.parametrize("username", ["yima.bureau.clerk", "admin"])
def test_no_page_ends_in_a_server_error(here: World, reader: Open, username: str) -> None:
    data = {"resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市", "share_mode": "interface"}
    case = here.open_case("yima.renshe.clerk", "conditional_share", data)
    here.complete(case["id"], "provider_review", {"decision": "approve"})
    one = reader(username)
    for number, rule in enumerate(sorted(here.app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))):
        if rule.rule.startswith(("/api", "/static", "/readyz", "/sign")) or "sign" in rule.endpoint:
            continue
        with here.app.test_request_context():
            path = here.app.url_map.bind("localhost").build(
                rule.endpoint, {name: NAMED.get(name, 1) for name in rule.arguments}, method=None
            )
        names = QUERY if "GET" in (rule.methods or ()) else FORM
        sent = {name: HOSTILE[(at + number) % len(HOSTILE)] for at, name in enumerate(names)}
        answer = one.client.get(path, query_string=sent) if names is QUERY else one.sends(path, sent)
        assert answer.status_code < 500, (path, sent)
