"""Templates rendered with their samples, and what can be read in the markup."""

from __future__ import annotations

import re
from typing import Any

from flask import render_template, render_template_string
from lxml import html

from tests.web.page_samples import PAGES
from tests.web.page_samples.frame import frame


def shown(template: str, **changes: Any) -> html.HtmlElement:
    """A whole page."""
    return html.document_fromstring(render_template(template, **(frame() | PAGES[template] | changes)))


def piece(source: str, **context: Any) -> html.HtmlElement:
    """A macro, or what else is less than a page."""
    return html.fragment_fromstring(render_template_string(source, **context), create_parent="div")


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def without_token(page: str) -> str:
    """The page without its form token, which carries the second in which it was made."""
    return re.sub(r'(name="csrf_token" value=)"[^"]+"', r'\1""', page)
