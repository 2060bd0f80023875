"""The forms of a procedure: the questions of each step, the rule keys and the words of one `.forms.yaml`."""

from app.diagrams.forms.basis import BASIS_KINDS, basis_words, item_reason_words
from app.diagrams.forms.events import Event, ordering_event, parse_event
from app.diagrams.forms.field_values import NOBODY_RIGHT, POINT_CODES, POINT_TEXTS, SIDE_RIGHT, clean_text, in_point
from app.diagrams.forms.loader import check_forms, load_forms
from app.diagrams.forms.model import (
    BUILT_IN_LANES,
    FIELD_TYPES,
    LETTER_WORDS,
    SYSTEM_SENDER,
    Addressee,
    Cited,
    Field,
    Form,
    FormCheck,
    Forms,
    Lane,
    LetterTemplate,
    Option,
    Paragraph,
    Sender,
    SideAction,
    TaskForm,
)
from app.diagrams.forms.schema import json_schema
from app.diagrams.forms.validation import Lookup, ShownField, from_page, judged_basis, shown_fields, validate

__all__ = [
    "BASIS_KINDS",
    "BUILT_IN_LANES",
    "FIELD_TYPES",
    "LETTER_WORDS",
    "NOBODY_RIGHT",
    "POINT_CODES",
    "POINT_TEXTS",
    "SIDE_RIGHT",
    "SYSTEM_SENDER",
    "Addressee",
    "Cited",
    "Event",
    "Field",
    "Form",
    "FormCheck",
    "Forms",
    "Lane",
    "LetterTemplate",
    "Lookup",
    "Option",
    "Paragraph",
    "Sender",
    "ShownField",
    "SideAction",
    "TaskForm",
    "basis_words",
    "check_forms",
    "clean_text",
    "from_page",
    "in_point",
    "item_reason_words",
    "json_schema",
    "judged_basis",
    "load_forms",
    "ordering_event",
    "parse_event",
    "shown_fields",
    "validate",
]
