"""Flaws: why a text cannot be a voucher code, whether a file, the mint or a brand's service gave it."""

from __future__ import annotations

from huggg.vouchers.card_numbers import is_card_number

CODE_LENGTH_MAX = 64
LOST_CHARACTER = "\ufffd"  # decoders write it for unreadable bytes


def code_flaw(code: str) -> str | None:
    """Name the flaw of a code, as the end of a sentence about it; None for a sound one."""
    if not code or code.isspace():
        return "is empty"
    return text_flaw(code, name="code") or _card_flaw(code)


def pin_flaw(pin: str) -> str | None:
    """Name the flaw of a PIN, likewise."""
    return text_flaw(pin, name="PIN")


def text_flaw(text: str, *, name: str) -> str | None:
    """Name the reason why a till could not show a text letter by letter."""
    if len(text) > CODE_LENGTH_MAX:
        return f"is too long: a {name} has at most {CODE_LENGTH_MAX} characters"
    if not text.isprintable():
        return "has characters that cannot be printed"
    if LOST_CHARACTER in text:
        return "has a character that was lost in another encoding"
    if text != text.strip():
        return "begins or ends with a blank"
    return None


def _card_flaw(code: str) -> str | None:
    if code[0].isdigit() and is_card_number(code):
        return "looks like a payment card number, which must not be kept here"
    return None
