"""The pool: each statement is its own transaction, and a recording statement is never cancelled.

Statements that belong together share a transaction (`Database.all_or_none`). A caller may give up or
hang up; its recording statement runs on, because it may already have taken effect. A statement that
only reads has nothing to lose: it needs no task of its own, and costs its connection when its caller
gives up. Every statement that outlives its deadline costs its connection too: the socket is dropped
without a cancel request, and the next caller gets a new connection.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import asyncpg
from asyncpg import Record

from huggg.database.batches import (
    Arguments,
    ColumnsOf,
    end_to_end,
    first_with_each_value,
    side_by_side,
    without_repeats,
)
from huggg.database.bulk_thread import BulkThread
from huggg.database.coalesce import DRAINS, Coalescer
from huggg.database.connections import IS_SLOW, Connections, Opening
from huggg.database.driver_errors import refuse_away, refuse_lost
from huggg.database.meter import Meter, NoMeter
from huggg.database.queries import BoundStatement, Statement

STATEMENT_SECONDS_MAX = 10.0
BULK_SECONDS_MAX = 120.0

Result = TypeVar("Result")

SHARED = "shared_"
"""The parameter that items of a batch may share has a name that begins so; see `each_sharing`."""

RowWithShared = tuple[Record | None, Record | None]
"""The row of an item, and the row of the first item that shares its value."""


class _NoRowError(Exception):
    """One of the statements of a transaction gave no row: the transaction is rolled back."""


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
        seconds_max: float | None = None,
    ) -> None:
        """Take the connections for most statements, those for shared ones, and a way to open another.

        Statements of slow operations run on `slow`, so that no other statement waits behind them.
        A statement that is not shared may take `seconds_max`, or STATEMENT_SECONDS_MAX for None.
        """
        self._connections = connections
        self._slow = slow
        self._seconds_max = seconds_max or STATEMENT_SECONDS_MAX
        self._lanes = lanes
        self._bulk_thread = BulkThread(opening)
        self.meter = meter or NoMeter()
        self._running: set[asyncio.Task[Any]] = set()
        self._together: dict[tuple[Statement, ColumnsOf], Coalescer[Arguments, Record | None]] = {}
        self._sharing: dict[Statement, Coalescer[Arguments, RowWithShared]] = {}

    async def rows(self, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
        """Run a statement and fetch its rows. Raises DatabaseAwayError."""
        return await self._finish(statement, statement.bind(values), self._seconds_max)

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
        return await self._coalescer(statement, side_by_side).submit(statement.bind(values))

    async def each_of(
        self, statement: Statement, items: Iterable[dict[str, Any]]
    ) -> list[Record | None]:
        """Run a set-based statement for several items as `each` does for one, and raise its errors."""
        together = self._coalescer(statement, side_by_side)
        return await together.submit_all(statement.bind(values) for values in items)

    async def each_sharing(self, statement: Statement, **values: Any) -> RowWithShared:  # noqa: ANN401
        """Run a set-based statement as `each` does, and let it look a shared value up once.

        Of the items of a batch with the same value for the parameter `shared_…`, the first brings the
        value, and null stands beside the others. Gives the own row of the item and the row of that first
        item, which alone has the columns found by the value. Raises the errors of `each`.
        """
        together = self._sharing.get(statement)
        if together is None:
            place = next(n for n, name in enumerate(statement.names) if name.startswith(SHARED))
            together = self._new_coalescer(statement, partial(self._run_sharing, statement, place))
            self._sharing[statement] = together
        return await together.submit(statement.bind(values))

    async def by_key(self, statement: Statement, keys: Sequence[Any]) -> list[Record]:
        """Read the rows of these keys; a lone key's together with those that concurrent calls want.

        The statement is set-based, as those of `each`. The keys are its only parameter, and a key has
        one row or none. Raises the errors of `each`.
        """
        [name] = statement.names
        if len(keys) != 1:
            return await self.rows(statement, **{name: keys})
        row = await self.each(statement, **{name: keys[0]})
        return [] if row is None else [row]

    async def each_whole(self, statement: Statement, **lists: list[Any]) -> Record | None:
        """Run a set-based statement for one item that has parts, as `each` does.

        Each parameter is a list, and a batch's lists are joined: an item has one element in some, and in
        others as many as it has parts. Raises the errors of `each`.
        """
        return await self._coalescer(statement, end_to_end).submit(statement.bind(lists))

    def _coalescer(
        self, statement: Statement, columns: ColumnsOf
    ) -> Coalescer[Arguments, Record | None]:
        together = self._together.get((statement, columns))
        if together is None:
            together = self._new_coalescer(statement, partial(self._run_together, statement, columns))
            self._together[statement, columns] = together
        return together

    def _new_coalescer(
        self, statement: Statement, run: Callable[[list[Arguments]], Awaitable[Sequence[Result]]]
    ) -> Coalescer[Arguments, Result]:
        return Coalescer(
            run,
            drains=DRAINS if statement.writes else 1,  # nothing to flush: larger batches instead
            reserve=0 if statement.writes else 1,
            cancellable=not statement.writes,
            name=statement.name,
            meter=self.meter,
        )

    async def _run_together(
        self, statement: Statement, columns: ColumnsOf, items: list[Arguments]
    ) -> list[Record | None]:
        answers: list[Record | None] = [None] * len(items)
        rows = await self._attempt(self._lanes, statement, columns(items), STATEMENT_SECONDS_MAX)
        for row in rows:
            answers[row["n"] - 1] = row
        return answers

    async def _run_sharing(
        self, statement: Statement, place: int, items: list[Arguments]
    ) -> list[RowWithShared]:
        if len(items) == 1:
            [row] = await self._run_together(statement, side_by_side, items)
            return [(row, row)]
        firsts = first_with_each_value(items, place)
        rows = await self._run_together(statement, side_by_side, without_repeats(items, place, firsts))
        return [(row, rows[first]) for row, first in zip(rows, firsts, strict=True)]

    async def bulk(self, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
        """Run a statement that may touch a hundred thousand rows. Raises DatabaseAwayError."""
        return await self._finish(statement, statement.bind(values), BULK_SECONDS_MAX)

    async def bulk_in_thread(self, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
        """Run a statement with up to a hundred thousand values, apart from the loop of the requests.

        Raises DatabaseAwayError, and TooManyWaiting when the statements before it take too long.
        """
        bound = statement.bind(values)

        async def work(connection: asyncpg.Connection) -> list[Record]:
            return await _run(connection, statement, bound)

        async def attempt() -> list[Record]:
            began = time.perf_counter()
            try:
                return await self._bulk_thread.run(work, BULK_SECONDS_MAX)
            except Exception as error:
                refuse_away(error)
                raise
            finally:
                self._observe(statement, began)

        return await self._to_its_end(attempt())

    async def all_or_none(self, statements: Sequence[BoundStatement]) -> bool:
        """Record by statements that belong together; False, and no effect, where one gives no row.

        No caller can cancel them. Raises DatabaseAwayError.
        """
        if len(statements) > 1:
            return await self._to_its_end(self._all_or_none(statements))
        [bound] = statements
        return bool(await self._finish(bound.statement, bound.arguments, self._seconds_max))

    async def _all_or_none(self, statements: Sequence[BoundStatement]) -> bool:
        with suppress(_NoRowError):
            async with self.transaction(seconds_max=self._seconds_max) as connection:
                for bound in statements:
                    await self._run_one_of_all(connection, bound)
            return True
        return False

    async def _run_one_of_all(self, connection: asyncpg.Connection, bound: BoundStatement) -> None:
        began = time.perf_counter()
        try:
            if not await _run(connection, bound.statement, bound.arguments):
                raise _NoRowError
        finally:
            self._observe(bound.statement, began)

    @asynccontextmanager
    async def transaction(self, *, seconds_max: float = math.inf) -> AsyncIterator[asyncpg.Connection]:
        """Hold one connection in one transaction, for the few jobs that are many statements.

        A transaction that takes longer than `seconds_max` loses its connection. That of a slow operation
        must run nothing beside itself, which would wait for the same few connections.
        """
        connections = self._connections_at_hand()
        try:
            connection = await connections.take(seconds_max)
            try:
                async with connection.transaction():
                    yield connection
            except (asyncio.CancelledError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                connection.terminate()  # amid a statement, maybe
                raise
            except Exception as error:
                refuse_lost(connection, error)
                raise
            finally:
                connections.give_back(connection)
        except Exception as error:
            refuse_away(error)
            raise

    def load(self) -> Load:
        """Look how busy it is."""
        kinds = self._kinds()
        return Load(
            connections_max=sum(kind.most for kind in kinds),
            connections=sum(kind.open for kind in kinds),
            in_use=sum(kind.in_use for kind in kinds),
            waiting=sum(kind.waiting for kind in kinds),
            queued={each.name: together.waiting for each, together in self._batches()},
        )

    async def idle(self) -> None:
        """Wait for recording statements under way."""
        for _, together in self._batches():
            await together.idle()
        if self._running:
            await asyncio.wait(self._running, timeout=STATEMENT_SECONDS_MAX)

    async def close(self) -> None:
        """Wait for recording statements under way, then close every connection."""
        await self.idle()
        self._bulk_thread.close()
        try:
            async with asyncio.timeout(STATEMENT_SECONDS_MAX):
                for kind in self._kinds():
                    await kind.close()
        except TimeoutError:
            for kind in self._kinds():
                kind.terminate()

    def _batches(self) -> list[tuple[Statement, Coalescer[Arguments, Any]]]:
        own = [(statement, together) for (statement, _), together in self._together.items()]
        return [*own, *self._sharing.items()]

    def _kinds(self) -> list[Connections]:
        return [kind for kind in (self._slow, self._lanes, self._connections) if kind is not None]

    async def _finish(self, statement: Statement, values: Sequence[Any], seconds: float) -> list[Record]:
        attempt = self._attempt(self._connections_at_hand(), statement, values, seconds)
        return await (self._to_its_end(attempt) if statement.writes else attempt)

    def _connections_at_hand(self) -> Connections:
        """Give the connections for a statement of the operation that is served."""
        return (self._slow if IS_SLOW.get() else None) or self._connections

    async def _to_its_end(self, attempt: Coroutine[Any, Any, Result]) -> Result:
        """Run recording statements in a task of their own, which no caller can cancel."""
        task = asyncio.create_task(attempt)
        self._running.add(task)
        task.add_done_callback(self._settle)
        return await asyncio.shield(task)

    async def _attempt(
        self, connections: Connections, statement: Statement, values: Sequence[Any], seconds: float
    ) -> list[Record]:
        try:
            connection = await connections.take(seconds)
            began = time.perf_counter()  # the loop's own clock counts in milliseconds
            try:
                return await _run(connection, statement, values)
            except (asyncio.CancelledError, asyncpg.InternalClientError):  # amid an answer, maybe
                connection.terminate()
                raise
            finally:
                connections.give_back(connection)
                self._observe(statement, began)
        except Exception as error:
            refuse_away(error)
            raise

    def _observe(self, statement: Statement, began: float) -> None:
        took = time.perf_counter() - began
        self.meter.observe("huggg_statement_seconds", took, statement.name)

    def _settle(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that an abandoned failure is not reported as forgotten


async def run(connection: asyncpg.Connection, statement: Statement, **values: Any) -> list[Record]:  # noqa: ANN401
    """Run one of the statements of a longer transaction."""
    rows: list[Record] = await connection.fetch(statement.sql, *statement.bind(values))
    return rows


async def _run(
    connection: asyncpg.Connection, statement: Statement, values: Sequence[Any]
) -> list[Record]:
    """Run any statement of ours. Raises ConnectionDoesNotExistError where the connection was dropped."""
    try:
        if statement.settings:
            return await _run_under_settings(connection, statement, values)
        if statement.planned:  # a statement without a name is forgotten with its plan
            unnamed = await connection.prepare(statement.sql, name="")
            rows: list[Record] = await unnamed.fetch(*values)
        else:
            rows = await connection.fetch(statement.sql, *values)
    except Exception as error:
        refuse_lost(connection, error)
        raise
    return rows


async def _run_under_settings(
    connection: asyncpg.Connection, statement: Statement, values: Sequence[Any]
) -> list[Record]:
    """Have a statement planned under settings that end with it."""
    async with connection.transaction(readonly=True):
        await connection.execute(statement.settings)
        unnamed = await connection.prepare(statement.sql, name="")
        rows: list[Record] = await unnamed.fetch(*values)
    return rows
