"""What somebody without an account is shown: the open catalogue, and nothing else by any way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select

from app.catalogue.models import Resource
from app.catalogue.open_catalogue import is_open
from tests.web.markup import without_token, words
from tests.world import World, done

Open = Callable[..., Any]
PLACES = ("yinchuan", "yunyang")
HIDDEN = ("GA-003", "GA-101", "WJ-102", "MZ-101", "UN-002")
"""Withheld, sensitive, both, or not published."""
SECRET_NAMES = ("案件证据材料目录信息", "常住人口基本信息", "严重精神障碍患者管理信息", "婚姻登记信息", "未发布信息")


@pytest.mark.parametrize("place", PLACES)
def test_the_public_list_holds_the_open_catalogue_and_nothing_else(here: World, reader: Open, place: str) -> None:
    with here.database.transaction(write=False) as session:
        entries = session.scalars(select(Resource).where(Resource.jurisdiction == place)).all()
        opened = {one.name for one in entries if is_open(one)}
        others = {one.name for one in entries if not is_open(one)}
    listed = set(reader().gets(f"/report/{place}").xpath("//ul[@class='gw-lines']/li/a/text()"))
    assert listed == opened
    assert opened
    assert not listed & others


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", SECRET_NAMES)
def test_no_search_finds_what_is_not_open(reader: Open, place: str, name: str) -> None:
    for part in (name, name[:2], name[-4:]):
        listed = reader().gets(f"/report/{place}?q={part}").xpath("//ul[@class='gw-lines']/li/a/text()")
        assert name not in listed


@pytest.mark.parametrize(("place", "prefix"), [("yinchuan", "YC"), ("yunyang", "YY")])
@pytest.mark.parametrize("code", HIDDEN)
def test_what_is_not_open_is_answered_like_what_is_not_there(reader: Open, place: str, prefix: str, code: str) -> None:
    for way in ("", "/fields"):
        asked, unknown = (f"/report/{place}{way}?resource={prefix}-{one}" for one in (code, "NO-999"))
        stranger = reader()
        if way:
            answers = [stranger.sends(one, {"doubt": "有误"}) for one in (asked, unknown)]
        else:
            answers = [stranger.client.get(one) for one in (asked, unknown)]
        assert [one.status_code for one in answers] == [404, 404]
        known, strange = (without_token(one.text) for one in answers)
        assert known.replace(asked, "") == strange.replace(unknown, "")


def test_a_receipt_does_not_say_who_holds_what_has_become_withheld(here: World, reader: Open) -> None:
    stranger = reader()
    assert stranger.sends("/report/yunyang?resource=YY-MZ-002", {"items": "name", "doubt": "有误"}).status_code == 303
    assert "民政局" in words(stranger.gets("/receipt"))
    with here.database.transaction() as session:
        entry = session.scalars(select(Resource).where(Resource.code == "YY-MZ-002")).one()
        entry.share_type = "withheld"
    assert "民政局" not in words(stranger.gets("/receipt"))


@pytest.mark.parametrize(("place", "prefix"), [("yinchuan", "YC"), ("yunyang", "YY")])
def test_what_the_list_does_not_hold_is_reported_in_words_and_the_bureau_passes_it_on(
    here: World, reader: Open, place: str, prefix: str
) -> None:
    """Neither the form nor the receipt names an entry that is not open, nor who holds it."""
    stranger = reader()
    assert f"/report/{place}?unlisted=1" in stranger.gets(f"/report/{place}").xpath("//a/@href")
    form = stranger.gets(f"/report/{place}?unlisted=1")
    assert not [name for name in SECRET_NAMES if name in words(form)]
    sent = {"unlisted": "自助机上显示的登记信息", "doubt": "姓名写错一字"}
    where = f"/report/{place}?unlisted=1"
    forged = stranger.sends(where, {**sent, "resource": f"{prefix}-GA-003", "unlisted": ""})
    assert forged.status_code == 422
    taken = stranger.sends(where, sent)
    assert taken.status_code == 303, words(html.document_fromstring(taken.text))
    [case] = done(here.api(f"{place}.bureau.clerk").get("/cases", procedure="data_error"))["items"]
    [task] = here.open_tasks(case["id"]).values()
    assert (task["key"], task["department"]) == ("find_entry", "bureau")
    here.complete(case["id"], "find_entry", {"entry": f"{prefix}-GA-003"})
    here.complete(case["id"], "verify_error", {"finding": "error", "explanation": "录入有误"})
    here.complete(case["id"], "correct_error", {"correction": "已更正"})
    told = words(stranger.gets("/receipt"))
    assert "自助机上显示的登记信息" in told
    assert "请向主管部门领取" in told
    assert not [name for name in (*SECRET_NAMES, "公安局", f"{prefix}-GA-003") if name in told]
    assert stranger.sends(where, {"unlisted": "", "doubt": "有误"}).status_code == 422
