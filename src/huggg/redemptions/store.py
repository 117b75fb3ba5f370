"""Redemptions, and the facts for decisions about them, from the database."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.redemptions.redemption import Location, RedeemedHuggg, Redemption, Spendable
from huggg.redemptions.sale import NO_SALE, Sale

queries = Queries(__file__)

_NAMES = [name for name in Redemption.__struct_fields__ if name != "sale"]
_columns: Callable[[Record], tuple[Any, ...]] = itemgetter(*_NAMES)
_latest: Callable[[Record], tuple[Any, ...]] = itemgetter(  # beside a huggg, whose id is `id`
    *("redemption_id" if name == "id" else name for name in _NAMES)
)
_sale: Callable[[Record], tuple[Any, ...]] = itemgetter(
    "sale_reference", "receipt_number", "staff", "rung_up"
)


def spendable_from(row: Record) -> Spendable | None:
    """Read the facts for a decision to redeem; None for a missing huggg."""
    if row["id"] is None:
        return None
    return Spendable(
        id=row["id"],
        sender_id=row["sender_id"],
        owner_id=row["owner_id"],
        product_id=row["product_id"],
        awaits_pick=row["choice_id"] == row["product_id"],
        honoured_by=frozenset(row["honoured_by"]),
        redemption_id=row["redemption_id"],
        cancelled_at=row["cancelled_at"],
        sent_at=row["sent_at"],
        expires_at=row["expires_at"],
        held_until=row["held_until"],
    )


def location_from(row: Record) -> Location | None:
    """Read the location that was asked for, if there is one."""
    if row["location_id"] is None:
        return None
    return Location(row["location_id"], row["location_brand_id"])


def redeemed_from(row: Record) -> RedeemedHuggg | None:
    """Read the facts for a decision to unredeem; None for a missing huggg."""
    if row["id"] is None:
        return None
    latest = _redemption(_latest, row) if row["redemption_id"] is not None else None
    return RedeemedHuggg(frozenset(row["honoured_by"]), latest, row["requested_exists"])


async def find_redemption(database: Database, huggg_id: UUID, redemption_id: UUID) -> Redemption | None:
    """Read one redemption of a huggg, None where it has none of this id."""
    row = await database.row(queries.redemption, huggg_id=huggg_id, id=redemption_id)
    return None if row is None else redemption_from(row)


def redemption_from(row: Record) -> Redemption:
    """Read a redemption."""
    return _redemption(_columns, row)


def _redemption(columns: Callable[[Record], tuple[Any, ...]], row: Record) -> Redemption:
    # mypy takes the unpacked values for all parameters
    return Redemption(*columns(row), Sale(*_sale(row)))  # type: ignore[call-arg]


def sale_document(sale: Sale) -> str | None:
    """Write a sale for the record statement; None where the till told nothing."""
    return None if sale is NO_SALE else msgspec.json.encode(sale).decode()
