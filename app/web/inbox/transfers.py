"""What a transfer of duties would take along, as macros/_letter.html draws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cases.read import transfer_preview
from app.cases.transition import Transition
from app.diagrams.forms import Form
from app.entry import words


def may_draft(form: Form) -> bool:
    """Whether an answer to this form can transfer entries."""
    return any(
        one.type == "changes" and transfer_preview.TRANSFER in (one.of or (transfer_preview.TRANSFER,))
        for one in form.fields
    )


def told(step: Transition, form: Form, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the transfer that is drafted, or that the case has drafted; nothing where there is none."""
    sentence = transfer_preview.drafted(step, form, data) or transfer_preview.at_stake(step)
    return [{"quote": None, "parts": [{"text": words(sentence), "theirs": False}]}] if sentence else []
