"""What there is: jurisdictions, rules, procedures, catalogue."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.small_world import World


def test_jurisdictions_with_their_regulations(world: World) -> None:
    listed: Any = world.as_("yima.gongan.clerk").get("/jurisdictions").json
    found = {one["code"]: one for one in listed["items"]}
    assert {"jiangmen", "jiangsu", "yima", "yinchuan", "yunyang"} <= set(found)
    assert found["yima"]["title"] == "义马市"
    assert found["yima"]["regulation"]["in_force"] is True
    assert (
        found["yinchuan"]["regulation"] | {"in_force": False, "until": "2023-04-21"} == found["yinchuan"]["regulation"]
    )
    assert listed["next"] is None


def test_rules_never_show_an_internal_target_as_statutory(world: World) -> None:
    def rule(place: str, key: str) -> Any:
        listed: Any = world.as_("yima.gongan.clerk").get(f"/jurisdictions/{place}/rules").json
        return next(one for one in listed["items"] if one["key"] == key)

    stated = rule("yima", "conditional_share.reply")
    assert (stated["value"], stated["kind"], stated["article"], stated["reason"]) == (5, "statutory", "15", None)
    assert stated["effective_from"] == "2021-03-10"
    lost = rule("jiangmen", "conditional_share.reply")
    assert (lost["kind"], lost["reason"], lost["article"]) == ("internal", "blank", "21")
    ladder = rule("jiangsu", "ladder.sharing")
    assert [step["verb"] for step in ladder["steps"]]


def test_rules_of_a_day(world: World) -> None:
    clerk = world.as_("yima.gongan.clerk")
    early: Any = clerk.get("/jurisdictions/yima/rules", on="2020-01-01").json
    assert all(rule["early"] for rule in early["items"] if rule["effective_from"])
    assert clerk.get("/jurisdictions/yima/rules", on="tomorrow").status_code == 422


def test_procedures_with_their_steps_and_where_they_are_offered(world: World) -> None:
    listed: Any = world.as_("yima.gongan.clerk").get("/procedures").json
    found = {one["key"]: one for one in listed["items"]}
    assert {"conditional_share", "data_error", "catalogue_update", "dispute"} <= set(found)
    sharing = found["conditional_share"]
    assert "yima" in sharing["jurisdictions"]
    assert "provider_review" in [task["key"] for task in sharing["tasks"]]
    assert {"resource", "items", "purpose"} <= {field["key"] for field in sharing["start"]}


@pytest.mark.parametrize(
    ("path", "code"), [("/jurisdictions", "code"), ("/jurisdictions/yima/rules", "key"), ("/procedures", "key")]
)
def test_short_lists_come_whole_and_page_when_asked(world: World, path: str, code: str) -> None:
    clerk = world.as_("yima.gongan.clerk")
    whole: Any = clerk.get(path).json
    found, asked = [], {"limit": 2}
    while True:
        page: Any = clerk.get(path, **asked).json
        assert len(page["items"]) <= 2
        found += page["items"]
        if page["next"] is None:
            break
        asked["after"] = page["next"]
    assert (found, whole["next"]) == (whole["items"], None)
    assert len(found) > 2
    for wrong in ({"limit": 0}, {"limit": 201}, {"limit": "many"}, {"after": "nothing"}):
        answer = clerk.get(path, **wrong)
        assert (answer.status_code, list(answer.json["errors"])) == (422, list(wrong))


def test_resources_in_the_shape_of_the_contract(world: World) -> None:
    clerk = world.as_("yima.minzheng.clerk")
    listed: Any = clerk.get("/catalogue/resources", jurisdiction="yima", share_type="conditional").json
    [one] = listed["items"]
    assert (one["code"], one["provider"], one["share_type"]) == ("yima.conditional", "gongan", "conditional")
    assert one["items"][0] == {"code": "name", "name": "姓名"}
    assert (one["sensitive"], one["published"], one["version"]) == (False, True, 1)


def test_resources_filter_and_page(world: World) -> None:
    clerk = world.as_("yima.minzheng.clerk")

    def codes(**asked: Any) -> list[str]:
        page: Any = clerk.get("/catalogue/resources", **asked).json
        return [one["code"] for one in page["items"]]

    everything = codes()
    assert len(everything) == 6
    assert codes(provider="minzheng") == []
    assert codes(q="withheld", jurisdiction="yima") == ["yima.withheld"]
    page: Any = clerk.get("/catalogue/resources", limit=4).json
    assert [one["code"] for one in page["items"]] + codes(after=page["next"]) == everything
    assert clerk.get("/catalogue/resources", share_type="secret").status_code == 422
    assert clerk.get("/catalogue/resources", after="nonsense").status_code == 422
