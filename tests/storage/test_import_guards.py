"""The codes of a file that an import takes over, and how imports of one brand take turns."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from huggg.vouchers.import_codes import queries
from tests.support.guards import Row
from tests.support.rows import put, ran

BRAND, OTHER_BRAND, POOL, BATCH = (UUID(int=n) for n in (1, 11, 5, 6))
TAKEN: Row = {"brand_id": BRAND, "segment_id": POOL, "batch_id": BATCH}
NOW, BEFORE, ANOTHER = b"\x01", b"\x02", b"\x03"  # one code under the newest key and the one before


async def _taken(tables: asyncpg.Connection, older: list[bytes] | None) -> bool:
    """Take a code over whose fingerprints these are; tell whether it was new."""
    await tables.execute(queries.stage.sql)
    await tables.execute(
        "INSERT INTO staged VALUES (1, $1, '\\x09', 'infinity', $2::bytea[])", NOW, older
    )
    await ran(tables, queries.take_over, **TAKEN)
    return bool(await tables.fetchval("SELECT count(*) FROM codes WHERE batch_id = $1", BATCH))


@pytest.mark.parametrize("known", [NOW, BEFORE])
async def test_a_code_that_the_brand_has_under_any_key_stays_where_it_is(
    tables: asyncpg.Connection, known: bytes
) -> None:
    await put(tables, "codes", brand_id=1, fingerprint=f"\\x{known.hex()}")
    assert not await _taken(tables, [BEFORE])


@pytest.mark.parametrize("older", [[BEFORE], None])
@pytest.mark.parametrize(
    "beside",
    [
        {"brand_id": 11, "fingerprint": "\\x01"},
        {"brand_id": 11, "fingerprint": "\\x02"},
        {"brand_id": 1, "fingerprint": "\\x03"},
    ],
    ids=["another brand's", "another brand's, under the key before", "another code"],
)
async def test_a_code_is_new_whatever_else_there_is(
    tables: asyncpg.Connection, beside: Row, older: list[bytes] | None
) -> None:
    await put(tables, "codes", **beside)
    assert await _taken(tables, older)


async def test_imports_of_one_brand_take_turns(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    async with first.transaction(), second.transaction():
        await ran(first, queries.one_import_at_a_time, brand_id=BRAND)
        await ran(second, queries.one_import_at_a_time, brand_id=OTHER_BRAND)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await ran(second, queries.one_import_at_a_time, brand_id=BRAND)
