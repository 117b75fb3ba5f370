"""`keys rotate`: a new key, and everything sealed anew under it."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from huggg.kit.codes import ADOPT_SECONDS, REREAD_SECONDS
from huggg.kit.platform import Platform
from huggg.server.keys import add_key
from huggg.server.process import run_with_platform
from huggg.server.rotate_keys import rotate_keys
from huggg.server.settings import read_settings

keys = typer.Typer(name="keys", help="The keys that codes are sealed under.", no_args_is_help=True)


@keys.callback()
def _group() -> None:
    """Keep `rotate` a command of its own, however few there are."""


@keys.command()
def rotate(
    *,
    new: Annotated[
        bool, typer.Option(help="Add a key first; --no-new finishes a rotation that was cut short.")
    ] = True,
) -> None:
    """Seal every code anew under a new key, while the servers run. Killed half-way, start it again."""
    if new:
        typer.echo(f"Key {add_key(read_settings())} added.")
        time.sleep(REREAD_SECONDS + ADOPT_SECONDS)  # until every running process knows and uses it
    console = Console(stderr=True)

    async def act(platform: Platform) -> dict[str, int]:
        with Progress(console=console, disable=not console.is_terminal) as progress:
            tasks: dict[str, TaskID] = {}

            def on_progress(table: str, done: int) -> None:
                if table not in tasks:
                    tasks[table] = progress.add_task(table, total=None)
                progress.update(tasks[table], completed=done)

            return await rotate_keys(platform.database, platform.vault, on_progress=on_progress)

    for table, count in run_with_platform(act).items():
        typer.echo(f"{count:,} {table} sealed anew.")
    typer.echo(
        "Keep the older keys: client secrets, tokens and kept answers are still found under them."
    )
