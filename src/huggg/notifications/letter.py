"""A letter: the parts of a message to a person, in their language, before a channel shapes it."""

from __future__ import annotations

from msgspec import Struct


class Button(Struct, frozen=True):
    """An address, and the words on the button that leads there."""

    text: str
    url: str


class Letter(Struct, frozen=True, kw_only=True):
    """A message of any kind. `quote` is the sender's own text, `small` the lines below the button."""

    language: str  # a tag
    subject: str
    paragraphs: tuple[str, ...]
    quote: str | None = None
    link: Button | None = None
    small: tuple[str, ...] = ()
    unsubscribe: Button | None = None
