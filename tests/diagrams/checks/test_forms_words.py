"""forms_words"""

import pytest

from tests.diagrams.drawing import FORMS, changed, found, small


def test_every_lane_has_a_title():
    assert found("forms_words", small()) == []
    assert found("forms_words", small(), FORMS.replace("  provider: {title: {zh: 提供部门, en: Provider}}\n", "")) == [
        "review"
    ]


def test_every_notice_has_its_sentence():
    assert found("forms_words", changed(small(), "'granted'", "'given'"), FORMS) == ["granted_notice"]
    either = changed(small(), "\"'granted'\"", "\"'granted' if application.months == 1 else 'given'\"")
    assert found("forms_words", either) == ["granted_notice"]


def test_every_letter_has_its_template_and_every_addressee_is_a_lane():
    letter = (
        small().service("letter", "letter.issue", template="'reply'", to="'applicant'").flow("letter", "end_granted")
    )
    assert found("forms_words", letter) == ["letter"]
    assert found("forms_words", letter, FORMS + "letters:\n  reply: {title: {zh: 复函, en: Reply}}\n") == []
    assert found("forms_words", changed(small(), "'applicant'", "'the_king'")) == ["granted_notice"]


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("review.reason", True),
        ("application.months", True),
        ("lanes.provider", True),
        ("letter.issued_on", True),
        ("review.raeson", False),
        ("lanes.the_king", False),
        ("letter.seal", False),
        ("nobody.reason", False),
    ],
)
def test_a_letter_names_what_there_is(name: str, there: bool):
    letters = f"letters:\n  reply: {{title: {{zh: 复函, en: Reply}}, text: {{zh: '{{{name}}}', en: x}}}}\n"
    assert found("forms_words", small(), FORMS + letters) == ([] if there else ["reply"])
