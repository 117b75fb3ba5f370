"""Sealed values as text, for addresses and cookies: base64 of the URL alphabet, in one spelling only."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def sealed_text(sealed: bytes) -> str:
    """Write a sealed value as text."""
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def read_sealed_text(text: str) -> bytes:
    """Read a sealed value.

    Raises ValueError for text that is no base64, or the same bytes in another spelling: a text that was
    changed on its way never passes for the original.
    """
    sealed = urlsafe_b64decode(text.encode() + b"==")
    if sealed_text(sealed) != text:
        raise ValueError("not as it was written")
    return sealed
