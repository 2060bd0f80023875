"""What people read holds no code of ours, no word that claims too much and no brace that nobody has filled: a walk
over every kind of page, while cases of each procedure go their longest ways."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests import world
from tests.procedures.expected import PLACES
from tests.procedures.grant_story import ADVERSE, Story
from tests.procedures.playing import PROCEDURES, Cell, Player, cells
from tests.web.test_words_of_a_regulation import FORBIDDEN
from tests.world import World, done

Open = Callable[..., Any]
WAYS = {
    "jiangmen": "withheld_answered_and_accepted need_supplied by_item",
    "yima": "counter_proposal_signed need_entry_returned returned_and_resubmitted",
    "jiangsu": "ladder_inside_a_city other_department_right transfer_refused_and_decided",
    "yinchuan": "agreement_after_a_dispute complaint_of_a_citizen_who_is_right",
    "yunyang": "next_body_shares_partly entry_withdrawn_meanwhile extension_consented recused_bureau",
}
"""Each regulation goes ways of its own; together they pass every kind of step."""
PAGES = """/inbox /cases /start /notices /catalogue /grants /uses /catalogue/responsibility"""
OF_ADMIN = """/admin/rules?jurisdiction={place} /admin/calendar /admin/departments /admin/incidents
    /admin/calendar/notice"""
KNOWN = frozenset(["English"])
"""What stands in Latin letters on a Chinese page, and may."""
CODE = re.compile(r"\b[a-z][a-z0-9]*(?:[_.][a-z0-9]+)+\b|\{[\w.]*\}|%\(\w+\)s|\b[a-z]{3,}\b")
"""A name with an underscore or a dot, a brace, or a bare word in small letters."""


@dataclass
class Sweep:
    """Reads pages as their readers do, and keeps what nobody should read."""

    here: World
    reader: Open
    place: str
    found: dict[str, set[str]] = field(default_factory=dict)
    readers: dict[str, Any] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def reads(self, who: str, path: str) -> Any:
        one = self.readers.get(who) or self.readers.setdefault(who, self.reader(who))
        response = one.client.get(path)
        if response.status_code != 200:
            return None
        page = html.document_fromstring(response.text)
        kind = re.sub(r"[A-Z]{2}-[\w-]+|\d+", "*", path)
        for wrong in set(self.wrong(page)):
            self.found.setdefault(wrong, set()).add(kind)
        return page

    def wrong(self, page: Any) -> Iterator[str]:
        for one in page.xpath("//script|//style|//code|//pre|//input|//textarea|//datalist|//option[@data-code]"):
            one.drop_tree()
        for text in page.xpath("//text()[normalize-space()]"):
            said = " ".join(str(text).split())
            yield from (f"{code} in {said[:80]}" for code in CODE.findall(said) if code not in KNOWN)
            yield from (f"{word} in {said[:80]}" for word in FORBIDDEN if word in said)

    def case(self, case_id: int) -> None:
        """The case as everybody who may sees it, its letters and its clocks, and each open task by whoever holds it."""
        case = self.here.case(case_id)
        for task in case["tasks"]:
            if task["status"] == "open" and task["department"]:
                self.reads(self.here.holder(task), f"/inbox/tasks/{task['id']}")
        page = self.reads("admin", f"/cases/{case_id}")
        for path in page.xpath("//a[starts-with(@href, '/letters/') or starts-with(@href, '/deadlines/')]/@href"):
            if path not in self.seen:
                self.seen.add(path)
                self.reads("admin", path)


class Walker(Player):
    sweep: Sweep

    def _take(self, step: Any) -> None:
        if self.case:
            self.sweep.case(self.case["id"])
        super()._take(step)


def ways(place: str) -> Iterator[Cell]:
    for procedure in PROCEDURES:
        for cell in cells(procedure):
            if cell.place == place and cell.outcome in WAYS[place].split() and "never" not in cell.course:
                yield cell


@pytest.mark.parametrize("place", PLACES)
def test_no_page_shows_codes_or_words_that_claim_too_much(
    here: World, reader: Open, place: str, laid_out: Path, tmp_path: Path
) -> None:
    sweep = Sweep(here, reader, place)
    for number, cell in enumerate(ways(place)):
        shutil.copy(laid_out, tmp_path / f"{number}.sqlite3")
        with world.opened(here.app, f"sqlite:///{tmp_path / f'{number}.sqlite3'}") as own:
            walker = Walker(own, cell)
            walker.sweep = replace(sweep, here=own, readers={}, seen=set())
            walker.play()
            walker.sweep.case(walker.case["id"])
    story = Story(here, place)
    sweep.case(story.case["id"])
    story.change(share_type="withheld", basis_kind="law", basis_text="《个人信息保护法》第三十四条")
    review = story.review()
    sweep.case(review["id"])
    story.answer(review, "decide_grant", {"decision": "revoke", **ADVERSE})
    sweep.case(review["id"])
    for who in ("renshe.clerk", "bureau.supervisor"):
        for path in PAGES.split():
            sweep.reads(f"{place}.{who}", path)
    for grant in done(here.api("admin").get("/grants"))["items"][:5]:
        sweep.reads(f"{place}.renshe.clerk", f"/grants/{grant['id']}")
    for entry in done(here.api("admin").get("/catalogue/resources", jurisdiction=place, limit=50))["items"][:3]:
        sweep.reads(f"{place}.renshe.clerk", f"/catalogue/{entry['code']}")
        sweep.reads(f"{place}.renshe.clerk", f"/start?procedure=conditional_share&resource={entry['code']}")
    for procedure in (*PROCEDURES, "data_need", "grant_review"):
        sweep.reads(f"{place}.renshe.clerk", f"/start?procedure={procedure}")
        sweep.reads(f"{place}.renshe.clerk", f"/start?procedure={procedure}&resource=JM-GA-002")
    for path in OF_ADMIN.format(place=place).split():
        sweep.reads("admin", path)
    assert sweep.found == {}
