"""Hugggs in the stages of their life that only time brings."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.store import lookup_huggg
from tests.support.sql import scalar, sql


async def end_yesterday(database: Database, huggg_id: str) -> None:
    """Let yesterday have been the last day of a huggg, where its brand is."""
    await sql(
        database,
        """UPDATE hugggs h
              SET sent_at = h.sent_at - interval '2 days', expiry_date = local.today - 1,
                  expires_at = last_instant(local.today - 1, local.time_zone)
             FROM (SELECT p.id, (now() AT TIME ZONE b.time_zone)::date AS today, b.time_zone
                     FROM products p JOIN brands b ON b.id = p.brand_id) AS local
            WHERE h.id = $1 AND local.id = h.product_id""",
        UUID(huggg_id),
    )


async def schedule_for_now(database: Database, huggg_id: str) -> None:
    """Let the day of a scheduled huggg begin at this moment."""
    await sql(database, "UPDATE hugggs SET sent_at = now() WHERE id = $1", UUID(huggg_id))


async def link_of(database: Database, huggg_id: UUID) -> bytes:
    """Read the codes of a huggg as they are sealed, by which a statement knows its link."""
    return bytes(await scalar(database, "SELECT codes FROM hugggs WHERE id = $1", huggg_id))


def lookup_of(database: Database, huggg: Huggg) -> Lookup:
    """Look a huggg up for a call about it."""
    return lookup_huggg(database, HugggReference(huggg.id, []))
