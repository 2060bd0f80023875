"""The codes that rules choose among, as the procedures name them: options, fields, the catalogue's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session

from app.cases.definition_cache import current_plan
from app.cases.documents.wording import BASIS, MODE
from app.diagrams.forms import Forms
from app.floor.messages import Say, Text
from app.rules.pack import Pack
from app.web.changes import SHARE_TYPE

Titles = Mapping[str, Text | Say]


def titles_of(session: Session, pack: Pack, key: str) -> Titles:
    """Code → title, from whichever list of a procedure's forms names all codes of that rule."""
    codes = set(pack.keys[key].of)
    if not codes:
        return {}
    declaring = [
        forms
        for process in pack.procedures.values()
        for forms in current_plan(session, process, pack.jurisdiction).forms.values()
        if key in forms.rules
    ]
    lists = [titles for forms in declaring for titles in (forms.rules[key].names, *_lists(forms, key))]
    return next((titles for titles in [*lists, SHARE_TYPE, MODE, BASIS] if codes <= set(titles)), {})


def _lists(forms: Forms, key: str) -> Iterator[Titles]:
    """What reads the rule itself first, then any list of options, then the fields of a form."""
    fields = [field for form in forms.all_forms() for field in form.fields]
    for field in sorted(fields, key=lambda one: one.options_from != key):
        if field.options:
            yield {option.value: option.title for option in field.options}
    for form in forms.all_forms():
        yield {field.key: field.title for field in form.fields}
