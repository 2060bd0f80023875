"""A regulation with a drawing of its own for a procedure that the others share: people see one procedure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.procedures.test_sixth_regulation import FOLDER, panel_share
from tests.world import World

Open = Callable[..., Any]


def test_a_procedure_with_two_drawings_is_offered_once_as_a_filter(here: World, reader: Open, tmp_path: Path) -> None:
    drawing = tmp_path / "panel_share.bpmn"
    drawing.write_bytes(panel_share().xml())
    forms = str(FOLDER / "panel_share.forms.yaml")
    for command in (
        ("diagrams", "load", str(drawing), "--forms", forms, "--publish"),
        ("rules", "load", str(FOLDER / "xingan.yaml")),
    ):
        told = here.flask(*command)
        assert told.exit_code == 0, told.stderr
    chosen = reader("yima.minzheng.clerk").gets("/inbox").xpath("//select[@name='procedure']/option/@value")
    offered = Counter(chosen)
    assert (offered["conditional_share"], offered["panel_share"]) == (1, 0)
