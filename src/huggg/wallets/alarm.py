"""The alarm of a wallet: its team's admins are told once it has less than a level."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.errors import Invalid

queries = Queries(__file__)


async def set_alarm(database: Database, *, wallet_id: UUID, below: int) -> None:
    """Set the level in pence; 0 for no alarm. Raises Invalid for a wallet that does not exist."""
    if await database.row(queries.set_alarm, id=wallet_id, below=below or None) is None:
        raise Invalid(f"There is no wallet {wallet_id}.")
