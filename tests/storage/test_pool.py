"""The pool: statements end, connections do not leak, and an unsafe or absent database is refused."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from asyncpg import Record

from huggg.database import bulk_thread, pool, sessions
from huggg.database.connections import IS_SLOW, Connections
from huggg.database.errors import DatabaseAwayError, RowHeldError, TooManyWaiting
from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.database.sessions import connect
from huggg.kit.ids import new_id
from huggg.refusal import Unavailable
from huggg.server.process import platform_of
from huggg.settings.settings import Settings
from tests.conftest import fresh_database, served
from tests.support.sql import scalar, sql, statements_sent

AWAY = "Temporarily unavailable. Please try again."

INSERT_SLOWLY = Statement(
    "slow",
    "INSERT INTO teams (id, name) SELECT $1, $2::text FROM pg_sleep($3)",
    ("id", "name", "seconds"),
)

INSERT_TEAM = Statement(
    "insert_team",
    "INSERT INTO teams (id, name) SELECT $1, '' FROM pg_sleep($2) WHERE $3 RETURNING id",
    ("id", "seconds", "there"),
)

SHOWS = Statement(
    "shows",
    "SELECT n, current_setting(name) AS shown"
    " FROM unnest($1::text[]) WITH ORDINALITY AS items (name, n)",
    ("name",),
)
DOUBLES = [
    Statement(
        f"double {number}",
        "SELECT n, 2 * items.number AS answer, pg_backend_pid() AS pid, pg_sleep(items.seconds)"
        " FROM unnest($1::integer[], $2::float[]) WITH ORDINALITY AS items (number, seconds, n)",
        ("number", "seconds"),
    )
    for number in range(3)
]
"""Each has drains of its own, so they are under way at once."""


@pytest.fixture(scope="module")
async def url(postgres: str, template: str) -> AsyncIterator[str]:
    """A database for all tests of this module; each opens pools of its own."""
    async with fresh_database(postgres, template) as fresh:
        yield fresh


@pytest.fixture
async def admin(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@asynccontextmanager
async def opened(url: str, connections_max: int = 2) -> AsyncIterator[Database]:
    database = await connect(url, connections_max=connections_max)
    try:
        yield database
    finally:
        await database.close()


async def eventually(ask: Callable[[], Awaitable[bool]], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not await ask():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def is_there(admin: asyncpg.Connection, team: UUID) -> bool:
    return bool(await admin.fetchval("SELECT EXISTS (SELECT FROM teams WHERE id = $1)", team))


async def is_over(admin: asyncpg.Connection, words: str) -> bool:
    return not await is_running(admin, words)


async def is_running(admin: asyncpg.Connection, words: str) -> bool:
    return bool(
        await admin.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1)",
            f"%{words}%",
        )
    )


async def backends_ended(admin: asyncpg.Connection) -> int:
    ended: int = await admin.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'huggg'"
    )
    return ended


async def doubled(database: Database, statement: Statement, seconds: float = 0.0) -> int:
    row = await database.each(statement, number=21, seconds=seconds)
    assert row is not None
    return int(row["answer"])


# Durability ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["DATABASE {database}", "ROLE CURRENT_USER IN DATABASE {database}"])
async def test_a_database_that_may_forget_is_refused_until_it_is_safe_again(
    url: str, admin: asyncpg.Connection, where: str
) -> None:
    target = where.format(database=await admin.fetchval("SELECT current_database()"))
    await admin.execute(f"ALTER {target} SET synchronous_commit = off")
    try:
        async with opened(url) as database:
            for _ in range(3):
                with pytest.raises(DatabaseAwayError) as refused:
                    await sql(database, "SELECT 1")
                assert "synchronous_commit is off" in str(refused.value.__cause__)
                with pytest.raises(DatabaseAwayError) as refused:
                    await doubled(database, DOUBLES[0])
                assert "synchronous_commit is off" in str(refused.value.__cause__)
            await admin.execute(f"ALTER {target} RESET synchronous_commit")
            assert await scalar(database, "SELECT 1") == 1
    finally:
        await admin.execute(f"ALTER {target} RESET synchronous_commit")


async def test_callers_of_an_unsafe_database_are_told_to_come_back(
    settings: Settings, database_url: str
) -> None:
    admin = await asyncpg.connect(database_url)
    name = await admin.fetchval("SELECT current_database()")
    await admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    await admin.close()
    async with served(settings) as http:
        answer = await http.get("/api/v2/brands", headers={"Authorization": "Bearer x"})
        assert (answer.status_code, answer.json()) == (503, {"error": AWAY})
        assert answer.headers["retry-after"] == "1"
        assert (await http.get("/health/ready")).status_code == 503
        assert (await http.get("/health/live")).status_code == 200


async def test_every_connection_has_our_session_settings(url: str) -> None:
    async with opened(url, 10) as database:
        for name, value in sessions.SESSION.items():
            shown = await scalar(database, "SELECT current_setting($1)", name)
            assert shown == value
        for name, value in sessions.LANE_SESSION.items():
            row = await database.each(SHOWS, name=name)
            assert row is not None
            assert row["shown"] == value
        IS_SLOW.set(True)
        for name, value in sessions.SLOW_SESSION.items():
            assert await scalar(database, "SELECT current_setting($1)", name) == value


async def test_postgresql_ends_each_statement_soon_after_its_deadline(url: str) -> None:
    async with opened(url, 10) as database:
        of_others = await scalar(database, "SELECT current_setting('statement_timeout')")
        row = await database.each(SHOWS, name="statement_timeout")
        assert row is not None
        IS_SLOW.set(True)
        of_slow_ones = await scalar(database, "SELECT current_setting('statement_timeout')")

        async with database.transaction() as connection:
            of_a_slow_transaction = await connection.fetchval("SHOW statement_timeout")

    assert (of_others, row["shown"], of_slow_ones) == ("130s", "11s", "11s")
    assert of_a_slow_transaction == "11s"


# Statements that take long -------------------------------------------------------------------


async def test_a_statement_outlives_the_caller_who_gave_up(url: str, admin: asyncpg.Connection) -> None:
    team = new_id()
    async with opened(url) as database:
        task = asyncio.create_task(database.rows(INSERT_SLOWLY, id=team, name="x", seconds=0.3))
        await eventually(partial(is_running, admin, "pg_sleep"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not await is_there(admin, team)
        await eventually(partial(is_there, admin, team))


async def test_a_read_that_nobody_waits_for_costs_its_connection(
    url: str, admin: asyncpg.Connection
) -> None:
    async with opened(url) as database:
        task = asyncio.create_task(sql(database, "SELECT pg_sleep(0.3)"))
        await eventually(partial(is_running, admin, "pg_sleep"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (database.load().connections, database.load().in_use) == (0, 0)
        assert await is_running(admin, "pg_sleep"), "It was sent a cancel request."
        assert await scalar(database, "SELECT 1") == 1
        await eventually(partial(is_over, admin, "pg_sleep"))  # the next test looks for another one


async def test_closing_waits_for_what_is_still_running(url: str, admin: asyncpg.Connection) -> None:
    team = new_id()
    async with opened(url) as database:
        task = asyncio.create_task(database.rows(INSERT_SLOWLY, id=team, name="x", seconds=0.3))
        await eventually(partial(is_running, admin, "pg_sleep"))
        task.cancel()
    assert await is_there(admin, team)


async def test_a_failure_that_nobody_waits_for_disturbs_nobody(
    url: str, admin: asyncpg.Connection
) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
    async with opened(url) as database:
        task = asyncio.create_task(database.rows(INSERT_SLOWLY, id=None, name="x", seconds=0.2))
        await eventually(partial(is_running, admin, "pg_sleep"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await eventually(partial(is_over, admin, "pg_sleep"))
        gc.collect()
        assert await scalar(database, "SELECT 1") == 1
    assert complaints == []


async def test_a_statement_beyond_its_deadline_costs_its_connection_and_not_its_effect(
    url: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "STATEMENT_SECONDS_MAX", 0.2)
    team = new_id()
    async with opened(url, 1) as database:
        first = await scalar(database, "SELECT pg_backend_pid()")
        began = time.monotonic()
        with pytest.raises(DatabaseAwayError):
            await database.rows(INSERT_SLOWLY, id=team, name="x", seconds=0.8)
        assert 0.15 < time.monotonic() - began < 0.75
        assert await scalar(database, "SELECT pg_backend_pid()") != first
        assert not await is_there(admin, team)
        await eventually(partial(is_there, admin, team))


async def test_a_statement_of_a_command_may_take_longer_than_one_that_a_caller_waits_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "STATEMENT_SECONDS_MAX", 0.2)
    slowly = [INSERT_TEAM.with_values(id=new_id(), seconds=0.5, there=True) for _ in range(3)]
    async with platform_of(settings) as platform:
        database = platform.database
        await database.rows(INSERT_SLOWLY, id=new_id(), name="x", seconds=0.5)
        assert await database.all_or_none(slowly[:1])
        assert await database.all_or_none(slowly[1:])


async def test_a_lock_that_is_held_too_long_is_a_refusal_and_the_connection_is_kept(
    url: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sessions.SESSION, "lock_timeout", "100ms")
    async with opened(url, 1) as database:
        first = await scalar(database, "SELECT pg_backend_pid()")
        async with admin.transaction():
            await admin.execute("LOCK TABLE teams")
            with pytest.raises(RowHeldError) as refused:
                await sql(database, "SELECT count(*) FROM teams")
        assert isinstance(refused.value.__cause__, asyncpg.LockNotAvailableError)
        assert await scalar(database, "SELECT pg_backend_pid()") == first


async def test_a_statement_that_waits_too_long_for_a_connection_is_refused(
    url: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "ACQUIRE_SECONDS_MAX", 0.1)
    async with opened(url, 1) as database:
        await sql(database, "SELECT 1")
        slow = asyncio.create_task(sql(database, "SELECT 1 FROM pg_sleep(0.6)"))
        await eventually(partial(is_running, admin, "pg_sleep"))
        with pytest.raises(DatabaseAwayError):
            await sql(database, "SELECT 1")
        assert len(await slow) == 1
        assert await scalar(database, "SELECT 1") == 1


async def test_a_planned_statement_is_planned_for_its_values_each_time(url: str) -> None:
    """A named one gets one plan for all values after five; this one leaves no name behind."""
    statement = Statement("asked", "SELECT $1::integer AS number", ("number",))
    async with opened(url, connections_max=1) as database:
        for number in range(10):
            assert [row["number"] for row in await database.planned(statement, number=number)] == [
                number
            ]
        kept = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement = $1"
        assert await sql(database, kept, statement.sql) == []
        for number in range(10):
            assert [row["number"] for row in await database.rows(statement, number=number)] == [number]
        [plans] = await sql(database, kept, statement.sql)
        assert tuple(plans) == (5, 5)


# Statements of the bulk thread ------------------------------------------------------------------

ADDING = Statement(
    "adding",
    "WITH slow AS (SELECT pg_sleep($2)), added AS (INSERT INTO teams (id, name)"
    " SELECT t.id, 'one of many' FROM slow, unnest($1::uuid[]) AS t (id)) SELECT 1 FROM slow",
    ("team_ids", "seconds"),
)


PAIRED = Statement(
    "paired",
    "SELECT n, a, b FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS items (a, b, n)",
    ("number", "name"),
)


async def test_a_parameter_that_no_call_of_a_batch_has_is_null_to_all(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = statements_sent(monkeypatch)
    async with opened(url) as database:

        async def paired(number: int | None, name: str | None) -> tuple[int | None, str | None]:
            row = await database.each(PAIRED, number=number, name=name)
            assert row is not None
            return row["a"], row["b"]

        assert await paired(1, None) == (1, None)
        assert await paired(None, "x") == (None, "x")
        pairs = [(0, None), (2, None), (None, ""), (None, None), (3, "y")]
        assert await asyncio.gather(*(paired(*pair) for pair in pairs)) == pairs
    assert [values for _, values in sent[:2]] == [[(1,), ()], [(), ("x",)]]


SHARING = Statement(
    "sharing",
    "SELECT n, a, upper(b) AS found"
    " FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS items (a, b, n)",
    ("number", "shared_name"),
)


async def test_a_shared_value_is_looked_up_for_the_first_of_its_items_alone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = statements_sent(monkeypatch)
    names = ["x", "y", None, "x", "y", None]
    async with opened(url) as database:

        async def looked_up(number: int, name: str | None) -> tuple[int, str | None]:
            row, first = await database.each_sharing(SHARING, number=number, shared_name=name)
            assert row is not None
            assert first is not None
            return row["a"], first["found"]

        answers = await asyncio.gather(*(looked_up(*pair) for pair in enumerate(names)))
    assert answers == [(0, "X"), (1, "Y"), (2, None), (3, "X"), (4, "Y"), (5, None)]
    assert [[list(column) for column in values] for _, values in sent] == [
        [[0, 1, 2, 3, 4, 5], ["x", "y", None, None, None, None]]
    ]


async def test_a_failing_item_leaves_the_shared_row_to_the_others(url: str) -> None:
    divided = Statement(
        "divided",
        "SELECT n, 6 / a AS share, upper(b) AS found"
        " FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS items (a, b, n)",
        ("number", "shared_name"),
    )
    async with opened(url) as database:
        calls = (database.each_sharing(divided, number=n, shared_name="x") for n in (0, 1, 2, 3))
        failed, *answers = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(failed, asyncpg.DivisionByZeroError)
    shares = [(row["share"], first["found"]) for row, first in answers]  # type: ignore[misc,index]
    assert shares == [(6, "X"), (3, "X"), (2, "X")]


KEYED = Statement(
    "keyed",
    "SELECT n, key, count(*) OVER () AS together"
    " FROM unnest($1::int[]) WITH ORDINALITY AS items (key, n) WHERE key >= 0",
    ("key",),
)


async def test_the_rows_of_lone_keys_are_read_together(url: str) -> None:
    async with opened(url) as database:
        rows_by_key = await asyncio.gather(*(database.by_key(KEYED, [key]) for key in (*range(20), -1)))
        assert [[row["key"] for row in rows] for rows in rows_by_key] == [
            *([key] for key in range(20)),
            [],
        ]
        assert max(row["together"] for rows in rows_by_key for row in rows) > 1
        assert [row["key"] for row in await database.by_key(KEYED, [5, -1, 7])] == [5, 7]
        assert await database.by_key(KEYED, []) == []


async def test_a_bulk_statement_has_a_thread_and_a_connection_of_its_own(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver makes bytes of all values in one go, and the loop has other things to do."""
    threads = []
    really = pool._run

    async def record_call(*args: Any) -> list[Record]:
        threads.append(threading.current_thread())
        return await really(*args)

    monkeypatch.setattr(pool, "_run", record_call)
    async with opened(url) as database:
        here, there = [new_id()], [new_id()]
        await database.bulk(ADDING, team_ids=here, seconds=0.0)
        await database.bulk_in_thread(ADDING, team_ids=there, seconds=0.0)
        assert [thread is threading.current_thread() for thread in threads] == [True, False]
        added = "SELECT count(*) FROM teams WHERE id = ANY($1)"
        assert await scalar(database, added, here + there) == 2


async def test_a_bulk_statement_outlives_its_caller_and_closing_waits_for_it(
    url: str, admin: asyncpg.Connection
) -> None:
    many = [new_id() for _ in range(3)]
    async with opened(url) as database:
        adding = asyncio.create_task(database.bulk_in_thread(ADDING, team_ids=[many[0]], seconds=0.3))
        await eventually(lambda: is_running(admin, "one of many"))
        adding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await adding
        assert not await is_there(admin, many[0])
    assert await is_there(admin, many[0])


async def test_a_bulk_statement_beyond_its_deadline_costs_its_connection(
    url: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "BULK_SECONDS_MAX", 0.2)
    async with opened(url) as database:
        with pytest.raises(DatabaseAwayError):
            await database.bulk_in_thread(ADDING, team_ids=[new_id()], seconds=1.0)
        assert len(await database.bulk_in_thread(ADDING, team_ids=[new_id()], seconds=0.0)) == 1
    await eventually(partial(is_over, admin, "pg_sleep"))  # PostgreSQL goes on with the first


async def test_bulk_statements_run_one_at_a_time(url: str, admin: asyncpg.Connection) -> None:
    async with opened(url) as database:
        adding = [database.bulk_in_thread(ADDING, team_ids=[new_id()], seconds=0.1) for _ in range(4)]
        together = asyncio.gather(*adding)
        running = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'active' AND query LIKE '%one of many%' AND pid <> pg_backend_pid()"
        )
        most = 0
        while not together.done():
            most = max(most, await admin.fetchval(running))
        assert most == 1
        await together


async def test_a_bulk_statement_whose_turn_does_not_come_in_time_is_refused(
    url: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_thread, "TURN_SECONDS_MAX", 0.1)
    async with opened(url) as database:
        slow = asyncio.create_task(database.bulk_in_thread(ADDING, team_ids=[new_id()], seconds=0.7))
        await eventually(partial(is_running, admin, "pg_sleep"))
        late = new_id()
        with pytest.raises(TooManyWaiting):
            await database.bulk_in_thread(ADDING, team_ids=[late], seconds=0.0)
        assert len(await slow) == 1
        assert await scalar(database, "SELECT count(*) FROM teams WHERE id = $1", late) == 0
        assert len(await database.bulk_in_thread(ADDING, team_ids=[late], seconds=0.0)) == 1


async def test_closing_waits_only_so_long_for_what_runs_aside(
    url: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "STATEMENT_SECONDS_MAX", 0.2)
    async with opened(url) as database:
        slow = asyncio.create_task(database.bulk_in_thread(ADDING, team_ids=[new_id()], seconds=30.0))
        await eventually(lambda: is_running(admin, "one of many"))
    with pytest.raises(DatabaseAwayError):
        await slow
    with pytest.raises(DatabaseAwayError):
        await database.bulk_in_thread(ADDING, team_ids=[new_id()], seconds=0.0)
    assert await backends_ended(admin) == 1  # PostgreSQL does not notice a client that is gone


async def test_a_bulk_statement_is_told_of_a_database_that_goes_away(
    url: str, admin: asyncpg.Connection
) -> None:
    many = [new_id() for _ in range(3)]
    async with opened(url) as database:
        adding = asyncio.create_task(database.bulk_in_thread(ADDING, team_ids=many, seconds=5.0))
        await eventually(lambda: is_running(admin, "one of many"))
        await backends_ended(admin)
        with pytest.raises(DatabaseAwayError):
            await adding
        again = [new_id() for _ in many]
        assert len(await database.bulk_in_thread(ADDING, team_ids=again, seconds=0.0)) == 1
        assert await is_there(admin, again[-1])
        assert not await is_there(admin, many[0])


# Databases that go away ----------------------------------------------------------------------


async def test_a_connection_that_died_idle_is_replaced(url: str, admin: asyncpg.Connection) -> None:
    async with opened(url, 7) as database:
        await asyncio.gather(*(sql(database, "SELECT pg_sleep(0.05)") for _ in range(3)))
        await asyncio.gather(*(doubled(database, each, seconds=0.05) for each in DOUBLES))
        assert await backends_ended(admin) == 3 + 3
        await eventually(partial(_answers, database))
        await eventually(partial(_doubles, database))
        pids = await asyncio.gather(*(scalar(database, "SELECT pg_backend_pid()") for _ in range(9)))
        assert len(pids) == 9


async def test_a_backend_that_dies_at_work_is_a_refusal_and_the_next_call_succeeds(
    url: str, admin: asyncpg.Connection
) -> None:
    team = new_id()
    async with opened(url, 1) as database:
        task = asyncio.create_task(database.rows(INSERT_SLOWLY, id=team, name="x", seconds=5))
        await eventually(partial(is_running, admin, "pg_sleep"))
        assert await backends_ended(admin) == 1
        with pytest.raises(DatabaseAwayError) as refused:
            await task
        assert str(refused.value) == AWAY
        assert isinstance(refused.value, Unavailable)
        assert await scalar(database, "SELECT 1") == 1
        assert not await is_there(admin, team)


async def test_a_statement_that_an_operator_cancels_is_a_refusal_and_the_connection_is_kept(
    url: str, admin: asyncpg.Connection
) -> None:
    async with opened(url, 1) as database:
        first = await scalar(database, "SELECT pg_backend_pid()")
        task = asyncio.create_task(sql(database, "SELECT pg_sleep(5)"))
        await eventually(partial(is_running, admin, "pg_sleep"))
        assert await admin.fetchval("SELECT pg_cancel_backend($1)", first)
        with pytest.raises(DatabaseAwayError):
            await task
        assert await scalar(database, "SELECT pg_backend_pid()") == first


async def test_a_request_whose_backend_dies_is_answered_503_and_the_next_one_well(
    settings: Settings, database_url: str
) -> None:
    admin, locker = [await asyncpg.connect(database_url) for _ in range(2)]
    try:
        async with served(settings) as http:
            ask = partial(http.get, "/api/v2/brands", headers={"Authorization": "Bearer x"})
            async with locker.transaction():
                await locker.execute("LOCK TABLE tokens")
                task = asyncio.create_task(ask())
                await eventually(partial(is_running, admin, "callers"))
                assert await backends_ended(admin) >= 1  # that of the roll call, too
                answer: httpx2.Response = await task
            assert (answer.status_code, answer.json()) == (503, {"error": AWAY})
            assert answer.headers["retry-after"] == "1"
            assert (await ask()).status_code == 401
            assert (await http.get("/health/ready")).status_code == 200
    finally:
        await admin.close()
        await locker.close()


async def test_a_database_that_is_nowhere_delays_nobody_until_it_is_asked() -> None:
    async with opened("postgresql://huggg@/huggg?host=/nonexistent") as database:
        for _ in range(2):
            with pytest.raises(DatabaseAwayError):
                await sql(database, "SELECT 1")


# Transactions, and defects that are no trouble of the database's ------------------------------


async def test_a_transaction_is_whole_or_nothing(url: str, admin: asyncpg.Connection) -> None:
    kept, lost = new_id(), new_id()
    add = "INSERT INTO teams (id, name) VALUES ($1, 'x')"
    async with opened(url, 1) as database:
        async with database.transaction() as connection:
            await connection.execute(add, kept)
        with pytest.raises(RuntimeError):
            await _fails_after(database, add, lost)
        assert await is_there(admin, kept)
        assert not await is_there(admin, lost)
        assert await scalar(database, "SELECT 1") == 1


async def _fails_after(database: Database, statement: str, team: UUID) -> None:
    async with database.transaction() as connection:
        await connection.execute(statement, team)
        raise RuntimeError


@pytest.mark.parametrize(
    ("text", "values", "error"),
    [
        ("SELECT $1::int", ["x"], asyncpg.DataError),
        ("SELECT $1::int", [2**31], asyncpg.DataError),
        ("SELECT 1 / 0", [], asyncpg.DivisionByZeroError),
        ("SELECT nonsense", [], asyncpg.UndefinedColumnError),
        (
            "INSERT INTO client_users VALUES ('x', gen_random_uuid())",
            [],
            asyncpg.ForeignKeyViolationError,
        ),
    ],
)
async def test_a_defect_of_ours_is_not_mistaken_for_an_absent_database(
    url: str, text: str, values: list[Any], error: type[Exception]
) -> None:
    async with opened(url, 1) as database:
        with pytest.raises(error):
            await sql(database, text, *values)
        assert await scalar(database, "SELECT 1") == 1


async def test_a_statement_needs_all_its_values_and_an_unknown_statement_is_named(url: str) -> None:
    async with opened(url) as database:
        with pytest.raises(KeyError, match="seconds"):
            await database.rows(INSERT_SLOWLY, id=new_id(), name="x")
        assert await database.row(Statement("none", "SELECT 1 WHERE false", ())) is None
        with pytest.raises(ValueError, match="not enough values"):
            await database.one(Statement("none", "SELECT 1 WHERE false", ()))


async def _doubles(database: Database) -> bool:
    try:
        return await doubled(database, DOUBLES[0]) == 2 * 21
    except DatabaseAwayError:
        return False


async def _answers(database: Database) -> bool:
    try:
        return bool(await scalar(database, "SELECT 1") == 1)
    except DatabaseAwayError:
        return False


async def test_a_transaction_that_is_cancelled_amid_a_statement_leaves_nothing(
    url: str, admin: asyncpg.Connection
) -> None:
    team = new_id()
    async with opened(url) as database:

        async def insert_slowly() -> None:
            async with database.transaction() as connection:
                await connection.execute("INSERT INTO teams (id, name) VALUES ($1, 'x')", team)
                await connection.execute("SELECT pg_sleep(60)")

        inserting = asyncio.create_task(insert_slowly())
        await eventually(partial(is_running, admin, "pg_sleep"))
        inserting.cancel()
        with pytest.raises((asyncio.CancelledError, DatabaseAwayError)):
            await inserting
        assert await scalar(database, "SELECT 1") == 1
        assert (database.load().in_use, await is_there(admin, team)) == (0, False)


@pytest.mark.parametrize("there", [True, False])
async def test_of_statements_that_belong_together_all_take_effect_or_none(
    url: str, admin: asyncpg.Connection, *, there: bool
) -> None:
    teams = [new_id() for _ in range(3)]
    async with opened(url) as database:
        is_there_each = [True, there, True]
        statements = [
            INSERT_TEAM.with_values(id=team, seconds=0, there=each)
            for team, each in zip(teams, is_there_each, strict=True)
        ]
        assert await database.all_or_none(statements) is there
        assert [await is_there(admin, team) for team in teams] == [there] * 3
        assert database.load().in_use == 0


async def test_statements_that_belong_together_outlive_the_caller_who_gave_up(
    url: str, admin: asyncpg.Connection
) -> None:
    teams = [new_id() for _ in range(2)]
    statements = [
        INSERT_TEAM.with_values(id=team, seconds=seconds, there=True)
        for team, seconds in zip(teams, (0.2, 1.0), strict=True)
    ]
    async with opened(url) as database:
        task = asyncio.create_task(database.all_or_none(statements))
        await eventually(partial(is_running, admin, "pg_sleep"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [await is_there(admin, team) for team in teams] == [False, False]
        for team in teams:
            await eventually(partial(is_there, admin, team))


@pytest.mark.parametrize("count", [1, 2])
async def test_a_commit_that_takes_too_long_costs_its_connection(
    url: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """As where a synchronous standby is away."""
    await admin.execute("CREATE TABLE slowly (id uuid)")
    await admin.execute(
        "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'"
    )
    await admin.execute(
        "CREATE CONSTRAINT TRIGGER lingers AFTER INSERT ON slowly DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION linger()"
    )
    await admin.execute("GRANT INSERT, SELECT ON slowly TO PUBLIC")
    insert = Statement("insert", "INSERT INTO slowly SELECT $1 RETURNING id", ("id",))
    monkeypatch.setattr(pool, "STATEMENT_SECONDS_MAX", 0.3)
    try:
        async with opened(url) as database:
            with pytest.raises(DatabaseAwayError):
                await database.all_or_none([insert.with_values(id=new_id()) for _ in range(count)])
            assert database.load().in_use == 0
    finally:
        await admin.execute("DROP TABLE slowly; DROP FUNCTION linger()")


# Lanes, which calls share --------------------------------------------------------------------


async def test_a_lane_on_which_a_statement_takes_too_long_is_dropped(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "STATEMENT_SECONDS_MAX", 0.1)
    async with opened(url, 4) as database:
        with pytest.raises(DatabaseAwayError):
            await doubled(database, DOUBLES[0], seconds=5)
        assert await doubled(database, DOUBLES[0]) == 2 * 21
        assert (database.load().connections, database.load().in_use) == (1, 0)


async def test_calls_that_find_no_lane_in_time_are_refused_and_the_next_is_served(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(url, 2) as database:
        assert await doubled(database, DOUBLES[0]) == 2 * 21
        monkeypatch.setattr(database._lanes, "_wait_seconds_max", 0.1)
        slow = asyncio.create_task(doubled(database, DOUBLES[0], seconds=0.5))
        await asyncio.sleep(0)
        with pytest.raises(DatabaseAwayError):
            await doubled(database, DOUBLES[1])
        assert await slow == await doubled(database, DOUBLES[1]) == 2 * 21


async def test_a_server_that_lets_nobody_in_is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the connection, and then says nothing."""

    async def silent(_: asyncpg.Connection) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(sessions, "ACQUIRE_SECONDS_MAX", 0.2)
    monkeypatch.setattr(sessions, "refuse_unsafe", silent)
    async with opened(url) as database:
        with pytest.raises(DatabaseAwayError):
            await doubled(database, DOUBLES[0])


async def test_a_call_that_waits_for_a_lane_is_counted(url: str, admin: asyncpg.Connection) -> None:
    async def one_waits() -> bool:
        return database.load().waiting == 1

    async with opened(url, 2) as database:
        slow = asyncio.create_task(doubled(database, DOUBLES[0], seconds=0.5))
        await eventually(partial(is_running, admin, "pg_sleep"))
        assert not await one_waits()
        waits = asyncio.create_task(doubled(database, DOUBLES[1]))
        await eventually(one_waits)
        await asyncio.gather(slow, waits)
        assert database.load().waiting == 0


async def test_a_shared_statement_is_planned_once_and_by_an_index(url: str) -> None:
    """Even where the table is so small that reading all of it would be cheaper."""
    statement = Statement(
        "found",
        "SELECT n, t.id FROM unnest($1::uuid[]) WITH ORDINALITY AS items (id, n)"
        " JOIN teams t ON t.id = items.id",
        ("id",),
    )
    async with opened(url, 2) as database:
        for _ in range(10):
            assert await database.each(statement, id=new_id()) is None
        lane = await database._lanes.take()
        kept = (
            "SELECT name, generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
        )
        [(name, *plans)] = await lane.fetch(kept, statement.sql)
        rows = await lane.fetch(f"EXPLAIN EXECUTE {name} ('{{}}')")
        database._lanes.give_back(lane)
    assert plans == [10, 0]
    assert "Index" in str(rows)
    assert "Seq Scan" not in str(rows)


# The driver's view of a connection that is gone -----------------------------------------------

DRIVER_ERRORS = [
    AttributeError("'NoneType' object has no attribute 'bind_execute'"),
    TypeError("'NoneType' object is not callable"),
    asyncio.InvalidStateError("invalid state"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError("got result for unknown protocol state 3"),
    ConnectionResetError("reset"),
]


class Dying:
    """A connection that goes away amid a statement, and an error of the driver's that says so."""

    def __init__(self, error: Exception, *, closed: bool) -> None:
        self.error = error
        self.gone = False
        self._closed = closed

    async def fetch(self, _: str, *__: Any) -> list[asyncpg.Record]:
        self.gone = self._closed
        raise self.error

    def transaction(self) -> contextlib.nullcontext[None]:
        return contextlib.nullcontext()

    def is_closed(self) -> bool:
        return self.gone

    def terminate(self) -> None:
        self.gone = True


def dying(error: Exception, *, closed: bool = True) -> tuple[Dying, Database]:
    connection: Any = Dying(error, closed=closed)

    async def opening() -> asyncpg.Connection:
        return connection

    def connections() -> Connections:
        return Connections(opening, 1, wait_seconds_max=1)

    return connection, Database(connections(), connections(), opening)


ASKED = Statement("asked", "SELECT n FROM unnest($1::int[]) WITH ORDINALITY AS a (x, n)", ("x",))


@pytest.mark.parametrize("error", DRIVER_ERRORS, ids=lambda error: type(error).__name__)
async def test_every_error_of_the_driver_on_a_lost_connection_means_away(
    error: Exception,
) -> None:
    for ask in ("rows", "each", "bulk_in_thread"):
        connection, database = dying(error)
        with pytest.raises(DatabaseAwayError):
            await getattr(database, ask)(ASKED, x=1)
        assert (connection.gone, database.load().connections) == (True, 0)
    connection, database = dying(error)
    with pytest.raises(DatabaseAwayError):
        async with database.transaction() as opened:
            await opened.fetch("SELECT 1")
    assert (connection.gone, database.load().connections) == (True, 0)


async def test_a_connection_whose_answers_the_driver_does_not_understand_is_dropped() -> None:
    connection, database = dying(asyncpg.InternalClientError("unknown state"), closed=False)
    with pytest.raises(DatabaseAwayError):
        await database.rows(ASKED, x=1)
    assert connection.gone


async def test_the_same_errors_on_a_connection_that_is_well_are_defects() -> None:
    for error in (AttributeError("x"), TypeError("x")):
        connection, database = dying(error, closed=False)
        with pytest.raises(type(error)):
            await database.rows(ASKED, x=1)
        assert not connection.gone
