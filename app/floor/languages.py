"""Sentences in both languages at once, for what is kept as it was said; and the translations, compiled where Babel
looks for them (to Babel, zh_CN is zh_Hans_CN) when one has changed."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.floor.messages import Language, Say, Text

FOLDER = Path(__file__).parent / "translations"
CHINESE = "zh_CN"
DAY: dict[Language, tuple[str, Locale]] = {
    "zh": ("y年M月d日", Locale.parse(CHINESE)),
    "en": ("d MMMM y", Locale.parse("en")),
}
"""How a document writes a day, with its year. Locales are found once: for a name Babel looks through its whole list."""


def both(thing: Any) -> Text:
    """A text, a sentence, a day or a plain value as readers of each language read it."""
    if isinstance(thing, Text):
        return thing
    if isinstance(thing, str):
        return Text(thing, thing)
    return Text(_told(thing, "zh"), _told(thing, "en"))


def series(parts: Iterable[Any]) -> Text:
    """Several names in a row, joined as each language does it."""
    texts = [both(one) for one in parts]
    return Text("、".join(one.zh for one in texts), ", ".join(one.en for one in texts))


@lru_cache(1024)
def dated(on: date, language: Language) -> str:
    form, locale = DAY[language]
    return str(format_date(on, form, locale))


def _told(thing: Any, language: Language) -> str:
    if isinstance(thing, str):
        return thing
    if isinstance(thing, date):
        return dated(thing, language)
    if not isinstance(thing, Say):
        return str(thing.in_(language) if isinstance(thing, Text) else thing)
    sentence = thing.english if language == "en" else _chinese().gettext(thing.english)
    return sentence % {name: _told(one, language) for name, one in thing.params.items()} if thing.params else sentence


@cache
def _chinese() -> gettext.NullTranslations:
    compile_catalogues()
    return gettext.translation("messages", FOLDER, [str(Locale.parse(CHINESE))])


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
