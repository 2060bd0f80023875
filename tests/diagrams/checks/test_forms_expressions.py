"""forms_expressions"""

import pytest

from tests.diagrams.drawing import FORMS, found, small

SHOWN = "shown: \"review.decision == 'refuse'\""


@pytest.mark.parametrize(
    "source",
    ["reviewer.decision == 'refuse'", "review.decison == 'refuse'", "rule('small.gone') == 1", "answered('ghost')"],
)
def test_forms_read_facts_fields_and_rules_that_there_are(source):
    assert found("forms_expressions", small(), FORMS.replace(SHOWN, f'shown: "{source}"')) == ["review"]


def test_options_come_from_a_rule_of_choices():
    field = "      - {key: mode, type: choice, title: {zh: 方式, en: Mode}, options_from: small.modes}\n"
    good = FORMS.replace("  supplement:\n    title", "  supplement:\n    title").replace(
        "en: Note}}\n", "en: Note}}\n" + field
    )
    assert found("forms_expressions", small(), good) == []
    assert found(
        "forms_expressions", small(), good.replace("options_from: small.modes", "options_from: small.limit")
    ) == ["supplement"]


def test_the_department_of_a_lane_is_read_too():
    lane = "lanes:\n  other: {title: {zh: 他, en: Other}, department: ghost.department}\n"
    assert found("forms_expressions", small(), FORMS.replace("lanes:\n", lane)) == ["other"]
