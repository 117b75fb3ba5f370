"""Holds, and the facts for decisions about them, from the database."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.holds.hold import Hold, HoldFacts
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.redemptions.store import find_redemption

queries = Queries(__file__)


def lookup_hold(database: Database, huggg: HugggReference, hold_id: UUID | None) -> Lookup:
    """Prepare to read a huggg and one of its holds, and the clock; None means the hold that stands."""
    return Lookup(database, queries.hold_facts, huggg, hold_id=hold_id)


async def hold_facts_from(database: Database, row: Record) -> HoldFacts | None:
    """Read the facts for a decision to end a hold; None for a missing huggg."""
    if row["id"] is None:
        return None
    redemption_id = row["redemption_id"]
    return HoldFacts(
        sender_id=row["sender_id"],
        sent_at=row["sent_at"],
        honoured_by=frozenset(row["honoured_by"]),
        hold=None if row["hold_id"] is None else _hold_from(row),
        standing_id=row["standing_id"],
        spent=row["spent"],
        redemption=None
        if redemption_id is None
        else await find_redemption(database, row["id"], redemption_id),
    )


def _hold_from(row: Record) -> Hold:
    return Hold(
        id=row["hold_id"],
        huggg_id=row["id"],
        brand_id=row["brand_id"],
        location_id=row["location_id"],
        user_id=row["user_id"],
        client_id=row["client_id"],
        reference=row["reference"],
        created_at=row["created_at"],
        ends_at=row["ends_at"],
        reversed_at=row["reversed_at"],
    )
