"""A form as JSON Schema: what an API caller can rely on."""

from app.diagrams.forms import json_schema, load_forms, validate
from app.diagrams.generators import Anything
from tests.diagrams.drawing import FORMS
from tests.diagrams.forms.test_forms_answer import FACTS, STEP, functions


def schema(form=STEP, language="en"):
    return json_schema(form, FACTS, functions(), language)


def test_every_type_has_its_schema():
    properties = schema()["properties"]
    assert properties["line"]["maxLength"] == 200
    assert properties["page"]["minLength"] == 3
    assert properties["pick"]["enum"] == ["one", "three", None]
    assert properties["pick"]["x-titles"] == {"one": "One", "three": "Three"}
    assert properties["modes"]["items"]["enum"] == ["file", "batch"]
    assert properties["count"] | {"title": ""} == {
        "title": "",
        "type": ["integer", "null"],
        "minimum": -5,
        "maximum": 5,
    }
    assert properties["day"]["format"] == "date"
    assert (properties["several"]["maxItems"], properties["items"]["x-type"]) == (3, "items")
    assert properties["drafts"]["items"]["required"] == ["resource", "action"]
    assert schema()["additionalProperties"] is False


def test_required_is_what_is_required_whatever_is_answered():
    start = load_forms(FORMS, "x").start
    assert schema(start)["required"] == ["purpose", "months"]
    assert schema(start)["properties"]["purpose"]["type"] == "string"
    assert schema()["required"] == []
    assert schema()["properties"]["why"]["x-shown"] == "step.pick == 'one'"


def test_it_speaks_the_readers_language():
    assert (schema(language="zh")["title"], schema(language="en")["title"]) == ("步", "Step")


def test_what_the_schema_describes_is_taken():
    answer = {"line": "x", "pick": "one", "modes": ["file"], "yes": True, "count": 1, "day": "2026-01-05", "why": "y"}
    assert set(answer) <= set(schema()["properties"])
    validate(STEP, answer, facts=FACTS, under="step", functions=functions(), lookup=Anything())
