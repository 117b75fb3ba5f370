"""A letter as the two parts of a mail: HTML with style in its elements, and text that stands alone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import css_inline
from jinja2 import Template

from huggg.html.assets import Assets
from huggg.html.templates import build_environment
from huggg.notifications.letter import Letter

TEMPLATE = "notifications/letter.html.j2"


def html_part(letter: Letter) -> str:
    """Render a letter as HTML; every value is escaped."""
    return _template().render(letter=letter)


def text_part(letter: Letter) -> str:
    """Write a letter as plain text, with every link that its HTML has."""
    blocks = [*letter.paragraphs]
    if letter.quote:
        blocks.append("\n".join(f"> {line}" for line in letter.quote.splitlines()))
    if letter.link:
        blocks.append(f"{letter.link.text}: {letter.link.url}")
    blocks.extend(letter.small)
    if letter.unsubscribe:
        blocks.append(f"{letter.unsubscribe.text}: {letter.unsubscribe.url}")
    return "\n\n".join(blocks) + "\n"


@lru_cache(maxsize=1)
def _template() -> Template:
    """Move the style into the template, once: in each letter it would take longer than its values."""
    environment = build_environment(Assets())
    assert environment.loader is not None  # noqa: S101 - it has one
    source, _, _ = environment.loader.get_source(environment, TEMPLATE)
    css = Path(__file__).with_name("letter.css").read_text(encoding="utf-8")
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, extra_css=css)
    return environment.from_string(inliner.inline(source))
