"""`catalogue import` and `catalogue export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huggg.catalogue.exporting import export_catalogue
from huggg.catalogue.importing import import_catalogue
from huggg.catalogue.report import Report
from huggg.catalogue.text import FILE_BYTES_MAX
from huggg.cli.whole_files import read_file, write_file
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

catalogue = typer.Typer(
    name="catalogue", help="Brands, products, stores and locations.", no_args_is_help=True
)

FILE = Annotated[
    Path, typer.Argument(metavar="FILE", allow_dash=True, help="The file; - for standard input.")
]


@catalogue.command("import")
def import_(
    file: FILE,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a file that gives warnings.")] = False,
) -> None:
    """Import the answer of GET /api/v2/brands with everything embedded: one page, or a list of pages.

    A file with errors is refused whole, with lines and reasons. A file with oddities is imported, and
    the report warns of each oddity and its consequence. Importing twice changes nothing.
    """
    content = read_file(file, bytes_max=FILE_BYTES_MAX)

    async def act(platform: Platform) -> Report:
        return await import_catalogue(platform.database, content, strict=strict)

    typer.echo(str(run_with_platform(act)))


@catalogue.command()
def export(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", allow_dash=True, help="The file to write; - for standard output."
        ),
    ] = Path("-"),
) -> None:
    """Write the whole catalogue as one page, in the form that import takes."""

    async def act(platform: Platform) -> bytes:
        return await export_catalogue(platform.database)

    write_file(file, run_with_platform(act) + b"\n")
