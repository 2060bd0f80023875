"""bad_expression"""

import pytest

from tests.diagrams.drawing import changed, findings, found, small

CONDITION = "review.decision == 'refuse'"


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os').system('x') == 0",
        "().__class__",
        "[x for x in [1]] == []",
        "'a' * 10**9 == ''",
        "lambda: 1",
        "open('/etc/passwd')",
        "f'{1}' == ''",
        "",
        "review.decision ==",
        "review.decison == 'refuse'",
        "reviewer.decision == 'refuse'",
        "answered('reviewer')",
        "'refuse'",
        "1",
        "True",
        "1 == 1",
        "name &gt; 5",
        "deadline('small.reply') == 1",
        "x" * 600,
    ],
)
def test_what_is_no_condition_over_known_facts_is_refused(source):
    assert "decided_to_end_refused" in found("bad_expression", changed(small(), CONDITION, source))


@pytest.mark.parametrize(
    "source",
    [
        "application.months &gt; 3",
        "answered('supplement') and supplement.note == 'x'",
        "resource.sensitive",
        "rule('small.limit') &gt; 1",
        "involves('province')",
    ],
)
def test_conditions_over_seed_facts_answers_and_rules_pass(source):
    assert found("bad_expression", changed(small(), CONDITION, source)) == []


def test_the_finding_names_what_was_perhaps_meant():
    [finding] = [
        f for f in findings(changed(small(), CONDITION, "review.decison == 'refuse'")) if f.check == "bad_expression"
    ]
    assert "decision" in str(finding.fix)


def test_parameters_are_judged_too():
    assert found("bad_expression", changed(small(), "'applicant'", "open('x')")) == ["granted_notice"]
