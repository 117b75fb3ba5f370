"""`codes import`: a file of codes becomes a batch of its segment's pool."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from huggg.keys.load import load_keys
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.settings.settings import read_settings
from huggg.vouchers.code_files.hints import (
    DateOrder,
    Hints,
    columns_hint,
    delimiter_hint,
    encoding_hint,
)
from huggg.vouchers.import_codes import import_codes
from huggg.vouchers.import_report import ImportReport

SEGMENT = Annotated[UUID, typer.Option("--segment", metavar="SEGMENT", help="The segment of the pool.")]
FILE = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        allow_dash=True,
        help="Text or a spreadsheet, gzip or not; - for standard input.",
    ),
]
COLUMNS = Annotated[
    list[str] | None,
    typer.Option(help="The columns by heading or number: code=Card,pin=Secret,expires=3."),
]
IGNORED = Annotated[
    list[str] | None, typer.Option("--ignore-column", help="Pass over this column; may be repeated.")
]
HEADING = Annotated[
    bool | None,
    typer.Option("--heading/--no-heading", help="Read the first line as the names of the columns."),
]
DELIMITER = Annotated[
    str | None, typer.Option(help="The delimiter of columns: comma, semicolon, tab, pipe, …")
]
ENCODING = Annotated[str | None, typer.Option(help="utf-8, utf-16, windows-1252, …")]
DATES = Annotated[DateOrder | None, typer.Option(help="The order of day and month in 03/04/2027.")]
SHEET = Annotated[str | None, typer.Option(help="The sheet of a spreadsheet.")]
CHECK = Annotated[
    bool,
    typer.Option(
        "--check", help="Do everything except write, and show the first lines as import reads them."
    ),
]


def import_file(
    segment_id: SEGMENT,
    file: FILE,
    columns: COLUMNS = None,
    ignored: IGNORED = None,
    heading: HEADING = None,
    delimiter: DELIMITER = None,
    encoding: ENCODING = None,
    dates: DATES = None,
    sheet: SHEET = None,
    *,
    check: CHECK = False,
) -> None:
    """Import a file: a code a line, or columns of codes, PINs and expiries under their headings.

    Import takes the whole file or none of it. Codes that the brand has already are passed over and
    reported.
    """
    hints = Hints(
        delimiter=None if delimiter is None else delimiter_hint(delimiter),
        encoding=None if encoding is None else encoding_hint(encoding),
        columns=columns_hint(columns or ()),
        ignored=ignored or (),
        heading=heading,
        dates=dates,
        sheet=sheet,
    )

    act = partial(_import, file=file, segment_id=segment_id, hints=hints, check=check)
    typer.echo(str(run_with_platform(act)))


async def _import(
    platform: Platform, *, file: Path, segment_id: UUID, hints: Hints, check: bool
) -> ImportReport:
    with _open_source(file) as source, _progress(source) as on_progress:
        return await import_codes(
            platform.database,
            platform.vault,
            source,
            segment_id=segment_id,
            keys=load_keys(read_settings(), up_to=platform.vault.newest),
            hints=hints,
            check=check,
            on_progress=on_progress,
        )


@contextmanager
def _open_source(file: Path) -> Iterator[IO[bytes]]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    with file.open("rb") as source:
        yield source


@contextmanager
def _progress(source: IO[bytes]) -> Iterator[Callable[[int], object]]:
    """Show the progress of reading a file, zipped or not; a pipe has no known end."""
    console = Console(stderr=True)
    size = os.fstat(source.fileno()).st_size if source.seekable() else None
    columns = (TextColumn("{task.fields[codes]:,} codes"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("codes", total=size, codes=0)

        def on_progress(codes: int) -> None:
            completed = source.tell() if size is not None else 0
            progress.update(task, completed=completed, codes=codes)

        yield on_progress
