"""What an action of a diagram takes and leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.floor.messages import Text

Kind = Literal["text", "number", "yes_no", "items", "list", "nothing", "moment", "any"]
"""What a value is. `items` is a list of item codes; `nothing` is a field left empty; `any` is not known beforehand."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of an action. With `from_timer` it may be left out where the action runs on a timer's path: the
    timer's own task then says who is meant."""

    type: Kind
    required: bool = True
    from_timer: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What a service task can ask for. `results` are the fields of the fact that it leaves under its element; those
    which are codes are read like a form's field of the type that `codes` gives."""

    name: str
    title: Text
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    results: Mapping[str, Kind] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
