"""Redemptions, and the facts for decisions about them, from the database."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from asyncpg import Record

from huggg.redemptions.redemption import Location, Redeemed, Redemption, Spendable

_columns: Callable[[Record], tuple[Any, ...]] = itemgetter(*Redemption.__struct_fields__)


def spendable_from(row: Record) -> Spendable | None:
    """Read the facts for a decision to redeem; None for a missing huggg."""
    if row["id"] is None:
        return None
    return Spendable(
        id=row["id"],
        sender_id=row["sender_id"],
        owner_id=row["owner_id"],
        product_id=row["product_id"],
        honoured_by=frozenset(row["honoured_by"]),
        redemption_id=row["redemption_id"],
        cancelled_at=row["cancelled_at"],
        sent_at=row["sent_at"],
        expires_at=row["expires_at"],
    )


def location_from(row: Record) -> Location | None:
    """Read the location that was asked for, if there is one."""
    if row["location_id"] is None:
        return None
    return Location(row["location_id"], row["location_brand_id"])


def redeemed_from(row: Record) -> Redeemed | None:
    """Read the facts for a decision to unredeem; None for a missing huggg."""
    if row["huggg_exists"] is None:
        return None
    latest = redemption_from(row) if row["id"] is not None else None
    return Redeemed(frozenset(row["honoured_by"]), latest, row["requested_exists"])


def redemption_from(row: Record) -> Redemption:
    """Read a redemption."""
    return Redemption(*_columns(row))
