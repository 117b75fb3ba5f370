"""Payment card numbers, which have no business in a pool of voucher codes."""

from __future__ import annotations

import re

CARD_SHAPE = re.compile(r"\d(?:[ -]?\d){12,18}", re.ASCII)

ISSUER_RANGES = (
    (4, 4),  # Visa
    (51, 55),  # Mastercard
    (2221, 2720),
    (34, 34),  # American Express
    (37, 37),
    (6011, 6011),  # Discover
    (644, 659),
    (62, 62),  # UnionPay
    (3528, 3589),  # JCB
    (300, 305),  # Diners Club
    (36, 36),
    (38, 39),
    (50, 50),  # Maestro
    (56, 61),
    (63, 69),
)


def is_card_number(code: str) -> bool:
    """Tell whether a code has 13 to 19 digits, a card issuer's first ones, and Luhn's check digit."""
    if not CARD_SHAPE.fullmatch(code):
        return False
    digits = [int(symbol) for symbol in code if symbol.isdigit()]
    return _known_issuer(digits) and _luhn(digits)


def _known_issuer(digits: list[int]) -> bool:
    text = "".join(map(str, digits[:4]))
    return any(low <= int(text[: len(str(low))]) <= high for low, high in ISSUER_RANGES)


def _luhn(digits: list[int]) -> bool:
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
