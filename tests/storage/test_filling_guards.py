"""Columns that older rows are given in batches: the rows that get theirs, and the order of locks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.queries import Statement
from huggg.hugggs.store import queries
from huggg.identity import seal_people
from huggg.transactions import move_messages
from tests.support.guards import Row
from tests.support.rows import put, ran
from tests.support.waiting import waits_for_lock


@dataclass(frozen=True)
class Filling:
    """A statement that fills a column of the first two rows of three, which have keys in this order."""

    statement: Statement
    table: str
    rows: Sequence[Row]
    key: str
    keys: Sequence[Any]
    column: str
    values: Row
    filled: Any  # of the second row
    before: Any  # in a row that has something

    async def prepare(self, tables: asyncpg.Connection) -> None:
        """Put the rows, not in the order of their keys."""
        first, second, third = self.rows
        for row in (second, first, third):
            await put(tables, self.table, **row)

    async def fill_first(self, tables: asyncpg.Connection) -> None:
        """Fill the first row as another server does."""
        text = f"UPDATE {self.table} SET {self.column} = $2 WHERE {self.key} = $1"  # noqa: S608
        await tables.execute(text, self.keys[0], self.before)

    async def column_of(self, tables: asyncpg.Connection) -> dict[Any, Any]:
        text = f"SELECT {self.key}, {self.column} FROM {self.table}"  # noqa: S608
        return dict(await tables.fetch(text))

    async def lock(self, tables: asyncpg.Connection, place: int, *, wait: bool) -> int:
        """Lock one row; tell how many were got."""
        text = f"SELECT FROM {self.table} WHERE {self.key} = $1 FOR UPDATE"
        return len(await tables.fetch(text + ("" if wait else " SKIP LOCKED"), self.keys[place]))


FILLINGS = [
    Filling(
        queries.keep_redeem_codes,
        "shortcodes",
        tuple({"fingerprint": f"\\x0{number}", "huggg_id": number} for number in (1, 2, 3)),
        "fingerprint",
        (b"\1", b"\2", b"\3"),
        "redeem_fingerprint",
        {"fingerprints": [b"\2", b"\1"], "redeem_fingerprints": [b"\x12", b"\x11"]},
        filled=b"\x12",
        before=b"\x13",
    ),
    Filling(
        queries.keep_words,
        "transactions",
        tuple({"id": number} for number in (1, 2, 3)),
        "id",
        tuple(UUID(int=number) for number in (1, 2, 3)),
        "word_key",
        {
            "ids": [UUID(int=2), UUID(int=1)],
            "olds": [None, None],
            "news": [7, 7],
            "fingerprints": ["-5 12", "12"],
        },
        filled=7,
        before=8,
    ),
    Filling(
        seal_people.queries.seal_people,
        "users",
        tuple({"id": number} for number in (1, 2, 3)),
        "id",
        tuple(UUID(int=number) for number in (1, 2, 3)),
        "personal",
        {
            "ids": [UUID(int=2), UUID(int=1)],
            "personals": [b"\x12", b"\x11"],
            **{name: [None, None] for name in ("exact", "folded", "keys", "phones")},
        },
        filled=b"\x12",
        before=b"\x13",
    ),
    Filling(
        move_messages.queries.seal_plans,
        "payments",
        tuple({"id": number, "transaction_id": number} for number in (1, 2, 3)),
        "id",
        tuple(UUID(int=number) for number in (1, 2, 3)),
        "sealed_plan",
        {"ids": [UUID(int=2), UUID(int=1)], "sealed": [b"\x12", b"\x11"]},
        filled=b"\x12",
        before=b"\x13",
    ),
    *(
        Filling(
            statement,
            table,
            tuple({key: number, **row} for number in (1, 2, 3)),
            key,
            tuple(UUID(int=number) for number in (1, 2, 3)),
            column,
            {"ids": [UUID(int=2), UUID(int=1)], "sealed": [b"\x12", b"\x11"], **values},
            filled=b"\x12",
            before=b"\x13",
        )
        for statement, table, key, column, row, values in (
            (
                *(move_messages.queries.seal_messages, "transactions", "id", "sealed_message"),
                *({"message": "Hi"}, {"receiver_ids": [None, None]}),
            ),
            (
                *(move_messages.queries.seal_own_messages, "own_messages", "huggg_id", "sealed_message"),
                *({"message": "\\x01", "sealed_message": None}, {}),
            ),
            (
                *(move_messages.queries.seal_thanks, "thanks", "huggg_id", "sealed"),
                *({}, {"person_ids": [None, None], "for_older_servers": [b"", b""]}),
            ),
        )
    ),
]

Two = tuple[asyncpg.Connection, asyncpg.Connection]

each_filling = pytest.mark.parametrize(
    "filling", [pytest.param(filling, id=filling.statement.name) for filling in FILLINGS]
)


@each_filling
async def test_each_row_gets_its_own_unless_it_has_some(
    tables: asyncpg.Connection, filling: Filling
) -> None:
    await filling.prepare(tables)
    await filling.fill_first(tables)
    assert len(await ran(tables, filling.statement, **filling.values)) == 1
    right = dict(zip(filling.keys, (filling.before, filling.filled, None), strict=True))
    assert await filling.column_of(tables) == right


@each_filling
async def test_a_row_that_another_server_fills_meanwhile_stays(two: Two, filling: Filling) -> None:
    first, second = two
    await filling.prepare(first)
    async with first.transaction():
        await filling.fill_first(first)
        waits = asyncio.create_task(ran(second, filling.statement, **filling.values))
        await waits_for_lock(second, beside=first)
    assert len(await waits) == 1
    assert (await filling.column_of(first))[filling.keys[0]] == filling.before


@each_filling
async def test_rows_are_locked_in_the_order_of_their_keys(two: Two, filling: Filling) -> None:
    """While the first of them is another server's, this one has none of the others."""
    first, second = two
    await filling.prepare(first)
    async with first.transaction():
        await filling.lock(first, 0, wait=True)
        waits = asyncio.create_task(ran(second, filling.statement, **filling.values))
        await waits_for_lock(second, beside=first)
        assert await filling.lock(first, 1, wait=False) == 1
    assert len(await waits) == 2
