"""The five shipped packs against the rule table of the procedures, written out here a second time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.diagrams.forms import load_forms
from app.engine.expressions import evaluate
from app.jurisdictions.rulebook import check_condition
from app.rules.loader import check_pack, load_pack
from app.rules.pack import PERIODS, InternalTarget, LadderStep, Pack, RuleValue, StatutoryTerm, ladder_for
from tests.rules.declared import DECLARED

ROOT = Path(__file__).resolve().parents[2]
RULES, BPMN = ROOT / "rules", ROOT / "bpmn"
NAMES = ("jiangmen", "yima", "jiangsu", "yinchuan", "yunyang")
PACKS = {name: load_pack((RULES / f"{name}.yaml").read_text(), name, DECLARED, check_condition) for name in NAMES}

# `S 5 (15)` statutory, 5, Art. 15 · `blank (21)` no number, why, where it is spoken of · `C x` convention.
TABLE = """
conditional_share.reply      | blank (21) | S 5 (15) | S 10 (16) | silent (16) | silent (31)
conditional_share.withheld_reply | silent | silent | silent | silent | silent
conditional_share.supplement_consent | silent | silent | silent | silent | silent
conditional_share.supplement | silent | silent | silent | silent | silent
conditional_share.response   | silent | silent | silent | silent | silent
conditional_share.agreement  | silent | silent | silent | silent (16) | silent
conditional_share.authorise  | silent | silent | silent | silent (15) | silent
conditional_share.collect    | silent | silent | silent | silent (17) | silent
decision.bureau_authorises   | S no (21) | S no (15) | S no (16) | S yes (15,16) | C no
application.states           | S purpose items (21) | S scope purpose items (15) | S purpose items (4(2)) | C scope purpose items share_mode (16) | C purpose items (31)
demand_form.generated        | C no | S yes (15) | C no | C no | C no
supplement.second | C consent | C consent | C consent | C consent | C consent
withheld.path                | C answer (18(2),18(3)) | S dispute (15) | S dispute (16) | S dispute (16) | S objection (32)
withheld.necessity           | C no | S yes (15) | S yes (16) | S yes (16) | C no
refusal.path                 | C complaint | S dispute (15,16) | S dispute (16) | C complaint (7) | S objection (32)
refusal.carries              | S reason basis (18,21) | S reason basis (15) | S reason (16) | C reason | C reason
refusal.basis_kinds          | S law administrative_regulation local_regulation rule (18) | EVERY | EVERY | EVERY | EVERY
refusal.internal_rules_ground | S no (18) | C yes | C yes | C yes | C yes
confidentiality.agreement    | C no | C no (15) | C no (4(1),21) | S yes (16) | C no
share.modes                  | C interface file batch query (21,22) | S interface table query other (15) | S interface file query batch other (15) | S interface file query other (18) | C interface file batch query (28,49(7))
share.interface_mandatory    | C no | C no | C no | S yes (18) | C no
collection.path              | C bureau (6,18(2)) | C bureau | C bureau (4(2)) | S bureau (17) | C bureau (16(2))
need.find_holder             | silent | silent | silent | silent (17) | silent
need.can_supply              | silent | silent | promptly (4(2)) | silent (17) | silent
need.enter                   | silent | silent | silent | silent | silent
need.review                  | silent | silent | silent | silent | silent
need.choose                  | silent | silent | silent | silent | silent
grant.use                    | S … (18) | S … (15) | S … (16) | S … (19) | S … (39,49,50)
data_error.reply             | blank (23) | silent (12) | silent (18) | silent (10) | S 10 (23)
data_error.extension         | C 0 | C 0 | C 0 | C 0 | S 10 (23)
data_error.consent           | silent | silent | silent | silent | silent (23)
data_error.correct           | blank (23) | silent (12) | silent (18) | silent (10) | silent (23)
data_error.corrected_from    | S feedback (23) | C reply | C reply | C reply | C reply
data_error.response          | silent | silent | silent | silent | silent
data_error.report            | promptly (23) | silent | promptly (18) | promptly (10) | silent
data_error.reporters         | S departments (23) | C departments | S departments (18) | S departments public (10) | S departments public (23)
data_error.about             | S data (23) | C data | S data (18) | S data catalogue (10) | S data (23)
data_error.contested_by      | C departments public | C departments public | C departments public | C departments public | C departments public
data_error.business_continues | C no | C no | S yes (18) | C no | S yes (23)
catalogue_update.update      | blank (11) | S 10 (9) | S 15 (9) | promptly (10) | S 10 (18)
catalogue_update.met_by      | S publication (11) | S publication (9) | S publication (9) | S publication (10) | S submission (18)
catalogue_update.submission  | silent | silent | silent | silent | silent
catalogue_update.redraft     | silent | silent | silent | silent | silent
catalogue_update.review      | silent | silent (7) | silent | silent (8) | S 5 (18)
catalogue_update.accept      | silent | silent | silent | silent | silent
catalogue_update.decide_transfer | silent | silent | silent | silent | silent
catalogue_update.contested   | C dispute | C decision | C decision | C dispute | C dispute
catalogue_update.triggers    | S law duties (11) | S law duties (9) | S law duties (9) | S law duties system_planned system_modified (10) | S law duties (18)
catalogue_update.reviewed    | S no (11) | C yes (7) | S no (8,9) | C yes (8) | S yes (18)
entry.share_types            | S public unconditional conditional withheld (20) | S unconditional conditional withheld (14) | S unconditional conditional withheld (10) | S unconditional conditional withheld (9) | S unconditional conditional withheld (29)
entry.conditional_states     | S conditions (20) | S conditions (14) | S conditions scope purpose (15) | C | C
basis.conditional            | S law administrative_regulation local_regulation rule (20) | S law administrative_regulation local_regulation national_policy (14) | C | C (9) | S law administrative_regulation national_policy municipal_policy (30(1))
basis.withheld               | S law administrative_regulation local_regulation rule (20) | S law administrative_regulation (8,14) | S law administrative_regulation party_state_council_policy (11) | S law administrative_regulation local_regulation rule (16) | S law administrative_regulation national_policy municipal_policy (30(1))
basis.withheld_funded        | S law administrative_regulation party_state_council_policy (13) | C | C | C | C
basic.unconditional          | S yes (19) | C no | S yes (11(2)) | C no | S yes (30(2))
publish.platforms            | C sharing | C sharing | C sharing | S sharing open (8) | C sharing
publish.responsibility_list  | C no | C no | C no | C no | S yes (17,18)
publish.push_upstream        | C no | C yes (7) | C no | C no | C yes (16)
publish.upstream_target      | C | C … (7) | C | C | C … (16)
negotiation.refusal          | C no | S yes (15) | S yes (16) | C no | S no (32)
negotiation.withheld         | C no | S yes (15) | S yes (16) | S yes (16) | S no (32)
negotiation.records          | S yes (15) | C no | C no | S yes (13) | S yes (26)
negotiation.sharing          | C no | S no (16) | C yes (16) | C no (7,16) | S no (32)
negotiation.duties           | C no | C no | C no | C no | C no
dispute.kinds                | C refusal withheld conditions revocation quality share_type duties inconsistent_records | S refusal withheld conditions revocation quality share_type duties inconsistent_records (16) | C refusal withheld conditions revocation quality share_type duties inconsistent_records | C refusal withheld conditions revocation quality share_type duties inconsistent_records | S refusal withheld conditions revocation quality share_type duties inconsistent_records (32)
dispute.negotiate            | promptly (15) | silent (15) | silent (16) | promptly (13) | promptly (26)
dispute.coordinate           | silent (15) | silent (15,16) | silent (16) | silent (13,16) | silent (26,32)
dispute.decide_above         | silent | silent | silent | silent | silent (32)
dispute.correct_record       | silent | silent | silent | silent | silent
dispute.correct_second_record | silent | silent | silent | silent | silent
dispute.confirm_superior     | silent | silent | silent | silent | silent
dispute.correct_entry        | silent | silent | silent | silent | silent
dispute.mend_quality         | silent | silent | silent | silent | silent
ladder.sharing               | C bureau:coordinate | S bureau:judge (15,16) | S bureau:coordinate leading_group:coordinate (16) | S bureau:coordinate (7,16) | S bureau:coordinate government:decide (32)
grant_review.decide          | silent | silent | silent | silent | silent
grant_review.response        | silent | silent | silent | silent | silent
grant.warned_days            | C 30 | C 30 | C 30 | C 30 | C 30
log.kept_months              | C 0 (36) | S 6 (12) | C 0 | C 0 | S 6 (27)
ladder.records               | S bureau:coordinate (15) | C bureau:judge (16) | C bureau:coordinate leading_group:coordinate (4) | S bureau:verify (13) | S bureau:verify (26)
ladder.duties                | C bureau:coordinate | C bureau:judge (16) | C bureau:coordinate leading_group:coordinate (5,16) | C bureau:coordinate (7) | C bureau:coordinate government:decide (32)
ladder.superior              | C government:coordinate | C government:coordinate | C leading_group:coordinate government:coordinate | C government:coordinate | C government:decide municipal_government:decide
"""  # noqa: E501
EVERY = "C law administrative_regulation local_regulation rule national_policy municipal_policy "
EVERY += "party_state_council_policy policy other"
TABLE = TABLE.replace("EVERY", EVERY)
ROWS = {row[0]: row[1:] for row in ([cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines())}

LETTER = {"statutory": "S", "convention": "C"}


def shown(value: RuleValue) -> str:
    """A rule in the notation of the table."""
    article = f"({','.join(value.article)})" if value.article else ""
    if value.kind == "internal":
        return " ".join(filter(None, [value.reason, article]))
    return " ".join(filter(None, [LETTER[value.kind], _plain(value), article]))


def _plain(value: RuleValue) -> str:
    match value.value:
        case bool():
            return "yes" if value.value else "no"
        case int() | str():
            return str(value.value)
        case tuple():
            return " ".join(f"{one.body}:{one.verb}" if isinstance(one, LadderStep) else one for one in value.value)
    return "…" if value.plain["zh"] else ""


def test_the_table_holds_every_key_that_a_procedure_declares() -> None:
    assert set(ROWS) == {key for keys in DECLARED.values() for key in keys}


def test_the_forms_declare_the_keys_of_the_table_and_nothing_else() -> None:
    forms = {path.name.split(".")[0]: load_forms(path.read_text(), path.name) for path in BPMN.glob("*.forms.yaml")}
    shape = {process: {key: (rule.type, rule.of) for key, rule in one.rules.items()} for process, one in forms.items()}
    expected = {
        process: {key: (rule.type, rule.of) for key, rule in keys.items()} for process, keys in DECLARED.items()
    }
    assert {process: shape.get(process) for process in DECLARED} == expected


@pytest.mark.parametrize(
    ("jurisdiction", "key", "expected"),
    [(name, key, cell) for key, cells in ROWS.items() for name, cell in zip(NAMES, cells, strict=True)],
)
def test_a_pack_says_what_the_table_says(jurisdiction: str, key: str, expected: str) -> None:
    assert shown(PACKS[jurisdiction].value(key, None)) == expected


STATUTORY_PERIODS = {
    ("yima", "conditional_share.reply"): 5,
    ("yima", "catalogue_update.update"): 10,
    ("jiangsu", "conditional_share.reply"): 10,
    ("jiangsu", "catalogue_update.update"): 15,
    ("yunyang", "data_error.reply"): 10,
    ("yunyang", "catalogue_update.update"): 10,
    ("yunyang", "catalogue_update.review"): 5,
}


def test_no_other_period_than_the_seven_of_the_regulations_is_statutory() -> None:
    found = {
        (name, value.key): value.term.days
        for name, pack in PACKS.items()
        for periods in pack.rules.values()
        for value in periods
        if value.type in PERIODS and isinstance(value.term, StatutoryTerm)
    }
    assert found == STATUTORY_PERIODS


def test_where_the_law_gives_no_number_there_is_an_internal_target_with_its_reason() -> None:
    for pack in PACKS.values():
        for periods in pack.rules.values():
            for value in periods:
                if value.reason is not None or value.kind == "internal":
                    assert isinstance(value.term, InternalTarget), value.key
                    assert value.term.reason in ("blank", "promptly", "silent")


def test_only_the_copy_that_lost_its_digits_has_blank_periods() -> None:
    blank = {(n, v.key) for n, p in PACKS.items() for values in p.rules.values() for v in values if v.reason == "blank"}
    assert blank == {
        ("jiangmen", key)
        for key in ("conditional_share.reply", "data_error.reply", "data_error.correct", "catalogue_update.update")
    }


@pytest.mark.parametrize(
    ("name", "title", "from_on", "until", "article", "number_code"),
    [
        ("jiangmen", "江门市政务数据资源共享和开放管理暂行办法", None, None, "43", "JM"),
        ("yima", "义马市政务信息资源共享管理暂行办法", date(2021, 3, 10), None, "26", "YM"),
        ("jiangsu", "江苏省政务信息资源共享管理暂行办法", None, None, "27", "JS"),
        ("yinchuan", "银川市城市数据共享开放管理办法", date(2018, 4, 22), date(2023, 4, 21), "33", "YC"),
        ("yunyang", "云阳县政务数据资源管理暂行办法", date(2019, 10, 9), None, "56", "YY"),
    ],
)
def test_each_regulation_carries_its_title_and_its_days(
    name: str, title: str, from_on: date | None, until: date | None, article: str, number_code: str
) -> None:
    regulation = PACKS[name].regulation
    assert (regulation.title.zh, regulation.from_on, regulation.until) == (title, from_on, until)
    assert (regulation.article, PACKS[name].number_code) == ((article,), number_code)
    assert (regulation.reason is not None) == (from_on is None)


@pytest.mark.parametrize(
    ("name", "on", "in_force"),
    [
        ("yinchuan", date(2018, 4, 21), False),
        ("yinchuan", date(2018, 4, 22), True),
        ("yinchuan", date(2023, 4, 21), True),
        ("yinchuan", date(2023, 4, 22), False),
        ("jiangmen", date(2000, 1, 1), True),
        ("yima", date(2026, 11, 21), True),
    ],
)
def test_a_regulation_is_in_force_on_its_days_only(name: str, on: date, in_force: bool) -> None:
    assert PACKS[name].in_force(on) == in_force


@pytest.mark.parametrize(
    ("name", "bureau", "level", "bodies"),
    [
        ("jiangmen", "江门市政务数据主管部门", "city", []),
        ("yima", "义马市政务服务和大数据管理局", "city", []),
        ("jiangsu", "领导小组办公室（省发展改革委）", "province", ["leading_group"]),
        ("yinchuan", "银川市大数据管理服务局", "city", []),
        ("yunyang", "云阳县政务数据资源主管部门", "county", ["government"]),
    ],
)
def test_each_pack_names_its_bureau_and_the_bodies_above(name: str, bureau: str, level: str, bodies: list[str]) -> None:
    pack = PACKS[name]
    here = [code for code, body in pack.bodies.items() if not body.by_letter]
    assert (pack.bureau.title.zh, pack.level, here) == (bureau, level, bodies)


@pytest.mark.parametrize(("province", "body"), [(True, "leading_group"), (False, "bureau")])
def test_in_jiangsu_the_leading_group_takes_the_place_of_the_bureau_where_the_province_is_involved(
    province: bool, body: str
) -> None:
    functions = {"involves": lambda level: province and level == "province"}
    for key in ("ladder.sharing", "ladder.records"):
        steps = ladder_for(PACKS["jiangsu"].value(key, None), lambda source: evaluate(source, {}, functions))
        assert [step.body for step in steps] == [body]


FURTHER = """
share.platform_only      | yes (21,22) | yes (15) | yes (14,15) | yes (18) | yes (28,49(7))
principal.named          | silent (7) | yes (6) | yes (24) | yes (27) | yes (7)
rectification.ordered_by | government_office (40) | bureau (23) | leading_group_office (25) | bureau (31) | bureau (51)
rectification.grounds    | 10 (40) | 6 (23) | 7 (25) | 5 (31) | 8 (49)
rectification.limit      | silent (40) | silent (23) | silent (25) | silent (31) | silent (51)
rectification.overdue    | silent | reported_to_government (23) | reported_to_government (25) | silent | public_criticism (51)
rectification.serious    | sanction (37) | accountability (23) | silent | sanction (31) | sanction (51)
"""  # noqa: E501
FURTHER_ROWS = [[cell.strip() for cell in line.split("|")] for line in FURTHER.strip().splitlines()]


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [(name, row[0], cell) for row in FURTHER_ROWS for name, cell in zip(NAMES, row[1:], strict=True)],
)
def test_what_no_procedure_reads_yet_is_kept_with_its_article(name: str, key: str, expected: str) -> None:
    further = PACKS[name].further[key]
    value = "yes" if further.value is True else further.reason if further.value is None else str(further.value)
    article = f" ({','.join(further.article)})" if further.article else ""
    assert f"{value}{article}" == expected


@pytest.mark.parametrize("name", NAMES)
def test_each_pack_offers_the_four_procedures_and_pauses_internal_targets_only(name: str) -> None:
    pack = PACKS[name]
    assert set(pack.procedures) == {
        "conditional_share", "data_error", "catalogue_update", "dispute", "grant_review",
    }  # fmt: skip
    assert [(g.key, g.internal, g.statutory, g.kind) for g in pack.grounds.values()] == [
        ("supplement", True, False, "convention")
    ]


def test_the_slips_of_the_sources_are_kept_visible() -> None:
    slips = {name: [article for slip in pack.slips for article in slip.article] for name, pack in PACKS.items()}
    assert slips["yunyang"] == ["51", "53"]
    assert slips["jiangsu"][:7] == ["1", "2", "3", "12", "13", "17", "19"]
    assert "43" in slips["jiangmen"]


def test_the_stricter_of_two_bases_is_kept_and_both_are_shown() -> None:
    value = PACKS["yima"].value("basis.withheld", None)
    assert value.article == ("8", "14")
    assert value.note is not None
    assert "第十四条" in value.note.zh


@pytest.mark.parametrize("name", NAMES)
def test_every_title_and_note_speaks_both_languages(name: str) -> None:
    def chinese(text: str) -> bool:
        return any("\u4e00" <= character <= "\u9fff" for character in text)

    pack: Pack = PACKS[name]
    values = [value for periods in pack.rules.values() for value in periods]
    notes = [one.note for one in (*values, *pack.further.values(), *pack.slips, pack.bureau, *pack.bodies.values())]
    for text in [pack.title, pack.regulation.title, pack.bureau.title, *(note for note in notes if note)]:
        assert chinese(text.zh), text
        assert not chinese(text.en), text


def test_all_files_under_rules_are_packs() -> None:
    assert {path.stem for path in RULES.glob("*.yaml")} == set(NAMES)
    for path in RULES.glob("*.yaml"):
        assert check_pack(path.read_text(), path.name, DECLARED, check_condition) == []
