"""What a transfer of duties would take along, as macros/_letter.html draws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cases import taken_along
from app.cases.step import Step
from app.diagrams.forms import Form
from app.door import words


def may_draft(form: Form) -> bool:
    """Whether an answer to this form can transfer entries."""
    return any(
        one.type == "changes" and taken_along.TRANSFER in (one.of or (taken_along.TRANSFER,)) for one in form.fields
    )


def told(step: Step, form: Form, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the transfer that is drafted, or that the case has drafted; nothing where there is none."""
    sentence = taken_along.drafted(step, form, data) or taken_along.at_stake(step)
    return [{"quote": None, "parts": [{"text": words(sentence), "theirs": False}]}] if sentence else []
