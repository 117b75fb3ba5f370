"""Money is a whole number of pence, everywhere; pounds exist only as text on the wire."""

from __future__ import annotations

import re

POUNDS = re.compile(r"£?(?P<pounds>\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.(?P<pence>\d{2}))?", re.ASCII)


def pounds(pence: int) -> str:
    """Write `"20.00"`, two decimals always."""
    return f"{pence // 100}.{pence % 100:02d}"


def parse_pounds(text: str) -> int:
    """Read `20`, `20.00`, `£5,000` into pence.

    A comma groups thousands or is refused: passed over, it would turn `12,50` into 1,250 pounds.
    Raises ValueError for that, and for anything but whole pounds or pounds with two digits of pence.
    """
    match = POUNDS.fullmatch(text.strip(" "))
    if match is None:
        raise ValueError(
            f"{text!a} is not an amount of pounds like 1250, 1,250 or 1250.50:"
            " commas group thousands, and pence have two digits"
        )
    return int(match["pounds"].replace(",", "")) * 100 + int(match["pence"] or 0)
