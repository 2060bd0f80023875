"""Compiles the translations where Babel looks for them (to Babel, zh_CN is zh_Hans_CN), when one has changed."""

from __future__ import annotations

import os
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[1] / "translations"


def compile_catalogues(folder: Path = FOLDER) -> list[Path]:
    """Write each `.mo` that is missing or older than its `.po`; returns what was written."""
    return [made for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")) if (made := _compiled(source))]


def _compiled(source: Path) -> Path | None:
    locale = Locale.parse(source.parents[1].name)
    target = source.parents[2] / str(locale) / "LC_MESSAGES/messages.mo"
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(f".{os.getpid()}")
    with source.open("rb") as text, half.open("wb") as compiled:
        write_mo(compiled, read_po(text, locale=locale))
    half.replace(target)
    return target
