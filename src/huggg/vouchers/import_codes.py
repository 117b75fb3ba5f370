"""Import codes: a file of any size becomes a batch of its segment's pool, all of it or nothing.

The file is read as a stream: processes seal one stretch of it and copy it into a temporary table while
the next stretch is read. One statement then takes over the new codes, in the order of their
fingerprints, so that the index is written in order.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing import get_context
from typing import IO
from uuid import UUID

import asyncpg
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries, Statement
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.refusal import Unavailable
from huggg.vouchers.code_files.columns import layout_of
from huggg.vouchers.code_files.hints import Hints
from huggg.vouchers.code_files.layout import Layout
from huggg.vouchers.code_files.stretches import stretches
from huggg.vouchers.code_files.text import bad_file, text_of
from huggg.vouchers.errors import BadCodes, UnknownScope
from huggg.vouchers.import_report import ImportReport, SkippedLines, UnderstoodLine
from huggg.vouchers.sealing import (
    COLUMNS,
    COPY_END,
    COPY_HEAD,
    FileContext,
    Sealer,
    Stretch,
    prepare,
    seal_stretch,
)
from huggg.vouchers.weakness import are_rounded, warnings

PROBLEMS_SHOWN = 20
PROCESSES_MAX = 4
ROUNDED = (
    "all its codes end in zeros after the fifteenth digit, as numbers of a spreadsheet do;"
    " format the column as text and export it anew"
)

queries = Queries(__file__, "import_codes.sql")


@dataclass(slots=True)
class _Tally:
    """The sums of all stretches."""

    staged: int = 0
    blank: list[int] = field(default_factory=list)
    blanks: int = 0
    expired: list[int] = field(default_factory=list)
    expireds: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    problem_count: int = 0
    sample: list[str] = field(default_factory=list)
    understood: list[UnderstoodLine] = field(default_factory=list)

    def add(self, stretch: Stretch) -> None:
        self.staged += stretch.count
        self.blanks += len(stretch.blank)
        self.blank += stretch.blank[: PROBLEMS_SHOWN - len(self.blank)]
        self.expireds += len(stretch.expired)
        self.expired += stretch.expired[: PROBLEMS_SHOWN - len(self.expired)]
        self.problem_count += len(stretch.problems)
        self.problems += stretch.problems[: PROBLEMS_SHOWN - len(self.problems)]
        self.sample += stretch.sample
        self.understood += stretch.understood

    def refuse_if_bad(self) -> None:
        """Refuse all of a file of which a line is no code, or that has none. Raises BadCodes."""
        if not self.problem_count:
            if not self.staged + self.expireds:
                raise bad_file("it holds no code")
            if are_rounded(self.sample):
                raise bad_file(ROUNDED)
            return
        lines = [f"  line {line}: {reason}" for line, reason in self.problems]
        more = self.problem_count - len(self.problems)
        lines += [f"  … and {more} more"] if more else []
        raise BadCodes("\n".join(["The file was refused, no code was taken:", *lines]))


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is understood, and not read yet."""

    stretches: Iterator[tuple[bytes, int]]
    layout: Layout
    long: bool  # worth processes beside


async def import_codes(
    database: Database,
    vault: Vault,
    source: IO[bytes],
    *,
    segment_id: UUID,
    keys: Mapping[int, bytes] | None = None,
    hints: Hints = Hints(),  # noqa: B008 - it is frozen
    check: bool = False,
    on_progress: Callable[[int], object] = lambda _: None,
) -> ImportReport:
    """Take the codes of a file into a segment's pool; to `check` is to do all of it but write.

    With `keys`, the vault's own, long files are sealed in processes beside. `on_progress` hears how many
    lines are done. Raises UnknownScope, BadCodes, Invalid for hints that do not fit, Unavailable.
    """
    file = await asyncio.to_thread(_open_file, source, hints)
    async with database.transaction() as connection:
        await _run(connection, queries.take_time)
        scope = await _run(connection, queries.scope, segment_id=segment_id)
        if not scope:
            raise UnknownScope(f"There is no segment {segment_id}.")
        context = FileContext(scope[0]["brand_id"], scope[0]["time_zone"], file.layout, scope[0]["now"])
        await _run(connection, queries.stage)
        tally = _Tally()
        with _sealing(vault, context, keys if file.long else None) as seal:
            rows = _sealed(file.stretches, seal, tally, on_progress)
            await connection.copy_to_table("staged", source=rows, columns=COLUMNS, format="binary")
        tally.refuse_if_bad()
        if check:
            return await _checked(connection, tally, context, segment_id)
        return await _take_over(connection, tally, context, segment_id)


def _open_file(source: IO[bytes], hints: Hints) -> _File:
    """Understand a file by its first stretch."""
    text = text_of(source, hints)
    pieces = stretches(text.pieces)
    first, following = next(pieces, (b"", 1)), next(pieces, None)
    layout = replace(
        layout_of(first[0].decode(errors="replace"), hints),
        ascii_only=text.guessed,
        from_spreadsheet=text.from_spreadsheet,
    )
    rest = chain([following], pieces) if following is not None else iter(())
    return _File(chain([first], rest), layout, long=following is not None)


async def _take_over(
    connection: asyncpg.Connection, tally: _Tally, context: FileContext, segment_id: UUID
) -> ImportReport:
    values = {"brand_id": context.brand_id, "segment_id": segment_id, "batch_id": new_id()}
    await _run(connection, queries.one_import_at_a_time, brand_id=context.brand_id)
    await _run(connection, queries.open_pool, brand_id=context.brand_id, segment_id=segment_id)
    try:
        tag = await connection.execute(queries.take_over.sql, *queries.take_over.bind(values))
    except asyncpg.UniqueViolationError:  # an issuer made one of these very codes meanwhile
        raise Unavailable from None
    imported = int(tag.split()[-1])
    known_lines: list[Record] = []
    if imported < tally.staged:
        known_lines = await _run(connection, queries.known_already, **values)
    if imported:
        await _run(connection, queries.note_batch, size=imported, **values)
    return _report(
        tally, known_lines, imported=imported, batch_id=values["batch_id"] if imported else None
    )


async def _checked(
    connection: asyncpg.Connection, tally: _Tally, context: FileContext, segment_id: UUID
) -> ImportReport:
    values = {"brand_id": context.brand_id, "segment_id": segment_id, "batch_id": new_id()}
    known_lines = await _run(connection, queries.known_already, **values)
    imported = tally.staged - sum(row["lines"] for row in known_lines)
    return replace(_report(tally, known_lines, imported=imported, batch_id=None), checked=True)


def _report(
    tally: _Tally, known_lines: Sequence[Record], *, imported: int, batch_id: UUID | None
) -> ImportReport:
    return ImportReport(
        batch_id=batch_id,
        imported=imported,
        skipped={
            **{row["reason"]: SkippedLines(row["lines"], row["first"]) for row in known_lines},
            "blank": SkippedLines(tally.blanks, tally.blank),
            "expired": SkippedLines(tally.expireds, tally.expired),
        },
        warnings=list(warnings(tally.sample)),
        understood=tally.understood,
    )


async def _run(connection: asyncpg.Connection, statement: Statement, **values: object) -> list[Record]:
    rows: list[Record] = await connection.fetch(statement.sql, *statement.bind(values))
    return rows


Seal = Callable[[bytes, int], Future[Stretch]]


@contextmanager
def _sealing(vault: Vault, context: FileContext, keys: Mapping[int, bytes] | None) -> Iterator[Seal]:
    """Seal here, or in processes beside."""
    if keys is None:
        yield lambda text, first: _at_once(Sealer(vault, context).seal(text, first))
        return
    processes: Executor = ProcessPoolExecutor(
        max_workers=min(PROCESSES_MAX, os.cpu_count() or 1),
        mp_context=get_context("spawn"),
        initializer=prepare,
        initargs=(dict(keys), context),
    )
    with processes:
        yield lambda text, first: processes.submit(seal_stretch, text, first)


def _at_once(stretch: Stretch) -> Future[Stretch]:
    empty: Future[Stretch] = Future()
    empty.set_result(stretch)
    return empty


async def _sealed(
    file: Iterator[tuple[bytes, int]],
    seal: Seal,
    tally: _Tally,
    on_progress: Callable[[int], object],
) -> AsyncIterator[bytes]:
    """Keep a few stretches in the works, and hand them on in the order of the file."""
    works: deque[Future[Stretch]] = deque()
    yield COPY_HEAD
    while True:
        following = await asyncio.to_thread(next, file, None)
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
