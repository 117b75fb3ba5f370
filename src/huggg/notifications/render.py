"""A letter as the two parts of a mail: HTML with style in its elements, and text that stands alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from functools import lru_cache
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

import css_inline
from jinja2 import Template
from markupsafe import escape

from huggg.html.assets import Assets
from huggg.html.templates import build_environment
from huggg.notifications.letter import Button, Letter

TEMPLATE = "notifications/letter.html.j2"

MARK = secrets.token_hex(16)
"""Begins the name of a blank; no text of the template contains it."""


class _Shape(NamedTuple):
    """The places that a letter has in the template."""

    paragraphs: int
    has_quote: bool
    has_link: bool
    small: int
    has_unsubscribe: bool


class _Form(NamedTuple):
    """The template, rendered for letters of one shape: text and words in turns, and their numbers."""

    parts: list[str]  # each other one is to be replaced
    words: list[int]


def html_part(letter: Letter) -> str:
    """Render a letter as HTML; every value is escaped."""
    form, words = _form(_shape_of(letter)), [str(escape(word)) for word in _words(letter)]
    page = form.parts.copy()
    page[1::2] = [words[number] for number in form.words]
    return "".join(page)


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


def _shape_of(letter: Letter) -> _Shape:
    return _Shape(
        len(letter.paragraphs),
        bool(letter.quote),
        letter.link is not None,
        len(letter.small),
        letter.unsubscribe is not None,
    )


def _words(letter: Letter) -> Iterator[str]:
    """Give all words of a letter, in an order that only its shape decides."""
    yield letter.language
    yield letter.subject
    yield from letter.paragraphs
    if letter.quote:
        yield letter.quote
    for button in (letter.link, letter.unsubscribe):
        if button is not None:
            yield button.text
            yield button.url
    yield from letter.small


@lru_cache(maxsize=64)
def _form(shape: _Shape) -> _Form:
    """Render a shape once: to render each letter would take longer than to write the rest of it."""
    blank = _blank_letter(shape)
    numbers = {mark: number for number, mark in enumerate(_words(blank))}
    parts = re.split(rf"({MARK}-\d+;)", _template().render(letter=blank))
    return _Form(parts, [numbers[mark] for mark in parts[1::2]])


def _blank_letter(shape: _Shape) -> Letter:
    """Make a letter of a shape with a mark in place of each word."""
    marks = (f"{MARK}-{number};" for number in count())
    return Letter(
        language=next(marks),
        subject=next(marks),
        paragraphs=tuple(islice(marks, shape.paragraphs)),
        quote=next(marks) if shape.has_quote else None,
        link=Button(next(marks), next(marks)) if shape.has_link else None,
        small=tuple(islice(marks, shape.small)),
        unsubscribe=Button(next(marks), next(marks)) if shape.has_unsubscribe else None,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    """Move the style into the template, once: in each letter it would take longer than its values."""
    environment = build_environment(Assets())
    assert environment.loader is not None  # noqa: S101 - it has one
    source, _, _ = environment.loader.get_source(environment, TEMPLATE)
    css = Path(__file__).with_name("letter.css").read_text(encoding="utf-8")
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, extra_css=css)
    return environment.from_string(inliner.inline(source))
