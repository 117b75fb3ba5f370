"""The pool: each statement is its own transaction, and a recording statement is never cancelled.

A caller may give up or hang up; its recording statement runs on, because it may already have taken
effect. A statement that only reads has nothing to lose: it needs no task of its own, and costs its
connection when its caller gives up. Every statement that outlives its deadline costs its connection too:
the socket is dropped without a cancel request, and the next caller gets a new connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import ceil
from types import TracebackType
from typing import Any

import asyncpg
import structlog
from asyncpg import Record

from huggg.database.bulk_thread import BulkThread
from huggg.database.coalesce import DRAINS, Coalescer
from huggg.database.connections import IS_SLOW, Connections, Opening
from huggg.database.durability import UnsafeDatabaseError, refuse_unsafe
from huggg.database.errors import DatabaseAwayError, RowHeldError
from huggg.database.meter import Meter, NoMeter
from huggg.database.queries import Statement
from huggg.refusal import Refusal

ACQUIRE_SECONDS_MAX = 1.0
STATEMENT_SECONDS_MAX = 10.0
BULK_SECONDS_MAX = 120.0

SESSION = {
    "application_name": "huggg",
    "statement_timeout": "130s",  # beyond the deadlines above, for statements whose caller is gone
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",  # compiling a plan costs more than running any of ours
    "timezone": "UTC",
}

SPARE = 0.25
"""The part of the connections that no caller has alone."""

SLOW_PART = 8
"""One in so many connections is for slow operations; a smaller pool has none of that kind."""

SLOW_ACQUIRE_SECONDS_MAX = 5.0
SLOW_SESSION = {**SESSION, "statement_timeout": "11s"}  # its caller is gone by then

LANES_MAX = 4
LANE_SESSION = {
    **SESSION,
    "lock_timeout": "800ms",  # less than others wait for a lane
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""The session settings of lanes: shared statements find each row by an index and are planned once.

PostgreSQL expects ten rows of an array and a batch of one is cheaper, so it would plan anew each time,
for longer than the statement takes. And a plan that it settled on while a table was small would stay
when the table is large.
"""

Arguments = list[Any]
ColumnsOf = Callable[[list[Arguments]], list[Sequence[Any]]]
"""Lines the values of items up as a statement's parameters."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Load:
    """The load of a pool at an instant."""

    connections_max: int
    connections: int  # open
    in_use: int
    waiting: int  # statements without a connection
    queued: dict[str, int]  # calls that wait for a batch, by statement


class Database:
    """A pool of connections that runs named statements."""

    def __init__(
        self,
        connections: Connections,
        lanes: Connections,
        opening: Opening,
        meter: Meter | None = None,
        *,
        slow: Connections | None = None,
    ) -> None:
        """Take the connections for most statements, those for shared ones, and a way to open another.

        Statements of slow operations run on `slow`, so that no other statement waits behind them.
        """
        self._connections = connections
        self._slow = slow
        self._lanes = lanes
        self._bulk_thread = BulkThread(opening)
        self.meter = meter or NoMeter()
        self._running: set[asyncio.Task[list[Record]]] = set()
        self._together: dict[tuple[Statement, ColumnsOf], Coalescer[Arguments, Record | None]] = {}

    async def rows(self, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
        """Run a statement and fetch its rows. Raises DatabaseAwayError."""
        return await self._finish(statement, values, STATEMENT_SECONDS_MAX)

    async def planned(self, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
        """Run a statement that needs a plan of its own for each set of values. Raises DatabaseAwayError.

        PostgreSQL settles on one plan for all values of a statement that it has seen a few times. It
        costs a millisecond to have it think again, so do it where the worst plan costs more.
        """
        return await self.rows(replace(statement, planned=True), **values)

    async def row(self, statement: Statement, **values: Any) -> Record | None:  # noqa: ANN401
        """Run a statement that gives one row or none. Raises DatabaseAwayError."""
        rows = await self.rows(statement, **values)
        return rows[0] if rows else None

    async def one(self, statement: Statement, **values: Any) -> Record:  # noqa: ANN401
        """Run a statement that always answers exactly one row. Raises DatabaseAwayError."""
        (row,) = await self.rows(statement, **values)
        return row

    async def count(self, statement: Statement, **values: Any) -> int:  # noqa: ANN401
        """Run a statement that answers one number. Raises DatabaseAwayError."""
        ((number,),) = await self.rows(statement, **values)
        return int(number)

    async def each(self, statement: Statement, **values: Any) -> Record | None:  # noqa: ANN401
        """Run a set-based statement for one item, together with all concurrent calls of it.

        Every parameter of such a statement is an array with one element per item, or with none at all if
        all would be null; one `unnest` takes them together. Its rows carry `n`, the position (from 1) of
        the item that they answer; an item without a row is answered None. An item may lose a race to
        others of its batch only if it could lose it to another batch. Raises DatabaseAwayError,
        TooManyWaiting.
        """
        return await self._coalescer(statement, _side_by_side).submit(statement.bind(values))

    async def each_whole(self, statement: Statement, **lists: list[Any]) -> Record | None:
        """Run a set-based statement for one item that has parts, as `each` does.

        Each parameter is a list, and a batch's lists are joined: an item has one element in some, and in
        others as many as it has parts. Raises the errors of `each`.
        """
        return await self._coalescer(statement, _end_to_end).submit(statement.bind(lists))

    def _coalescer(
        self, statement: Statement, columns: ColumnsOf
    ) -> Coalescer[Arguments, Record | None]:
        together = self._together.get((statement, columns))
        if together is None:
            together = Coalescer(
                partial(self._run_together, statement, columns),
                drains=DRAINS if statement.writes else 1,  # nothing to flush: larger batches instead
                reserve=0 if statement.writes else 1,
                name=statement.name,
                meter=self.meter,
            )
            self._together[statement, columns] = together
        return together

    async def _run_together(
        self, statement: Statement, columns: ColumnsOf, items: list[Arguments]
    ) -> list[Record | None]:
        answers: list[Record | None] = [None] * len(items)
        rows = await self._attempt(self._lanes, statement, columns(items), STATEMENT_SECONDS_MAX)
        for row in rows:
            answers[row["n"] - 1] = row
        return answers

    async def bulk(self, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
        """Run a statement that may touch a hundred thousand rows. Raises DatabaseAwayError."""
        return await self._finish(statement, values, BULK_SECONDS_MAX)

    async def bulk_in_thread(self, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
        """Run a statement with up to a hundred thousand values, apart from the loop of the requests.

        Raises DatabaseAwayError, and TooManyWaiting when the statements before it take too long.
        """
        bound = statement.bind(values)

        async def work(connection: asyncpg.Connection) -> list[Record]:
            return await _run(connection, statement, bound, BULK_SECONDS_MAX)

        async def attempt() -> list[Record]:
            began = time.perf_counter()
            try:
                with AS_AWAY:
                    return await self._bulk_thread.run(work)
            finally:
                self._observe(statement, began)

        return await self._to_its_end(attempt())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """Hold one connection in one transaction, for the few jobs that are many statements."""
        with AS_AWAY:
            connection = await self._connections.take()
            try:
                async with connection.transaction():
                    yield connection
            except (asyncio.CancelledError, asyncpg.InterfaceError):  # amid a statement, maybe
                connection.terminate()
                raise
            except Exception as error:
                _refuse_lost(connection, error)
                raise
            finally:
                self._connections.give_back(connection)

    def load(self) -> Load:
        """Look how busy it is."""
        kinds = self._kinds()
        return Load(
            connections_max=sum(kind.most for kind in kinds),
            connections=sum(kind.open for kind in kinds),
            in_use=sum(kind.in_use for kind in kinds),
            waiting=sum(kind.waiting for kind in kinds),
            queued={each.name: together.waiting for (each, _), together in self._together.items()},
        )

    async def close(self) -> None:
        """Wait for recording statements under way, then close every connection."""
        for together in self._together.values():
            await together.idle()
        if self._running:
            await asyncio.wait(self._running, timeout=STATEMENT_SECONDS_MAX)
        self._bulk_thread.close()
        try:
            async with asyncio.timeout(STATEMENT_SECONDS_MAX):
                for kind in self._kinds():
                    await kind.close()
        except TimeoutError:
            for kind in self._kinds():
                kind.terminate()

    def _kinds(self) -> list[Connections]:
        return [kind for kind in (self._slow, self._lanes, self._connections) if kind is not None]

    async def _finish(
        self, statement: Statement, values: dict[str, Any], seconds: float
    ) -> list[Record]:
        bound = statement.bind(values)
        slow = self._slow if IS_SLOW.get() else None
        attempt = self._attempt(slow or self._connections, statement, bound, seconds)
        return await (self._to_its_end(attempt) if statement.writes else attempt)

    async def _to_its_end(self, attempt: Coroutine[Any, Any, list[Record]]) -> list[Record]:
        """Run a recording statement in a task of its own, which no caller can cancel."""
        task = asyncio.create_task(attempt)
        self._running.add(task)
        task.add_done_callback(self._settled)
        return await asyncio.shield(task)

    async def _attempt(
        self, connections: Connections, statement: Statement, values: Sequence[Any], seconds: float
    ) -> list[Record]:
        with AS_AWAY:
            connection = await connections.take()
            began = time.perf_counter()  # the loop's own clock counts in milliseconds
            try:
                return await _run(connection, statement, values, seconds)
            except (asyncio.CancelledError, asyncpg.InternalClientError):  # amid an answer, maybe
                connection.terminate()
                raise
            finally:
                connections.give_back(connection)
                self._observe(statement, began)

    def _observe(self, statement: Statement, began: float) -> None:
        took = time.perf_counter() - began
        self.meter.observe("huggg_statement_seconds", took, statement.name)

    def _settled(self, task: asyncio.Task[list[Record]]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that an abandoned failure is not reported as forgotten


async def run(connection: asyncpg.Connection, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
    """Run one of the statements of a longer transaction."""
    rows: list[Record] = await connection.fetch(statement.sql, *statement.bind(values))
    return rows


def _side_by_side(items: list[Arguments]) -> list[Sequence[Any]]:
    """Make a column of each parameter; one of nothing but None is left empty.

    `unnest` fills it up beside the others, and the driver looks at each element for longer than we do.
    """
    columns = zip(*items, strict=True)
    return [() if _is_nothing(column) else column for column in columns]


def _is_nothing(column: tuple[Any, ...]) -> bool:
    return column[0] is None and column.count(None) == len(column)


def _end_to_end(items: list[Arguments]) -> list[Sequence[Any]]:
    return [list(chain.from_iterable(column)) for column in zip(*items, strict=True)]


async def _run(
    connection: asyncpg.Connection, statement: Statement, values: Sequence[Any], seconds: float
) -> list[Record]:
    """Run any statement of ours; a connection on which it takes too long is dropped."""
    alarm = asyncio.get_running_loop().call_later(seconds, connection.terminate)
    try:
        if statement.planned:  # a statement without a name is forgotten with its plan
            unnamed = await connection.prepare(statement.sql, name="")
            rows: list[Record] = await unnamed.fetch(*values)
        else:
            rows = await connection.fetch(statement.sql, *values)
    except Exception as error:
        _refuse_lost(connection, error)
        raise
    finally:
        alarm.cancel()
    return rows


def _refuse_lost(connection: asyncpg.Connection, error: Exception) -> None:
    """Tell a connection that is gone from a defect of ours.

    Where a connection lost its protocol or its transport amid a statement, the driver raises
    AttributeError or TypeError. Raises ConnectionDoesNotExistError.
    """
    if connection.is_closed() and not isinstance(error, asyncpg.PostgresError | Refusal):
        raise asyncpg.ConnectionDoesNotExistError(f"{type(error).__name__}: {error}") from error


async def connect(url: str, *, connections_max: int = 10, meter: Meter | None = None) -> Database:
    """Make a pool. It connects at its first statement, so a database that is away delays no start.

    Of `connections_max`, at least 3, one is for the bulk thread, up to half are lanes, and one in 8 is
    for slow operations.
    """
    lanes_max, slow_max = min(LANES_MAX, connections_max // 2), connections_max // SLOW_PART
    others_max = max(1, connections_max - lanes_max - slow_max - 1)

    def of(
        session: dict[str, str], most: int, *, spare: int = 0, wait: float = ACQUIRE_SECONDS_MAX
    ) -> Connections:
        return Connections(partial(_open, url, session), most, wait_seconds_max=wait, spare=spare)

    return Database(
        of(SESSION, others_max, spare=ceil((others_max - 1) * SPARE)),
        of(LANE_SESSION, lanes_max),
        partial(_open, url, SESSION),
        meter,
        slow=of(SLOW_SESSION, slow_max, wait=SLOW_ACQUIRE_SECONDS_MAX) if slow_max else None,
    )


async def _open(url: str, session: dict[str, str]) -> asyncpg.Connection:
    async with asyncio.timeout(ACQUIRE_SECONDS_MAX):
        connection = await asyncpg.connect(url, server_settings=session)
        try:
            await refuse_unsafe(connection)
        except BaseException as error:
            if isinstance(error, Exception):
                _refuse_lost(connection, error)
            connection.terminate()
            raise
    return connection


HELD = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    UnsafeDatabaseError,
)
"""The driver's errors for a server that is stopped, starting, full, unreachable or stuck."""


class _AsAway:
    """Raises our own errors instead of the driver's. No generator, as each statement goes through it."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            return
        if isinstance(error, HELD):
            log.warning("row held", reason=f"{type(error).__name__}: {error}")
            raise RowHeldError from error
        if isinstance(error, (*AWAY, asyncpg.InterfaceError)):
            log.warning("database away", reason=f"{type(error).__name__}: {error}")
            raise DatabaseAwayError from error


AS_AWAY = _AsAway()
