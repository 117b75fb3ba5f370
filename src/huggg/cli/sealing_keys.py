"""`sealing-key rotate`: a new key, and every code sealed again under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from huggg.keys.adopt import adopt_key
from huggg.keys.load import add_key, place_of_keys
from huggg.keys.rotate import rotate_keys
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.settings.settings import read_settings

WAIT_SECONDS = 600
WAIT_SECONDS_MAX = 7 * 24 * 3600

sealing_key = typer.Typer(
    name="sealing-key", help="The keys that codes are sealed under.", no_args_is_help=True
)


@sealing_key.callback()
def _group() -> None:
    """Keep `rotate` a command of its own although it is the only one."""


@sealing_key.command()
def rotate(
    *,
    new: Annotated[
        bool, typer.Option(help="Add a key first; --no-new finishes a rotation that was cut short.")
    ] = True,
    wait: Annotated[
        int,
        typer.Option(
            min=0,
            max=WAIT_SECONDS_MAX,
            help="Seconds to wait for servers that have not got the new key.",
        ),
    ] = WAIT_SECONDS,
) -> None:
    """Seal every code again under a new key, while the servers run.

    After an interruption, run it again. The new key comes into use when every running server has it:
    servers that share the key file load it by themselves, and to the others the file must be copied.
    """
    settings = read_settings()

    async def act(platform: Platform) -> dict[str, int]:
        vault = platform.vault
        if new and max(vault.checks) == vault.newest:  # else one was added that is not in use yet
            typer.echo(f"Key {add_key(settings)} added to {place_of_keys(settings)}.")
            vault.reload()

        def say(lacking_servers: list[str]) -> None:
            place = place_of_keys(settings)
            typer.echo(f"Waiting for servers without key {max(vault.checks)}: copy {place} to them.")
            typer.echo("".join(f"  {name}\n" for name in lacking_servers), nl=False)

        await adopt_key(platform.database, vault, wait_seconds=wait, on_waiting=say)
        with _progress() as on_progress:
            return await rotate_keys(platform.database, vault, on_progress=on_progress)

    for table, count in run_with_platform(act).items():
        typer.echo(f"{count:,} {table.replace('_', ' ')} sealed again.")
    typer.echo(
        "Back the keys up, and keep the older ones: client secrets, tokens and kept answers are still"
        " found under them."
    )


@contextmanager
def _progress() -> Iterator[Callable[[str, int], None]]:
    """Show an operator the rows that are done, by table."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def on_progress(table: str, rows: int) -> None:
            if table not in tasks:
                tasks[table] = progress.add_task(table, total=None)
            progress.update(tasks[table], completed=rows)

        yield on_progress
