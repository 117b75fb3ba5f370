"""A statement: a merchant's redemptions of a period added up, by location and class of VAT."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from huggg.kit.platform import Platform
from huggg.redemptions.search import Period
from huggg.redemptions.store import queries
from huggg.redemptions.till_view import Vat, vat_of

SUMS = ("redemptions", "value", "taken_back", "taken_back_value")


class StatementLine(Struct, frozen=True):
    """The redemptions of one class of VAT at one location, in pence.

    `redemptions` are those that stand now, and `taken_back` those that were taken back since.
    """

    location_id: str
    location: str
    vat: Vat
    currency: str
    redemptions: int
    value: int
    taken_back: int
    taken_back_value: int


async def statement_of(
    platform: Platform, brand_id: UUID, period: Period, *, location_ids: Sequence[str] | None = None
) -> list[StatementLine]:
    """Add up the redemptions that a brand's tills made in a period. Raises DatabaseAwayError."""
    rows = await platform.database.planned(
        queries.statement,
        brand_id=brand_id,
        location_ids=location_ids,
        since=period.since,
        until=period.until,
    )
    lines: dict[tuple[str, Vat, str], StatementLine] = {}
    for row in rows:
        line = _line(row)
        key = line.location_id, line.vat, line.currency
        lines[key] = _sum(lines[key], line) if key in lines else line
    return list(lines.values())


def _line(row: Record) -> StatementLine:
    return StatementLine(
        location_id=row["location_id"],
        location=row["location"],
        vat=vat_of(row["voucher_type"], row["rate"]),
        currency=row["currency"],
        redemptions=row["redemptions"],
        value=int(row["value"]),
        taken_back=row["taken_back"],
        taken_back_value=int(row["taken_back_value"]),
    )


def _sum(one: StatementLine, other: StatementLine) -> StatementLine:
    """Add up the lines of two products of one class."""
    sums = {name: getattr(one, name) + getattr(other, name) for name in SUMS}
    return msgspec.structs.replace(one, **sums)


def vat_words(vat: Vat) -> str:
    """Write a class of VAT as a statement has it: `single, 20 %`, `multi`, `unknown`."""
    if vat.rate is None:
        return vat.voucher_class.value
    return f"{vat.voucher_class.value}, {vat.rate:g} %"
