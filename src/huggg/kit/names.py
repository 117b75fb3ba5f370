"""Names of things and people: one line without hidden signs."""

from __future__ import annotations

import unicodedata

from huggg.kit.errors import Invalid

LENGTH_MAX = 255

UNUSABLE = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
"""Control characters, halves of surrogate pairs, private signs, ends of lines and of paragraphs."""

TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of writing, so that a name can be read as another one."""

UNSEEN = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0"
)
"""Signs without a width of their own. Joiners and variation selectors are not here: scripts and emoji
need them."""


def clean_name(text: str, field: str) -> str:
    """Trim a name and compose its letters. Raises Invalid where it is empty, long or hides a sign."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LENGTH_MAX:
        raise Invalid(f"{field}: must have 1 to {LENGTH_MAX} characters.")
    for sign in name:
        if unicodedata.category(sign) in UNUSABLE or sign in TURNS or sign in UNSEEN:
            raise Invalid(f"{field}: must not contain {unicodedata.name(sign, f'U+{ord(sign):04X}')}.")
    if all(is_invisible(sign) or sign.isspace() for sign in name):
        raise Invalid(f"{field}: must show something.")
    return name


def is_invisible(sign: str) -> bool:
    """Tell a sign that has no look of its own."""
    return unicodedata.category(sign) == "Cf" or sign in UNSEEN or _selects_variant(sign)


def _selects_variant(sign: str) -> bool:
    return (
        "\ufe00" <= sign <= "\ufe0f"
        or "\U000e0100" <= sign <= "\U000e01ef"
        or "\u180b" <= sign <= "\u180d"
    )
