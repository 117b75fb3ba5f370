"""The directory: brands, segments and locations with their ids, as operators look them up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries, Statement
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.people.store import names_of

queries = Queries(__file__)


async def brands(database: Database) -> list[Record]:
    """List brands in the order of the published lists, inactive ones as well."""
    return await database.rows(queries.brand_directory)


async def segments(database: Database, *, brand_id: UUID | None = None) -> list[Record]:
    """List segments, all or one brand's."""
    return await database.rows(queries.segment_directory, brand_id=brand_id)


async def locations(database: Database, *, brand_id: UUID | None = None) -> list[Record]:
    """List locations, all or one brand's."""
    return await database.rows(queries.location_directory, brand_id=brand_id)


async def show_brand(database: Database, brand_id: UUID) -> Record:
    """Describe a brand, with counts of its products, stores and segments. Raises Invalid."""
    return await _one(database, queries.describe_brand, "brand", brand_id)


async def show_segment(database: Database, segment_id: UUID) -> Record:
    """Describe a segment, with the ids of its products. Raises Invalid."""
    return await _one(database, queries.describe_segment, "segment", segment_id)


async def show_location(database: Database, vault: Vault, location_id: str) -> dict[str, Any]:
    """Describe a location, with the usernames that are bound to it. Raises Invalid."""
    row = await _one(database, queries.describe_location, "location", location_id)
    names = await names_of(database, vault, row["bound_users"])
    return {**row, "bound_users": sorted(names.values())}


async def _one(database: Database, statement: Statement, noun: str, key: UUID | str) -> Record:
    row = await database.row(statement, id=key)
    if row is None:
        raise Invalid(f"There is no {noun} {key}.")
    return row
