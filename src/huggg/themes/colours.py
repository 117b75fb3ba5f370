"""Colours of brands and themes, and their contrast: text is readable on each, or it is refused.

Contrast is that of WCAG 2.2: the relative luminance of two colours, from 1 (alike) to 21.
"""

from __future__ import annotations

import colorsys
import re
from uuid import UUID

from msgspec import Struct

TEXT_CONTRAST_MIN = 4.5
"""The least contrast between a text and its ground (success criterion 1.4.3)."""

PAPER, NIGHT = "#ffffff", "#17151b"
"""The grounds of pages, in the light and the dark colour scheme."""

TINT, NIGHT_TINT = "#f6f3fa", "#211e28"

INKS = ("#ffffff", "#000000")
"""One of the two is readable on every colour."""

DARKEST = 0.04045
"""The part of a colour up to which sRGB is linear."""

MIDDLE = 0.18
"""The luminance of the grey on which black and white are equally readable."""

PALETTE = ("#7a3e9d", "#0b6b5d", "#a63d2f", "#1f5aa8", "#8a5a00", "#9b2c6a", "#3f6b1f", "#4a4fb5")
"""The colours of brands without one of their own: each brand always gets the same one."""

_HEX = re.compile(r"#?(?P<digits>[0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_STEPS = 100


class Colours(Struct, frozen=True):
    """The colours of a page: a ground with its ink, and the same hue for text in both schemes."""

    ground: str
    ink: str
    accent: str  # readable on light paper
    night_accent: str  # readable on dark paper


def read_colour(text: str | None) -> str | None:
    """Read `#a1b2c3`, `a1b2c3` or `#abc`; None for another text."""
    match = _HEX.fullmatch((text or "").strip())
    if match is None:
        return None
    digits = match["digits"].lower()
    return "#" + (digits if len(digits) > len("abc") else "".join(2 * digit for digit in digits))


def colours_of(brand_id: UUID, colour: str | None) -> Colours:
    """Make the colours of a brand's page from the colour in its catalogue, if that is one."""
    return colours_from(read_colour(colour) or PALETTE[brand_id.int % len(PALETTE)])


def colours_from(ground: str) -> Colours:
    """Make the colours of a page from one, which is darkened or lightened where text needs it."""
    ink = max(INKS, key=lambda each: contrast(each, ground))
    return Colours(
        ground=ground,
        ink=ink,
        accent=readable_on(ground, PAPER, TINT),
        night_accent=readable_on(ground, NIGHT, NIGHT_TINT),
    )


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Give the relative luminance of a colour, from 0 (black) to 1 (white)."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable_on(colour: str, *grounds: str) -> str:
    """Give the nearest colour of the same hue that is readable as text on all of these grounds."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    end = 0.0 if luminance(grounds[0]) > MIDDLE else 1.0
    for step in range(_STEPS + 1):
        nearer = lightness + (end - lightness) * step / _STEPS
        candidate = _hex(colorsys.hls_to_rgb(hue, nearer, saturation))
        if all(contrast(candidate, ground) >= TEXT_CONTRAST_MIN for ground in grounds):
            return candidate
    return "#000000" if end == 0 else "#ffffff"


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= DARKEST else ((part + 0.055) / 1.055) ** 2.4


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
