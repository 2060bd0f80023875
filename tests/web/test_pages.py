"""What people do on the pages, from the sign-in to the answer; without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from test_access import SHARE

from app import outbox
from app.cases.read import inbox
from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]


@pytest.fixture
def case(here: World) -> dict[str, Any]:
    found: dict[str, Any] = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    return found


def review(case: dict[str, Any]) -> str:
    return f"/inbox/tasks/{case['tasks'][0]['id']}"


def test_the_inbox_shows_what_waits_with_its_lamp(case: dict[str, Any], reader: Open) -> None:
    page = reader("yima.minzheng.clerk").gets("/inbox")
    assert case["number"] in words(page.get_element_by_id("list"))
    assert page.xpath("//*[@id='list']//*[contains(@class, 'gw-lamp is-')]")
    assert case["number"] not in words(reader("yima.renshe.clerk").gets("/inbox"))


def test_the_inbox_marks_a_task_that_has_come_back(case: dict[str, Any], here: World, reader: Open) -> None:
    decider = reader("yima.minzheng.clerk")
    assert "再次办理" not in words(decider.gets("/inbox").get_element_by_id("list"))
    done(here, "yima.minzheng.clerk", case["tasks"][0]["id"], {"decision": "supplement", "reason": "缺依据"})
    [asked] = here.open_tasks(case["id"]).values()
    done(here, "yima.gongan.clerk", asked["id"], {"note": "已补充"})
    assert "再次办理" in words(decider.gets("/inbox").get_element_by_id("list"))


def done(here: World, username: str, task: int, answer: dict[str, Any]) -> None:
    assert here.api(username).post(f"/tasks/{task}/complete", {"data": answer}).status_code == 200


def test_the_inbox_costs_few_statements_however_long_it_is(here: World, reader: Open) -> None:
    clerk = reader("yima.minzheng.clerk")
    for _ in range(3):
        here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    clerk.gets("/inbox")
    with here.counting() as sent:
        clerk.gets("/inbox")
    assert len(sent) <= 9, "\n".join(sent)


def test_the_inbox_counts_only_as_far_as_anybody_reads(
    here: World, reader: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [here.open_case("yima.gongan.clerk", "conditional_share", SHARE)["tasks"][0]["id"] for _ in range(3)]
    clerk = reader("yima.minzheng.clerk")
    assert tab_counts(clerk) == ["3", "0", "0", "0"]
    done(here, "yima.minzheng.clerk", tasks[0], {"decision": "supplement", "reason": "缺依据"})
    assert tab_counts(clerk) == ["2", "0", "0", "0"]
    here.at("2026-04-13T10:00:00+08:00")
    assert tab_counts(clerk) == ["2", "2", "0", "0"]
    monkeypatch.setattr(inbox, "MOST_TASKS", 2)
    assert tab_counts(clerk) == ["1+", "1+", "0", "0"]
    assert "1+" in words(clerk.gets("/cases").xpath("//nav[.//a[@href='/inbox']]")[0])


def tab_counts(clerk: Any) -> list[str]:
    return [each.text for each in clerk.gets("/inbox").xpath("//ul[@class='gw-tabs']//b")]


def test_who_answers_twice_is_told_that_the_first_answer_stands(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    clerk = reader("yima.minzheng.clerk")
    assert clerk.sends(review(case), {"decision": "supplement", "reason": "缺依据"}).status_code == 303
    assert told(clerk, case) == ["已提交：提供部门审核"]
    assert clerk.sends(review(case), {"decision": "approve"}).status_code == 303
    [said] = told(clerk, case)
    assert "以第一次的答复为准" in said
    assert set(here.open_tasks(case["id"])) == {"applicant_supplement"}


def told(clerk: Any, case: dict[str, Any]) -> list[str]:
    """What stands above the case after an act, under the word of the simulated clock."""
    return [words(each) for each in clerk.gets(f"/cases/{case['id']}").xpath("//*[contains(@class, 'gw-says')]/*")][1:]


def test_a_wrong_answer_comes_back_with_what_was_written(case: dict[str, Any], reader: Open) -> None:
    answered = reader("yima.minzheng.clerk").sends(review(case), {"decision": "refuse", "reason": "超出职责"})
    assert answered.status_code == 422
    assert "超出职责" in answered.text
    assert "data-errors" in answered.text


def test_an_answer_closes_the_task_and_leads_to_the_case(case: dict[str, Any], here: World, reader: Open) -> None:
    answered = reader("yima.minzheng.clerk").sends(review(case), {"decision": "approve"})
    assert (answered.status_code, answered.headers["Location"]) == (303, f"/cases/{case['id']}")
    assert here.case(case["id"])["outcome"] == "granted"


def test_a_second_answer_by_another_changes_nothing(case: dict[str, Any], here: World, reader: Open) -> None:
    reader("yima.minzheng.clerk").sends(review(case), {"decision": "approve"})
    late = reader("yima.minzheng.head").sends(review(case), {"decision": "refuse", "reason": "x", "basis": "y"})
    assert late.status_code == 409
    assert here.case(case["id"])["outcome"] == "granted"


def test_a_form_without_its_token_is_refused(case: dict[str, Any], here: World, reader: Open) -> None:
    answered = reader("yima.minzheng.clerk").sends(review(case), {"decision": "approve"}, token=False)
    assert answered.status_code == 400
    assert here.case(case["id"])["status"] == "open"


def test_the_fields_follow_the_answer_so_far(case: dict[str, Any], reader: Open) -> None:
    shown = reader("yima.minzheng.clerk").sends(f"{review(case)}/fields", {"decision": "approve"}).text
    assert 'id="answer-basis-field"' in shown
    away = [part for part in shown.split("<div class=") if 'id="answer-basis-field"' in part]
    assert "is-away" in away[0]


def test_a_claimed_task_is_barred_to_a_colleague(here: World, reader: Open) -> None:
    case = here.open_case("yima.minzheng.clerk", "conditional_share", SHARE | {"resource": "YM-GA-002"})
    address = f"/inbox/tasks/{case['tasks'][0]['id']}"
    head = reader("yima.gongan.head")
    assert head.sends(f"{address}/claim").status_code == 303
    clerk = reader("yima.gongan.clerk").gets(address)
    assert not clerk.xpath("//form[@id='answer']")


def test_the_applicant_withdraws_from_the_cases_page(case: dict[str, Any], here: World, reader: Open) -> None:
    applicant = reader("yima.gongan.clerk")
    [question] = applicant.gets(f"/cases/{case['id']}").xpath("//form[@id='withdraw']/@data-confirm")
    assert case["number"] in question
    assert not reader("yima.minzheng.clerk").gets(f"/cases/{case['id']}").xpath("//form[@id='withdraw']")
    assert applicant.sends(f"/cases/{case['id']}/withdraw", {"reason": ""}).status_code == 422
    assert applicant.sends(f"/cases/{case['id']}/withdraw", {"reason": "不再需要"}).status_code == 303
    assert here.case(case["id"])["outcome"] == "withdrawn"


def test_annulling_a_case_asks_first(here: World, reader: Open) -> None:
    begun = {"trigger": "duties", "changed_on": "2026-02-11", "description": "职能划转", "resources": ["YM-MZ-001"]}
    case = here.open_case("yima.minzheng.clerk", "catalogue_update", begun)
    [question] = reader("yima.bureau.supervisor").gets(f"/cases/{case['id']}").xpath(
        "//form[@id='annul']/@data-confirm"
    )  # fmt: skip
    assert case["number"] in question


def test_a_drawing_is_served_as_plain_text(case: dict[str, Any], reader: Open) -> None:
    response = reader("yima.gongan.clerk").client.get(f"/cases/{case['id']}/drawings/conditional_share")
    assert response.mimetype == "text/plain"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "<" in response.text[:5]


@pytest.mark.parametrize("next_", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_host(reader: Open, next_: str) -> None:
    form = {"username": "yima.gongan.clerk", "password": "shuliu-demo-2026", "next": next_}
    assert reader().sends("/sign-in", form).headers["Location"] == "/"


def test_a_wrong_password_says_so_and_keeps_the_name(reader: Open) -> None:
    answered = reader().sends("/sign-in", {"username": "yima.gongan.clerk", "password": "wrong"})
    assert answered.status_code == 401
    assert 'value="yima.gongan.clerk"' in answered.text


def test_signed_out_is_out(reader: Open) -> None:
    one = reader("yima.gongan.clerk")
    one.sends("/sign-out")
    assert one.client.get("/inbox").status_code == 303


def test_every_page_forbids_inline_code_and_keeping(reader: Open) -> None:
    headers = reader("yima.gongan.clerk").client.get("/inbox").headers
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (headers["X-Frame-Options"], headers["Cache-Control"]) == ("DENY", "no-store")


def test_the_language_holds_before_and_after_signing_in(reader: Open) -> None:
    one = reader()
    one.sends("/language", {"language": "en", "next": "/sign-in"})
    assert one.gets("/sign-in").get("lang") == "en"
    one.sends("/sign-in", {"username": "yima.gongan.clerk", "password": "shuliu-demo-2026"})
    assert one.gets("/inbox").get("lang") == "en"


def test_a_citizen_reports_only_where_the_regulation_hears_them(reader: Open) -> None:
    page = reader().gets("/report")
    assert page.xpath("//a[@href='/report/yunyang']")
    assert reader().client.get("/report/yima").status_code == 404


def test_too_many_reports_from_one_address_have_to_wait(reader: Open) -> None:
    stranger = reader()
    answers = [stranger.sends("/report/yunyang?resource=YY-MZ-002", {}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_an_extension_is_asked_for_beside_the_answer(here: World, reader: Open) -> None:
    report = {"resource": "YY-MZ-002", "items": ["name"], "doubt": "姓名有误"}
    case = here.open_case("yunyang.gongan.clerk", "data_error", report)
    address = f"/inbox/tasks/{case['tasks'][0]['id']}/actions/extension_requested"
    clerk = reader("yunyang.minzheng.clerk")
    assert clerk.sends(address, {"days": "99", "reason": "现场核实"}).status_code == 422
    assert clerk.sends(address, {"days": "3", "reason": "现场核实"}).status_code == 303
    assert "consent_extension" in here.open_tasks(case["id"])


def test_an_administrator_sets_an_internal_target_and_nobody_a_statutory_one(here: World, reader: Open) -> None:
    here.open_case("yima.gongan.clerk", "data_error", {"resource": "YM-MZ-002", "items": ["name"], "doubt": "有误"})
    admin, form = reader("admin"), {"value": "3", "from_on": "2026-02-12", "source": "办公会议定"}
    assert admin.sends("/admin/rules/yima/data_error.reply", form).status_code == 303
    page = words(reader("yima.minzheng.clerk").gets("/cases/1"))
    assert "2026-02-24" in page
    assert admin.sends("/admin/rules/yima/conditional_share.reply", form).status_code == 409
    assert reader("yima.minzheng.head").sends("/admin/rules/yima/data_error.reply", form).status_code == 403


def test_an_administrator_sends_again_what_no_other_system_took(here: World, reader: Open) -> None:
    with here.database.transaction() as session:
        for key, state in (("failed", "failed"), ("nowhere", "held")):
            outbox.put(session, key=key, channel="push", kind="catalogue", payload={"target": "上级平台"})
            change = update(outbox.OutboxMessage).where(outbox.OutboxMessage.key == key)
            session.execute(change.values(state=state, attempts=4, error="HTTPError: HTTP Error 502"))
    shown = reader("admin").gets("/admin/incidents").get_element_by_id("pushes").getparent().getparent()
    assert ["failed" in words(shown), "nowhere" in words(shown)] == [True, True]
    [again] = shown.xpath(".//form/@action")
    assert reader("yima.bureau.supervisor").gets("/admin/incidents").xpath("//*[@id='pushes']") == []
    assert reader("yima.bureau.supervisor").sends(again).status_code == 403
    assert reader("admin").sends(again).status_code == 303
    with here.database.transaction(write=False) as session:
        assert outbox.count_by_state(session) == {"pending": 1, "held": 1, "failed": 0}
        assert [one.key for one in outbox.undelivered(session)] == ["nowhere"]
    assert reader("admin").sends(again).status_code == 409


def test_the_sign_in_shows_a_deadline_that_explains_itself(reader: Open) -> None:
    page = reader().gets("/sign-in")
    assert page.xpath("//ol[@class='gw-strip']/li[contains(@class, 'is-due')]")
    assert page.xpath("//b[@class='is-law']")
    assert not page.xpath("//b[@class='is-own']")


def test_pages_are_chinese_until_somebody_switches(here: World) -> None:
    """Also in a browser that asks for English: an office rarely chose what its browsers ask for."""
    browser = here.app.test_client()
    asks = {"Accept-Language": "en-US,en;q=0.9"}
    assert 'lang="zh' in browser.get("/sign-in", headers=asks).text
    browser.post("/language", data={"language": "en", "next": "/sign-in"})
    assert 'lang="en' in browser.get("/sign-in", headers=asks).text


def test_a_basis_is_asked_for_in_three_parts_and_offers_what_was_cited_here(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    clerk = reader("yima.minzheng.clerk")
    page = clerk.gets(review(case))
    kinds = page.xpath("//select[@name='basis-kind']/option/@value")
    assert {"law", "administrative_regulation", "local_regulation", "rule"} <= set(kinds)
    assert page.xpath("//input[@name='basis-title']/@list") == ["answer-basis-cited"]
    assert page.xpath("//datalist[@id='answer-basis-cited']/option")
    wrong = {"decision": "refuse", "reason": "无关", "basis-title": "《个人信息保护法》"}
    again = clerk.sends(review(case), wrong)
    assert (again.status_code, 'value="《个人信息保护法》"' in again.text) == (422, True)
    right = {**wrong, "basis-kind": "law", "basis-article": "第六条"}
    assert clerk.sends(review(case), right).status_code == 303
    [letter] = here.events(case["id"], "task.done")
    assert letter["detail"]["data"]["basis"] == {"kind": "law", "title": "《个人信息保护法》", "article": "第六条"}


@pytest.mark.parametrize(
    ("place", "code"), [("jiangmen", "JM"), ("yima", "YM"), ("jiangsu", "JS"), ("yinchuan", "YC"), ("yunyang", "YY")]
)
def test_the_duty_served_is_asked_for_what_is_applied_for_and_not_for_what_is_free(
    place: str, code: str, reader: Open
) -> None:
    clerk = reader(f"{place}.renshe.clerk")
    for number, asks in (("001", False), ("002", True), ("003", True), *([("004", False)] if code == "JM" else [])):
        page = clerk.gets(f"/start?procedure=conditional_share&resource={code}-GA-{number}")
        assert bool(page.xpath("//textarea[@name='legal_duty']")) is asks, number
    page = clerk.gets(f"/start?procedure=conditional_share&resource={code}-GA-002")
    names = [one.get("name") for one in page.xpath("//form//*[self::textarea or self::input]")]
    assert names.index("legal_duty") == names.index("purpose") + 1, "beside the purpose"
