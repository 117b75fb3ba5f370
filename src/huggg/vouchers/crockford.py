"""Crockford's base 32: codes that people read aloud. No I, L, O or U, and a symbol that catches typos.

The check symbol is the number modulo 37. Five of its 37 values have awkward symbols (`*~$=U`), so only
numbers whose check is a plain symbol are minted; that costs a quarter of a bit.
"""

from __future__ import annotations

import secrets

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_MODULUS = 37
MINTED_SYMBOLS = 12  # 60 bits: typed at an authenticated till


def mint() -> str:
    """Draw a code of 12 symbols and its check symbol."""
    while True:
        number = secrets.randbits(5 * MINTED_SYMBOLS)
        check = number % CHECK_MODULUS
        if check < len(SYMBOLS):
            return _digits(number) + SYMBOLS[check]


def _digits(number: int) -> str:
    shifts = range(5 * (MINTED_SYMBOLS - 1), -1, -5)
    return "".join(SYMBOLS[number >> shift & 31] for shift in shifts)
