"""What an act would do to a clock is shown before it is done: the same dates, and nothing kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select

from app.cases.commands import clock_commands
from app.database.transactions import Base
from app.floor.errors import EngineError
from app.floor.messages import say
from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
ERROR = {"items": ["name"], "doubt": "姓名有误"}
HOLDER, BUREAU, OTHER = "yima.minzheng.clerk", "yima.bureau.clerk", "yima.gongan.clerk"
SUPERVISOR = "yima.bureau.supervisor"
PREVIEW = {"preview": "yes"}
PAUSE = {"ground": "supplement", "reason": "等待证明材料"}
ASKED = {"days": "3", "reason": "现场核实"}


@pytest.fixture
def case(here: World) -> dict[str, Any]:
    """A case whose first clock is an internal target, which can be paused."""
    found: dict[str, Any] = here.open_case(OTHER, "data_error", ERROR | {"resource": "YM-MZ-002"})
    return found


@pytest.fixture
def extendable(here: World) -> dict[str, Any]:
    """A case whose clock of the law can be extended."""
    found: dict[str, Any] = here.open_case("yunyang.gongan.clerk", "data_error", ERROR | {"resource": "YY-MZ-002"})
    return found


def clock_of(here: World, case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = here.case(case["id"])["deadlines"][0]
    return found


def kept(here: World) -> dict[str, list[Any]]:
    """Every row of every table, but what notes that somebody has been here."""
    with here.database.transaction(write=False) as session:
        tables = [one for one in Base.metadata.sorted_tables if one.name not in ("web_session", "sign_in_attempt")]
        return {one.name: sorted(map(repr, session.execute(select(one)).all())) for one in tables}


def previewed(answered: Any) -> html.HtmlElement:
    """The preview on the page that comes back."""
    assert answered.status_code == 200, answered.status_code
    [found] = html.document_fromstring(answered.text).xpath("//section[@class='gw-tried']")
    return found


def dates(preview: html.HtmlElement) -> dict[str, str]:
    """What the preview says, by its labels."""
    return {words(dt): words(dd) for dt, dd in zip(preview.xpath(".//dt"), preview.xpath(".//dd"), strict=True)}


def named(day: str) -> str:
    one = date.fromisoformat(day)
    return f"{one.month}月{one.day}日"


def confirmed(preview: html.HtmlElement) -> dict[str, str]:
    """What the button under the preview sends."""
    hidden = preview.xpath(".//form//input[@type='hidden' and @name!='csrf_token']")
    return {one.get("name"): one.get("value") for one in hidden}


def try_and_do(here: World, reader: Any, path: str, sent: dict[str, str]) -> dict[str, str]:
    """Preview an act, see that nothing is kept, then do it by the button that the preview offers."""
    before = kept(here)
    preview = previewed(reader.sends(path, sent | PREVIEW))
    assert kept(here) == before
    assert confirmed(preview) == sent
    assert preview.xpath(".//form/@action") == [path]
    assert reader.sends(path, confirmed(preview)).status_code == 303
    return dates(preview)


def test_a_pause_is_previewed_with_the_days_that_will_be_left(case: dict[str, Any], here: World, reader: Open) -> None:
    before = clock_of(here, case)
    told = try_and_do(here, reader(HOLDER), f"/deadlines/{before['id']}/pause", PAUSE)
    assert clock_of(here, case)["state"] == "paused"
    assert named(before["due_on"]) in told["现在"]
    assert "暂停计时" in told["之后"]
    assert f"还有 {len(before['counted'])} 个工作日" in told["变化"]


def test_the_days_left_of_a_paused_clock_are_those_counted_after_it_goes_on(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    here.at("2026-02-25T10:00:00+08:00")
    path = f"/deadlines/{clock_of(here, case)['id']}"
    told = try_and_do(here, reader(HOLDER), f"{path}/pause", PAUSE)
    here.at("2026-03-03T10:00:00+08:00")
    reader(HOLDER).sends(f"{path}/resume", {"reason": "已收到"})
    after = [day for day in clock_of(here, case)["counted"] if day > "2026-03-03"]
    assert f"还有 {len(after)} 个工作日" in told["变化"]


def test_going_on_is_previewed_with_the_date_that_it_then_has(case: dict[str, Any], here: World, reader: Open) -> None:
    clerk, path = reader(HOLDER), f"/deadlines/{clock_of(here, case)['id']}"
    unpaused = clock_of(here, case)["due_on"]
    clerk.sends(f"{path}/pause", PAUSE)
    here.at("2026-02-26T10:00:00+08:00")
    told = try_and_do(here, clerk, f"{path}/resume", {"reason": "材料已经收到"})
    resumed = clock_of(here, case)
    assert resumed["due_on"] > unpaused
    assert named(unpaused) in told["现在"]
    assert named(resumed["due_on"]) in told["之后"]
    assert "比不暂停晚 5 个工作日" in told["变化"]


@pytest.mark.parametrize(
    ("started_on", "said"), [("2026-02-10", "早 2 个工作日"), ("2026-02-12", None), ("2025-12-01", "逾期")]
)
def test_a_corrected_start_is_previewed_with_the_date_that_it_then_has(
    case: dict[str, Any], here: World, reader: Open, started_on: str, said: str | None
) -> None:
    before, sent = clock_of(here, case), {"started_on": started_on, "reason": "二月十日已经收到"}
    path = f"/deadlines/{before['id']}/correct"
    if said is None:
        assert "到期日不会改变" in words(previewed(reader(BUREAU).sends(path, sent | PREVIEW)))
        return
    told = try_and_do(here, reader(BUREAU), path, sent)
    assert named(before["due_on"]) in told["现在"]
    assert named(clock_of(here, case)["due_on"]) in told["之后"]
    assert said in told["变化"]


def test_a_correction_that_removes_a_breach_says_before_it_is_sent_that_a_second_person_confirms_it(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    here.at("2026-04-20T10:00:00+08:00")
    path = f"/deadlines/{clock_of(here, case)['id']}/correct"
    late, early = ({"started_on": day, "reason": "误录"} for day in ("2026-04-17", "2026-02-11"))
    assert "须由主管部门另一人员确认" in words(previewed(reader(BUREAU).sends(path, late | PREVIEW)))
    assert "另一人员" not in words(previewed(reader(BUREAU).sends(path, early | PREVIEW)))


def test_a_provisional_date_is_previewed_as_such(case: dict[str, Any], here: World, reader: Open) -> None:
    here.at("2026-12-29T10:00:00+08:00")
    sent = {"started_on": "2026-12-28", "reason": "误录"}
    path = f"/deadlines/{clock_of(here, case)['id']}"
    told = try_and_do(here, reader(BUREAU), f"{path}/correct", sent)
    assert clock_of(here, case)["certainty"] == "firm"  # it would remove a breach: another person confirms it
    assert reader(SUPERVISOR).sends(f"{path}/confirm").status_code == 303
    assert clock_of(here, case)["certainty"] == "provisional"
    assert "暂定" in told["之后"]
    assert "暂定" not in told["现在"]


def test_an_extension_is_previewed_when_asked_for_and_when_consented_to(
    extendable: dict[str, Any], here: World, reader: Open
) -> None:
    before, task = clock_of(here, extendable), here.open_tasks(extendable["id"])["verify_error"]
    path = f"/inbox/tasks/{task['id']}/actions/extension_requested"
    asked = try_and_do(here, reader("yunyang.minzheng.clerk"), path, ASKED)
    assert clock_of(here, extendable)["due_on"] == before["due_on"]
    consent = here.open_tasks(extendable["id"])["consent_extension"]
    head, path = reader("yunyang.minzheng.head"), f"/inbox/tasks/{consent['id']}"
    assert ASKED["reason"] in words(head.gets(path)), "who consents reads what was asked for, and why"
    assert "到期日不会改变" in words(previewed(head.sends(path, {"consent": "false", "reason": "不必"} | PREVIEW)))
    tried = head.sends(path, {"consent": "true", "reason": ""} | PREVIEW).text
    assert len(html.document_fromstring(tried).xpath("//button[contains(@class, 'btn-primary')]")) == 1
    granted = try_and_do(here, head, path, {"consent": "true", "reason": ""})
    after = clock_of(here, extendable)
    for told in (asked, granted):
        assert named(before["due_on"]) in told["现在"]
        assert named(after["due_on"]) in told["之后"]
        assert "晚 3 个工作日" in told["变化"]


def test_every_answer_has_a_preview_and_of_the_acts_beside_it_those_that_move_a_date(
    extendable: dict[str, Any], here: World, reader: Open
) -> None:
    def offered(username: str, path: str) -> set[str]:
        buttons = reader(username).gets(path).xpath("//button[@name='preview' and @formaction]/@formaction")
        return {one.partition("#")[0] for one in buttons}

    task = here.open_tasks(extendable["id"])["verify_error"]
    clerk, path = "yunyang.minzheng.clerk", f"/inbox/tasks/{task['id']}"
    asks = f"{path}/actions/extension_requested"
    assert offered(clerk, path) == {path, asks}
    reader(clerk).sends(asks, ASKED)
    assert offered(clerk, path) == {path}
    consent = f"/inbox/tasks/{here.open_tasks(extendable['id'])['consent_extension']['id']}"
    assert offered("yunyang.minzheng.head", consent) == {consent}


@pytest.mark.parametrize(
    ("sent", "status"), [({"ground": "weather", "reason": "等待"}, 422), ({"ground": "supplement", "reason": " "}, 422)]
)
def test_what_would_be_refused_is_refused_in_the_preview(
    case: dict[str, Any], here: World, reader: Open, sent: dict[str, str], status: int
) -> None:
    before = kept(here)
    answered = reader(HOLDER).sends(f"/deadlines/{clock_of(here, case)['id']}/pause", sent | PREVIEW)
    assert (answered.status_code, "gw-tried" in answered.text) == (status, False)
    assert sent["reason"].strip() in answered.text
    assert kept(here) == before


def test_who_may_not_act_may_not_preview(case: dict[str, Any], here: World, reader: Open) -> None:
    path = f"/deadlines/{clock_of(here, case)['id']}"
    assert reader(OTHER).sends(f"{path}/pause", PAUSE | PREVIEW).status_code == 403
    assert reader("yima.shuiwu.clerk").sends(f"{path}/pause", PAUSE | PREVIEW).status_code == 404
    assert reader(BUREAU).sends("/deadlines/99999/pause", PAUSE | PREVIEW).status_code == 404
    assert reader(HOLDER).sends(f"{path}/resume", {"reason": "x"} | PREVIEW).status_code == 409


def test_the_preview_is_in_the_readers_language(case: dict[str, Any], here: World, reader: Open) -> None:
    clerk = reader(HOLDER)
    clerk.sends("/language", {"language": "en"})
    preview = previewed(clerk.sends(f"/deadlines/{clock_of(here, case)['id']}/pause", PAUSE | PREVIEW))
    assert set(dates(preview)) == {"Now", "Afterwards", "Difference"}
    assert "working days are left when it goes on." in dates(preview)["Difference"]
    assert "nothing has been changed yet" in words(preview)


def test_a_step_that_cannot_run_is_no_incident_when_only_tried(
    case: dict[str, Any], here: World, reader: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        error = EngineError("stuck", say("Please sign in."))
        error.case_id = case["id"]
        raise error

    clerk, path = reader(HOLDER), f"/deadlines/{clock_of(here, case)['id']}/pause"
    monkeypatch.setattr(clock_commands, "pause", fails)
    before = kept(here)
    assert clerk.sends(path, PAUSE | PREVIEW).status_code == 409
    assert kept(here) == before
    assert clerk.sends(path, PAUSE).status_code == 409
    assert len(kept(here)["incident"]) == len(before["incident"]) + 1
