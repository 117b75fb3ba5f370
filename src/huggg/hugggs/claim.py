"""Claim: a recipient takes a huggg as their own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.errors import HugggAlreadyClaimed
from huggg.hugggs.store import queries


async def claim(
    database: Database, *, huggg_id: UUID, receiver_id: UUID, client_id: str | None, now: datetime
) -> None:
    """Give a live huggg, once it is sent, to its claimer.

    Raises HugggAlreadyClaimed when it is not to be had.
    """
    claimed = await database.row(
        queries.claim, huggg_id=huggg_id, receiver_id=receiver_id, client_id=client_id, now=now
    )
    if claimed is None:
        raise HugggAlreadyClaimed
