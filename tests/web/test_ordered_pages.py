"""Pages of a case under a date that a body has ordered (an invented regulation, `tests/procedures/sixth`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.procedures.test_ordered_dates import FRIDAY, LIMIT, clocks, lay_out_sixth, ordered
from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]


def test_an_ordered_date_is_shown_as_ordered_and_never_as_a_target_of_ours(
    here: World, reader: Open, tmp_path: Path
) -> None:
    lay_out_sixth(here, tmp_path)
    case_id = ordered(here, FRIDAY)
    [clock] = clocks(here, case_id, LIMIT)
    admin = reader("admin")
    page = words(admin.gets(f"/deadlines/{clock['id']}"))
    assert "责令期限" in page
    assert "星安市数据局在“下达整改通知”中依第二十五条责令" in page
    assert "第二十五条" in page
    assert "内部目标" not in page.replace("内部目标管理", "")
    assert "0个工作日" not in page
    story = words(admin.gets(f"/cases/{case_id}"))
    assert "责令期限" in story
