"""Base45 (RFC 9285): bytes in the 45 symbols that a QR code packs tightest."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
BASE = len(ALPHABET)

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}


def base45(raw: bytes) -> str:
    """Write bytes as text: three symbols for two bytes, two for a last one alone."""
    symbols = []
    for at in range(0, len(raw), 2):
        pair = raw[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, BASE)
            symbols.append(ALPHABET[digit])
    return "".join(symbols)


def read_base45(text: str) -> bytes:
    """Read a text. Raises ValueError for one that `base45` writes for no bytes."""
    raw = bytearray()
    for at in range(0, len(text), 3):
        symbols = text[at : at + 3]
        if not set(symbols) <= _VALUES.keys():
            raise ValueError("a symbol of another alphabet")
        value = sum(_VALUES[symbol] * BASE**place for place, symbol in enumerate(symbols))
        size = len(symbols) - 1
        if size == 0 or value >= 256**size:
            raise ValueError("symbols that stand for no bytes")
        raw += value.to_bytes(size, "big")
    return bytes(raw)
