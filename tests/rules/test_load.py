"""A pack is read strictly: each kind of fault is found with its file, its line and its key, and all of them at once."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.deadlines.counting import Conventions
from app.floor.errors import Place, RulePackError
from app.floor.messages import Text
from app.rules.loader import check_pack, load_pack
from app.rules.pack import LadderStep, Pack
from tests.rules.declared import keys
from tests.rules.testland import DECLARED, MINIMAL, check_condition, line_of


def faults(text: str) -> list[Place]:
    return check_pack(text, "rules/testland.yaml", DECLARED, check_condition)


def changed(old: str, new: str) -> str:
    assert MINIMAL.count(old) == 1, old
    return MINIMAL.replace(old, new)


def test_a_good_pack_has_no_faults() -> None:
    assert faults(MINIMAL) == []


def test_a_pack_carries_what_its_file_says(minimal: Pack) -> None:
    assert (minimal.jurisdiction, minimal.number_code, minimal.level) == ("testland", "TS", "city")
    assert minimal.regulation.title == Text("测试办法", "Test measures")
    assert minimal.body("bureau").department == "bureau"
    assert minimal.body("government").level == "county"
    assert minimal.conventions == Conventions(due_at="midnight")
    assert minimal.grounds["supplement"].internal
    assert minimal.procedures == {"share": "share", "dispute": "dispute"}
    assert minimal.value("dispute.modes", None).value == ("interface", "file")
    assert minimal.value("dispute.modes", None).article == ("15",)
    assert minimal.value("dispute.kept", None).remind == 5
    assert minimal.further["log.kept"].reason == "silent"
    assert minimal.slips[0].article == ("51",)


def test_a_ladder_keeps_its_steps_with_condition_and_article(minimal: Pack) -> None:
    assert minimal.value("ladder.sharing", None).value == (
        LadderStep("bureau", "coordinate"),
        LadderStep("government", "decide", "involves('province')", ("16",)),
    )


def test_a_rule_without_a_day_begins_with_the_regulation(minimal: Pack) -> None:
    value = minimal.value("share.reply", date(2019, 12, 31))
    assert value.effective_from == date(2020, 1, 1)
    assert value.early


def test_both_ends_of_a_regulation_belong_to_it() -> None:
    text = changed("until: null", "until: 2023-12-31")
    pack = load_pack(text, "f", DECLARED, check_condition)
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2023, 12, 31), date(2024, 1, 1)]
    assert [pack.in_force(on) for on in days] == [False, True, True, False]


def test_a_regulation_whose_first_day_is_lost_is_in_force() -> None:
    text = changed("{from: 2020-01-01, until: null,", "{from: null, reason: blank,")
    assert load_pack(text, "f", DECLARED, check_condition).in_force(date(1990, 1, 1))


def test_office_hours_are_two_times() -> None:
    text = changed("due_at: midnight", 'office_hours: ["09:00", "17:00"]')
    assert load_pack(text, "f", DECLARED, check_condition).conventions.office_hours == (time(9), time(17))


DATED = """\
    - {statutory: 8, article: "15", from: 2024-07-01, applies_to_open: true}
    - statutory: 5
      article: "15"
"""


def test_an_answer_lasts_until_the_day_before_the_next() -> None:
    text = changed('    - statutory: 5\n      article: "15"\n', DATED)
    periods = load_pack(text, "f", DECLARED, check_condition).rules["share.reply"]
    assert [(p.value, p.effective_from, p.effective_until) for p in periods] == [
        (5, date(2020, 1, 1), date(2024, 6, 30)),
        (8, date(2024, 7, 1), None),
    ]
    assert [p.applies_to_open for p in periods] == [False, True]


CASES = """\
    - article: "9"
      cases:
        - {when: resource.sensitive, statutory: 3, article: "9"}
        - {internal: 10, reason: promptly, article: "10"}
"""


def test_a_conditional_answer_counts_as_statutory_if_one_of_its_cases_is() -> None:
    text = changed('    - statutory: 5\n      article: "15"\n', CASES)
    value = load_pack(text, "f", DECLARED, check_condition).value("share.reply", None)
    assert (value.kind, value.value, value.article) == ("statutory", None, ("9",))
    assert [(case.when, case.value, case.kind) for case in value.cases] == [
        ("resource.sensitive", 3, "statutory"),
        (None, 10, "internal"),
    ]


REPLY = '    - statutory: 5\n      article: "15"\n'
IN_FORCE = 'in_force: {from: 2020-01-01, until: null, article: "30"}'
PATH = '    - {statutory: long, article: ["15", "4(2)"]}'
CONVENTION, OF = "kind: convention}", "kind: convention, of: "
BAD = [
    # what stands where nothing should, or not where something must
    ("level: city", "level: city\nlevle: city", "levle", "did you mean level?"),
    ("number_code: TS\n", "", "number_code", "is missing"),
    ("level: city", "level: town", "level", "is none of"),
    ("level: city", "level: city\nlevel: county", "level", "stands twice"),
    ("  share.strict:", "  share.reply:", "share.reply", "stands twice; the first is on line"),
    ("  share.strict:", "  share.strikt:", "share.strikt", "did you mean share.strict?"),
    ("  share.strict:\n    - {convention: true}\n", "", "share.strict", "the procedure share needs one"),
    ("    - {convention: true}\n", "    []\n", "share.strict", "has no answer"),
    ("    - {convention: true}\n", "    {convention: true}\n", "share.strict", "a list is needed"),
    ("{convention: true}", "{convention: true, artikel: 4}", "share.strict.artikel", "did you mean article?"),
    ("  share: share\n", "  share: shrae\n", "procedures.share", "did you mean share?"),
    ("jurisdiction: testland", "jurisdiction: Test Land", "jurisdiction", "does not fit"),
    ("number_code: TS", "number_code: ts", "number_code", "does not fit"),
    ("title: {zh: 测试市, en: Testland}", "title: 测试市", "title", "keys with values"),
    ("title: {zh: 测试市, en: Testland}", "title: {zh: 测试市}", "title.en", "is missing"),
    ("title: {zh: 测试市, en: Testland}", 'title: {zh: 测试市, en: ""}', "title.en", "is empty"),
    ("title: {zh: 测试市, en: Testland}", "title: {zh: 测试市, en: 4}", "title.en", "a text"),
    # the regulation, its bodies and conventions
    (IN_FORCE, 'in_force: {from: 2020-01-01, until: 2019-01-01, article: "30"}', "regulation.in_force.until", "before"),
    (IN_FORCE, 'in_force: {from: null, article: "30"}', "regulation.in_force.from", "a reason is needed"),
    (IN_FORCE, 'in_force: {from: "2020-01-01", article: "30"}', "regulation.in_force.from", "a date"),
    (IN_FORCE, 'in_force: {from: 2020-02-30, article: "30"}', "regulation.in_force.from", "cannot be read"),
    (IN_FORCE, 'in_force: {from: 0001-01-01, article: "30"}', "regulation.in_force.from", "must lie between"),
    (IN_FORCE, "in_force: {from: 2020-01-01, article: Art. 30}", "regulation.in_force.article", "an article"),
    ("  government: {", "  bureau: {", "bodies.bureau", "a section of its own"),
    ("  due_at: midnight", "  due_at: noon", "conventions.due_at", "is none of: close_of_business, midnight"),
    ("  due_at: midnight", "  reminder_lead: soon", "conventions.reminder_lead", "a whole number"),
    ("  due_at: midnight", '  office_hours: ["17:00", "09:00"]', "conventions.office_hours", "two times"),
    ("  due_at: midnight", "  due_by: midnight", "conventions.due_by", "did you mean due_at?"),
    (CONVENTION, f"{OF}{{share.repli: {{article: 3}}}}}}", "grounds.supplement.of.share.repli", "mean share.reply?"),
    (CONVENTION, f"{OF}{{share.strict: {{article: 3}}}}}}", "grounds.supplement.of.share.strict", "is no period"),
    (CONVENTION, f"{OF}{{share.reply: {{}}}}}}", "grounds.supplement.of.share.reply.article", "is missing"),
    ("kind: convention}", "kind: statutory}", "grounds.supplement.article", "a statutory ground names its article"),
    ("internal: true, statutory: false", "internal: yes, statutory: false", "grounds.supplement.internal", "true or"),
    ("{value: null, reason: silent}", "{value: null}", "further.log.kept.reason", "say why"),
    ("{value: null, reason: silent}", "{value: 6}", "further.log.kept.kind", "a value is one of"),
    ("{value: null, reason: silent}", "{value: 6, kind: statutory}", "further.log.kept.article", "is missing"),
    # one answer
    ("    - {convention: true}", "    - {note: {zh: 无, en: none}}", "share.strict", "needs exactly one of"),
    (
        "    - {convention: true}",
        "    - {convention: true, statutory: true, article: 1}",
        "share.strict",
        "exactly one",
    ),
    ("    - {convention: true}", "    - {convention: yes}", "share.strict.convention", "true or false"),
    ("    - {convention: true}", "    - {internal: true, reason: silent}", "share.strict.internal", "only a period"),
    (
        "    - {convention: true}",
        "    - {convention: true, reason: silent}",
        "share.strict.reason",
        "belongs to a period",
    ),
    ("    - {convention: true}", "    - {convention: true, remind: 1}", "share.strict.remind", "only a period"),
    (REPLY, "    - statutory: 5\n", "share.reply.article", "a statutory value names its article"),
    (REPLY, "    - {convention: 5}\n", "share.reply.convention", "statutory, or internal with a reason"),
    (REPLY, "    - {internal: 5}\n", "share.reply.reason", "why does the law give no number?"),
    (REPLY, "    - {internal: 5, reason: quickly}\n", "share.reply.reason", "is none of: blank, promptly, silent"),
    (REPLY, "    - {internal: 5, reason: blank}\n", "share.reply.article", "which article is blank?"),
    (REPLY, "    - {internal: 5, reason: promptly}\n", "share.reply.article", "which article is promptly?"),
    (REPLY, '    - {statutory: 5, reason: blank, article: "1"}\n', "share.reply.reason", "never statutory"),
    (REPLY, '    - {statutory: 0, article: "1"}\n', "share.reply.statutory", "a whole number"),
    (REPLY, '    - {statutory: "5", article: "1"}\n', "share.reply.statutory", "a whole number"),
    (REPLY, '    - {statutory: 5.5, article: "1"}\n', "share.reply.statutory", "a whole number"),
    (REPLY, f"    - {{statutory: {'9' * 30}, article: 1}}\n", "share.reply.statutory", "cannot be read"),
    (REPLY, '    - {statutory: 0x5, article: "1"}\n', "share.reply.statutory", "cannot be read"),
    (REPLY, '    - {statutory: 5, article: "1", remind: -1}\n', "share.reply.remind", "must lie between"),
    (REPLY, '    - {statutory: 5, article: ""}\n', "share.reply.article", "an article is needed"),
    (REPLY, '    - {statutory: 5, article: "1", note: short}\n', "share.reply.note", "keys with values"),
    (PATH, '    - {statutory: longer, article: "1"}', "dispute.path.statutory", "longer is none of: short, long"),
    ("[interface, file]", "[interface, post]", "dispute.modes.statutory", "post is none of"),
    ("[interface, file]", "interface", "dispute.modes.statutory", "a list is needed"),
    ("{convention: {zh: 照办, en: As told}}", "{convention: As told}", "dispute.use.convention", "both languages"),
    # ladders
    ("{body: bureau, verb: coordinate}", "{body: bureau}", "ladder.sharing.statutory.verb", "is missing"),
    ("{body: bureau, verb: coordinate}", "{body: buro, verb: decide}", "ladder.sharing.statutory.body", "did you mean"),
    ("{body: bureau, verb: coordinate}", "{body: bureau, verb: settle}", "ladder.sharing.statutory.verb", "is none of"),
    ("involves('province')", "involves('province'", "ladder.sharing.statutory.only_if", "cannot be read"),
    # periods and cases
    (REPLY, REPLY + REPLY, "share.reply.from", "overlaps: another answer begins on the same day"),
    (
        REPLY,
        "    - {statutory: 5, article: 1, until: 2024-07-01}\n    - {statutory: 6, article: 1, from: 2024-07-01}\n",
        "share.reply.from",
        "overlaps: the answer before lasts until 2024-07-01",
    ),
    (
        REPLY,
        "    - {statutory: 5, article: 1, until: 2024-06-29}\n    - {statutory: 6, article: 1, from: 2024-07-01}\n",
        "share.reply.from",
        "leaves a gap",
    ),
    (REPLY, "    - {statutory: 5, article: 1, until: 2024-07-01}\n", "share.reply.until", "no answer follows"),
    (
        REPLY,
        "    - {internal: 5, reason: silent, applies_to_open: true}\n",
        "share.reply.article",
        "applies_to_open needs the article",
    ),
    (REPLY, "    - cases: [{when: a, statutory: 5, article: 1}]\n", "share.reply.cases", "must have no condition"),
    (REPLY, "    - cases: []\n", "share.reply.cases", "must have no condition"),
    (
        REPLY,
        "    - cases: [{statutory: 5, article: 1}, {statutory: 6, article: 1}]\n",
        "share.reply.when",
        "only the last case",
    ),
    (
        REPLY,
        '    - {cases: [{when: "f(", statutory: 5, article: 1}, {statutory: 6, article: 1}]}\n',
        "share.reply.when",
        "cannot be read",
    ),
    (REPLY, "    - {statutory: 5, cases: [{statutory: 6, article: 1}]}\n", "share.reply.statutory", "beside cases"),
]


@pytest.mark.parametrize(("old", "new", "key", "message"), BAD, ids=[f"{b[2]}: {b[3]}" for b in BAD])
def test_a_fault_names_file_line_and_key(old: str, new: str, key: str, message: str) -> None:
    text = changed(old, new)
    found = [place for place in faults(text) if place.key == key]
    assert found, faults(text)
    assert any(message in str(place.message) for place in found), found
    assert {place.file for place in found} == {"rules/testland.yaml"}
    first = line_of(MINIMAL, old)
    last = first + new.count("\n") + 1
    expected = range(first, last + 1) if "needs one" not in message and message != "is missing" else range(1, 60)
    assert all(place.line in expected for place in found), (found, first)


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = (
        changed("level: city", "level: town")
        .replace("statutory: 5", "statutory: five")
        .replace("body: bureau", "body: x")
    )
    found = faults(text)
    assert [place.key for place in found] == ["level", "share.reply.statutory", "ladder.sharing.statutory.body"]
    with pytest.raises(RulePackError) as raised:
        load_pack(text, "f", DECLARED, check_condition)
    assert [place.line for place in raised.value.places] == [place.line for place in found]


def test_a_fault_reads_as_file_line_key_message() -> None:
    text = changed("level: city", "level: town")
    assert str(faults(text)[0]).startswith(
        f"rules/testland.yaml:{line_of(text, 'level: town')}: level: 'town' is none of"
    )


def test_keys_of_a_procedure_that_is_not_offered_may_be_answered_and_need_not() -> None:
    assert faults(changed("further:", "  spare.reply:\n    - {internal: 5, reason: silent}\nfurther:")) == []


def test_two_procedures_must_not_declare_a_key_differently() -> None:
    declared = {**DECLARED, "spare": keys("switch share.reply")}
    found = check_pack(MINIMAL, "f", declared, check_condition)
    assert [(place.key, "differently" in str(place.message)) for place in found] == [("share.reply", True)]


HOSTILE = {
    "an alias": ("a: &x 1\nb: *x\n", 1, "anchors"),
    "an unknown alias": ("a: *x\n", 1, "aliases"),
    "a bomb": ("a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n", 1, "anchors"),
    "a merge": ("a: {b: 1}\n<<: *a\n", 2, "aliases"),
    "a python object": ("a: !!python/object/apply:os.system [ls]\n", 1, "tags"),
    "a tag": ("a: !!int 5\n", 1, "tags"),
    "a directive": ("%YAML 1.1\n---\na: yes\n", 2, "directives"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "second document"),
    "depth": ("a: " + "[" * 5_000 + "]" * 5_000, 1, "nested deeper"),
    "length": ("# " + "x" * 200_001, 0, "longer than"),
    "many values": ("a: [" + "1," * 30_000 + "]", 1, "more than"),
    "a list as key": ("? [a]\n: 1\n", 1, "a plain name"),
    "nothing": ("", 1, "empty"),
    "broken quotes": ('a: "b\nc: d\n', 1, "not readable as YAML"),
    "a tab": ("a:\n\t- b\n", 2, "not readable as YAML"),
    "a control character": ("a: \x00\n", 0, "not readable as YAML"),
    "a lone surrogate": ("a: \ud800\n", 0, "not readable as YAML"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_refused_with_its_line(name: str) -> None:
    text, line, message = HOSTILE[name]
    found = faults(text)
    assert any(message in str(place.message) for place in found), found
    assert found[-1].line >= line


def test_yes_and_no_stay_texts() -> None:
    text = changed("title: {zh: 测试市, en: Testland}", "title: {zh: 测试市, en: no}")
    assert load_pack(text, "f", DECLARED, check_condition).title.en == "no"


@pytest.mark.parametrize("root", ["[]", "5", "text", "null", "{}"])
def test_a_file_that_is_no_pack_is_refused(root: str) -> None:
    assert faults(root + "\n")


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_makes_the_loader_fail(text: str) -> None:
    assert all(isinstance(place, Place) for place in faults(text))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_pack_with_lines_lost_or_swapped_is_taken_or_refused_with_places(data: st.DataObject) -> None:
    lines = MINIMAL.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        if data.draw(st.booleans()):
            lines[at], lines[other] = lines[other], lines[at]
        elif len(lines) > 1:
            del lines[at]
    assert all(0 <= place.line <= len(lines) + 1 for place in faults("\n".join(lines)))


def test_the_hash_of_a_pack_is_that_of_its_text(minimal: Pack) -> None:
    again = load_pack(MINIMAL + "# a remark\n", "f", DECLARED, check_condition)
    assert len(minimal.hash) == 64
    assert again.hash != minimal.hash
