"""Money is a whole number of pence, everywhere; pounds exist only as text on the wire."""

from __future__ import annotations

import re

POUNDS = re.compile(r"(?P<pounds>\d{1,12})(?:\.(?P<pence>\d{2}))?", re.ASCII)


def pounds(pence: int) -> str:
    """Write `"20.00"`, two decimals always."""
    return f"{pence // 100}.{pence % 100:02d}"


def parse_pounds(text: str) -> int:
    """Read `20`, `20.00`, `£5,000` into pence. Raises ValueError for anything finer than a penny."""
    match = POUNDS.fullmatch(text.strip().removeprefix("£").replace(",", ""))
    if match is None:
        raise ValueError(f"{text!r} is not an amount of pounds like 20 or 20.50")
    return int(match["pounds"]) * 100 + int(match["pence"] or 0)
