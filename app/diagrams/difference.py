"""What is different between two versions of a diagram: steps added, removed, changed or only moved, and the forms."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from app.diagrams.checks.foreign_content import BPMN_DI, DC, DI
from app.diagrams.diagram import NODES, elements, name_of, namespace_of
from app.diagrams.forms import Forms, load_forms
from app.diagrams.models import DiagramVersion
from app.diagrams.xml import BPMN, read_xml
from app.errors import FormsError

COMPARED = NODES | {"sequenceFlow", "lane", "process", "message", "participant"}


@dataclass(frozen=True)
class Difference:
    """Ids of elements, and of parts of the forms file (`tasks.provider_review`), each list in alphabetical order."""

    added: list[str]
    removed: list[str]
    changed: list[str]
    moved: list[str]
    forms_added: list[str]
    forms_removed: list[str]
    forms_changed: list[str]


def difference(old: DiagramVersion, new: DiagramVersion) -> Difference:
    before, after = read_xml(old.bpmn.encode()), read_xml(new.bpmn.encode())
    added, removed, changed = _compare(_steps(before), _steps(after))
    _, _, moved = _compare(_places(before), _places(after))
    return Difference(added, removed, changed, moved, *_compare(_parts(old), _parts(new)))


def _compare(old: dict[str, object], new: dict[str, object]) -> tuple[list[str], list[str], list[str]]:
    changed = [key for key in old.keys() & new.keys() if old[key] != new[key]]
    return sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys()), sorted(changed)


def _steps(root: etree._Element) -> dict[str, object]:
    """Each element by its id, as text without what only draws it and without the steps inside it."""
    return {
        element.get("id", ""): _content(element)
        for element in elements(root)
        if namespace_of(element) == BPMN and name_of(element) in COMPARED and element.get("id")
    }


def _content(element: etree._Element) -> object:
    own = [child for child in element.iterchildren(etree.Element) if name_of(child) not in {*COMPARED, *LINKS}]
    inside = [etree.tostring(child, method="c14n", exclusive=True, with_tail=False).split() for child in own]
    return element.tag, sorted(element.attrib.items()), (element.text or "").strip(), inside


LINKS = ("incoming", "outgoing", "laneSet")
"""Repeat what the flows and lanes say."""


def _places(root: etree._Element) -> dict[str, object]:
    shapes = root.iter(f"{{{BPMN_DI}}}BPMNShape", f"{{{BPMN_DI}}}BPMNEdge")
    return {
        shape.get("bpmnElement", ""): [
            sorted(place.attrib.items()) for place in shape.iterchildren(f"{{{DC}}}Bounds", f"{{{DI}}}waypoint")
        ]
        for shape in shapes
    }


def _parts(version: DiagramVersion) -> dict[str, object]:
    """The parts of a forms file by name; one that cannot be read has none."""
    try:
        forms: Forms = load_forms(version.forms, version.name)
    except FormsError:
        return {}
    parts: dict[str, object] = {"start": forms.start, "title": forms.title}
    for section in ("lanes", "rules", "tasks", "actions", "outcomes", "notices", "letters"):
        parts |= {f"{section}.{name}": thing for name, thing in getattr(forms, section).items()}
    return parts
