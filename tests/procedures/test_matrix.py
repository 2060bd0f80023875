"""The matrix: four procedures × five regulations × every outcome. Each square holds a way that leads there, or the
reason from the regulation why there is none. Each clock of each case is counted again by `chinese_calendar`."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app import outbox
from app.accounts import directory
from app.cases import audit
from app.cases.definition import BESIDE
from app.demo.foundation import DOCUMENT
from app.floor.errors import Invalid
from app.floor.languages import series
from app.floor.messages import Language, Text
from app.outbox.letter_text import as_lines
from app.outbox.models import Letter, OutboxMessage
from tests.procedures.expected import PLACES, clocks, terms
from tests.procedures.playing import PROCEDURES, Cell, Player, cells, read
from tests.world import World, done, on_postgres

CELLS = [cell for procedure in PROCEDURES for cell in cells(procedure)]
WAYS = [cell for cell in CELLS if "never" not in cell.course]
WALLS = [cell for cell in CELLS if "never" in cell.course and {"start", "rules"} & set(cell.course)]
MUST_BE_THERE = {
    "conditional_share": """approved approved_partly partly_contested_and_won partly_contested_and_lost
        conditions_contested_and_won shorter_term_contested term_where_none_was_asked_for
        approved_partly_with_every_item approved_naming_some_items supplemented_twice_and_refused third_supplement
        refused_item_by_item left_out_for_a_reason_of_its_own single_items_contested_and_won
        became_unconditional became_withheld entry_withdrawn_meanwhile on_behalf_of_another_department
        became_unconditional_in_the_dispute became_unconditional_and_refusal_accepted entry_withdrawn_in_the_dispute
        of_its_own_resource withheld_answered_and_accepted refused_and_accepted supplemented dispute_won dispute_lost
        dispute_won_partly dispute_agreed objection complaint negotiation_lapsed withheld_won withheld_lost
        withheld_agreed counter_proposal_signed terms_that_differ_are_no_agreement public unconditional
        agreement_signed agreement_declined_by_provider
        agreement_declined_by_applicant collected collected_in_part cannot_be_collected need_supplied
        part_that_cannot_be_collected_contested_and_won need_supplied_in_part_contested_and_won
        refused_on_its_own_rules_whatever_they_are_called
        superior_figure_entered_meanwhile superior_figure_set_right_meanwhile superior_figure_longer_than_its_own
        superior_figure_missed_and_set_right_too_late lost_number_entered_meanwhile
        superior_figure_beside_the_lost_number
        cannot_be_collected_contested_and_won cannot_be_collected_contested_and_lost
        not_answered_by_the_bureau collected_by_another_than_its_provider
        need_supplied_in_part need_impossible need_impossible_contested_and_won need_impossible_contested_and_lost
        need_withdrawn need_supplied_by_the_second_who_was_asked
        next_body_shares next_body_withholds
        ladder_inside_a_city withdrawn approved_late approved_by_silence authorisation_refused
        authorisation_refused_and_shared_after_all""",
    "data_error": """corrected no_error_accepted no_error_disputed_reporter_right no_error_disputed_provider_right
        no_error_disputed_agreed other_department_wrong other_department_right extension_consented
        extension_not_consented extension_asked_too_late extension_consented_too_late
        withdrawn reported_by_a_citizen complaint_of_a_citizen_who_is_right
        no_error_disputed_negotiation_lapsed
        reported_without_an_entry reported_and_not_found""",
    "catalogue_update": """published returned_and_resubmitted born_overdue opened_by_the_bureau withdrawn
        system_modified published_after_the_term_though_submitted_in_time applied_in_time_and_published_later
        duty_annulled duty_annulled_after_the_term
        transferred transfer_refused_and_decided transfer_refused_and_kept transfer_refused_by_the_bureau
        transfer_refused_and_passed_on""",
    "dispute": """agreed claimant_right respondent_right negotiation_lapsed passed_on neither_record
        counter_proposal_signed recused_bureau by_item by_item_above by_item_with_one_left_out
        recused_bureau_by_item quality_upheld share_type_not_upheld duties_settled ladder_inside_a_city
        superiors_letter_objected_to superiors_letter_not_confirmed neither_record_both_at_once quality_mended_late
        quality_agreed_and_mended share_type_upheld two_city_departments_over_a_provincial_entry
        withheld_needed_and_granted withheld_needed_and_agreed withheld_needed_and_not_granted
        withheld_needed_and_applied_for_afterwards refused_elsewhere_and_applied_for_afterwards""",
    "grant_review": """kept narrowed revoked_and_accepted revoked_and_contested_and_won revoked_and_contested_and_lost
        agreed negotiation_lapsed passed_on recused_bureau decided_late""",
}

BY_SYSTEM = Text("系统依规自动出具", "Issued by the system under the regulation")
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LONGEST = (
    "supplemented_twice_and_refused",
    "agreement_after_a_dispute",
    "next_body_shares_partly",
    "extension_of_ten_days_used_up",
    "other_department_right",
    "returned_twice",
    "settled_late",
)
"""Ways that are played on the other database, too."""


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_every_square_of_the_matrix_holds_a_way_or_a_reason(procedure: str) -> None:
    filled = Counter((cell.outcome, cell.place) for cell in cells(procedure))
    outcomes = [*MUST_BE_THERE[procedure].split(), *read(procedure)["outcomes"]]
    missing = [(outcome, place) for outcome in outcomes for place in PLACES if not filled[outcome, place]]
    assert not missing
    assert not [square for square, times in filled.items() if times > 1]
    for cell in cells(procedure):
        assert cell.course.get("never", "").strip() or cell.course["ends"], cell.name
        elsewhere = re.search(r"see (\w+)", cell.course.get("never", ""))
        assert elsewhere is None or elsewhere[1] in outcomes, cell.name


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_the_matrix_knows_every_outcome_that_the_diagram_has(procedure: str, world: World) -> None:
    offered = done(world.api("admin").get("/procedures"))["items"]
    [drawn] = [one["outcomes"] for one in offered if one["key"] == procedure]
    assert {cell.course["ends"] for cell in cells(procedure) if "ends" in cell.course} - set(BESIDE) == set(drawn)


def test_the_ways_answer_every_step_that_is_drawn(world: World) -> None:
    offered = done(world.api("admin").get("/procedures"))["items"]
    drawn = {task["key"] for procedure in offered for task in procedure["tasks"]}
    answered = {key for cell in WAYS for step in cell.course.get("steps", ()) for key in step}
    assert drawn <= answered


@pytest.mark.parametrize("cell", WAYS, ids=lambda cell: cell.name)
def test_the_way_ends_as_claimed_and_every_clock_was_due_when_counted_by_hand(cell: Cell, world: World) -> None:
    played = Player(world, cell).play()
    assert played.last is None or played.last.status_code in (200, 201), played.last.get_data(as_text=True)
    look(world, played)


@pytest.mark.parametrize("cell", WALLS, ids=lambda cell: cell.name)
def test_where_the_regulation_leaves_no_way_the_product_has_none(cell: Cell, world: World) -> None:
    if "start" not in cell.course:
        return look_at_rules(world, cell)
    if "refused" not in cell.course:
        return look(world, Player(world, cell).play())
    player = Player(world, cell)
    try:
        player.play()
    except Invalid as refusal:  # a citizen's form: its door is not the API
        return refuse(cell, 422, {"errors": refusal.errors})
    assert player.last is not None
    return refuse(cell, player.last.status_code, player.last.json)


def refuse(cell: Cell, status: int, problem: Any) -> None:
    """The last step was refused at the field, or as the kind of conflict, that the course names."""
    wanted = cell.course["refused"]
    conflicts = ("action-not-offered", "duty", "clock-past-due", "statutory", "not-blank")
    assert status == (409 if wanted in conflicts else 422), problem
    assert wanted in {problem.get("type"), *problem.get("errors", {})}, problem


def look(world: World, played: Player) -> None:
    """All that the course says of the case, and all its clocks."""
    cell, course, case = played.cell, played.cell.course, played.case
    if "ends" in course:
        assert (case["status"], case["outcome"]) == ("closed", course["ends"])
        assert not world.open_tasks(case["id"])
        look_at_clocks(played)
    tasks = {task["key"]: task["status"] for task in case["tasks"]}
    assert {key for key, status in tasks.items() if status == "open"} >= set(course.get("open", ()))
    assert not set(tasks) & set(course.get("absent", ()))
    look_at_grants(world, played)
    look_at_what_is_left(world, played)
    look_at_messages(world, played)
    look_at_letters(world, played)
    assert {event["kind"] for event in world.events(case["id"])} >= set(course.get("leaves", ()))
    with world.database.transaction(write=False) as session:
        assert audit.verify(session)[1] is None
    look_at_rules(world, cell)


def look_at_clocks(played: Player) -> None:
    """Rule, kind, article, day zero, each counted day, due date, and whether and when it was met."""
    wanted = clocks(played.cell.place, played.log)
    found = sorted(played.case["deadlines"], key=lambda one: (one["rule"], one["started_on"]))
    assert [one["rule"] for one in found] == [one.rule for one in wanted]
    for shown, clock in zip(found, wanted, strict=True):
        named = clock.rule, played.log
        assert (shown["kind"], shown["article"]) == (clock.kind, clock.article), named
        assert shown["started_on"] == clock.started_on.isoformat(), named
        assert shown["due_on"] == (clock.due_on and clock.due_on.isoformat()), named
        assert shown["due_at"] == (clock.due_on and f"{clock.due_on}T17:30:00+08:00"), named
        assert [date.fromisoformat(day) for day in shown["counted"]] == list(clock.counted), named
        assert shown["unpaused_due_on"] in (clock.unpaused_due_on.isoformat(), *([] if shown["pauses"] else [None]))
        assert shown["met_on"] == (clock.met_on and clock.met_on.isoformat()), named
        assert (shown["state"], shown["late"]) == (clock.state, clock.late), named
    late = {clock.rule for clock in wanted if clock.late}
    assert late == set(played.cell.course.get("late", ()))


def look_at_grants(world: World, played: Player) -> None:
    course, case = played.cell.course, played.case
    grants = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    granted = course.get("ends") in ("granted", "granted_partly")
    if "grants" in course:
        assert sorted(grant["items"] for grant in grants) == sorted(course["grants"])
    else:
        assert len(grants) == (granted or "grant" in course)
    for grant in grants:
        assert grant["department"] == case["applicant"]
        assert grant["usable"]
        assert grant["items"] == course.get("grant", grant["items"])
        assert grant["mode"] == course.get("mode", grant["mode"])
        if "conditions" in course:
            assert grant["conditions"] == course["conditions"]
        else:
            assert grant["conditions"] or not asks_something(world, grant["resource"])


def asks_something(world: World, code: str) -> bool:
    """Whether the catalogue puts conditions on whoever uses the entry."""
    found = done(world.api("admin").get("/catalogue/resources", q=code))["items"]
    return any(one["share_type"] == "conditional" and one["conditions"] for one in found if one["code"] == code)


def look_at_what_is_left(world: World, played: Player) -> None:
    """The grant that was reviewed, in its state, with its items."""
    if played.reviewed is not None and "left" in played.cell.course:
        of = {"department": "renshe", "resource": played.reviewed["resource"]}
        [grant] = [
            one
            for one in done(world.api("admin").get("/grants", **of))["items"]
            if one["number"] == played.reviewed["number"]
        ]
        left = dict(played.cell.course["left"])
        assert {name: grant[name] for name in left} == left


def look_at_letters(world: World, played: Player) -> None:
    """The history seals each letter that is kept, in its order, and no other; each is signed by a body whose person has
    acted in the case, or by none, and says so; nothing in it is left in braces or in code."""
    course, case = played.cell.course, played.case
    acted = {task["department"] for task in case["tasks"] if task["status"] == "done"} | {case["applicant"]}
    acted |= {
        event["actor"].split(".")[-2] for event in world.events(case["id"], "case.opened") if "." in event["actor"]
    }
    sealed = [letter for event in world.events(case["id"]) for letter in event["detail"].get("letters", ())]
    with world.database.transaction(write=False) as session:
        letters = outbox.letters_of(session, case["id"])
        kept = [(one.number, one.template) for one in letters]
        cards = directory(session).by_id
        for one in letters:
            told = "".join(str(part) for language in ("zh", "en") for block in one.text[language] for part in block)
            assert not set("{}") & set(told.replace("{'theirs': ", "").replace("'}", "")), told
            issuer = cards.get(one.body["issuer"] or 0)
            assert issuer is None or issuer.code in acted, (one.number, one.template)
            second = cards.get(one.body.get("signed_with") or 0)
            assert (second is not None) == (one.template == "agreement"), one.number  # both sign what they agree on
            assert second is None or second.code in acted, one.number
            names = [card.name for card in (second, issuer) if card]
            assert one.issuer == (series(names) if issuer else BY_SYSTEM), one.number
            assert one.regulation_zh in told or one.template == "demand_form", one.number
            assert not unreadable(one), (one.number, one.template)
    assert [(one["number"], one["template"]) for one in sealed] == kept
    assert {one["template"] for one in sealed} >= set(course.get("letters", ()))


CODE = re.compile(r"(?<![A-Za-z0-9-])[a-z][a-z_]{2,}(?![A-Za-z0-9])|None|True|False|%\(")
"""What no Chinese letter says: a code of ours, a value of the program. Numbers, codes of entries and fingerprints have
capitals or digits."""


def unreadable(letter: Letter) -> list[str]:
    """Lines that hold a code, or nothing, or a title without what it announces."""
    lines = {language: as_lines(letter.blocks(language)) for language in LANGUAGES}
    wrong = [line for line in lines["zh"] if CODE.search(line)]
    wrong += [
        line for line in [*lines["zh"], *lines["en"]] if not line.strip() or line.rstrip().endswith(("：—", ": —"))
    ]
    return wrong + [line for line in lines["en"] if re.search(r"None|True|False|%\(", line)]


def look_at_messages(world: World, played: Player) -> None:
    course = played.cell.course
    of_case = select(OutboxMessage).where(OutboxMessage.case_id == played.case["id"]).order_by(OutboxMessage.id)
    with world.database.transaction(write=False) as session:
        sent = session.scalars(of_case).all()
    told = {one.kind for one in sent if one.channel == "notice"}
    assert told >= set(course.get("told", ()))
    assert not told & set(course.get("untold", ()))
    if "pushed" in course:
        assert [one.payload["target"] for one in sent if one.channel == "push"] == course["pushed"]


def look_at_rules(world: World, cell: Cell) -> None:
    """What the regulation says to a key, as the API shows it."""
    wanted = cell.course.get("rules", {})
    if wanted:
        shown = done(world.api("admin").get(f"/jurisdictions/{cell.place}/rules"))["items"]
        values = {rule["key"]: rule["value"] for rule in shown}
        for key, value in wanted.items():
            assert values[key] in (value if isinstance(value, list) else [value])


def test_the_table_names_every_clock_of_every_regulation(world: World) -> None:
    """The independent table has no gap: each running period of each pack is in it, with its number and its article."""
    for place in PLACES:
        rules = done(world.api("admin").get(f"/jurisdictions/{place}/rules"))["items"]
        periods = {rule["key"]: rule for rule in rules if rule["type"] == "days"}
        for (rule, where), (kind, days, article) in terms().items():
            if where == place:
                shown = periods[rule]
                assert (shown["kind"], shown["value"], shown["article"]) == (kind, days, article), (place, rule)


@on_postgres
@pytest.mark.parametrize("cell", [cell for cell in WAYS if cell.outcome in LONGEST], ids=lambda cell: cell.name)
def test_the_longest_ways_are_the_same_on_postgres(cell: Cell, world: World) -> None:
    look(world, Player(world, cell).play())


def test_a_regulation_out_of_force_opens_nothing_unless_it_is_carried_on(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    data = {"resource": "YC-GA-001", "items": ["plate_number"], "purpose": "核验", "scope": "全市"}
    data |= {"share_mode": "interface", "legal_duty": "核验职责"}
    case = world.open_case("yinchuan.renshe.clerk", "conditional_share", data)
    [opened] = world.events(case["id"], "case.opened")
    assert opened["detail"]["carried_on_by"] == DOCUMENT
    rules = done(world.api("admin").get("/jurisdictions/yinchuan/rules"))
    until = rules["regulation"]["extended_until"]
    assert (rules["regulation"]["in_force"], rules["regulation"]["extended_by"]) == (False, DOCUMENT)
    assert case["carried_on"] == {"by": DOCUMENT, "until": until}
    assert world.flask("rules", "extend", "yinchuan", "--end").exit_code == 0
    body = {"procedure": "conditional_share", "jurisdiction": "yinchuan", "data": data}
    refused = world.api("yinchuan.renshe.clerk").post("/cases", body)
    assert (refused.status_code, refused.json["type"]) == (409, "regulation-out-of-force")
    assert world.case(case["id"])["carried_on"] == {"by": DOCUMENT, "until": until}, "the case goes on saying so"
    regulation = done(world.api("admin").get("/jurisdictions/yinchuan/rules"))["regulation"]
    assert (regulation["in_force"], regulation["extended_by"]) == (False, None)
