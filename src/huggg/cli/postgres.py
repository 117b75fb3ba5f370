"""`postgres`: run a program of PostgreSQL on the embedded database."""

from __future__ import annotations

import os
import subprocess
from typing import Annotated

import typer

from huggg.database.embedded import start_embedded
from huggg.settings.settings import read_settings
from huggg.settings.values import SettingError

PASS_ARGUMENTS_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}
"""Options after the program's name belong to the program."""


def postgres(
    program: Annotated[
        str,
        typer.Argument(metavar="PROGRAM", help="Such as psql, pg_dump, pg_restore or pg_basebackup."),
    ],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGUMENTS", help="The program's own arguments.")
    ] = None,
) -> None:
    """Run a program of PostgreSQL on the embedded database, as the owner of the schema.

    The database runs while the program runs; it is neither migrated nor checked.
    """
    settings = read_settings()
    if settings.database_url is not None:
        raise SettingError("HUGGG_DATABASE_URL is set: run the programs of that server's release on it.")
    with start_embedded(settings.data_dir) as server:
        executable = server.binaries / program
        if executable.parent != server.binaries or not executable.exists():
            raise SettingError(f"PostgreSQL has no program {program}.")
        process = subprocess.run(  # noqa: S603 - an operator's command, as they typed it
            [executable, *(arguments or [])],
            env={**os.environ, **server.environment},
            umask=0o077,  # its output holds all personal data
            check=False,
        )
    raise typer.Exit(process.returncode)
