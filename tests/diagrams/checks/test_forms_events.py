"""forms_events"""

import json

from tests.diagrams.drawing import FORMS, found, small


def on(event):
    return FORMS.replace("small.reply: {type: days,", f"small.reply: {{type: days, starts_on: {json.dumps(event)},")


def test_a_clock_waits_for_what_the_drawing_does():
    for event in ("case", "opens:review", "done:supplement when answered('review')"):
        assert found("forms_events", small(), on(event)) == [], event
    for event in ("opens:ghost", "done:granted_notice", "action:review", "message:withdraw"):
        assert found("forms_events", small(), on(event)) == [event.partition(":")[2]], event
