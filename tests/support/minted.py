"""Codes of the mint, checked by the definition of Crockford's base 32 and not by the code that mints."""

from __future__ import annotations

from functools import reduce

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def is_minted(code: str) -> bool:
    """Tell whether a code is twelve symbols, and the one that their number has modulo 37."""
    if len(code) != 13 or not set(code) <= set(SYMBOLS):
        return False
    number = reduce(lambda so_far, symbol: so_far * 32 + SYMBOLS.index(symbol), code[:-1], 0)
    return SYMBOLS.find(code[-1]) == number % 37
