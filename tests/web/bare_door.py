"""A door with templates and nothing behind it: the addresses and the functions that they ask for, in one language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask, Response, request, url_for
from flask_babel import Babel, format_date, get_translations
from markupsafe import Markup

from app.floor.clock import OFFICE, office_date
from app.floor.messages import Say, Text, with_terms
from app.rules.terms import TERMS
from config import ROOT
from tests.web.page_samples.ground import TODAY

CATALOGUE = ROOT / "app/floor/translations/zh_CN/LC_MESSAGES/messages.po"
TEMPLATES = ROOT / "app/web/templates"
ICONS = set((ROOT / "frontend/icons.txt").read_text().split())
ENDPOINTS = {
    "home": "/",
    "inbox.tasks": "/inbox",
    "inbox.task": "/inbox/tasks/<id>",
    "inbox.claim": "/inbox/tasks/<id>/claim",
    "inbox.release": "/inbox/tasks/<id>/release",
    "inbox.transfer": "/inbox/tasks/<id>/transfer",
    "inbox.cases": "/cases",
    "inbox.case": "/cases/<id>",
    "inbox.start": "/start",
    "inbox.deadline": "/deadlines/<id>",
    "inbox.letter": "/letters/<number>",
    "inbox.notices": "/notices",
    "inbox.read": "/notices/read",
    "catalogue.resources": "/catalogue",
    "catalogue.resource": "/catalogue/<code>",
    "catalogue.grant": "/grants/<id>",
    "catalogue.granted": "/grants",
    "catalogue.used": "/uses",
    "admin.rules": "/admin/rules",
    "admin.calendar": "/admin/calendar",
    "admin.retry": "/admin/incidents/<id>/retry",
    "session.signin": "/sign-in",
    "session.signout": "/sign-out",
    "session.language": "/language",
}


def door(language: str, translations: Path) -> Flask:
    """An application that can render every template, and answers nothing."""
    app = Flask("shuliu", template_folder=str(TEMPLATES), static_folder=str(ROOT / "app/web/static"))
    app.secret_key = "for tests"
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    app.config["language"] = language
    Babel(app, locale_selector=lambda: "en" if language == "en" else "zh_CN")
    in_general: Callable[[str], str] = lambda text: with_terms(text, TERMS, language)  # noqa: E731
    app.jinja_env.install_gettext_callables(
        gettext=lambda one: in_general(get_translations().ugettext(one)),
        ngettext=lambda one, more, n: in_general(get_translations().ungettext(one, more, n)),
        newstyle=True,
    )
    for endpoint, rule in ENDPOINTS.items():
        app.add_url_rule(rule, endpoint, lambda **_: Response())
    app.jinja_env.globals.update(functions(language))
    return app


def functions(language: str) -> dict[str, Callable[..., Any]]:
    speaks = Speaker(language)
    return {
        "t": speaks.t,
        "language": lambda: language,
        "asset": asset,
        "icon": icon,
        "day": speaks.day,
        "short_day": short_day,
        "full_day": full_day,
        "weekday": weekday,
        "hour": hour,
        "moment": speaks.moment,
        "short_moment": short_moment,
        "here": here,
        "series": speaks.series,
        "article": speaks.article,
        "law_title": speaks.law_title,
        "today": lambda: TODAY,
        "csrf_token": lambda: "a-token",
    }


@dataclass(frozen=True)
class Speaker:
    """What is said differently in each language."""

    language: str

    def t(self, text: Any) -> Any:
        if isinstance(text, Say):
            return str(text)
        if isinstance(text, Text):
            return text.in_("en" if self.language == "en" else "zh")
        return text.get(self.language) if isinstance(text, dict) else text

    def day(self, one: date) -> str:
        one = local(one)
        if self.language == "en":
            return f"{format_date(one, 'EEEE d MMMM')} {year_of(one)}".strip()
        return f"{year_of(one)}{'年' if year_of(one) else ''}{format_date(one, 'M月d日 EEEE')}"

    def moment(self, one: datetime) -> str:
        return f"{self.day(one)} {hour(one)}"

    def series(self, parts: list[Any]) -> str:
        return ("、" if self.language == "zh" else ", ").join(str(self.t(one)) for one in parts)

    def law_title(self, title: Any) -> str:
        said = str(self.t(title))
        return f"《{said}》" if re.search("[\u4e00-\u9fff]", said) else said

    def article(self, codes: list[str] | str) -> str:
        codes = codes.split(", ") if isinstance(codes, str) else codes
        if self.language == "en":
            return "Art. " + ", ".join(codes)
        found = [re.match(r"(\d+)(?:\((\d+)\))?", code) for code in codes]
        return "、".join(
            f"第{_numeral(int(m[1]))}条" + (f"（{_numeral(int(m[2]))}）" if m[2] else "") for m in found if m
        )


def _numeral(n: int) -> str:
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(n, 10)
    return (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones or not tens else "")


def asset(name: str) -> str:
    return f"/static/dist/{name}"


def icon(name: str) -> Markup:
    assert name in ICONS, f"{name} is missing in frontend/icons.txt"
    return Markup('<svg class="gw-ic" aria-hidden="true"><use href="{}#{}"/></svg>').format(asset("icons.svg"), name)


def local(one: date) -> date:
    return office_date(one) if isinstance(one, datetime) else one


def year_of(one: date) -> str:
    """Said only where it is not this year."""
    return "" if one.year == TODAY.year else f"{one.year}"


def weekday(one: date) -> str:
    return str(format_date(local(one), "EEE"))


def full_day(one: date) -> str:
    return f"{one:%Y-%m-%d}"


def short_day(one: date) -> str:
    one = local(one)
    return f"{year_of(one)}{'-' if year_of(one) else ''}{one:%m-%d} {weekday(one)}"


def hour(moment: datetime) -> str:
    said = f"{moment.astimezone(OFFICE):%H:%M}"
    return "24:00" if said == "00:00" else said


def short_moment(one: datetime) -> str:
    return f"{one.astimezone(OFFICE):%m-%d %H:%M}"


def here(**changes: Any) -> str:
    values = {**request.args, **changes}
    return url_for(
        request.endpoint or "home",
        **(request.view_args or {}),
        **{k: v for k, v in values.items() if v is not None},
    )
