"""What schemathesis makes of the OpenAPI document: it finds no call that ends in a 500."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from conftest import World
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error

api = schemathesis.pytest.from_fixture("documented")


@pytest.fixture
def documented(world: World) -> Any:
    world.apply()
    world.report("yima")
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world.app)


@api.parametrize()
@settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_call_ends_in_a_server_error(case: Any) -> None:
    for username in ("yima.bureau.clerk", "admin"):
        answer = case.call(headers={**(case.headers or {}), "Authorization": f"Bearer {username}"})
        case.validate_response(answer, checks=[not_a_server_error])
