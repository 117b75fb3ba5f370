"""Refund policies: whether the value of a huggg that ends unspent returns to its buyer, and when.

A policy is of a team, of a brand, of both together, or of the whole installation. Of those that match a
huggg the most precise one holds, and a team's before a brand's. Without any, the value returns at once,
but for hugggs whose merchant's code was shown.

A code of a pool or of a brand's own service is spent at the merchant's till without a word to this
server. Once an answer had such a code, its huggg counts as spent: the value stays where it is, unless
the policy says that it returns even so.
"""

from __future__ import annotations

from uuid import UUID

import asyncpg
from asyncpg import Record

from huggg.database.pool import Database
from huggg.kit.errors import Invalid
from huggg.transactions.ends.end import queries

AFTER_DAYS_MAX = 3650


async def set_policy(
    database: Database,
    *,
    team_id: UUID | None,
    brand_id: UUID | None,
    after_days: int | None,
    even_shown: bool = False,
) -> None:
    """Set a policy for hugggs that end from now on; `after_days` None: the value never returns.

    With `even_shown` it returns although an answer had the merchant's code.

    Raises Invalid for a team or brand that does not exist.
    """
    try:
        await database.rows(
            queries.set_policy,
            team_id=team_id,
            brand_id=brand_id,
            after_days=after_days,
            even_shown=even_shown,
        )
    except asyncpg.ForeignKeyViolationError as error:
        owner = "team" if "team_id" in str(error.constraint_name) else "brand"
        raise Invalid(f"There is no {owner} {team_id if owner == 'team' else brand_id}.") from None


async def remove_policy(database: Database, *, team_id: UUID | None, brand_id: UUID | None) -> None:
    """Remove a policy, so that a less precise one holds. Raises Invalid."""
    row = await database.row(queries.remove_policy, team_id=team_id, brand_id=brand_id)
    if row is None:
        raise Invalid("There is no refund policy for exactly this team and brand.")


async def policies(database: Database) -> list[Record]:
    """List all policies, the most precise first."""
    return await database.rows(queries.policies)
