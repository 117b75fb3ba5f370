"""More buyers than codes, from two processes, a tenth of them dying half-way."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from uuid import UUID

import pytest

from huggg.database.doctor import examine
from huggg.vouchers.crockford import mint
from huggg.wallets.top_up import top_up
from tests.support import pool_worker
from tests.support.keys import TEST_KEYS
from tests.support.merchants import Merchant, add_merchant, load
from tests.support.world import World

CODES = 5_000
HUGGGS = 5_200
LEASE_SECONDS = "2"


async def test_every_code_is_sold_once_and_none_is_stranded(world: World, database_url: str) -> None:
    await sell_out(world, database_url, codes=CODES, hugggs=HUGGGS)
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []


async def test_without_the_lock_it_would_fail(world: World, database_url: str) -> None:
    with pytest.raises(AssertionError):
        await sell_out(world, database_url, "naive", codes=1_500, hugggs=1_560)


async def sell_out(world: World, url: str, *flags: str, codes: int, hugggs: int) -> None:
    cinema, bought = await crowd(world, codes=codes, hugggs=hugggs)
    halves = bought[: hugggs // 2], bought[hugggs // 2 :]
    drawn = await asyncio.gather(*(run(url, cinema, half, *flags, abandoned=10) for half in halves))
    kept = [line[1] for lines in drawn for line in lines if line[2] == "kept"]
    assert max(Counter(kept).values()) == 1

    await run(url, cinema, await without_voucher(world), *flags, abandoned=10**9)

    async with world.platform.database.transaction() as connection:
        assert await connection.fetchval("SELECT count(*) FROM codes WHERE assigned_at IS NULL") == 0
        assert await connection.fetchval("SELECT count(DISTINCT huggg_id) FROM codes") == codes
        assert await connection.fetchval("SELECT count(*) FROM vouchers") == codes


async def crowd(world: World, *, codes: int, hugggs: int) -> tuple[Merchant, list[str]]:
    cinema = await add_merchant(world.platform, 4, segments=1)
    await load(world.platform, cinema.segments[0], [mint() for _ in range(codes)])
    await top_up(world.platform.database, wallet_id=world.wallet, amount=hugggs * 100)
    await world.buy(cinema.product, quantity=hugggs)
    return cinema, await without_voucher(world)


async def without_voucher(world: World) -> list[str]:
    async with world.platform.database.transaction() as connection:
        rows = await connection.fetch("SELECT id FROM hugggs WHERE voucher_id IS NULL")
    return [str(row["id"]) for row in rows]


async def run(
    url: str, cinema: Merchant, hugggs: list[str], *flags: str, abandoned: int
) -> list[list[str]]:
    """Run one process to its end, and read the codes that it drew."""
    segment: UUID = cinema.segments[0]
    arguments = [url, TEST_KEYS[1].hex(), str(segment), LEASE_SECONDS, str(abandoned), *flags]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", pool_worker.__name__),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate("\n".join(hugggs).encode())
    assert process.returncode == 0, errors.decode()
    return [line.split() for line in output.decode().splitlines()]
