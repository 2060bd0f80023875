"""Deadlines over the API: the proof, and what people may do to a clock."""

from __future__ import annotations

from typing import Any

from tests.api.small_world import World


def _deadline(case: dict[str, Any], rule: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in case["deadlines"] if one["rule"] == rule)
    return found


def test_a_deadline_names_each_counted_and_each_skipped_day(world: World) -> None:
    world.at("2026-02-12T10:00:00+08:00")
    deadline = world.apply()["deadlines"][0]
    shown: Any = world.as_("yima.gongan.clerk").get(f"/deadlines/{deadline['id']}").json
    assert shown == deadline | {"correction": None}
    assert shown["counted"] == ["2026-02-13", "2026-02-14", "2026-02-24", "2026-02-25", "2026-02-26"]
    assert [one["date"] for one in shown["skipped"]] == [f"2026-02-{day}" for day in range(15, 24)]
    assert all("春节" in one["reason"] for one in shown["skipped"])
    assert (shown["due_on"], shown["certainty"], shown["pauses"], shown["extensions"]) == ("2026-02-26", "firm", [], [])


def test_a_statutory_clock_is_not_paused_for_supplements(world: World) -> None:
    deadline = world.apply()["deadlines"][0]
    answer = world.as_("yima.gongan.clerk").post(f"/deadlines/{deadline['id']}/pause", {"ground": "supplement"})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["ground"])


def test_an_internal_target_is_paused_and_goes_on(world: World) -> None:
    deadline = world.apply("yunyang")["deadlines"][0]
    assert deadline["kind"] == "internal"
    clerk, path = world.as_("yunyang.gongan.clerk"), f"/deadlines/{deadline['id']}"
    assert clerk.post(f"{path}/resume").status_code == 409
    assert clerk.post(f"{path}/pause", {"ground": "holiday"}).status_code == 422
    paused: Any = clerk.post(f"{path}/pause", {"ground": "supplement"}).json
    assert (paused["state"], paused["due_on"], paused["unpaused_due_on"]) == ("paused", None, deadline["due_on"])
    world.at("2026-03-12T12:00:00+08:00")
    resumed: Any = clerk.post(f"{path}/resume").json
    assert resumed["state"] == "running"
    assert resumed["due_on"] > deadline["due_on"]
    assert resumed["pauses"] == [
        {"from": "2026-03-10", "to": "2026-03-12", "ground": "supplement", "article": None, "law": None}
    ]


def test_a_clock_past_its_due_date_is_not_paused(world: World) -> None:
    deadline = world.apply("yunyang")["deadlines"][0]
    world.at("2026-06-01T12:00:00+08:00")
    answer = world.as_("yunyang.gongan.clerk").post(f"/deadlines/{deadline['id']}/pause", {"ground": "supplement"})
    assert (answer.status_code, answer.json["type"]) == (409, "clock-past-due")


def test_an_extension_asks_the_head_who_consents(world: World) -> None:
    case = world.report("yunyang")
    reply = _deadline(case, "data_error.reply")
    assert (reply["kind"], reply["article"], reply["due_on"]) == ("statutory", "23", "2026-03-24")
    clerk, path = world.as_("yunyang.gongan.clerk"), f"/deadlines/{reply['id']}/extend"
    for days in (0, 11, -1):
        assert clerk.post(path, {"days": days, "reason": "核查量大"}).status_code == 422
    assert clerk.post(path, {"days": 5}).status_code == 422
    assert clerk.post(path, {"days": "5", "reason": "x"}).status_code == 422
    assert clerk.post(path, {"days": 5, "reason": "核查量大"}).json["due_on"] == "2026-03-24"
    assert clerk.post(path, {"days": 5, "reason": "核查量大"}).status_code == 409
    consent = world.open_task(case, "consent_extension")
    assert clerk.post(f"/tasks/{consent['id']}/complete", {"data": {"consent": True}}).status_code == 403
    head = world.as_("yunyang.gongan.head")
    assert head.post(f"/tasks/{consent['id']}/complete", {"data": {"consent": True}}).status_code == 200
    extended: Any = clerk.get(f"/deadlines/{reply['id']}").json
    assert extended["due_on"] == "2026-03-31"
    assert extended["extensions"] == [{"on": "2026-03-10", "days": 5, "reason": "核查量大"}]
    assert world.open_task(case, "verify_error")["due_at"] == "2026-03-31T17:30:00+08:00"


def test_where_the_regulation_allows_no_extension_it_is_refused(world: World) -> None:
    deadline = world.apply()["deadlines"][0]
    answer = world.as_("yima.gongan.clerk").post(f"/deadlines/{deadline['id']}/extend", {"days": 5, "reason": "x"})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["days"])


def test_only_the_bureau_corrects_a_start_and_it_stays_in_the_history(world: World) -> None:
    case = world.apply()
    path = f"/deadlines/{case['deadlines'][0]['id']}/correct"
    given = {"started_on": "2026-03-09", "reason": "申请实际于九日收到"}
    assert world.as_("yima.gongan.clerk").post(path, given).status_code == 403
    bureau = world.as_("yima.bureau.clerk")
    assert bureau.post(path, {**given, "started_on": "2026-03-11"}).status_code == 422
    assert bureau.post(path, {**given, "reason": " "}).status_code == 422
    assert bureau.post(path, {**given, "started_on": "1066-10-14"}).status_code == 422
    assert bureau.post(path, {**given, "started_on": 20260309}).status_code == 422
    corrected: Any = bureau.post(path, given).json
    assert (corrected["started_on"], corrected["due_on"]) == ("2026-03-09", "2026-03-16")
    events: Any = bureau.get(f"/cases/{case['id']}/events").json
    assert any("correct" in one["kind"] and one["actor"] == "yima.bureau.clerk" for one in events["items"])


def test_a_preview_counts_and_stores_nothing(world: World) -> None:
    clerk = world.as_("yima.gongan.clerk")
    plain: Any = clerk.post(
        "/deadlines/preview", {"jurisdiction": "yima", "working_days": 5, "from": "2026-02-12"}
    ).json
    ruled: Any = clerk.post(
        "/deadlines/preview", {"jurisdiction": "yima", "rule": "conditional_share.reply", "from": "2026-02-12"}
    ).json
    assert plain["due_on"] == ruled["due_on"] == "2026-02-26"
    assert (ruled["kind"], ruled["article"], ruled["rule"]) == ("statutory", "15", "conditional_share.reply")
    assert (ruled["title"], plain["title"]) == ("共享申请的答复", None)
    assert len(plain["counted"]) == 5
    assert clerk.get("/deadlines/1").status_code == 404


def test_a_preview_counts_back_too(world: World) -> None:
    asked = {"jurisdiction": "yima", "working_days": -5, "from": "2026-02-26"}
    assert world.as_("admin").post("/deadlines/preview", asked).json["due_on"] == "2026-02-12"


def test_a_preview_that_makes_no_sense_says_why(world: World) -> None:
    clerk = world.as_("yima.gongan.clerk")
    asked = {"jurisdiction": "yima", "from": "2026-02-12"}
    for more, status in (
        ({}, 422),
        ({"rule": "conditional_share.reply", "working_days": 5}, 422),
        ({"rule": "refusal.carries"}, 422),
        ({"rule": "nothing"}, 404),
        ({"working_days": 5, "jurisdiction": "nowhere"}, 404),
        ({"working_days": 5, "from": "1066-01-01"}, 422),
        ({"working_days": 5, "from": "1950-01-01"}, 422),
        ({"working_days": 2000, "from": "2099-01-01"}, 422),
        ({"working_days": 2**62}, 422),
        ({"working_days": True}, 422),
        ({"working_days": "5"}, 422),
    ):
        assert clerk.post("/deadlines/preview", {**asked, **more}).status_code == status, more


def test_a_day_beyond_the_calendar_is_told_under_the_name_that_it_was_sent_under(world: World) -> None:
    bureau = world.as_("yima.bureau.clerk")
    deadline = world.apply()["deadlines"][0]["id"]
    changed = {"trigger": "law", "description": "d", "resources": ["yima.conditional"], "changed_on": "1999-01-04"}
    opening = {"procedure": "catalogue_update", "jurisdiction": "yima"}
    sent: dict[str, tuple[str, dict[str, Any]]] = {
        "from": ("/deadlines/preview", {"jurisdiction": "yima", "working_days": 5, "from": "1999-01-04"}),
        "started_on": (f"/deadlines/{deadline}/correct", {"started_on": "1999-01-04", "reason": "r"}),
        "occurred_at": (
            "/cases",
            {**opening, "occurred_at": "1999-01-04T09:00:00+08:00", "reason": "r", "data": changed},
        ),
        "changed_on": ("/cases", {**opening, "data": {**changed, "department": "gongan"}}),
    }
    for field, (path, body) in sent.items():
        answer = bureau.post(path, body)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field]), answer.json
