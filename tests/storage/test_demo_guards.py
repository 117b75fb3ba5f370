"""The one huggg that the demo world makes older than any use case can."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from huggg.demo.seed import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import put, ran

AGE: Row = {"huggg_id": UUID(int=1), "days": 400}
CASES = [Guarded(queries.grow_old, "hugggs", {}, AGE, [{"id": 11}])]


async def test_a_huggg_grows_old_by_as_many_days_as_told(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs")
    await ran(tables, queries.grow_old, **AGE)
    ages = "SELECT DATE '2026-06-01' - expiry_date, '2026-01-05 09:00Z' - sent_at FROM hugggs"
    [(days, sent)] = await tables.fetch(ages)
    assert (days, sent.days) == (400, 400)
