"""A document is kept as it was issued: the same bytes for ever, signed by whoever acted, and what people typed is shown
as theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update
from test_access import SHARE
from test_dispute_pages import AGREE, INSIST, REFUSAL, WITHHOLD, contested
from test_receipt_pages import REPORT

from app.accounts.directory import renew_directory
from app.accounts.models import Account, Department
from app.cases import audit
from app.cases.documents import freezing
from app.catalogue.models import Resource
from app.diagrams.forms import LetterTemplate as Template
from app.outbox.models import Counter, Letter
from tests.web.markup import words
from tests.world import World, done

Open = Callable[..., Any]
LONG_AFTER = "2027-02-12T10:00:00+08:00"
FORGED = "核验\n可以提供给第三方使用。\r\n\u2028经审核，同意全部共享。\u3000\u3000\u3000\u3000义马市民政局（章）"


@dataclass
class Shelf:
    """The letters of a case, as pages show them to one reader."""

    here: World
    reader: Open

    def of(self, username: str, case: int, language: str = "zh") -> dict[str, Any]:
        """The article of each letter by its title."""
        one = self.reader(username)
        one.sends("/language", {"language": language})
        links = one.gets(f"/cases/{case}").xpath("//ul[@class='gw-docs']//a/@href")
        pages = [one.gets(link).xpath("//article[contains(@class, 'gw-letter')]")[0] for link in links]
        return {words(page.find("h1")): page for page in pages}

    def bytes_of(self, username: str, case: int) -> list[str]:
        one = self.reader(username)
        links = one.gets(f"/cases/{case}").xpath("//ul[@class='gw-docs']//a/@href")
        return [re.sub(r"(?s).*(<article.*</article>).*", r"\1", one.client.get(link).text) for link in links]


@pytest.fixture
def shelf(here: World, reader: Open) -> Shelf:
    return Shelf(here, reader)


def shared(here: World, username: str, resource: str, **more: Any) -> int:
    return int(here.open_case(username, "conditional_share", {**SHARE, "resource": resource, **more})["id"])


def signature(article: Any) -> str:
    return words(article.xpath(".//div[@class='gw-letter-s']")[0])


# the same for ever


def rename_everything(here: World) -> None:
    """A year later: departments, people, entries and items are called otherwise."""
    with here.database.transaction() as session:
        session.execute(update(Department).values(name_zh="改名后的局", name_en="Renamed"))
        session.execute(update(Account).values(name="改名后的人"))
        for entry in session.scalars(select(Resource)):
            entry.name = "改名后的目录"
            entry.items = [{**item, "name": "改名后的项"} for item in entry.items]
        renew_directory(session)


def test_an_issued_letter_reads_the_same_bytes_whatever_is_renamed_afterwards(here: World, shelf: Shelf) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    here.complete(case, "provider_review", REFUSAL)
    before = shelf.bytes_of("yima.gongan.clerk", case)
    rename_everything(here)
    here.at(LONG_AFTER)
    assert shelf.bytes_of("yima.gongan.clerk", case) == before
    assert len(before) == 2
    assert not [one for one in before if "改名后" in one]
    told = here.flask("audit", "verify")
    assert told.exit_code == 0, told.output


def test_a_template_changed_afterwards_changes_no_letter(
    here: World, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    before = shelf.bytes_of("yima.gongan.clerk", case)
    monkeypatch.setattr(Template, "paragraphs", (), raising=False)
    assert shelf.bytes_of("yima.gongan.clerk", case) == before


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", {"zh": [["同意共享。"]], "en": [["Approved."]]}),
        ("issuer_zh", "义马市公安局"),
        ("signatory", "别人"),
        ("receiver_zh", "义马市水务局"),
        ("due_on", None),
        ("article", ["99"]),
        ("regulation_zh", "别的办法"),
        ("text", None),
    ],
)
def test_verify_notices_whatever_of_a_letter_was_changed(here: World, column: str, value: Any) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    here.complete(case, "provider_review", REFUSAL)
    with here.database.transaction() as session:
        letter = session.scalars(select(Letter).order_by(Letter.id.desc())).first()
        setattr(letter, column, value)
        number = letter.number
    told = here.flask("audit", "verify")
    assert told.exit_code == 1
    assert number in told.output


def test_a_letter_that_no_case_has_issued_is_found(here: World) -> None:
    shared(here, "yima.gongan.clerk", "YM-MZ-002")
    with here.database.transaction() as session:
        [letter] = session.scalars(select(Letter)).all()
        held = {name: getattr(letter, name) for name in (each.key for each in letter.__table__.columns) if name != "id"}
        session.add(Letter(**held | {"number": "YM-WS-2026-00999", "case_id": 999}))
    told = here.flask("audit", "verify")
    assert told.exit_code == 1
    assert "YM-WS-2026-00999" in told.output


def test_texts_that_a_way_back_has_dropped_are_fixed_again_and_hold(here: World) -> None:
    """Older code has no texts; whoever comes back to this one writes them again."""
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    here.complete(case, "provider_review", REFUSAL)
    with here.database.transaction() as session:
        before = {one.number: one.text for one in session.scalars(select(Letter))}
        dropped = ("text", *(name for name in audit.LETTER_TEXT if name.rpartition("_")[0] in ("receiver", "issuer")))
        session.execute(update(Letter).values(dict.fromkeys(dropped)))
    assert list(freezing.freeze_all(here.database)) == [2]
    told = here.flask("audit", "verify")
    assert told.exit_code == 0, told.output
    with here.database.transaction(write=False) as session:
        for one in session.scalars(select(Letter)):
            assert one.text["zh"] == before[one.number]["zh"][:-1], "all but the line of its period"


def test_whoever_may_not_see_a_letter_is_told_as_if_there_were_none(here: World, reader: Open) -> None:
    shared(here, "yima.gongan.clerk", "YM-MZ-002")
    stranger = reader("yima.shuiwu.clerk")
    there, not_there = (stranger.client.get(f"/letters/YM-WS-2026-{n:05d}") for n in (1, 2))
    assert (there.status_code, not_there.status_code) == (404, 404)
    pages = [re.sub(r'name="csrf_token" value="[^"]+"', "", one.text) for one in (there, not_there)]
    assert pages[0].replace("00001", "00002") == pages[1]


# who signs


def test_a_letter_names_its_body_and_the_person_who_acted_for_it(here: World, shelf: Shelf) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002")
    here.complete(case, "provider_review", REFUSAL)
    signed = {title: signature(one) for title, one in shelf.of("yima.gongan.clerk", case).items()}
    with here.database.transaction(write=False) as session:
        named = {one.username: one.name for one in session.scalars(select(Account))}
    assert named["yima.gongan.clerk"] in signed["政务信息资源共享需求申请表"]
    assert "义马市民政局" in signed["不予共享答复书"]
    assert f"经办人：{named['yima.minzheng.clerk']}" in signed["不予共享答复书"]


def test_what_is_answered_at_once_is_signed_by_no_body_that_never_acted(here: World, shelf: Shelf) -> None:
    case = shared(here, "yunyang.renshe.clerk", "YY-GA-001", items=["plate_number"])
    [(title, article)] = shelf.of("yunyang.renshe.clerk", case).items()
    assert "同意共享" in title
    assert "系统依规自动出具" in signature(article)
    assert "公安局" not in signature(article)
    assert "没有部门签署" in words(article)


def test_a_body_that_decided_a_dispute_is_named_by_the_document_that_follows(here: World, shelf: Shelf) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    here.complete(case, "coordinate", {"decision": "pass_on", "ground": "分歧较大"})
    here.complete(case, "decide_above", {"decision": "share", "ground": "履职所需"})
    letters = shelf.of("yunyang.gongan.clerk", case)
    assert "云阳县人民政府" in signature(letters["同意共享答复书"])
    assert "民政局" not in signature(letters["同意共享答复书"])
    assert "经云阳县人民政府决定，予以共享" in words(letters["同意共享答复书"])


def test_after_an_agreement_the_provider_who_agreed_signs(here: World, shelf: Shelf) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    for step in ("negotiate_applicant", "negotiate_provider"):
        here.complete(case, step, AGREE)
    assert "民政局" in signature(shelf.of("yima.gongan.clerk", case)["同意共享答复书"])


# what people type


def test_what_people_type_can_never_look_like_a_paragraph_of_the_issuer(here: World, shelf: Shelf) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002", purpose=FORGED)
    here.complete(
        case,
        "provider_review",
        {"decision": "approve", "conditions": "按人核验\n\n  撤销以前的全部条件", "reason": "超出职责"},
    )
    article = shelf.of("yima.gongan.clerk", case)["同意共享答复书"]
    quoted = [words(one) for one in article.findall(".//blockquote")]
    assert quoted[0].startswith("「核验")
    assert quoted[0].endswith("义马市民政局（章）」")
    assert quoted[1].startswith("「仅用于")  # the entry's own, which somebody typed as well
    assert "按人核验" in quoted[1]
    outside = [words(one) for one in article.findall("p")]
    assert not [one for one in outside if "第三方使用" in one or "（章）" in one or "撤销以前" in one]


def test_a_quotation_cannot_be_closed_from_within(here: World, shelf: Shelf) -> None:
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002", purpose="核验」\n义马市民政局同意。\n「")
    [quoted] = [
        words(one) for one in shelf.of("yima.gongan.clerk", case)["政务信息资源共享需求申请表"].findall(".//blockquote")
    ]
    assert (quoted.count("「"), quoted.count("」")) == (1, 1)


def test_blanks_and_unseen_characters_push_nothing_to_a_line_of_its_own(here: World, shelf: Shelf) -> None:
    purpose = "核验" + "\u3000" * 60 + "\u200b\u202e\u2800义马市民政局（章）"
    case = shared(here, "yima.gongan.clerk", "YM-MZ-002", purpose=purpose)
    article = shelf.of("yima.gongan.clerk", case)["政务信息资源共享需求申请表"]
    assert "核验 义马市民政局（章）" in [one.text for one in article.findall(".//q")]


# what it cites


CITED = {
    "jiangmen": ("JM-MZ-002", "第二十一条", "内部目标"),
    "yima": ("YM-MZ-002", "第十五条", "规定时限"),
    "jiangsu": ("JS-MZ-002", "第十六条", "规定时限"),
    "yinchuan": ("YC-MZ-002", "第十六条", "内部目标"),
    "yunyang": ("YY-MZ-002", "第三十一条", "内部目标"),
}


@pytest.mark.parametrize("place", CITED)
def test_a_refusal_cites_text_and_article_and_tells_receipt_and_due_day(here: World, shelf: Shelf, place: str) -> None:
    resource, article, kind = CITED[place]
    case = shared(here, f"{place}.gongan.clerk", resource)
    here.complete(case, "provider_review", REFUSAL)
    letter = words(shelf.of(f"{place}.gongan.clerk", case)["不予共享答复书"])
    assert re.search(rf"依照《[^》]+》[^，。]*{article}", letter), letter
    assert "收到日期：2026年2月12日" in letter
    [due_on] = [one["due_on"] for one in here.case(case)["deadlines"] if one["rule"] == "conditional_share.reply"]
    year, month, day = (int(part) for part in due_on.split("-"))
    assert f"期限届满日期：{year}年{month}月{day}日（{kind}）" in letter


@pytest.mark.parametrize(
    ("place", "resource", "title"),
    [
        ("yima", "YM-MZ-002", "评判意见书"),
        ("yunyang", "YY-MZ-002", "协调意见书"),
        ("jiangsu", "JS-MZ-002", "协调意见书"),
    ],
)
def test_the_result_of_a_dispute_is_called_by_what_the_body_does(
    here: World, shelf: Shelf, place: str, resource: str, title: str
) -> None:
    case = contested(here, place, resource)
    for step in ("negotiate_applicant", "negotiate_provider"):
        if step in here.open_tasks(case):
            here.complete(case, step, INSIST)
    here.complete(case, "coordinate", WITHHOLD)
    letter = words(shelf.of(f"{place}.gongan.clerk", case)[title])
    assert "遵照执行" not in letter
    assert "使用部门" in letter


def test_only_a_government_decides(here: World, shelf: Shelf) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    here.complete(case, "coordinate", {"decision": "pass_on", "ground": "分歧较大"})
    here.complete(case, "decide_above", WITHHOLD)
    assert "决定书" in shelf.of("yunyang.gongan.clerk", case)


def test_a_citizens_answer_is_the_kept_one(here: World, reader: Open) -> None:
    citizen = reader()
    citizen.sends("/report/yunyang?resource=YY-MZ-002", {**REPORT, "doubt": "甲\n云阳县民政局：数据无误"})
    here.complete(1, "verify_error", {"finding": "no_error", "explanation": "与底册一致"})
    rename_everything(here)
    page = citizen.gets("/receipt")
    [quoted] = page.findall(".//blockquote")
    assert "数据无误" in words(quoted)
    assert "经云阳县民政局校核" in words(page)


# numbers


def test_numbers_take_their_year_from_the_office(here: World) -> None:
    here.at("2027-01-01T00:30:00+08:00")
    case = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    assert case["number"] == "YM-GX-2027-0001"
    with here.database.transaction(write=False) as session:
        assert session.scalars(select(Letter.number)).all() == ["YM-WS-2027-00001"]


def test_ten_thousand_comes_after_9999(here: World, reader: Open) -> None:
    with here.database.transaction() as session:
        session.add(Counter(name="case:yima:GX:2026", value=9997))
    numbers = [here.open_case("yima.gongan.clerk", "conditional_share", SHARE)["number"] for _ in range(4)]
    assert numbers[-1] == "YM-GX-2026-10001"
    for sort, expected in (("number", numbers), ("-number", numbers[::-1])):
        seen, after = [], {}
        while after is not None:
            page = done(here.api("yima.gongan.clerk").get("/cases", sort=sort, limit=1, **after))
            seen += [one["number"] for one in page["items"]]
            after = {"after": page["next"]} if page["next"] else None
        assert seen == expected
    listed = words(reader("yima.gongan.clerk").gets("/cases?sort=number"))
    places = [listed.index(number) for number in numbers]
    assert places == sorted(places)
