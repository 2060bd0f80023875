"""What schemathesis makes of the OpenAPI document: it finds no call that ends in a 500."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from tests.api.small_world import World

BOUNDED = settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_no_call_ends_in_a_server_error(world: World) -> None:
    world.apply()
    world.report("yima")
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world.app)
    tried = 0
    for found in document.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _try(operation.as_strategy(generation_mode=mode))
        tried += 1
    assert tried >= 28


def _try(calls: Any) -> None:
    @BOUNDED
    @given(calls)
    def call(case: Any) -> None:
        for username in ("yima.bureau.clerk", "admin"):
            answer = case.call(headers={**(case.headers or {}), "Authorization": f"Bearer {username}"})
            case.validate_response(answer, checks=[not_a_server_error])

    call()
