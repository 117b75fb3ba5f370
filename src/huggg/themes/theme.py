"""A theme, and its rules: each text of a page is readable in its colours, in both colour schemes."""

from __future__ import annotations

import re
from math import floor
from uuid import UUID

from msgspec import Struct

from huggg.kit.errors import Invalid
from huggg.themes.colours import (
    NIGHT,
    NIGHT_TINT,
    PAPER,
    TEXT_CONTRAST_MIN,
    TINT,
    Colours,
    colours_from,
    contrast,
    read_colour,
)

LABEL_MAX = 80

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Pictures(Struct, frozen=True):
    """The names of a logo and a cover, as `/pictures/{name}` serves them; None without one."""

    logo: str | None = None
    cover: str | None = None


class Theme(Struct, frozen=True):
    """The colours and pictures of the gift pages of a team's hugggs."""

    team_id: UUID
    id: str
    label: str
    colours: Colours
    pictures: Pictures = Pictures()


class ChosenColours(Struct, frozen=True):
    """The colours that an operator chose, as texts; those that are None follow from `ground`."""

    ground: str | None = None
    ink: str | None = None
    accent: str | None = None
    night_accent: str | None = None


def check_id(theme_id: str) -> None:
    """Take an id that a purchase can name and a command line can hold. Raises Invalid."""
    if _ID.fullmatch(theme_id) is None:
        raise Invalid(
            "id: must be 1 to 64 letters, digits, hyphens or underscores, a letter or digit first."
        )


def check_label(label: str) -> None:
    """Take a label of some printable characters. Raises Invalid."""
    if not label.strip() or not label.isprintable() or len(label) > LABEL_MAX:
        raise Invalid(f"label: must be text of 1 to {LABEL_MAX} printable characters.")


def colours_chosen(choice: ChosenColours, before: Colours | None) -> Colours:
    """Make the colours of a theme; without a new ground, those that are not chosen stay as they were.

    Raises Invalid for a text that is no colour, for a new theme without a ground, and for a text that
    would be hard to read.
    """
    ground = _colour("ground", choice.ground)
    if ground is None and before is None:
        raise Invalid("ground: is required for a new theme.")
    basis = colours_from(ground) if ground is not None else before
    assert basis is not None  # noqa: S101 - for mypy: one of the two is there
    colours = Colours(
        ground=basis.ground,
        ink=_colour("ink", choice.ink) or basis.ink,
        accent=_colour("accent", choice.accent) or basis.accent,
        night_accent=_colour("night_accent", choice.night_accent) or basis.night_accent,
    )
    check_contrast(colours)
    return colours


def check_contrast(colours: Colours) -> None:
    """Refuse the first text that would be hard to read, by WCAG 2.2 AA. Raises Invalid."""
    for name, text, ground, surface in (
        ("ink", colours.ink, colours.ground, "the theme's ground"),
        ("accent", colours.accent, PAPER, "the page in the light scheme"),
        ("accent", colours.accent, TINT, "tinted parts of the page in the light scheme"),
        ("night_accent", colours.night_accent, NIGHT, "the page in the dark scheme"),
        (
            "night_accent",
            colours.night_accent,
            NIGHT_TINT,
            "tinted parts of the page in the dark scheme",
        ),
    ):
        ratio = contrast(text, ground)
        if ratio < TEXT_CONTRAST_MIN:
            rounded = floor(ratio * 100) / 100  # never rounded up to the least that is allowed
            raise Invalid(
                f"{name}: {text} on {ground}, {surface}, has a contrast of {rounded:.2f}:1,"
                f" and text needs {TEXT_CONTRAST_MIN}:1."
            )


def _colour(name: str, text: str | None) -> str | None:
    if text is None:
        return None
    colour = read_colour(text)
    if colour is None:
        raise Invalid(f"{name}: must be a colour like #6b2fb3.")
    return colour
