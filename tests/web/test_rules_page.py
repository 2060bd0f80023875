"""The rules of a regulation are words in both languages: titles out of the data, no codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select

from app.accounts import Account
from tests.web.markup import words
from tests.world import World, done

Open = Callable[..., Any]
SHARE = {
    "resource": "JM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
VALUES = "//table[contains(@class, 'gw-rules')]//td[contains(@class, 'gw-value')]"


@pytest.mark.parametrize("place", ["jiangmen", "jiangsu", "yima", "yinchuan", "yunyang"])
def test_no_value_is_shown_as_its_code(reader: Open, place: str) -> None:
    admin = reader("admin")
    shown = [words(one) for one in admin.gets(f"/admin/rules?jurisdiction={place}").xpath(VALUES)]
    assert len(shown) > 40
    assert [one for one in shown if re.search("[a-z]", one)] == []
    admin.sends("/language", {"language": "en", "next": "/"})
    english = [words(one) for one in admin.gets(f"/admin/rules?jurisdiction={place}").xpath(VALUES)]
    assert [one for one in english if "_" in one or one in ("dispute", "sharing", "bureau", "departments")] == []


def test_the_titles_of_codes_come_from_the_procedures(reader: Open) -> None:
    page = words(reader("admin").gets("/admin/rules?jurisdiction=yinchuan"))
    for said in ("共享平台、开放平台", "数据需求方、公民、法人和其他组织", "向主管部门申诉"):
        assert said in page


def test_a_change_of_an_internal_target_still_to_come_is_announced(reader: Open) -> None:
    admin, form = reader("admin"), {"value": "3", "from_on": "2026-03-16", "source": "办公会议定"}
    assert admin.sends("/admin/rules/yima/data_error.reply", form).status_code == 303
    panel = words(admin.gets("/admin/rules?jurisdiction=yima").xpath("//section[@aria-labelledby='pending-1']")[0])
    assert "办公会议定" in panel
    assert panel.endswith("3个工作日办公会议定")


LOST = "/admin/rules/jiangmen/conditional_share.reply"
PRINTED = {"value": "7", "from_on": "2026-01-01", "source": "江门市人民政府公报2025年第4期"}


def proposes(one: Any, form: str, sent: dict[str, str], path: str = LOST) -> str:
    """The page of the proposal."""
    answered = one.sends(f"{path}/{form}", sent)
    assert answered.status_code == 303, answered.text
    return str(answered.headers["Location"])


def test_a_number_that_the_copy_has_lost_is_entered_from_the_published_text(here: World, reader: Open) -> None:
    """PROCEDURES: the adopted text has one; it then binds as the law does, also in cases that are open, once a second
    administrator has confirmed it."""
    case = here.open_case("jiangmen.renshe.clerk", "conditional_share", SHARE)
    [before] = case["deadlines"]
    assert before["kind"] == "internal"
    page = proposes(reader("admin"), "number", PRINTED)
    assert here.case(case["id"])["deadlines"] == [before]
    assert reader("admin").sends(page, {"apply": "yes"}).status_code == 403
    tried = reader("admin2").sends(page)
    assert case["number"] in tried.text, "what would move"
    assert here.case(case["id"])["deadlines"] == [before]
    assert reader("admin2").sends(page, {"apply": "yes"}).status_code == 303
    [after] = here.case(case["id"])["deadlines"]
    assert (after["kind"], after["article"]) == ("statutory", "21")
    assert after["due_on"] != before["due_on"]
    told = words(reader("admin").gets(LOST))
    assert PRINTED["source"] in told
    with here.database.transaction(write=False) as session:
        for name in session.scalars(select(Account.name).where(Account.username.in_(("admin", "admin2")))):
            assert name in told, "people are told by their names"
    assert "admin" not in told


def test_what_was_entered_can_be_taken_back(here: World, reader: Open) -> None:
    admin = reader("admin")
    case = here.open_case("jiangmen.renshe.clerk", "conditional_share", SHARE)
    reader("admin2").sends(proposes(admin, "number", PRINTED), {"apply": "yes"})
    assert here.case(case["id"])["deadlines"][0]["kind"] == "statutory"
    assert admin.sends(f"{LOST}/drop", {}).status_code == 404, "one person alone takes no law back"
    reader("admin2").sends(proposes(admin, "end", {"source": "误录"}), {"apply": "yes"})
    said = [(one["kind"], one["length"], one["due_on"]) for one in here.case(case["id"])["deadlines"]]
    assert said == [(one["kind"], one["length"], one["due_on"]) for one in case["deadlines"]]


REPLY = "/admin/rules/yima/conditional_share.reply"
FIGURE = {
    "superior": "order_809", "article": "12", "type": "days", "value": "3", "unit": "days", "from_on": "2025-08-01",
    "source": "国务院公报2025年第18号",
}  # fmt: skip


def test_what_a_superior_text_says_is_shown_with_both_levels(reader: Open) -> None:
    """PROCEDURES, counting rule 12; and 规定 for a normative document, 法定 for an administrative regulation."""
    page = proposes(reader("admin"), "superior", FIGURE, REPLY)
    waits = words(reader("admin2").gets("/admin/rules?jurisdiction=yima"))
    assert "待确认" in waits
    shown = words(reader("admin2").gets(page))
    for said in ("《政务数据共享条例》", "第十二条", "国务院公报2025年第18号", "第十五条"):
        assert said in shown
    reader("admin2").sends(page, {"apply": "yes"})
    rules = reader("admin").gets("/admin/rules?jurisdiction=yima")
    [row] = rules.xpath("//tr[.//code[text()='conditional_share.reply']]")
    assert "3个工作日另有规定：5个工作日法定《政务数据共享条例》第十二条" in words(row).replace(" ", "")
    assert "另有规定：《义马市政务信息资源共享管理暂行办法》第十五条规定" in words(row).replace(" ", "")


YIMA_SHARE = SHARE | {"resource": "YM-GA-002"}


def test_the_value_in_force_stands_beside_the_new_one_which_counts_here_alone(reader: Open) -> None:
    form = reader("admin").gets(REPLY)
    assert "5个工作日规定" in words(form.get_element_by_id("now").getparent().getparent()).replace(" ", "")
    assert "第十五条" in words(form.get_element_by_id("now").getparent().getparent())
    assert "只在义马市生效" in words(form.get_element_by_id("superior"))
    page = reader("admin2").gets(proposes(reader("admin"), "superior", FIGURE, REPLY))
    said = words(page.get_element_by_id("said").getparent().getparent()).replace(" ", "")
    assert "现行规定5个工作日规定" in said
    assert "第十五条新值3个工作日" in said
    assert "只在义马市" in said


def test_a_trial_names_first_what_is_overdue_at_once_and_counts_its_rows(here: World, reader: Open) -> None:
    """Yima Art. 15 gives five days: after four, three above them have passed."""
    here.at("2026-03-02T09:00:00+08:00")
    late = here.open_case("yima.renshe.clerk", "conditional_share", YIMA_SHARE)
    here.at("2026-03-06T10:00:00+08:00")
    fresh = here.open_case("yima.shuiwu.clerk", "conditional_share", YIMA_SHARE)
    page = proposes(reader("admin"), "superior", FIGURE, REPLY)
    moves = html.document_fromstring(reader("admin2").sends(page).text).get_element_by_id("moves")
    panel = moves.getparent().getparent()
    rows = [words(one) for one in panel.xpath(".//tbody/tr")]
    assert [number in row for number, row in zip((late["number"], fresh["number"]), rows, strict=True)] == [True, True]
    assert ["确认后即逾期" in row for row in rows] == [True, False]
    assert "2 项在办时限" in words(panel)
    assert [words(one) for one in panel.xpath(".//ul[@class='gw-tri']//b")] == ["2", "1", "0"]
    api = here.api("admin2")
    number = page.rpartition("/")[2]
    told = done(api.post(f"/jurisdictions/yima/rules/proposals/{number}/confirm", {"dry_run": True}))["moves"]
    assert {one["case"]: one["overdue"] for one in told} == {late["number"]: True, fresh["number"]: False}


def test_what_stays_as_it_is_is_a_row_and_counted_as_such(here: World, reader: Open) -> None:
    """Counting rule 10: what was missed stays missed, and the trial says so; its number is that of its rows."""
    here.open_case("yima.renshe.clerk", "conditional_share", YIMA_SHARE)
    here.at("2026-04-10T10:00:00+08:00")
    page = proposes(reader("admin"), "superior", FIGURE, REPLY)
    panel = html.document_fromstring(reader("admin2").sends(page).text).get_element_by_id("moves").getparent()
    assert "1 项在办时限" in words(panel)
    assert [words(one) for one in panel.getparent().xpath(".//ul[@class='gw-tri']//b")] == ["0", "0", "1"]
    [row] = panel.getparent().xpath(".//tbody/tr")
    assert "仍为逾期" in words(row)
    assert "确认后即逾期" not in words(row)


def test_a_proposal_can_be_withdrawn_on_its_page(reader: Open) -> None:
    page = proposes(reader("admin"), "superior", FIGURE, REPLY)
    assert reader("admin").sends(page, {"withdraw": "yes"}).status_code == 303
    assert reader("admin2").sends(page, {"apply": "yes"}).status_code == 409


@pytest.mark.parametrize("missing", ["article", "value", "source", "from_on", "superior"])
def test_a_superior_figure_without_its_source_comes_back_with_the_form(reader: Open, missing: str) -> None:
    refused = reader("admin").sends(f"{REPLY}/superior", FIGURE | {missing: ""})
    assert refused.status_code == 422
    assert "is-invalid" in refused.text


@pytest.mark.parametrize("missing", ["value", "from_on", "source"])
def test_a_lost_number_needs_all_that_makes_it_law(reader: Open, missing: str) -> None:
    admin = reader("admin")
    refused = admin.sends(f"{LOST}/number", PRINTED | {missing: ""})
    assert refused.status_code == 422
    assert "is-invalid" in refused.text
    assert PRINTED["source"] not in words(admin.gets(LOST))


def test_only_a_lost_number_can_be_entered_as_the_laws(reader: Open) -> None:
    admin = reader("admin")
    assert admin.sends("/admin/rules/yima/data_error.reply/number", PRINTED).status_code == 409
    assert admin.gets("/admin/rules/yima/data_error.reply").xpath("//form[@id='number']") == []
    assert reader("jiangmen.bureau.supervisor").sends(f"{LOST}/number", PRINTED).status_code == 403
