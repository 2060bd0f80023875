"""A department is closed by the API as by page and command: what moves is told before, and nobody closes elsewhere."""

from __future__ import annotations

import pytest

from tests.procedures.test_dissolving import furnished
from tests.world import World, done

CLOSING = {"on": "2026-03-10", "successor": "renshe"}


def test_what_a_dry_run_tells_is_what_then_happens(world: World) -> None:
    furnished(world, "yima")
    bureau, call = world.api("yima.bureau.supervisor"), "/jurisdictions/yima/departments/gongan/close"
    told = done(bureau.post(call, CLOSING | {"dry_run": True}))
    assert told["entries"]
    assert told["cases"]
    assert set(told["entries"].values()) == {"renshe"}
    assert done(bureau.post(call, CLOSING)) == told | {"dry_run": False}
    again = bureau.post(call, CLOSING)
    assert (again.status_code, again.json["type"]) == (409, "department-closed")
    assert world.flask("audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    ("who", "place", "code", "more", "status", "fields"),
    [
        ("yima.gongan.clerk", "yima", "gongan", {}, 403, []),
        ("yunyang.bureau.supervisor", "yima", "gongan", {}, 403, []),
        ("admin", "yima", "nobody", {}, 404, []),
        ("admin", "yima", "gongan", {"on": "2026-03-11"}, 422, ["on"]),
        ("admin", "yima", "gongan", {"successor": "gongan"}, 422, ["successor"]),
        ("admin", "yima", "gongan", {"others": {"YM-MZ-001": "minzheng"}}, 422, ["others"]),
        ("admin", "yima", "gongan", {"others": ["YM-GA-001"]}, 422, ["others"]),
        ("admin", "yima", "bureau", {}, 409, []),
        ("admin", "yima", "gongan", {"successor": None}, 422, ["successor"]),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    world: World, who: str, place: str, code: str, more: dict[str, object], status: int, fields: list[str]
) -> None:
    world.at("2026-03-10T09:00:00+08:00")
    refused = world.api(who).post(f"/jurisdictions/{place}/departments/{code}/close", CLOSING | more)
    assert (refused.status_code, sorted(refused.json.get("errors", {}))) == (status, fields)
