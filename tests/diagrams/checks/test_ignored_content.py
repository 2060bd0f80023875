"""ignored_content"""

from tests.diagrams.drawing import changed, found, properties, small


def test_unknown_properties_are_not_published():
    for name, on in (("outcome", "review"), ("color", "review"), ("lane", "end_granted"), ("lane.x", "review")):
        kind = "userTask" if on == "review" else "endEvent"
        text = changed(small(), f'<bpmn:{kind} id="{on}">', f'<bpmn:{kind} id="{on}">' + properties(**{name: "x"}))
        assert found("ignored_content", text) == [on], name


def test_notes_and_data_that_the_engine_ignores_are_not_published():
    for inside in ("<bpmn:dataObjectReference id='data'/>", "<bpmn:dataObject id='data'/>"):
        assert found("ignored_content", changed(small(), "</bpmn:process>", inside + "</bpmn:process>")) == ["data"]
    note = "<spiffworkflow:instructionsForEndUser>x</spiffworkflow:instructionsForEndUser>"
    note = f"<bpmn:extensionElements>{note}</bpmn:extensionElements>"
    assert found(
        "ignored_content", changed(small(), '<bpmn:userTask id="review">', '<bpmn:userTask id="review">' + note)
    ) == ["review"]


def test_a_draft_may_hold_them():
    inside = changed(small(), "</bpmn:process>", "<bpmn:dataObject id='data'/></bpmn:process>")
    assert found("ignored_content", inside, level="draft") == []
