"""Withdraw: the codes of a batch that no huggg has leave their pool."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.vouchers.errors import UnknownScope
from huggg.vouchers.store import queries


async def withdraw(database: Database, *, batch_id: UUID) -> int:
    """Take the unassigned codes of a batch out of its pool, and count them.

    A code that is just being drawn goes too: its drawer finds it gone and draws another. Raises
    UnknownScope.
    """
    [row] = await database.bulk(queries.withdraw, batch_id=batch_id)
    if not row["is_known"]:
        raise UnknownScope(f"There is no batch {batch_id}.")
    withdrawn: int = row["withdrawn"]
    return withdrawn
