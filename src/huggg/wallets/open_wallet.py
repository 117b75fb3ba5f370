"""Open a wallet for a team."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.kit.names import clean_name

queries = Queries(__file__)


async def open_wallet(
    database: Database, *, team_id: UUID, name: str, wallet_id: UUID | None = None
) -> UUID:
    """Open an empty wallet in pounds; one that exists already stays as it is.

    Raises Invalid for a team that does not exist.
    """
    wallet_id = wallet_id or new_id()
    try:
        await database.rows(
            queries.open_wallet,
            id=wallet_id,
            commitment_id=new_id(),
            team_id=team_id,
            name=clean_name(name, "name"),
        )
    except asyncpg.ForeignKeyViolationError:
        raise Invalid("There is no such team.") from None
    return wallet_id
