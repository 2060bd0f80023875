"""Forms files are read strictly: every fault with its line, all at once, and nothing else than FormsError."""

import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.diagrams.forms import Sender, check_forms, load_forms, parse_event
from app.floor.errors import FormsError
from tests.diagrams.drawing import FORMS

DAYS = "small.reply: {type: days,"
DECISION = "tasks.review.fields[0].decision"
REASON = "tasks.review.fields[1].reason.shown"
SHOWN = "shown: \"review.decision == 'refuse'\""
ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "bpmn").glob("*.forms.yaml"))


def faults(text):
    return [(place.line, place.key) for place in check_forms(text, "small.forms.yaml")]


def line_of(text, part):
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_forms_load(path):
    assert load_forms(path.read_text("utf-8"), path.name).procedure == path.name.partition(".")[0]


def test_what_a_file_says_is_there():
    forms = load_forms(FORMS, "small.forms.yaml")
    assert (forms.procedure, forms.title.zh, forms.number_code, forms.starters) == (
        "small",
        "小事项",
        "XS",
        ("department",),
    )
    assert forms.rules["small.modes"].of == ("file", "batch")
    review = forms.tasks["review"]
    assert review.rules == ("small.reply",)
    assert [option.value for option in review.field("decision").options] == ["approve", "refuse", "supplement"]
    assert review.field("reason").shown == "review.decision == 'refuse'"
    assert forms.start.field("months").max == 36


def test_the_codes_of_a_rule_may_have_titles():
    text = FORMS.replace("of: [file, batch]", "of: {file: {zh: 文件, en: File}, batch: {zh: 批量, en: Batch}}")
    rule = load_forms(text, "small.forms.yaml").rules["small.modes"]
    assert rule.of == ("file", "batch")
    assert rule.names["batch"].zh == "批量"
    assert load_forms(FORMS, "small.forms.yaml").rules["small.modes"].names == {}
    assert [key for _, key in faults(text.replace("{zh: 文件, en: File}", "文件"))] == ["rules.small.modes.of.file"]


LIMIT = "small.limit_on: {type: ordered, title: {zh: 限期, en: Limit}, due_on: review.by, met_by: 'done:supplement'"
NAMES_A_DAY = "    fields:\n      - {key: by, type: date, required: true, title: {zh: 限期, en: By}}\n"


def ordering(rule=LIMIT, field=NAMES_A_DAY):
    text = FORMS.replace("rules:\n", f"rules:\n  {rule}}}\n")
    return text.replace("    rule: small.reply\n    fields:\n", f"    rule: small.reply\n{field}", 1)


def test_an_ordered_date_begins_as_its_step_is_answered():
    rule = load_forms(ordering(), "small.forms.yaml").rules["small.limit_on"]
    assert (rule.type, rule.due_on, rule.starts_on) == ("ordered", "review.by", ("done:review",))
    assert rule.met_by == ("done:supplement",)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("review.by", "review.nothing", "due_on"),
        ("review.by", "review.decision", "due_on"),
        ("review.by", "nowhere.by", "due_on"),
        ("review.by", "application.purpose", "due_on"),
        ("review.by", "review", "due_on"),
        (", due_on: review.by", "", "due_on"),
        (", met_by: 'done:supplement'", "", "met_by"),
        ("type: ordered", "type: days", "due_on"),
        ("met_by:", "starts_on: case, met_by:", "starts_on"),
        ("met_by:", "restarts: true, met_by:", "restarts"),
        ("met_by:", "pauses: {supplement: {from: 'opens:review', to: 'done:review'}}, met_by:", "pauses"),
    ],
)
def test_a_due_on_that_names_no_date_is_found_and_so_is_what_would_move_an_ordered_date(old, new, key):
    assert f"rules.small.limit_on.{key}" in [place for _, place in faults(ordering(LIMIT.replace(old, new)))]


def test_a_letter_names_the_lane_that_issues_it():
    letters = "letters:\n  note: {title: {zh: 函, en: Letter}, from: bureau}\n"
    plain = FORMS[: FORMS.index("letters:")] if "letters:" in FORMS else FORMS
    assert load_forms(plain + letters, "small.forms.yaml").letters["note"].senders == (Sender("bureau"),)
    assert [key for _, key in faults(plain + letters.replace("bureau", "nobody"))] == ["letters.note.from"]


def test_every_fault_is_named_at_once_with_its_line():
    text = FORMS.replace("number_code: XS", "number_code: xs").replace("type: integer", "type: int")
    text = text.replace("rule: small.reply", "rule: small.limit", 1) + "surprise: 1\nnotices: {}\n"
    assert faults(text) == [
        (3, "number_code"),
        (line_of(text, "type: int,"), "start.fields[1].type"),
        (line_of(text, "rule: small.limit"), "tasks.review.rule"),
        (line_of(text, "surprise"), "surprise"),
        (line_of(text, "notices: {}"), "notices"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("title: {zh: 小事项, en: A small matter}", "title: A small matter", "title"),
        ("title: {zh: 小事项, en: A small matter}", "title: {zh: 小事项}", "title.en"),
        ("title: {zh: 小事项, en: A small matter}", 'title: {zh: "", en: x}', "title.zh"),
        ("startable: true", "startable: yes", "startable"),
        ("starters: [department]", "starters: [king]", "starters"),
        ("starters: [department]\n", "", "starters"),
        ("about: none", "about: resource", "about"),
        ("procedure: small", "procedure: Small Matter", "procedure"),
        ("type: choices, of: [file, batch]", "type: choices", "rules.small.modes.of"),
        ("type: number,", "type: number, starts_on: case,", "rules.small.limit.starts_on"),
        (DAYS, "reply: {type: days,", "rules.reply"),
        (DAYS, DAYS + " starts_on: sunrise,", "rules.small.reply.starts_on"),
        (
            "small.reply: {type: days,",
            "small.reply: {type: days, starts_on: application.day,",
            "rules.small.reply.starts_on",
        ),
        (DAYS, DAYS + " met_by: [case],", "rules.small.reply.met_by"),
        (
            "small.reply: {type: days,",
            "small.reply: {type: days, extended_by: {message: x, limit: small.limit},",
            "rules.small.reply.extended_by.message",
        ),
        ("max: 36", "max: 0", "start.fields[1].months.min"),
        ("key: purpose, type: text", "key: purpose, type: text, max: 201", "start.fields[0].purpose.max"),
        (
            "key: purpose, type: text",
            "key: purpose, type: text, options_from: small.modes",
            "start.fields[0].purpose.options_from",
        ),
        ("key: purpose, type: text", "key: months, type: text", "start.months"),
        ("key: purpose, type: text", "key: class, type: text", "start.fields[0].key"),
        ("key: purpose, type: text", "key: __proto__, type: text", "start.fields[0].key"),
        ("type: integer,", "type: integer, default: many,", "start.fields[1].months.default"),
        (
            "shown: \"review.decision == 'refuse'\"",
            'shown: "review.decision =="',
            "tasks.review.fields[1].reason.shown",
        ),
        (SHOWN, "shown: \"'refuse'\"", REASON),
        (
            "shown: \"review.decision == 'refuse'\"",
            "shown: \"deadline('small.reply') == 1\"",
            "tasks.review.fields[1].reason.shown",
        ),
        (
            "{value: refuse, title: {zh: 不同意, en: Refuse}}",
            "{value: approve, title: {zh: 不同意, en: Refuse}}",
            DECISION + ".options.approve",
        ),
        ("outcomes:", "lanes_:\noutcomes:", "lanes_"),
        ("  applicant: {title:", "  applicant: {department: applicant.code, title:", "lanes.applicant.department"),
        ("  applicant: {title:", "  someone: {title:", "lanes.someone.department"),
        (
            "notices:",
            "letters:\n  reply: {title: {zh: 函, en: L}, text: {zh: '{', en: x}}\nnotices:",
            "letters.reply.text",
        ),
    ],
)
def test_one_fault_is_found_where_it_is(old, new, key):
    assert old in FORMS
    assert key in [where for _, where in faults(FORMS.replace(old, new, 1))]


def test_a_bound_lane_may_say_who_it_is_where_nobody_calls():
    text = FORMS.replace("lanes:\n", "lanes:\n  claimant: {title: {zh: 提出方, en: C}, department: applicant.code}\n")
    assert load_forms(text, "x").lanes["claimant"].department == "applicant.code"


def test_option_values_may_be_words_of_other_languages():
    assert faults(FORMS.replace("value: supplement", "value: pass")) == []


def test_a_clock_may_start_on_several_events_and_a_task_name_several_rules():
    text = FORMS.replace(
        "small.reply: {type: days,", 'small.reply: {type: days, starts_on: [case, "done:review when 1 == 1"],'
    )
    text = text.replace("rule: small.reply", "rule: [small.reply]")
    forms = load_forms(text, "x")
    assert forms.rules["small.reply"].starts_on == ("case", "done:review when 1 == 1")
    assert forms.tasks["review"].rules == ("small.reply",)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("case", ("case", "", None)),
        ("case when resource.sensitive", ("case", "", "resource.sensitive")),
        ("application.changed_on", ("field", "changed_on", None)),
        ("done:review when review.decision != 'x'", ("done", "review", "review.decision != 'x'")),
        ("message:withdraw", ("message", "withdraw", None)),
    ],
)
def test_events_are_read(text, event):
    found = parse_event(text)
    assert (found.kind, found.element, found.when) == event


@pytest.mark.parametrize("text", ["", "cases", "done:", "done:a b", "opens:x when", "application", "begins:x"])
def test_what_is_no_event_is_refused(text):
    with pytest.raises(ValueError):
        parse_event(text)


TWICE = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1 if n else str()}'] * 10)}]\n" for n in range(8)
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- 1",
        "[",
        "a: *b",
        "x: " + "[" * 5000,
        "a: &a [*a]",
        TWICE,
        "a: !!python/object/apply:os.system [ls]",
        "\0",
        "{? [a] : b}",
        "x" * 400_000,
        "%YAML 9.9\n---\na: 1",
        "a: 1\n---\nb: 2",
        "a: 'x",
        "\ud800",
    ],
    ids=range(15),
)
def test_what_is_no_forms_file_is_answered_with_places(text):
    with pytest.raises(FormsError) as error:
        load_forms(text, "x.forms.yaml")
    assert all(place.file == "x.forms.yaml" and str(place.message) for place in error.value.places)


@pytest.mark.parametrize("text", ["[" * 300_000, "{a: " * 70_000, "- " * 100_000, "? " * 100_000, "a: &a\n" * 30_000])
def test_a_text_made_to_be_deep_is_left_at_once(text):
    begun = time.monotonic()
    assert check_forms(text, "x.forms.yaml")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("seed", range(150))
def test_a_mutilated_file_is_read_or_refused_with_places(seed):
    chance = random.Random(seed)
    lines = random.Random(seed).choice([FORMS, *(path.read_text("utf-8") for path in SHIPPED)]).splitlines()
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        match chance.randint(0, 4):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                lines[at] = lines[at].replace(":", chance.choice(["", ": -", ":\n", " :"]), 1)
            case 3:
                lines[at] = chance.choice(["  ", ""]) + lines[at].strip()
            case 4:
                lines[at] = lines[at][: chance.randint(0, len(lines[at]))]
    with suppress(FormsError):
        assert load_forms("\n".join(lines), "x.forms.yaml").title.en


def test_a_letter_is_one_text_or_paragraphs_with_conditions():
    plain = FORMS[: FORMS.index("letters:")] if "letters:" in FORMS else FORMS
    several = "text: [{zh: 甲, en: a}, {when: application.months > 1, zh: 乙, en: b}]"
    letters = "letters:\n  note: {title: {zh: 函, en: Letter}, " + several + "}\n"
    [first, second] = load_forms(plain + letters, "small.forms.yaml").letters["note"].paragraphs
    assert (first.text.zh, first.when, second.text.en, second.when) == ("甲", None, "b", "application.months > 1")
    wrong = letters.replace("application.months > 1", "1 +")
    assert [key for _, key in faults(plain + wrong)] == ["letters.note.text.when"]
    assert [key for _, key in faults(plain + letters.replace("{zh: 甲, en: a}", "{zh: 甲}"))] == [
        "letters.note.text.en"
    ]
