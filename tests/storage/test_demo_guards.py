"""Which huggg the demo world makes older than any use case can."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from huggg.demo.seed import queries
from tests.support.guards import Guarded
from tests.support.rows import put

AGED = Guarded(queries.grow_old, "hugggs", {}, {"huggg_id": UUID(int=1), "days": 400}, [{"id": 11}])


async def test_one_huggg_grows_old_and_no_other(tables: asyncpg.Connection) -> None:
    await AGED.acts_on_its_row_only(tables)
    await put(tables, "hugggs", id=21)
    days = await tables.fetch("SELECT '2026-06-01' - expiry_date FROM hugggs ORDER BY id")
    assert days == [(400,), (0,), (0,)]
