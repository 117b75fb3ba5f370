"""Statements about wallets: their changes, and the guards that stop them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.wallets.open_wallet import queries
from tests.support.guards import Row
from tests.support.rows import put, ran, standing

WALLET, OTHER, COMMITMENT, TEAM, ENTRY = (UUID(int=n) for n in (0x21, 0x31, 0x22, 0x41, 0x51))
OF_WALLET: Row = {"kind": "wallet", "team_id": 0x41, "commitment_id": 0x22, "available": 500}

OPEN: Row = {"id": WALLET, "commitment_id": COMMITMENT, "name": "June", "team_id": TEAM}
TOP_UP: Row = {"id": ENTRY, "wallet_id": WALLET, "amount": 100, "reference": "R1", "by": "amara"}
CORRECT: Row = {**TOP_UP, "reason": "one nought too many"}

MOVES = [pytest.param(queries.top_up, TOP_UP, 600, id="topped up")]
MOVES += [pytest.param(queries.correct, CORRECT, 400, id="corrected")]


async def wallets(tables: asyncpg.Connection) -> dict[UUID, int]:
    return dict(await tables.fetch("SELECT id, available FROM accounts WHERE kind = 'wallet'"))


async def two_wallets(tables: asyncpg.Connection) -> None:
    for id_ in (0x31, 0x21):
        await put(tables, "accounts", **{**OF_WALLET, "id": id_})


async def test_a_wallet_is_opened_once(tables: asyncpg.Connection) -> None:
    await put(tables, "accounts", **{**OF_WALLET, "id": 0x31})
    assert await ran(tables, queries.open_wallet, **OPEN) == [(WALLET,)]
    before = await standing(tables)
    again = {**OPEN, "commitment_id": UUID(int=0x23)}
    assert await ran(tables, queries.open_wallet, **again) == []
    assert await standing(tables) == before


@pytest.mark.parametrize(("statement", "values", "left"), MOVES)
async def test_a_wallet_alone_is(
    tables: asyncpg.Connection, statement: Any, values: Row, left: int
) -> None:
    await two_wallets(tables)
    assert await ran(tables, statement, **values) == [(left,)]
    assert await wallets(tables) == {WALLET: left, OTHER: 500}


@pytest.mark.parametrize(("statement", "values", "left"), MOVES)
async def test_an_account_that_is_no_wallet_is_not(
    tables: asyncpg.Connection, statement: Any, values: Row, left: int
) -> None:
    await put(tables, "accounts", id=0x21, available=1000)  # a merchant's account
    before = await standing(tables)
    assert await ran(tables, statement, **values) == []
    assert await standing(tables) == before, left


@pytest.mark.parametrize("again", [{"reference": "R2"}, {"id": UUID(int=0x52)}], ids=["id", "reference"])
@pytest.mark.parametrize(("statement", "values", "left"), MOVES)
async def test_a_transfer_of_the_same_id_or_reference_is_not_made_again_though_it_is(
    tables: asyncpg.Connection, statement: Any, values: Row, left: int, again: Row
) -> None:
    await two_wallets(tables)
    await ran(tables, statement, **values)
    before = await standing(tables)
    assert await ran(tables, statement, **{**values, **again}) == []
    assert await standing(tables) == before
    assert await wallets(tables) == {WALLET: left, OTHER: 500}


async def test_the_last_penny_can_be_taken_out_again_and_not_one_more(
    tables: asyncpg.Connection,
) -> None:
    await two_wallets(tables)
    before = await standing(tables)
    assert await ran(tables, queries.correct, **{**CORRECT, "amount": 501}) == []
    assert await standing(tables) == before
    assert await ran(tables, queries.correct, **{**CORRECT, "amount": 500}) == [(0,)]


async def test_of_two_corrections_the_later_one_sees_what_is_left(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    await two_wallets(first)
    async with first.transaction():
        await ran(first, queries.correct, **{**CORRECT, "amount": 400})
        other = {**CORRECT, "amount": 400, "id": UUID(int=0x52), "reference": "R2"}
        waiting = asyncio.create_task(ran(second, queries.correct, **other))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    assert await waiting == []
    assert await wallets(first) == {WALLET: 100, OTHER: 500}


async def test_a_top_up_made_before_there_were_entries_is_not_made_again(
    tables: asyncpg.Connection,
) -> None:
    await two_wallets(tables)
    nil = "00000000-0000-0000-0000-000000000000"
    await put(tables, "transfers", id=0x51, huggg_id=nil, kind="fund")
    assert await ran(tables, queries.top_up, **TOP_UP) == []
    assert await wallets(tables) == {WALLET: 500, OTHER: 500}


async def test_a_top_up_of_before_entries_were_made_is_not_done_again(
    tables: asyncpg.Connection,
) -> None:
    await two_wallets(tables)
    await put(tables, "transfers", id=0x51, huggg_id=0, kind="fund")
    assert await ran(tables, queries.top_up, **TOP_UP) == []
    assert await wallets(tables) == {WALLET: 500, OTHER: 500}
