"""A body that reviews what it has drafted itself: the drafter reads why not, everybody that it is a self-review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
