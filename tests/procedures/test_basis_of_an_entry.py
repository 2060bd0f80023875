"""The basis of an entry is given like any other, as kind, title and article, or as kind and text as ever."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.procedures.test_needs import answer, entry
from tests.world import World, done

LAW = {"kind": "law", "title": "中华人民共和国个人信息保护法", "article": "第十三条"}


def drafting(world: World, place: str) -> int:
    world.at("2026-03-09T10:00:00+08:00")
    data = {"trigger": "duties", "changed_on": "2026-03-05", "description": "新增数据"}
    return int(world.open_case(f"{place}.gongan.clerk", "catalogue_update", data)["id"])


def added(place: str, **basis: Any) -> dict[str, Any]:
    whole = entry(f"{CODES[place]}-NEW-1")
    return {"changes": [{name: one for name, one in whole.items() if not name.startswith("basis")} | basis]}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "how", [{"basis": LAW}, {"basis_kind": "law", "basis_text": "《中华人民共和国个人信息保护法》第十三条"}]
)
def test_a_basis_in_its_parts_is_the_same_as_one_in_words(world: World, place: str, how: dict[str, Any]) -> None:
    case = drafting(world, place)
    done(answer(world, case, "draft_update", added(place, **how)))
    [told] = world.events(case, "task.done")
    [row] = told["detail"]["data"]["changes"]
    assert (row["basis_kind"], row["basis_text"]) == ("law", "《中华人民共和国个人信息保护法》第十三条")
    assert "basis" not in row


def test_a_basis_that_lacks_its_title_or_bears_nothing_is_refused(world: World) -> None:
    case = drafting(world, "yima")
    for wrong in ({"basis": {"kind": "law"}}, {"basis": "某法"}, {"basis": {**LAW, "kind": "other"}},
                  {"basis": LAW, "basis_kind": "law"}):  # fmt: skip
        refused = answer(world, case, "draft_update", added("yima", **wrong))
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["changes"]), (wrong, refused.json)
