"""Caching: a caller may keep answers of the catalogue, and revalidate them by their tag.

A tag is a hash of the answer, so it changes with all that a caller sees: rows, embeds, links. A current
answer costs the server as much as a new one, and saves the caller its bytes. Tags are weak, because a
compressed answer and a plain one have the same.
"""

from __future__ import annotations

import re
from hashlib import sha256

TAG_DIGITS = 32  # of hex: 128 bits

KEPT = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Origin"}
"""Kept by the caller alone, as a token is needed; and asked about each time, as a brand may change."""

_ANY = re.compile(r"\s*\*\s*")
_TAG = re.compile(r'\s*(?:(?:W/)?"(?P<opaque>[!#-~\x80-\xff]*)")?\s*(?:,|$)')


def opaque_tag(body: bytes) -> str:
    """Name an answer by a hash of its content."""
    return sha256(body).hexdigest()[:TAG_DIGITS]


def still_holds(if_none_match: str, opaque: str) -> bool:
    """Tell whether `If-None-Match` names this answer: compared weakly, RFC 9110, 13.1.2.

    `if_none_match` is the header's lines joined by commas; one that is no list of tags names nothing.
    """
    if _ANY.fullmatch(if_none_match):
        return True
    position, tags = 0, set()
    while position < len(if_none_match):
        tag = _TAG.match(if_none_match, position)
        if tag is None:
            return False
        tags.add(tag["opaque"])
        position = tag.end()
    return opaque in tags
