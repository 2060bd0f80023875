"""A case that would be overdue from its first day is said to be so before it is opened (PROCEDURES P3.1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World, done

PLACES = {"jiangmen": "JM", "yima": "YM", "jiangsu": "JS", "yinchuan": "YC", "yunyang": "YY"}


def asked(place: str, changed_on: str) -> dict[str, Any]:
    code = f"{PLACES[place]}-GA-002"
    data = {"trigger": "duties", "changed_on": changed_on, "description": "职责调整", "resources": [code]}
    return {"procedure": "catalogue_update", "jurisdiction": place, "data": data}


@pytest.mark.parametrize("place", PLACES)
def test_what_would_be_born_overdue_is_told_before_it_is_opened(world: World, place: str) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    clerk = world.api(f"{place}.gongan.clerk")
    told = done(clerk.post("/cases/preview", asked(place, "2026-01-05")))
    late = [one for one in told["deadlines"] if one["state"] == "missed"]
    assert late
    assert len(told["says"]) == len(late)
    assert all("届满" in one and "逾期" in one for one in told["says"])
    assert done(clerk.get("/cases", procedure="catalogue_update"))["items"] == []
    opened = done(clerk.post("/cases", asked(place, "2026-01-05")), 201)
    foretold, began = (
        [[one[name] for name in ("rule", "kind", "state", "due_on", "days_late")] for one in case["deadlines"]]
        for case in (told, opened)
    )
    assert foretold == began
    assert opened["number"].endswith("-0001"), "a preview takes no number"


def test_nothing_is_said_of_a_case_that_begins_in_time_and_what_is_refused_is_refused_in_the_preview(
    world: World,
) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    clerk = world.api("yima.gongan.clerk")
    told = done(clerk.post("/cases/preview", asked("yima", "2026-03-06")))
    assert (told["says"], {one["state"] for one in told["deadlines"]}) == ([], {"running"})
    refused = clerk.post("/cases/preview", asked("yima", "2026-03-10"))
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["changed_on"])
    assert world.flask("audit", "verify").exit_code == 0
