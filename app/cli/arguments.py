"""What an operator types behind a command: looked at in one place, whatever the command does with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.floor.messages import visible


def look_at_all(command: click.Command) -> None:
    """From now on this command, and each one in it, looks at what it is given before it does anything."""
    for part in command.commands.values() if isinstance(command, click.Group) else ():
        look_at_all(part)
    for parameter in command.params:
        if parameter.callback is None:
            parameter.callback = _looked_at


def _looked_at(context: click.Context, parameter: click.Parameter, given: Any) -> Any:
    """Raises BadParameter for bytes that are no UTF-8 (they come as lone surrogates, which nothing can write), and for
    a text that only seems to be one."""
    for one in given if isinstance(given, tuple) else (given,):
        if not isinstance(one, str | Path):
            continue
        try:
            str(one).encode()
        except UnicodeEncodeError:
            raise click.BadParameter("this is not UTF-8", context, parameter) from None
        if isinstance(one, str) and one and not visible(one):
            raise click.BadParameter("this text shows nothing that anybody sees", context, parameter)
    return given
