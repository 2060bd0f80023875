"""Every lane, notice and letter that the drawing names has its words in the forms file, and a letter names what there
is."""

from collections.abc import Iterator

from app.diagrams.checks.task_without_lane import is_lane
from app.diagrams.diagram import Diagram, Node
from app.diagrams.findings import Fault, Level
from app.diagrams.forms import LETTER_WORDS, Forms
from app.diagrams.symbols import constants, facts
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None or diagram.process is None:
        return
    for scope, node in diagram.of_kind("userTask"):
        lane = diagram.lane(scope, node)
        if lane and lane.removesuffix("_head") not in diagram.forms.lanes and lane not in diagram.forms.lanes:
            message = say("The lane %(lane)s has no title in the forms file.", lane=lane[:60])
            yield Fault(node.id, message, say("Add it under lanes."))
    for _, node in diagram.of_kind("serviceTask"):
        yield from _words_of(diagram, node)
    yield from _named_in(diagram.forms, diagram)


def _words_of(diagram: Diagram, node: Node) -> Iterator[Fault]:
    forms = diagram.forms
    assert forms is not None
    for parameter in node.parameters:
        for value in constants(parameter.source):
            if (
                node.action in ("notice.send", "holders.tell")
                and parameter.name == "kind"
                and value not in forms.notices
            ):
                message = say("The notice %(name)s has no sentence in the forms file.", name=value[:60])
                yield Fault(node.id, message, say("Add it under notices."))
            if node.action == "letter.issue" and parameter.name == "template" and value not in forms.letters:
                message = say("The letter %(name)s is not in the forms file.", name=value[:60])
                yield Fault(node.id, message, say("Add it under letters."))
            if parameter.name == "to" and not is_lane(diagram, value):
                message = say("The lane %(lane)s is not known.", lane=value[:60])
                yield Fault(node.id, message, say("Name a lane of this procedure."))


def _named_in(forms: Forms, diagram: Diagram) -> Iterator[Fault]:
    """What stands in the braces of a letter: a lane, a word of the letter itself, or a fact with its field."""
    known = facts(diagram)

    def there(name: str) -> bool:
        root, _, rest = name.partition(".")
        fields = known.get(root)
        answered = root in known and (not rest or fields is None or rest.partition(".")[0] in fields)
        if root == "rule":
            return rest in forms.rules and forms.rules[rest].type == "text"
        return name in LETTER_WORDS or answered or (root == "lanes" and is_lane(diagram, rest))

    for template, letter in forms.letters.items():
        for name in sorted(letter.names):
            if not there(name):
                message = say(
                    "The letter %(letter)s names %(name)s, which nothing answers.", letter=template, name=name[:60]
                )
                yield Fault(template, message, say("Correct it in the forms file."))
    for form in forms.all_forms():
        for name in sorted(name for one in form.preview for name in one.names):
            if not there(name):
                message = say(
                    "The preview of %(form)s names %(name)s, which nothing answers.", form=form.key, name=name[:60]
                )
                yield Fault(form.key, message, say("Correct it in the forms file."))
