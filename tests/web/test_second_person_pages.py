"""A body that reviews what it has drafted itself: the drafter reads why not, everybody that it is a self-review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.accounts import account_named
from tests.procedures.test_second_person import drafted, reviewed
from tests.web.markup import words
from tests.world import World, done


def test_the_page_tells_the_drafter_why_not_and_calls_it_a_self_review(here: World, reader: Callable[..., Any]) -> None:
    case = drafted(here, "yima")
    review = f"/inbox/tasks/{here.open_tasks(case)['review_update']['id']}"
    own = reader("yima.bureau.clerk").gets(review)
    assert "须由本部门另一人办理" in words(own)
    assert not own.xpath("//form[@id='answer']")
    assert reader("yima.bureau.supervisor").gets(review).xpath("//form[@id='answer']")
    done(reviewed(here, "yima", "bureau.clerk2", case))
    told = words(reader("yima.bureau.clerk").gets(f"/cases/{case}"))
    assert "自编自审：义马市政务服务和大数据管理局编制的内容由本部门审核" in told
    assert "自编自审：“审核目录变更”由编制部门的另一人办理" in told


def test_a_review_is_offered_to_no_drafter_and_an_office_of_one_reads_that_it_has_no_second_person(
    here: World, reader: Callable[..., Any]
) -> None:
    case = drafted(here, "yima")
    review = f"/inbox/tasks/{here.open_tasks(case)['review_update']['id']}"
    offered = reader("yima.bureau.supervisor").gets(review).xpath("//select[@id='to']/option/@value")
    assert "yima.bureau.clerk2" in offered
    assert "yima.bureau.clerk" not in offered
    with here.database.transaction() as session:
        for name in ("clerk2", "supervisor"):
            account_named(session, f"yima.bureau.{name}").active = False
    case = drafted(here, "yima")
    for name in ("admin", "yima.bureau.clerk"):
        assert "没有可以办理的人员" in words(reader(name).gets("/notices"))
    assert "没有可以办理" in words(reader("admin").gets(f"/cases/{case}"))


def test_case_and_inbox_offer_the_drafter_nothing_that_only_somebody_else_can_do(
    here: World, reader: Callable[..., Any]
) -> None:
    clerk = reader("yima.bureau.clerk")
    for drafter, offered in (("bureau.clerk", 0), ("bureau.clerk2", 1)):
        case = drafted(here, "yima", drafter)
        task = here.open_tasks(case)["review_update"]["id"]
        for page in (f"/cases/{case}", f"/inbox?chosen={task}"):
            read = clerk.gets(page)
            assert len(read.xpath(f"//a[contains(@class, 'btn-primary')][@href='/inbox/tasks/{task}']")) == offered
            assert ("须由本部门另一人办理" in words(read)) is not bool(offered)
