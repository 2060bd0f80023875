"""A figure of a superior text in a running case: both levels are told, the stricter counts, open clocks follow."""

from __future__ import annotations

from typing import Any

import pytest

from app.outbox import Letter
from app.outbox.letter_text import as_lines
from tests.procedures.test_recusal import letter
from tests.world import World, done

PLACES = ("jiangmen", "yima", "jiangsu", "yinchuan", "yunyang")
PREFIX = {"jiangmen": "JM", "yima": "YM", "jiangsu": "JS", "yinchuan": "YC", "yunyang": "YY"}
OPENED = "2026-03-02T09:00:00+08:00"
SEVEN = {
    "key": "conditional_share.reply",
    "value": 3,
    "superior": "order_809",
    "article": ["12"],
    "source": "国务院公报2025年第18号",
    "from_on": "2025-08-01",
}


@pytest.fixture
def case(world: World) -> Any:
    def opened(place: str) -> Any:
        world.at(OPENED)
        data = {
            "resource": f"{PREFIX[place]}-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市",
            "share_mode": "interface",
        }  # fmt: skip
        return world.open_case(f"{place}.renshe.clerk", "conditional_share", data)

    return opened


def entered(world: World, place: str, **changes: Any) -> Any:
    calls = f"/jurisdictions/{place}/rules/proposals"
    proposed = done(world.api("admin").post(calls, SEVEN | changes), 202)
    return done(world.api("admin2").post(f"{calls}/{proposed['id']}/confirm"))


@pytest.mark.parametrize("place", PLACES)
def test_a_superior_number_replaces_what_is_longer_or_ours_in_open_cases(world: World, case: Any, place: str) -> None:
    before = next(one for one in case(place)["deadlines"] if one["rule"] == SEVEN["key"])
    told = entered(world, place)
    assert [(one["rule"], one["direction"]) for one in told["moves"]] == [(SEVEN["key"], "earlier")]
    after = done(world.api("admin").get(f"/deadlines/{before['id']}"))
    assert (after["kind"], after["article"], after["due_on"]) == ("statutory", "12", "2026-03-05")
    assert (after["regulation"], after["rank"]) == ("政务数据共享条例", "administrative_regulation")
    assert [(one["level"], one["counts"]) for one in after["levels"]] == [("own", False), ("superior", True)]
    assert (after["levels"][0]["kind"], after["levels"][0]["value"]) == (before["kind"], before["levels"][0]["value"])
    assert after["levels"][1]["source"] == SEVEN["source"]
    assert [one["detail"]["due_on"] for one in world.events(before["case"], "clock.recounted")] == ["2026-03-05"]
    assert world.flask("audit", "verify").exit_code == 0


def test_a_stricter_rule_of_its_own_stays_and_the_superior_one_is_shown_beside_it(world: World, case: Any) -> None:
    before = case("yima")["deadlines"][0]
    assert entered(world, "yima", value=8)["moves"] == []
    rules = done(world.api("admin").get("/jurisdictions/yima/rules"))["items"]
    rule = next(one for one in rules if one["key"] == SEVEN["key"])
    assert (rule["value"], rule["article"], rule["superior"]) == (5, "15", None)
    assert [(one["level"], one["value"], one["counts"]) for one in rule["levels"]] == [
        ("own", 5, True),
        ("superior", 8, False),
    ]
    assert world.case(before["case"])["deadlines"][0]["due_on"] == before["due_on"]


def test_whoever_proposes_sees_what_would_move_and_cannot_confirm(world: World, case: Any) -> None:
    [clock] = case("jiangmen")["deadlines"]
    calls = "/jurisdictions/jiangmen/rules/proposals"
    number = done(world.api("admin").post(calls, SEVEN), 202)["id"]
    trial = done(world.api("admin").post(f"{calls}/{number}/confirm", {"dry_run": True}))
    assert [(one["before"], one["after"]) for one in trial["moves"]] == [(clock["due_on"], "2026-03-05")]
    assert world.api("admin").post(f"{calls}/{number}/confirm").status_code == 403
    assert world.case(clock["case"])["deadlines"][0]["due_on"] == clock["due_on"]
    assert done(world.api("admin").get(f"{calls}/{number}"))["state"] == "proposed"
    assert done(world.api("admin").post(f"{calls}/{number}/withdraw"))["state"] == "withdrawn"
    assert world.api("admin2").post(f"{calls}/{number}/confirm").status_code == 409


def test_a_case_that_began_before_follows_only_by_the_article_that_says_so(world: World, case: Any) -> None:
    """Counting rule 9. Yima's own five days are statutory, so that nothing else moves them."""
    [clock] = case("yima")["deadlines"]
    world.at("2026-03-03T09:00:00+08:00")
    assert entered(world, "yima", from_on="2026-03-03")["moves"] == []
    calls = "/jurisdictions/yima/rules/proposals"
    ending = done(world.api("admin").post(calls, {"key": SEVEN["key"], "ends": True, "source": "更正"}), 202)
    done(world.api("admin2").post(f"{calls}/{ending['id']}/confirm"))
    told = entered(world, "yima", from_on="2026-03-03", applies_to_open=True, open_article=["40"])
    assert [(one["before"], one["after"]) for one in told["moves"]] == [(clock["due_on"], "2026-03-05")]


JIANGSU_LATE = "2026-03-31T09:00:00+08:00"


def test_what_was_missed_stays_missed_when_a_superior_number_is_entered(world: World, case: Any) -> None:
    """Counting rule 10. Ten working days of Jiangsu from 2 March; one month would end on 2 April."""
    before = next(one for one in case("jiangsu")["deadlines"] if one["rule"] == SEVEN["key"])
    world.at(JIANGSU_LATE)
    late = done(world.api("admin").get(f"/deadlines/{before['id']}"))
    assert (late["kind"], late["state"]) == ("statutory", "missed")
    calls = "/jurisdictions/jiangsu/rules/proposals"
    for value, unit in ((1, "months"), (2, "days")):
        figure = SEVEN | {"value": value, "unit": unit}
        number = done(world.api("admin").post(calls, figure), 202)["id"]
        preview = done(world.api("admin").post(f"{calls}/{number}/confirm", {"dry_run": True}))
        told = done(world.api("admin2").post(f"{calls}/{number}/confirm"))
        assert preview["moves"] == told["moves"]
        assert [(one["held"], one["before"] == one["after"]) for one in told["moves"]] == [("missed", True)] * (
            value == 2
        )
        now = done(world.api("admin").get(f"/deadlines/{before['id']}"))
        assert [now[name] for name in ("state", "due_on", "days_late")] == [
            late[name] for name in ("state", "due_on", "days_late")
        ]
    assert len(world.events(before["case"], "clock.held")) == 1
    assert world.events(before["case"], "clock.recounted") == []
    assert world.flask("audit", "verify").exit_code == 0


def test_a_lost_number_that_was_missed_is_not_undone_by_a_longer_one(world: World, case: Any) -> None:
    [clock] = case("jiangmen")["deadlines"]
    lost = {"superior": None, "article": [], "applies_to_open": False}
    first = {name: value for name, value in (SEVEN | lost | {"value": 7}).items() if value is not None}
    calls = "/jurisdictions/jiangmen/rules/proposals"
    for value, moment in ((7, "2026-03-03T09:00:00+08:00"), (20, "2026-03-20T09:00:00+08:00")):
        world.at(moment)
        number = done(world.api("admin").post(calls, first | {"value": value}), 202)["id"]
        told = done(world.api("admin2").post(f"{calls}/{number}/confirm"))
    assert [one["held"] for one in told["moves"]] == ["missed"]
    now = done(world.api("admin").get(f"/deadlines/{clock['id']}"))
    assert (now["kind"], now["state"], now["due_on"]) == ("statutory", "missed", "2026-03-11")
    assert now["days_late"] > 0


@pytest.mark.parametrize("place", ["yima", "jiangsu"])
def test_a_month_above_never_displaces_fewer_working_days(world: World, case: Any, place: str) -> None:
    """Counting rule 12, by due date: in an open case, and in one that begins afterwards."""
    before = next(one for one in case(place)["deadlines"] if one["rule"] == SEVEN["key"])
    assert entered(world, place, value=1, unit="months")["moves"] == []
    later = next(one for one in case(place)["deadlines"] if one["rule"] == SEVEN["key"])
    for one in (before, later):
        now = done(world.api("admin").get(f"/deadlines/{one['id']}"))
        assert now["due_on"] == before["due_on"]
    assert [(one["level"], one["unit"], one["counts"]) for one in now["levels"]] == [
        ("own", "days", True),
        ("superior", "months", False),
    ]


@pytest.mark.parametrize(
    ("place", "right", "due_on"),
    [
        ("yima", 4, "2026-03-06"),
        ("yima", 20, "2026-03-09"),
        ("jiangsu", 8, "2026-03-12"),
        ("jiangmen", 8, "2026-03-12"),
    ],
)
def test_a_corrected_figure_of_a_superior_text_moves_back_what_the_wrong_one_has_moved(
    world: World, case: Any, place: str, right: int, due_on: str
) -> None:
    """Three days were a slip. The clock follows the right number, and never past the regulation's own (Yima: five)."""
    [clock] = [one for one in case(place)["deadlines"] if one["rule"] == SEVEN["key"]]
    entered(world, place, value=3)
    [move] = entered(world, place, value=right)["moves"]
    assert (move["held"], move["before"], move["after"]) == (None, "2026-03-05", due_on)
    now = done(world.api("admin").get(f"/deadlines/{clock['id']}"))
    assert (now["kind"], now["due_on"]) == ("statutory", due_on)
    told = [one["detail"]["due_on"] for one in world.events(clock["case"], "clock.recounted")]
    assert told == ["2026-03-05", due_on]
    assert world.flask("audit", "verify").exit_code == 0


def test_a_corrected_figure_undoes_no_miss(world: World, case: Any) -> None:
    [clock] = [one for one in case("jiangsu")["deadlines"] if one["rule"] == SEVEN["key"]]
    entered(world, "jiangsu", value=3)
    world.at("2026-03-06T09:00:00+08:00")
    [move] = entered(world, "jiangsu", value=8)["moves"]
    assert (move["held"], move["after"]) == ("missed", "2026-03-05")
    now = done(world.api("admin").get(f"/deadlines/{clock['id']}"))
    assert (now["state"], now["days_late"]) == ("missed", 1)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source": "ㅤ"}, "source"),
        ({"article": []}, "article"),
        ({"value": True}, "value"),
        ({"from_on": None}, "from_on"),
    ],
)
def test_a_proposal_that_lacks_what_makes_it_law_is_refused_by_its_field(world: World, wrong: Any, field: str) -> None:
    answer = world.api("admin").post("/jurisdictions/yima/rules/proposals", SEVEN | wrong)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_one_article_may_be_a_string_and_a_wrong_one_is_named_in_words(world: World) -> None:
    calls = "/jurisdictions/yima/rules/proposals"
    refused = world.api("admin").post(calls, SEVEN | {"article": "十二"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["article"])
    assert "条款" in refused.json["detail"]
    assert "article" not in refused.json["detail"]
    assert done(world.api("admin").post(calls, SEVEN | {"article": "12"}), 202)["article"] == ["12"]


def test_procedures_are_listed_in_the_words_of_the_readers_regulation(world: World) -> None:
    found = done(world.api("yinchuan.renshe.clerk").get("/procedures"))["items"]
    told = "".join(str(one) for one in found if "yinchuan" in one["jurisdictions"])
    assert "城市数据" in told
    assert "信息资源" not in told
    assert "使用部门" not in told


def test_an_option_that_the_regulation_does_not_offer_is_named_by_its_title(world: World) -> None:
    """Yima Art. 15 knows no batch download."""
    data = {"resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市", "share_mode": "batch"}
    given = {"procedure": "conditional_share", "jurisdiction": "yima", "data": data}
    refused = world.api("yima.renshe.clerk").post("/cases", given)
    assert refused.status_code == 422
    assert "批量下载" in str(refused.json["errors"]["share_mode"])
    assert "batch" not in str(refused.json["errors"])


def test_only_administrators_propose(world: World) -> None:
    for name in ("yima.bureau.supervisor", "yima.renshe.head"):
        assert world.api(name).post("/jurisdictions/yima/rules/proposals", SEVEN).status_code == 403


def test_the_operator_enters_a_number_at_once_after_a_dry_run(world: World, case: Any) -> None:
    [clock] = case("jiangmen")["deadlines"]
    call = ("rules", "enter", "jiangmen", SEVEN["key"], "3", "--superior", "order_809", "--article", "12")
    more = ("--source", "国务院公报", "--from", "2025-08-01")
    dry = world.flask(*call, *more, "--dry-run")
    assert (dry.exit_code, "1 open deadlines would move" in dry.stdout) == (0, True), dry.output
    assert world.case(clock["case"])["deadlines"][0]["kind"] == "internal"
    assert world.flask(*call, *more).exit_code == 0
    assert world.case(clock["case"])["deadlines"][0]["kind"] == "statutory"


def test_a_dry_run_of_a_pack_shows_values_and_clocks_and_changes_nothing(
    world: World, case: Any, tmp_path: Any
) -> None:
    from config import ROOT

    [clock] = case("yima")["deadlines"]
    changed = (ROOT / "rules/yima.yaml").read_text().replace("    - statutory: 5\n", "    - statutory: 4\n", 1)
    file = tmp_path / "yima.yaml"
    file.write_text(changed)
    dry = world.flask("rules", "load", str(file), "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "conditional_share.reply: 5 statutory Art. 15 → 4 statutory Art. 15" in dry.stdout
    assert f"{clock['due_on']} → 2026-03-06 (earlier" in dry.stdout
    assert world.case(clock["case"])["deadlines"][0]["due_on"] == clock["due_on"]


def test_what_was_proposed_elsewhere_is_not_for_a_supervisor_of_another_jurisdiction(world: World) -> None:
    calls = "/jurisdictions/yima/rules/proposals"
    row = done(world.api("admin").post(calls, SEVEN), 202)
    for path in (calls, f"{calls}/{row['id']}"):
        assert world.api("yunyang.bureau.supervisor").get(path).status_code == 403
        assert world.api("yima.bureau.supervisor").get(path).status_code == 200
        assert world.api("admin2").get(path).status_code == 200


@pytest.mark.parametrize("asked", ["before", "while consent is awaited", "after"])
def test_an_extension_of_the_countys_own_rule_lengthens_no_period_that_a_superior_sets(
    world: World, asked: str
) -> None:
    """Yunyang 23 lengthens its own ten working days. Three from 2 March are over on 5 March."""
    world.at(OPENED)
    begun = {"resource": "YY-GA-002", "items": ["name"], "doubt": "姓名有误"}
    case = world.open_case("yunyang.renshe.clerk", "data_error", begun)["id"]
    clock = next(one for one in world.case(case)["deadlines"] if one["rule"] == "data_error.reply")
    provider, head = world.api("yunyang.gongan.clerk"), world.api("yunyang.gongan.head")
    extension = {"days": 10, "reason": "需调取纸质档案"}

    def consent() -> Any:
        return head.post(
            f"/tasks/{world.open_tasks(case)['consent_extension']['id']}/complete", {"data": {"consent": True}}
        )

    if asked != "after":
        done(provider.post(f"/deadlines/{clock['id']}/extend", extension))
    if asked == "before":
        done(consent())
        assert done(provider.get(f"/deadlines/{clock['id']}"))["due_on"] == "2026-03-30"
    entered(world, "yunyang", key="data_error.reply", article=["17"])
    if asked != "before":
        refused = consent() if asked != "after" else provider.post(f"/deadlines/{clock['id']}/extend", extension)
        assert (refused.status_code, refused.json["type"]) == (409, "not-extensible")
        assert "《政务数据共享条例》" in str(refused.json)
    now = done(provider.get(f"/deadlines/{clock['id']}"))
    assert (now["due_on"], now["article"], now["extensions"]) == ("2026-03-05", "17", [])
    assert "延长" not in now["paragraph"]
    assert world.flask("audit", "verify").exit_code == 0


def test_an_extension_comes_back_when_the_figure_that_cut_it_off_is_taken_back(world: World) -> None:
    """Open clocks follow (counting rule 12): what was consented to under the county's own rule holds again, once more
    with a second figure, and only once."""
    world.at(OPENED)
    begun = {"resource": "YY-GA-002", "items": ["name"], "doubt": "姓名有误"}
    case = world.open_case("yunyang.renshe.clerk", "data_error", begun)["id"]
    clock = next(one for one in world.case(case)["deadlines"] if one["rule"] == "data_error.reply")
    provider, calls = world.api("yunyang.gongan.clerk"), "/jurisdictions/yunyang/rules/proposals"
    done(provider.post(f"/deadlines/{clock['id']}/extend", {"days": 10, "reason": "需调取纸质档案"}))
    world.complete(case, "consent_extension", {"consent": True})
    for _ in range(2):
        entered(world, "yunyang", key="data_error.reply", article=["17"])
        assert done(provider.get(f"/deadlines/{clock['id']}"))["due_on"] == "2026-03-05"
        ending = done(world.api("admin").post(calls, {"key": "data_error.reply", "ends": True, "source": "更正"}), 202)
        done(world.api("admin2").post(f"{calls}/{ending['id']}/confirm"))
        now = done(provider.get(f"/deadlines/{clock['id']}"))
        given = [(one["days"], one["reason"]) for one in now["extensions"]]
        assert (now["due_on"], given) == ("2026-03-30", [(10, "需调取纸质档案")])
    assert world.flask("audit", "verify").exit_code == 0


@pytest.mark.parametrize("place", PLACES)
def test_a_supplement_pauses_no_period_that_a_superior_sets(world: World, case: Any, place: str) -> None:
    """That supplements pause a clock is a convention of ours: it holds for targets of our own alone."""
    opened = case(place)
    entered(world, place)
    world.at("2026-03-03T10:00:00+08:00")
    world.complete(opened["id"], "provider_review", {"decision": "supplement", "reason": "请写明范围"})
    clock = next(one for one in world.case(opened["id"])["deadlines"] if one["rule"] == SEVEN["key"])
    told = done(world.api("admin").get(f"/deadlines/{clock['id']}"))
    assert (told["state"], told["kind"], told["due_on"], told["pauses"]) == ("running", "statutory", "2026-03-05", [])


@pytest.mark.parametrize("place", PLACES)
def test_a_letter_names_the_text_that_sets_its_period_and_cites_the_regulation_beside_it(
    world: World, case: Any, place: str
) -> None:
    before = replied(world, case(place))
    entered(world, place)
    assert told(letter(world, before, "reply")) == before["told"]  # what was issued stays as it was
    after = replied(world, case(place))
    own = done(world.api("admin").get("/jurisdictions"))["items"]
    regulation = next(one["regulation"]["title"] for one in own if one["code"] == place)
    assert "2026年3月5日（法定时限，依照《政务数据共享条例》第十二条）" in after["told"]
    assert "政务数据共享条例" not in before["told"]
    assert f"依照《{regulation}》" in before["told"]
    assert f"依照《{regulation}》" in after["told"]
    read = "\n".join(as_lines(letter(world, after, "reply").blocks("en")))
    assert "(period set by law, under Regulations on the Sharing of Government Data, Art. 12)" in read


def test_a_period_of_its_own_that_is_stricter_is_of_the_regulation_in_its_letter(world: World, case: Any) -> None:
    entered(world, "yima", value=8)
    assert "（规定时限）" in replied(world, case("yima"))["told"]


def replied(world: World, case: Any) -> Any:
    world.complete(case["id"], "provider_review", {"decision": "approve"})
    if "bureau_authorise" in world.open_tasks(case["id"]):
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    return {**case, "told": told(letter(world, case, "reply"))}


def told(one: Letter) -> str:
    return "\n".join(as_lines(one.blocks("zh")))
