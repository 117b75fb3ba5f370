"""Set the rule of a brand for offline scans, or take it away."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.kit.errors import Invalid
from huggg.kit.money import pounds
from huggg.offline.rule import VALUE_MAX, OfflineRule
from huggg.offline.store import queries


async def set_rule(database: Database, brand_id: UUID, rule: OfflineRule) -> None:
    """Set a brand's allowance of offline scans, and show offline codes on its gifts. Raises Invalid."""
    if not 1 <= rule.value <= VALUE_MAX:
        raise Invalid(f"value: must be between £0.01 and £{pounds(VALUE_MAX)}.")
    row = await database.row(
        queries.set_rule,
        brand_id=brand_id,
        scans=rule.scans,
        value=rule.value,
        hours=rule.hours,
        losses=rule.losses,
    )
    if row is None:
        raise Invalid(f"There is no brand {brand_id}.")


async def remove_rule(database: Database, brand_id: UUID) -> bool:
    """Stop offline scans at a brand: devices learn it with their next refresh. False if it had none."""
    return await database.row(queries.remove_rule, brand_id=brand_id) is not None


async def rules(database: Database) -> list[Record]:
    """List the rules of all brands, by the brands' names."""
    return await database.rows(queries.rules)
