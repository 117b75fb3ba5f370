"""Import codes: a file of any size becomes a batch of its segment's pool, all of it or nothing.

The file streams through: stretches of it are sealed in processes beside and copied into a temporary
table while the next are read; one statement then takes over what is new, in the order of the
fingerprints, which spares the index all its jumping about.
"""

from __future__ import annotations

import asyncio
import gzip
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from multiprocessing import get_context
from typing import IO, cast
from uuid import UUID

import asyncpg
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries, Statement
from huggg.kit.codes import Vault
from huggg.kit.errors import Unavailable
from huggg.kit.ids import new_id
from huggg.vouchers.code_lines import layout_of
from huggg.vouchers.errors import BadCodes, UnknownScope
from huggg.vouchers.import_report import ImportReport, Skipped
from huggg.vouchers.sealing import (
    COLUMNS,
    COPY_END,
    COPY_HEAD,
    Sealer,
    Stretch,
    Where,
    prepare,
    seal_stretch,
)
from huggg.vouchers.weakness import warnings

STRETCH_BYTES = 256 * 1024
PROBLEMS_SHOWN = 20
PROCESSES_MAX = 4
GZIP_MAGIC = b"\x1f\x8b"

queries = Queries(__file__, "import_codes.sql")


@dataclass(slots=True)
class _Tally:
    """What the stretches add up to."""

    staged: int = 0
    blank: list[int] = field(default_factory=list)
    blanks: int = 0
    expired: list[int] = field(default_factory=list)
    expireds: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    problem_count: int = 0
    sample: list[str] = field(default_factory=list)

    def add(self, stretch: Stretch) -> None:
        self.staged += stretch.count
        self.blanks += len(stretch.blank)
        self.blank += stretch.blank[: PROBLEMS_SHOWN - len(self.blank)]
        self.expireds += len(stretch.expired)
        self.expired += stretch.expired[: PROBLEMS_SHOWN - len(self.expired)]
        self.problem_count += len(stretch.problems)
        self.problems += stretch.problems[: PROBLEMS_SHOWN - len(self.problems)]
        self.sample += stretch.sample

    def refuse_if_bad(self) -> None:
        if not self.problem_count:
            return
        told = [f"  line {line}: {reason}" for line, reason in self.problems]
        more = self.problem_count - len(self.problems)
        told += [f"  … and {more} more"] if more else []
        raise BadCodes("\n".join(["The file was refused, no code was taken:", *told]))


async def import_codes(
    database: Database,
    vault: Vault,
    source: IO[bytes],
    *,
    segment_id: UUID,
    keys: Mapping[int, bytes] | None = None,
    on_progress: Callable[[int], object] = lambda _: None,
) -> ImportReport:
    """Take the codes of a file into a segment's pool.

    With `keys`, the vault's own, long files are sealed in processes beside. `on_progress` hears how many
    lines are done. Raises UnknownScope, BadCodes, Unavailable.
    """
    reader = _unzipped(source)
    head, rest = await asyncio.to_thread(_first_stretch, reader)
    async with database.transaction() as connection:
        await _run(connection, queries.take_time)
        scope = await _run(connection, queries.scope, segment_id=segment_id)
        if not scope:
            raise UnknownScope(f"There is no segment {segment_id}.")
        first_line = head.partition(b"\n")[0].decode("utf-8-sig", "replace")
        where = Where(
            scope[0]["brand_id"], scope[0]["time_zone"], layout_of(first_line), scope[0]["now"]
        )
        await _run(connection, queries.stage)
        stretches = _stretches(head, reader if rest else None)
        tally = _Tally()
        with _sealing(vault, where, keys if rest else None) as seal:
            rows = _sealed(stretches, seal, tally, on_progress)
            await connection.copy_to_table("staged", source=rows, columns=COLUMNS, format="binary")
        tally.refuse_if_bad()
        return await _take_over(connection, tally, where, segment_id)


async def _take_over(
    connection: asyncpg.Connection, tally: _Tally, where: Where, segment_id: UUID
) -> ImportReport:
    values = {"brand_id": where.brand_id, "segment_id": segment_id, "batch_id": new_id()}
    await _run(connection, queries.one_import_at_a_time, brand_id=where.brand_id)
    await _run(connection, queries.open_pool, brand_id=where.brand_id, segment_id=segment_id)
    try:
        done = await connection.execute(queries.take_over.sql, *queries.take_over.bind(values))
    except asyncpg.UniqueViolationError:  # an issuer made one of these very codes meanwhile
        raise Unavailable from None
    imported = int(done.split()[-1])
    twice: list[Record] = []
    if imported < tally.staged:
        twice = await _run(connection, queries.known_already, **values)
    if imported:
        await _run(connection, queries.note_batch, size=imported, **values)
    return ImportReport(
        batch_id=values["batch_id"] if imported else None,
        imported=imported,
        skipped={
            **{row["reason"]: Skipped(row["lines"], row["first"]) for row in twice},
            "blank": Skipped(tally.blanks, tally.blank),
            "expired": Skipped(tally.expireds, tally.expired),
        },
        warnings=list(warnings(tally.sample)),
    )


async def _run(connection: asyncpg.Connection, statement: Statement, **values: object) -> list[Record]:
    rows: list[Record] = await connection.fetch(statement.sql, *statement.bind(values))
    return rows


def _unzipped(source: IO[bytes]) -> IO[bytes]:
    reader = (
        source if isinstance(source, BufferedReader) else BufferedReader(cast("BufferedReader", source))
    )
    if reader.peek(2)[:2] == GZIP_MAGIC:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=reader))
    return reader


def _first_stretch(reader: IO[bytes]) -> tuple[bytes, bool]:
    """Read enough to know the heading, and whether there is more."""
    head = reader.read(STRETCH_BYTES)
    return head, len(head) == STRETCH_BYTES


def _stretches(head: bytes, reader: IO[bytes] | None) -> Iterator[tuple[bytes, int]]:
    """Cut the file at line ends, each stretch with the number of its first line."""
    line, carried = 1, head
    while reader is not None:
        read = reader.read(STRETCH_BYTES)
        if not read:
            break
        carried += read
        whole, end, carried = carried.rpartition(b"\n")
        if end:
            yield whole + end, line
            line += whole.count(b"\n") + 1
        elif len(carried) > 2 * STRETCH_BYTES:
            raise BadCodes(f"The file was refused, no code was taken: line {line} has no end.")
    if carried:
        yield carried, line


Seal = Callable[[bytes, int], Future[Stretch]]


@contextmanager
def _sealing(vault: Vault, where: Where, keys: Mapping[int, bytes] | None) -> Iterator[Seal]:
    """Seal here, or in processes beside."""
    if keys is None:
        yield lambda text, first: _at_once(Sealer(vault, where).seal(text, first))
        return
    processes: Executor = ProcessPoolExecutor(
        max_workers=min(PROCESSES_MAX, os.cpu_count() or 1),
        mp_context=get_context("spawn"),
        initializer=prepare,
        initargs=(dict(keys), where),
    )
    with processes:
        yield lambda text, first: processes.submit(seal_stretch, text, first)


def _at_once(stretch: Stretch) -> Future[Stretch]:
    done: Future[Stretch] = Future()
    done.set_result(stretch)
    return done


async def _sealed(
    stretches: Iterator[tuple[bytes, int]],
    seal: Seal,
    tally: _Tally,
    on_progress: Callable[[int], object],
) -> AsyncIterator[bytes]:
    """Keep a few stretches in the works, and hand them on in the order of the file."""
    works: deque[Future[Stretch]] = deque()
    yield COPY_HEAD
    while True:
        following = await asyncio.to_thread(next, stretches, None)
        if following is not None:
            works.append(seal(*following))
        if not works:
            break
        if following is None or len(works) > 2 * PROCESSES_MAX:
            stretch = await asyncio.wrap_future(works.popleft())
            tally.add(stretch)
            on_progress(tally.staged)
            yield stretch.rows
    yield COPY_END
