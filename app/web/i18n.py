"""What templates can say: texts in the reader's language, days and moments of the office, icons and assets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from flask import Flask, g, request, url_for
from flask_babel import Babel, format_date, get_translations
from markupsafe import Markup

from app import entry
from app.floor import clock
from app.floor.citations import cited, titled
from app.floor.clock import OFFICE, office_date
from app.floor.languages import FOLDER, compile_catalogues, dated
from app.floor.messages import Language, Say, Text

LANGUAGE_COOKIE = "language"
STATIC = Path(__file__).parent / "static"
A_YEAR = 31_536_000
SAFE = "!$'()*,/:;?@"
"""What stands in a query as it is, as everywhere on the pages."""


def speak(app: Flask) -> None:
    compile_catalogues()
    Babel(app, default_translation_directories=str(FOLDER), locale_selector=locale)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda one: entry.spoken(get_translations().ugettext(one)),
        ngettext=lambda one, more, n: entry.spoken(get_translations().ungettext(one, more, n)),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        t=t, language=entry.language, asset=asset, icon=icon, day=day, full_day=full_day, short_day=short_day,
        weekday=weekday, hour=hour, moment=moment, short_moment=short_moment, here=here, article=article,
        law_title=law_title, today=clock.today, series=series,
    )  # fmt: skip
    app.static_folder = str(STATIC)
    app.add_url_rule("/static/<path:filename>", "static", entry.access(entry.PUBLIC)(_static(app)))


def _static(app: Flask) -> Any:
    def static(filename: str) -> Any:
        response = app.send_static_file(filename)
        if filename.startswith("dist/"):  # its names carry the hash of their content
            response.cache_control.max_age, response.cache_control.public = A_YEAR, True
        return response

    return static


def chosen_language() -> Language:
    """Pages are Chinese until somebody switches: many an office has a browser whose own language nobody chose.
    Programs have no switch; they get what they ask for, and Chinese where they ask for nothing that we speak."""
    if entry.by_program():
        return entry.asked_language()
    visit = g.get("visit")
    wanted = visit.language if visit else request.cookies.get(LANGUAGE_COOKIE)
    return "en" if wanted == "en" else "zh"


def locale() -> Locale:
    return entry.LOCALES[chosen_language()]


def t(text: Any) -> Any:
    """A text in the reader's language; what is no text comes back as it is."""
    if isinstance(text, Text | Say):
        return entry.words(text)
    return text.get(entry.language()) if isinstance(text, dict) else text


def series(parts: Iterable[Any]) -> str:
    """Several names in a row, joined as the reader's language does it."""
    return ("、" if entry.language() == "zh" else ", ").join(str(t(one)) for one in parts)


def counted(count: int, most: int) -> str:
    """A number that was counted up to `most`."""
    return str(count) if count < most else f"{most - 1}+"


# built files


@cache
def _manifest(changed: float) -> dict[str, str]:
    found: dict[str, str] = json.loads((STATIC / "dist/manifest.json").read_text())
    return found


def asset(name: str) -> str:
    """The address of a built file. Without a build the pages work, unadorned."""
    path = STATIC / "dist/manifest.json"
    names = _manifest(path.stat().st_mtime) if path.exists() else {}
    return url_for("static", filename=f"dist/{names.get(name, name)}")


def icon(name: str) -> Markup:
    return Markup('<svg class="gw-ic" aria-hidden="true"><use href="{}#{}"/></svg>').format(asset("icons.svg"), name)


# days and moments, as the office reads them


def _local(one: date) -> date:
    return office_date(one) if isinstance(one, datetime) else one


def _year(one: date) -> str:
    return "" if one.year == clock.today().year else f"{one.year}"


def day(one: date) -> str:
    one = _local(one)
    if entry.language() == "en":
        return f"{format_date(one, 'EEEE d MMMM')} {_year(one)}".strip()
    return f"{_year(one)}{'年' if _year(one) else ''}{format_date(one, 'M月d日 EEEE')}"


def full_day(one: date) -> str:
    """With its year, as a document needs it."""
    return dated(_local(one), entry.language())


def weekday(one: date) -> str:
    return str(format_date(_local(one), "EEE"))


def short_day(one: date) -> str:
    one = _local(one)
    return f"{_year(one)}{'-' if _year(one) else ''}{one:%m-%d} {weekday(one)}"


def hour(one: datetime) -> str:
    said = f"{one.astimezone(OFFICE):%H:%M}"
    return "24:00" if said == "00:00" else said


def moment(one: datetime) -> str:
    return f"{day(one)} {hour(one)}"


def short_moment(one: datetime) -> str:
    local = one.astimezone(OFFICE)
    year = _year(local)
    return f"{year}{'-' if year else ''}{local:%m-%d %H:%M}"


def here(**changes: Any) -> str:
    """This address with other query values; None removes one. What a reader has sent stays a query: it names neither
    another address nor another scheme."""
    values = {**request.args, **changes}
    kept = {name: value for name, value in values.items() if value is not None}
    path = url_for(request.endpoint or "home", **(request.view_args or {}))
    return f"{path}?{urlencode(kept, safe=SAFE)}" if kept else path


# texts and articles, as each language cites them


def law_title(title: Any) -> Any:
    """The title of a text that binds, in its marks."""
    return titled(t(title), known=True)


def article(codes: Sequence[str] | str | None) -> str:
    codes = codes.split(", ") if isinstance(codes, str) else codes or ()
    return entry.words(cited(codes))
