"""Statements of offline scans: each acts on its own rows, and leaves the others."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from huggg.offline.store import queries
from tests.support.rows import put, ran, standing

BRAND = {"id": 1, "name": "Harbour", "weight": 1, "consolidated": 0}
RULE = {"scans": 5, "value": 25_00, "hours": 2, "losses": "platform"}


async def test_a_brand_has_one_rule_and_no_other_brand_changes(tables: asyncpg.Connection) -> None:
    await put(tables, "brands", published=BRAND)
    await put(tables, "brands", published={**BRAND, "id": 11}, position=2)
    for scans in (5, 6):
        asked = {**RULE, "scans": scans, "brand_id": UUID(int=1)}
        assert len(await ran(tables, queries.set_rule, **asked)) == 1
    assert await ran(tables, queries.set_rule, **RULE, brand_id=UUID(int=7)) == []
    rows = await tables.fetch("SELECT * FROM offline_rules")
    assert rows == [(UUID(int=1), 6, 25_00, 2, "platform")]
    events = await tables.fetch("SELECT kind, subject_id, data ->> 'scans' FROM events ORDER BY id")
    assert events == [("brand.offline_rule_set", UUID(int=1), scans) for scans in ("5", "6")]


async def test_a_rule_is_removed_and_no_other_brands(tables: asyncpg.Connection) -> None:
    for brand in (1, 2):
        await put(tables, "offline_rules", brand_id=brand)
    assert len(await ran(tables, queries.remove_rule, brand_id=UUID(int=1))) == 1
    before = await standing(tables)
    assert await ran(tables, queries.remove_rule, brand_id=UUID(int=1)) == []
    assert await standing(tables) == before
    assert await tables.fetchval("SELECT brand_id FROM offline_rules") == UUID(int=2)
    events = await tables.fetch("SELECT kind, subject_id FROM events")
    assert events == [("brand.offline_rule_removed", UUID(int=1))]
