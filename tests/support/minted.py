"""Codes for code files."""

from __future__ import annotations

from huggg.vouchers import crockford


def mint() -> str:
    """Mint a code that has a digit: one in a hundred has none, and looks like a heading."""
    return f"7{crockford.mint()}"
