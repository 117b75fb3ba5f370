from __future__ import annotations

import asyncio

from tests.support.schema import SCHEMA, dump


async def test_the_documented_schema_is_what_migrations_make() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == await asyncio.to_thread(dump)
