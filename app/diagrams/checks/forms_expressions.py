"""The expressions of the forms file read facts, fields and rule keys that there are."""

import difflib
from collections.abc import Iterable, Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.forms import Form, Forms, parse_event
from app.diagrams.symbols import facts, rules
from app.engine.expressions import compile_expression
from app.floor.messages import Say, say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None:
        return
    known, keys = facts(diagram), rules(diagram) or {}
    for element, source in _sources(diagram.forms):
        expression = compile_expression(source)
        for path in sorted(expression.names):
            name, _, rest = path.partition(".")
            field = rest.partition(".")[0]
            if name not in known:
                yield Fault(
                    element, say("%(name)s is never answered in this procedure.", name=name[:60]), _near(name, known)
                )
            elif field and known[name] is not None and field not in (known[name] or ()):
                message = say("%(name)s has no field %(field)s.", name=name, field=field[:60])
                yield Fault(element, message, _near(field, known[name] or ()))
        for call in expression.calls:
            word = str(call.arguments[0])
            if call.function == "rule" and word not in keys:
                yield Fault(
                    element, say("No procedure declares the rule key %(key)s.", key=word[:80]), _near(word, keys)
                )
            if call.function == "answered" and word not in known:
                yield Fault(element, say("There is no step %(name)s.", name=word[:60]), _near(word, known))
    for form in diagram.forms.all_forms():
        for name in form.foresees:
            if name not in known:
                yield Fault(form.key, say("There is no step %(name)s.", name=name[:60]), _near(name, known))
        for key in [field.options_from for field in form.fields if field.options_from is not None]:
            if key not in keys or keys[key].type != "choices":
                yield Fault(form.key, say("%(key)s is no rule of type choices.", key=key), _near(key, keys))


def _near(name: str, known: Iterable[str]) -> Say:
    close = difflib.get_close_matches(name[:80], list(known), n=1)
    return say("Did you mean %(name)s?", name=close[0]) if close else say("Correct it in the forms file.")


def _sources(forms: Forms) -> Iterator[tuple[str, str]]:
    """Every expression of a forms file, with the step that it belongs to."""
    for form in forms.all_forms():
        yield from ((form.key, source) for source in _of_form(form))
    for action in forms.actions.values():
        if action.offered is not None:
            yield action.key, action.offered
    for name, lane in forms.lanes.items():
        if lane.department is not None:
            yield name, lane.department
    for rule in forms.rules.values():
        pauses = [event for span in rule.pauses.values() for event in span.values()]
        for text in [*rule.starts_on, *rule.met_by, *pauses]:
            when = parse_event(text).when
            if when is not None:
                yield rule.key, when


def _of_form(form: Form) -> Iterator[str]:
    for field in form.fields:
        yield from (
            source for source in (field.shown, field.required, field.begins, field.among) if isinstance(source, str)
        )
        yield from (option.when for option in field.options if option.when is not None)
    yield from (check.when for check in form.checks)
    yield from (one.when for one in form.preview if one.when is not None)
