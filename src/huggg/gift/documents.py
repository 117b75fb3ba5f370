"""Texts of catalogue documents, as pages show them."""

from __future__ import annotations

from typing import Any

import msgspec


def texts_of(document: bytes) -> dict[str, Any]:
    """Read the keys of a document."""
    texts: dict[str, Any] = msgspec.json.decode(document, type=dict[str, Any])
    return texts


def text_in(document: dict[str, Any], key: str) -> str:
    """Read a text; a null, another type, and the two quotes that some files have, are empty."""
    value = document.get(key)
    return value.strip() if isinstance(value, str) and value.strip() != '""' else ""
