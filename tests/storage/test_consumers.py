"""Consumers read events in commit order, miss none, and act on each once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from huggg.database.migrate import migrate
from huggg.database.pool import Database
from huggg.database.positions import RestoredElsewhereError, refuse_positions_ahead
from huggg.database.sessions import connect
from huggg.events import consumer as consumer_module
from huggg.events.consumer import Consumer, catch_up, consume, lag_of_consumers
from huggg.events.event import Event
from tests.support.consumers import read_all
from tests.support.guards import Guard
from tests.support.sql import scalar, sql

ADD = "INSERT INTO events (subject_id, kind, at) VALUES ($1, $2, now())"
WANTED, UNWANTED = "huggg.claimed", "team.created"
HORIZON = "\n       AND position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint + event_base()"
READ_BELOW = Guard(consumer_module.queries, "read_log", HORIZON)
ONE_READER = Guard(consumer_module.queries, "claim_reading", "\n   FOR UPDATE SKIP LOCKED")


@pytest.fixture
async def consumer(database: Database) -> Consumer:
    """A consumer that writes the subject of each event into a table, in the order in which they come."""
    await sql(database, "CREATE TABLE effects (n bigint GENERATED ALWAYS AS IDENTITY, subject_id uuid)")
    return Consumer("notes", frozenset({WANTED}), note)


async def note(connection: asyncpg.Connection, events: Sequence[Event]) -> None:
    await connection.executemany(
        "INSERT INTO effects (subject_id) VALUES ($1)", [(event.subject_id,) for event in events]
    )


async def add(database: Database, number: int, kind: str = WANTED) -> None:
    await sql(database, ADD, UUID(int=number), kind)


async def subject_ids(database: Database) -> list[int]:
    return [
        row["subject_id"].int for row in await sql(database, "SELECT subject_id FROM effects ORDER BY n")
    ]


@asynccontextmanager
async def open_transaction(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that has an id and is not over before the block is."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_current_xact_id()")
            yield connection
    finally:
        await connection.close()


async def test_events_come_once_in_the_order_of_their_transactions(
    database: Database, consumer: Consumer
) -> None:
    for number in range(5):
        await add(database, number)
    assert await consume(database, consumer)
    assert not await consume(database, consumer)
    await add(database, 5)
    await read_all(database, consumer)
    assert await subject_ids(database) == [0, 1, 2, 3, 4, 5]


async def test_a_batch_ends_amid_a_transaction_and_the_next_goes_on_there(
    database: Database, consumer: Consumer
) -> None:
    subjects = [UUID(int=number) for number in range(5)]
    await sql(
        database,
        "INSERT INTO events (subject_id, kind, at) SELECT s, $2, now() FROM unnest($1::uuid[]) AS s",
        subjects,
        WANTED,
    )
    while await consume(database, consumer, most=2):
        pass
    assert await subject_ids(database) == [0, 1, 2, 3, 4]


async def test_kinds_that_are_not_wanted_are_passed_over(database: Database, consumer: Consumer) -> None:
    for number in range(6):
        await add(database, number, WANTED if number == 3 else UNWANTED)
    while await consume(database, consumer, most=2):
        pass
    assert await subject_ids(database) == [3]
    assert await lag_of_consumers(database) == {"notes": 0.0}


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
async def test_an_event_committed_late_is_not_missed_only_because_reading_stops_before_it(
    database: Database,
    database_url: str,
    consumer: Consumer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    guarded: bool,
) -> None:
    if not guarded:
        READ_BELOW.take_away(monkeypatch)
    await add(database, 0)
    async with open_transaction(database_url) as slow:
        await slow.execute(ADD, UUID(int=1), WANTED)
        await add(database, 2)
        await catch_up(database, consumer)
        assert await subject_ids(database) == ([0] if guarded else [0, 2])
    await read_all(database, consumer)
    assert await subject_ids(database) == ([0, 1, 2] if guarded else [0, 2])


async def test_a_transaction_that_stays_open_holds_consumers_back_and_the_lag_tells(
    database: Database, database_url: str, consumer: Consumer
) -> None:
    await read_all(database, consumer)
    async with open_transaction(database_url):
        await add(database, 1)
        await sql(database, "UPDATE events SET at = at - interval '1 minute'")
        assert not await consume(database, consumer)
        assert 60 <= (await lag_of_consumers(database))["notes"] < 120
    await read_all(database, consumer)
    assert await lag_of_consumers(database) == {"notes": 0.0}
    assert await subject_ids(database) == [1]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "unguarded"])
async def test_two_workers_act_once_only_because_one_reads_at_a_time(
    database: Database,
    database_url: str,
    consumer: Consumer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    guarded: bool,
) -> None:
    if not guarded:
        ONE_READER.take_away(monkeypatch)
    await read_all(database, consumer)
    await add(database, 1)
    both_read = asyncio.Barrier(2)

    async def slowly(connection: asyncpg.Connection, events: Sequence[Event]) -> None:
        async with asyncio.timeout(5):
            await both_read.wait()
        await note(connection, events)

    async def at_once(connection: asyncpg.Connection, events: Sequence[Event]) -> None:
        await both_read.wait()
        await note(connection, events)

    other = await connect(database_url, connections_max=3)
    if guarded:
        first = asyncio.create_task(consume(database, Consumer("notes", consumer.kinds, slowly)))
        await asyncio.sleep(0.3)
        assert not await consume(other, consumer)
        await both_read.wait()
        assert await first
        assert await subject_ids(database) == [1]
    else:
        consumers = [Consumer("notes", consumer.kinds, act) for act in (slowly, at_once)]
        await asyncio.gather(
            *(consume(each, reader) for each, reader in zip((database, other), consumers, strict=True))
        )
        assert await subject_ids(database) == [1, 1]
    await other.close()


async def test_an_effect_that_fails_leaves_the_cursor_where_it_was(
    database: Database, consumer: Consumer
) -> None:
    await add(database, 1)

    async def broken(connection: asyncpg.Connection, events: Sequence[Event]) -> None:
        await note(connection, events)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await consume(database, Consumer("notes", consumer.kinds, broken))
    assert await subject_ids(database) == []
    await read_all(database, consumer)
    assert await subject_ids(database) == [1]


async def test_two_workers_that_begin_a_consumer_give_it_one_cursor(
    database: Database, consumer: Consumer
) -> None:
    await add(database, 1)
    for _ in range(2):
        await database.rows(consumer_module.queries.add_consumer, consumer="notes")
    await read_all(database, consumer)
    assert await scalar(database, "SELECT count(*) FROM cursors") == 1
    assert await subject_ids(database) == [1]


async def test_a_consumer_moves_its_own_cursor_and_no_other(
    database: Database, consumer: Consumer
) -> None:
    await sql(database, "INSERT INTO cursors (consumer, position) VALUES ('another', 1000000000)")
    await add(database, 1)
    await read_all(database, consumer)
    assert await subject_ids(database) == [1]
    assert (
        await scalar(database, "SELECT position FROM cursors WHERE consumer = 'another'") == 1000000000
    )


KILLED = """
import asyncio, os, sys
from huggg.database.sessions import connect
from huggg.events.consumer import Consumer, consume

async def act(connection, events):
    await connection.execute("INSERT INTO effects (subject_id) VALUES ($1)", events[0].subject_id)
    os.kill(os.getpid(), 9)

async def main():
    database = await connect(sys.argv[1], connections_max=3)
    await consume(database, Consumer("notes", frozenset({sys.argv[2]}), act))

asyncio.run(main())
"""


async def test_a_worker_killed_between_effect_and_cursor_leaves_neither(
    database: Database, database_url: str, consumer: Consumer
) -> None:
    await add(database, 1)
    command = [sys.executable, "-c", KILLED, database_url, WANTED]
    killed = await asyncio.to_thread(subprocess.run, command, check=False)
    assert killed.returncode == -9
    await read_all(database, consumer)
    assert await subject_ids(database) == [1]


async def test_an_event_of_an_older_server_gets_its_position_from_the_table(database: Database) -> None:
    await add(database, 1)
    assert await scalar(database, "SELECT position > 0 FROM events")


RESTORED = "UPDATE events SET position = position + 1000000000"
"""The rows that a dump would bring of a cluster that had counted a billion transactions more."""


async def test_a_dump_restored_into_a_younger_cluster_goes_on_where_it_was(
    database: Database, database_url: str, consumer: Consumer
) -> None:
    for number in (1, 2):
        await add(database, number)
    await sql(database, RESTORED)
    await sql(
        database,
        "INSERT INTO cursors (consumer, position, event_id)"
        " SELECT 'notes', position, id FROM events WHERE subject_id = $1",
        UUID(int=1),
    )
    connection = await asyncpg.connect(database_url)
    with pytest.raises(RestoredElsewhereError, match="run `huggg migrate`"):
        await refuse_positions_ahead(connection)
    await migrate(database_url)
    await refuse_positions_ahead(connection)
    await connection.close()
    await add(database, 3)
    await read_all(database, consumer)
    assert await subject_ids(database) == [2, 3]
    await migrate(database_url)  # once more changes nothing
    await add(database, 4)
    await read_all(database, consumer)
    assert await subject_ids(database) == [2, 3, 4]


async def test_without_a_raised_base_events_of_a_restored_database_are_missed(
    database: Database, consumer: Consumer
) -> None:
    await add(database, 1)
    await read_all(database, consumer)
    await sql(database, RESTORED)
    await sql(database, "UPDATE cursors SET position = position + 1000000000")
    await add(database, 2)
    await catch_up(database, consumer)
    assert await subject_ids(database) == [1]
