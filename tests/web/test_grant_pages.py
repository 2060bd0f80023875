"""A grant on the pages: who sees it, who may take it back, and that it is taken back once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from test_access import SHARE

from tests.web.markup import words
from tests.world import World, done

Open = Callable[..., Any]
PROVIDER, HOLDER, BUREAU = "yima.minzheng.clerk", "yima.gongan.clerk", "yima.bureau.clerk"
BASIS = {"basis-kind": "law", "basis-title": "《个人信息保护法》", "basis-article": "34"}
REASON = {"reason": "用途已经终止", **BASIS}


@pytest.fixture
def grant(here: World) -> dict[str, Any]:
    case = here.open_case(HOLDER, "conditional_share", SHARE)
    here.complete(case["id"], "provider_review", {"decision": "approve"})
    found: dict[str, Any] = stored(here)
    return found


def stored(here: World) -> Any:
    return done(here.api("admin").get("/grants"))["items"][0]


def revokes(page: Any) -> bool:
    return bool(page.xpath("//form[@id='revoke']"))


@pytest.mark.parametrize("username", [PROVIDER, "yima.minzheng.head", BUREAU])
def test_provider_and_bureau_revoke_with_a_reason_once_confirmed(
    grant: dict[str, Any], here: World, reader: Open, username: str
) -> None:
    one, path = reader(username), f"/grants/{grant['id']}"
    [form] = one.gets(path).xpath("//form[@id='revoke']")
    assert grant["number"] in form.get("data-confirm")
    answered = one.sends(f"{path}/revoke", REASON)
    assert (answered.status_code, answered.headers["Location"]) == (303, path)
    kept = stored(here)
    assert (kept["usable"], kept["reason"], kept["revoked_by"]) == (False, REASON["reason"], username)
    page = one.gets(path)
    assert not revokes(page)
    assert REASON["reason"] in words(page)
    assert "已撤销" in words(page)
    assert "后续办件" in words(page), "the case in which it was revoked"


def test_the_case_and_the_resource_lead_to_the_grant(grant: dict[str, Any], reader: Open) -> None:
    for path in (f"/cases/{grant['case']}", f"/catalogue/{SHARE['resource']}"):
        assert reader(PROVIDER).gets(path).xpath(f"//a[@href='/grants/{grant['id']}']")


def test_the_holder_sees_a_grant_and_cannot_revoke_it(grant: dict[str, Any], here: World, reader: Open) -> None:
    holder = reader(HOLDER)
    assert not revokes(holder.gets(f"/grants/{grant['id']}"))
    assert holder.sends(f"/grants/{grant['id']}/revoke", REASON).status_code == 403
    assert reader("admin").sends(f"/grants/{grant['id']}/revoke", REASON).status_code == 403
    assert not revokes(reader("yima.bureau.supervisor").gets(f"/grants/{grant['id']}"))
    assert stored(here)["usable"] is True


@pytest.mark.parametrize("username", ["yima.shuiwu.clerk", "yunyang.bureau.clerk", "yima.platform"])
def test_a_grant_of_others_is_not_there(grant: dict[str, Any], here: World, reader: Open, username: str) -> None:
    stranger = reader(username)
    assert stranger.client.get(f"/grants/{grant['id']}").status_code == 404
    assert stranger.sends(f"/grants/{grant['id']}/revoke", REASON).status_code in (403, 404)
    assert stored(here)["usable"] is True
    assert reader(BUREAU).client.get("/grants/9999").status_code == 404


@pytest.mark.parametrize("reason", ["", "   ", "长" * 4001, "甲\u0000乙"])
def test_without_a_reason_that_can_be_kept_nothing_is_revoked(
    grant: dict[str, Any], here: World, reader: Open, reason: str
) -> None:
    answered = reader(PROVIDER).sends(f"/grants/{grant['id']}/revoke", {**REASON, "reason": reason})
    assert answered.status_code == 422
    assert 'href="#revoke-reason"' in answered.text
    assert stored(here)["usable"] is True


def test_who_comes_second_is_told_when_it_was_revoked(grant: dict[str, Any], here: World, reader: Open) -> None:
    path = f"/grants/{grant['id']}/revoke"
    assert reader(PROVIDER).sends(path, REASON).status_code == 303
    late = reader(BUREAU).sends(path, {**REASON, "reason": "另一理由"})
    assert late.status_code == 409
    assert "2026-02-12" in late.text
    assert stored(here)["reason"] == REASON["reason"]


def test_a_revocation_names_the_text_that_it_rests_on_where_the_regulation_wants_one(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    answered = reader(PROVIDER).sends(f"/grants/{grant['id']}/revoke", {"reason": REASON["reason"]})
    assert answered.status_code == 422
    assert 'href="#revoke-basis"' in answered.text
    assert stored(here)["usable"] is True


def test_the_holder_renews_with_one_click(grant: dict[str, Any], here: World, reader: Open) -> None:
    path = f"/grants/{grant['id']}"
    assert not reader(PROVIDER).gets(path).xpath(f"//form[@action='{path}/renew']")
    holder = reader(HOLDER)
    assert holder.gets(path).xpath(f"//form[@action='{path}/renew']")
    answered = holder.sends(f"{path}/renew", {})
    assert answered.status_code == 303
    opened = holder.gets(answered.headers["Location"])
    assert SHARE["resource"] in words(opened) or opened.xpath("//h1")
    assert reader(PROVIDER).sends(f"{path}/renew", {}).status_code == 403


# the list


def listed(page: Any) -> list[str]:
    return [cell.text_content() for cell in page.xpath("//section[@id='list']//td[contains(@class,'gw-c-main')]/small")]


def test_each_side_finds_its_grants_and_nobody_those_of_others(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    number = grant["number"]
    assert listed(reader(HOLDER).gets("/grants")) == listed(reader(PROVIDER).gets("/grants")) == [number]
    assert listed(reader(HOLDER).gets("/grants?role=held")) == [number]
    assert listed(reader(HOLDER).gets("/grants?role=provided")) == []
    assert listed(reader(PROVIDER).gets("/grants?role=provided")) == [number]
    for everything in (BUREAU, "yima.bureau.supervisor", "yima.platform", "admin"):
        assert listed(reader(everything).gets("/grants")) == [number], everything
    for path in ("/grants", f"/catalogue/{SHARE['resource']}"):
        leads = "//main//a[starts-with(@href, '/grants/')]"
        assert reader("yima.platform").gets(path).xpath(leads) == [], path
        assert len(reader(BUREAU).gets(path).xpath(leads)) == 1, path
    for stranger in ("yima.shuiwu.clerk", "yunyang.bureau.clerk", "yunyang.platform"):
        assert listed(reader(stranger).gets("/grants")) == [], stranger
        assert listed(reader(stranger).gets("/grants?department=gongan")) == []


def test_the_list_is_filtered_by_state_holder_provider_entry_and_end(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    one, number = reader(BUREAU), grant["number"]
    fits = ("state=active", "department=gongan", "provider=minzheng", f"resource={SHARE['resource']}")
    for asked in fits:
        assert listed(one.gets(f"/grants?{asked}")) == [number], asked
    others = ("state=revoked", "state=expired", "department=shuiwu", "provider=gongan", "resource=XX", "ends_within=30")
    for asked in others:
        assert listed(one.gets(f"/grants?{asked}")) == [], asked
    for odd in ("state=x", "role=x", "ends_within=x", "sort=x"):
        assert listed(one.gets(f"/grants?{odd}")) == [number], odd
    assert one.client.get("/grants?after=x").status_code == 422


def test_the_page_says_what_revoking_will_do_before_it_is_done(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    asked = {"department": "gongan", "resource": SHARE["resource"], "items": ["name"], "grant": grant["number"]}
    assert done(here.api("yima.platform").post("/grants/check", asked))["allowed"] is True
    page = reader(PROVIDER).gets(f"/grants/{grant['id']}")
    [told] = page.xpath("//form[@id='revoke']//ul")
    for part in ("不再允许", "使用 1 次", "告知书"):
        assert part in told.text_content()


def test_the_page_tells_what_has_happened_to_the_grant_and_why(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    assert reader(PROVIDER).sends(f"/grants/{grant['id']}/revoke", REASON).status_code == 303
    told = [one.text_content() for one in reader(HOLDER).gets(f"/grants/{grant['id']}").xpath("//ol//li")]
    assert len(told) == 2
    assert "已撤销" in told[0]
    assert REASON["reason"] in told[0]


# the log of uses


def test_both_sides_read_the_log_of_uses_and_take_it_as_a_file(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    asked = {"department": "gongan", "resource": SHARE["resource"], "items": ["name"], "amount": 3}
    done(here.api("yima.platform").post("/grants/check", {**asked, "grant": grant["number"]}))
    done(here.api("yima.platform").post("/grants/check", {**asked, "purpose": "=HYPERLINK(1)"}))
    for who in (HOLDER, PROVIDER, BUREAU):
        assert len(reader(who).gets("/uses").xpath("//section[@id='list']//tbody/tr")) == 2, who
    for who, side, lines in ((HOLDER, "used", 2), (HOLDER, "supplied", 0), (PROVIDER, "supplied", 2)):
        found = reader(who).gets(f"/uses?side={side}").xpath("//section[@id='list']//tbody/tr")
        assert len(found) == lines, (who, side)
    assert not reader("yima.shuiwu.clerk").gets("/uses").xpath("//section[@id='list']//tbody/tr")
    written = reader(PROVIDER).client.get("/uses.csv").get_data(as_text=True)
    head, second, first = written.removeprefix("\ufeff").splitlines()
    assert head.startswith("时间,使用部门,使用部门代码,提供部门")
    for named in ("义马市公安局,gongan", "义马市民政局,minzheng", f",{SHARE['resource']},姓名,name,"):
        assert named in first
    assert grant["number"] in first
    assert "'=HYPERLINK(1)" in second
    assert "2026-02-12 10:00:00" in first
    assert len(reader("yima.shuiwu.clerk").client.get("/uses.csv").get_data(as_text=True).splitlines()) == 1
    only = f"/uses.csv?from=2026-02-12&to=2026-02-12&grant={grant['number']}"
    assert len(reader(BUREAU).client.get(only).get_data(as_text=True).splitlines()) == 2
    assert len(reader(BUREAU).client.get("/uses.csv?to=2026-02-11").get_data(as_text=True).splitlines()) == 1


def test_a_day_that_is_none_is_told_at_its_field(here: World, reader: Open) -> None:
    assert reader(BUREAU).client.get("/uses?from=2026-02-31").status_code == 422


def test_a_suspended_grant_says_why_and_leads_to_its_review_and_not_past_it(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    begun = {
        "trigger": "duties",
        "changed_on": "2026-02-12",
        "description": "职责调整",
        "resources": [SHARE["resource"]],
    }
    case = here.open_case(PROVIDER, "catalogue_update", begun)
    withheld = {"share_type": "withheld", "basis_kind": "law", "basis_text": "《个人信息保护法》第三十四条"}
    here.complete(
        case["id"], "draft_update", {"changes": [{"resource": SHARE["resource"], "action": "change", **withheld}]}
    )
    here.complete(case["id"], "review_update", {"decision": "pass"})
    page = reader(PROVIDER).gets(f"/grants/{grant['id']}")
    assert not revokes(page)
    [review] = done(here.api(PROVIDER).get("/cases", procedure="grant_review"))["items"]
    assert page.xpath(f"//a[@href='/cases/{review['id']}']")
    assert "已改为不予共享" in words(page)
    assert "已中止" in words(reader(HOLDER).gets("/grants?state=suspended"))
    assert reader(PROVIDER).sends(f"/grants/{grant['id']}/revoke", REASON).status_code == 409


def test_a_revocation_is_shown_before_it_is_sent_and_changes_nothing(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    one, path = reader(PROVIDER), f"/grants/{grant['id']}"
    shown = one.sends(f"{path}/revoke", {**REASON, "preview": "yes"})
    assert shown.status_code == 200
    page = html.document_fromstring(shown.text)
    told = words(page.xpath("//section[@class='gw-tried']")[0])
    assert f"将撤销共享授权{grant['number']}" in told
    assert "理由：用途已经终止" in told
    assert "先由双方协商" in told
    assert stored(here)["state"] == "active"
    [in_earnest] = page.xpath("//section[@class='gw-tried']//form/@data-confirm")
    assert grant["number"] in in_earnest
    again = {field.get("name"): field.get("value") for field in page.xpath("//section[@class='gw-tried']//input")}
    assert again.items() >= REASON.items()
    assert one.sends(f"{path}/revoke", {**REASON, "preview": "yes", "reason": ""}).status_code == 422
    assert (
        one.sends(f"{path}/revoke", {name: text for name, text in again.items() if name != "csrf_token"}).status_code
        == 303
    )
    assert stored(here)["state"] == "revoked"


def test_a_suspended_grant_is_offered_back_only_where_its_entry_bears_it(
    grant: dict[str, Any], here: World, reader: Open
) -> None:
    code = SHARE["resource"]
    basis = {"share_type": "withheld", "basis_kind": "law", "basis_text": "《个人信息保护法》第三十四条"}
    begun = {"trigger": "law", "changed_on": "2026-01-05", "description": "法律修订", "resources": [code]}
    update = here.open_case(PROVIDER, "catalogue_update", begun)["id"]
    here.complete(update, "draft_update", {"changes": [{"resource": code, "action": "change", **basis}]})
    if "review_update" in here.open_tasks(update):
        here.complete(update, "review_update", {"decision": "pass"})
    [review] = done(here.api("admin").get("/cases", procedure="grant_review", jurisdiction="yima"))["items"]
    task = here.open_tasks(review["id"])["decide_grant"]["id"]
    offered = reader(PROVIDER).gets(f"/inbox/tasks/{task}").xpath("//input[@name='decision']/@value")
    assert offered == ["revoke"]
    refused = here.api(PROVIDER).post(f"/tasks/{task}/complete", {"data": {"decision": "keep"}})
    assert "已改为不予共享" in str(done(refused, 422)["errors"]["decision"])
