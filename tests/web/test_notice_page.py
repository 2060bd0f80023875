"""An administrator enters a notice or local days: tried out on all open deadlines first, then in earnest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_access import SHARE

from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
PATH = "/admin/calendar/notice"
CLOSED = {"kind": "local", "jurisdiction": "yima", "title": "机房割接", "days": "2026-02-13 闭 机房割接 / Cut-over"}
HOLIDAY = CLOSED | {"number": "义政〔2026〕3号", "days": "2026-02-13 休 市庆"}
YEAR = {
    "kind": "year",
    "year": "2027",
    "title": "2027年放假通知",
    "number": "国办发明电〔2026〕1号",
    "days": "2027-01-01..2027-01-03 休 元旦\n2027-02-05..2027-02-11 休 春节\n2027-02-20 班\n2027-04-05 休 清明节\n"
    "2027-05-01..2027-05-04 休 劳动节\n2027-06-09 休 端午节\n2027-09-15 休 中秋节\n2027-10-01..2027-10-05 休 国庆节",
}
SHORT = YEAR | {"days": "2027-01-01 休 元旦"}


@pytest.fixture
def statutory(here: World) -> Any:
    """A case whose clock the law sets: five working days from the twelfth of February 2026."""
    return here.open_case("yima.gongan.clerk", "conditional_share", SHARE)


@pytest.fixture
def internal(here: World) -> Any:
    return here.open_case(
        "yima.gongan.clerk", "data_error", {"resource": "YM-MZ-002", "items": ["name"], "doubt": "有误"}
    )


def due(here: World, case: Any) -> str:
    return str(here.case(case["id"])["deadlines"][0]["due_on"])


def versions(here: World) -> int:
    with here.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("select count(*) from calendar_version").scalar_one())


def test_a_preview_lists_what_would_move_and_changes_nothing(here: World, reader: Open, statutory: Any) -> None:
    before, known = due(here, statutory), versions(here)
    answered = reader("admin").sends(PATH, HOLIDAY)
    assert answered.status_code == 200
    assert statutory["number"] in answered.text
    assert 'name="apply"' in answered.text
    assert HOLIDAY["days"] in answered.text
    assert (due(here, statutory), versions(here)) == (before, known)
    assert here.events(statutory["id"], "clock.recounted") == []


def test_what_was_foretold_comes_true(here: World, reader: Open, statutory: Any) -> None:
    admin, before = reader("admin"), due(here, statutory)
    [row] = _rows(admin.sends(PATH, HOLIDAY).text)
    answered = admin.sends(PATH, HOLIDAY | {"apply": "yes"})
    assert answered.status_code == 303
    assert answered.headers["Location"].startswith("/admin/calendar?scope=yima")
    after = due(here, statutory)
    assert after > before
    assert after[5:] in row
    assert [one["actor"] for one in here.events(statutory["id"], "clock.recounted")] == ["admin"]
    assert "市庆" in words(admin.gets("/admin/calendar?scope=yima&year=2026"))


def _rows(text: str) -> list[str]:
    from lxml import html

    page = html.document_fromstring(text)
    return [words(one) for one in page.xpath("//section[@aria-labelledby='moves']//tbody/tr")]


def test_a_closure_moves_internal_targets_and_no_period_set_by_law(
    here: World, reader: Open, statutory: Any, internal: Any
) -> None:
    law, own = due(here, statutory), due(here, internal)
    assert reader("admin").sends(PATH, CLOSED | {"apply": "yes"}).status_code == 303
    assert due(here, statutory) == law
    assert due(here, internal) > own


def test_a_notice_entered_twice_is_one_notice(here: World, reader: Open, statutory: Any) -> None:
    admin = reader("admin")
    for _ in range(2):
        assert admin.sends(PATH, HOLIDAY | {"apply": "yes"}).status_code == 303
    assert "此前已经录入" in words(admin.gets("/admin/calendar?scope=yima"))
    assert len(here.events(statutory["id"], "clock.recounted")) == 1
    assert "不会产生变更" in admin.sends(PATH, HOLIDAY).text


def test_a_yearly_notice_makes_the_year_firm(here: World, reader: Open) -> None:
    admin = reader("admin")
    assert "2027" in admin.sends(PATH, YEAR).text
    assert admin.sends(PATH, YEAR | {"apply": "yes"}).status_code == 303
    page = words(admin.gets("/admin/calendar?scope=cn&year=2027"))
    assert YEAR["number"] in page
    assert "春节" in page


def test_a_yearly_notice_without_a_holiday_is_entered_only_with_an_explicit_yes(here: World, reader: Open) -> None:
    admin, known = reader("admin"), versions(here)
    for sent in (SHORT, SHORT | {"apply": "yes"}):
        refused = admin.sends(PATH, sent)
        assert refused.status_code == 422
        assert "缺少国庆节" in refused.text
        assert "缺少端午节" in refused.text
        assert 'name="accept_missing"' in refused.text
    assert versions(here) == known
    tried = admin.sends(PATH, SHORT | {"accept_missing": "yes"})
    assert tried.status_code == 200
    assert "仍为暂定" in tried.text
    assert admin.sends(PATH, SHORT | {"accept_missing": "yes", "apply": "yes"}).status_code == 303
    assert "未列明国庆节" in words(admin.gets("/admin/calendar?scope=cn&year=2027"))


def test_a_year_without_local_days_is_entered_on_the_page(here: World, reader: Open) -> None:
    admin = reader("admin")
    assert "2026年的地方放假通知尚未录入" in words(admin.gets("/admin/calendar?scope=yinchuan&year=2026"))
    none = {"kind": "none", "jurisdiction": "yinchuan", "year": "2026", "title": "本年无地方放假安排", "days": ""}
    assert admin.sends(PATH, none | {"days": "2026-03-20 休 开斋节"}).status_code == 422
    assert admin.sends(PATH, none | {"year": ""}).status_code == 422
    assert admin.sends(PATH, none | {"apply": "yes"}).status_code == 303
    assert "尚未录入" not in words(admin.gets("/admin/calendar?scope=yinchuan&year=2026"))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "weekly"}, "kind"),
        ({"year": ""}, "year"),
        ({"year": "1850"}, "year"),
        ({"year": "二〇二七"}, "year"),
        ({"title": ""}, "title"),
        ({"title": "长" * 401}, "title"),
        ({"number": ""}, "number"),
        ({"source": "a\u0000b"}, "source"),
        ({"days": ""}, "days"),
        ({"days": "2027-01-01 元旦"}, "days"),
        ({"days": "2027-01-01 休 元\u200b\u0000旦"}, "days"),
        ({"kind": "local", "jurisdiction": "nowhere"}, "jurisdiction"),
    ],
)
@pytest.mark.parametrize("apply", [{}, {"apply": "yes"}])
def test_what_is_wrong_comes_back_beside_its_field(
    here: World, reader: Open, wrong: dict[str, str], field: str, apply: dict[str, str]
) -> None:
    known = versions(here)
    answered = reader("admin").sends(PATH, YEAR | wrong | apply)
    assert answered.status_code == 422
    assert f'href="#notice-{field}"' in answered.text
    assert 'name="apply"' not in answered.text
    assert versions(here) == known


def test_only_administrators_enter_notices(here: World, reader: Open) -> None:
    known = versions(here)
    for username in ("yima.bureau.clerk", "yima.bureau.supervisor", "yima.minzheng.head", "yima.platform"):
        one = reader(username)
        assert one.client.get(PATH).status_code == 403
        assert one.sends(PATH, HOLIDAY | {"apply": "yes"}).status_code == 403
    assert PATH not in reader("yima.bureau.clerk").client.get("/admin/calendar").text
    assert PATH in reader("admin").client.get("/admin/calendar").text
    assert reader("admin").sends(PATH, HOLIDAY | {"apply": "yes"}, token=False).status_code == 400
    assert versions(here) == known
