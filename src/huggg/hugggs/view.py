"""View: a person opened the gift page of a huggg for the first time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.store import queries


async def view(
    database: Database, *, huggg_id: UUID, client_id: str, link: bytes, now: datetime
) -> bool:
    """Note the first view of a huggg that is sent and live; any other is left as it is: False.

    `link` are the codes of the page's huggg, sealed: it may have moved since.

    The page calls this for people alone: a crawler that follows a link opens nothing.
    """
    row = await database.row(queries.view, huggg_id=huggg_id, client_id=client_id, link=link, now=now)
    return row is not None
