"""`migrate`, `seed`, `doctor`: the upkeep of an installation."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from huggg.cli.tables import JSON, console, print_json, table_of
from huggg.database.doctor import Finding, examine
from huggg.database.migrate import migrate as run_migrations
from huggg.database.minor_versions import OutdatedServer, outdated_server
from huggg.demo.world import build_world
from huggg.kit.platform import Platform
from huggg.server.process import (
    adopt,
    database_at_hand,
    migrated_database,
    platform_of,
    run_with_platform,
)
from huggg.settings.settings import Settings
from huggg.settings.table import DEFAULT_HOST, DEFAULT_PORT

ROWS_SHOWN = 20


def migrate() -> None:
    """Bring the database to the schema this release needs."""
    with database_at_hand() as settings:
        before, after = asyncio.run(run_migrations(settings.database_url or ""))
        asyncio.run(adopt(settings))
    if before == after:
        typer.echo(f"The database is at revision {after} already.")
    else:
        typer.echo(f"Migrated from {before or 'an empty database'} to revision {after}.")


def seed(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object with the log-ins.")
    ] = False,
    base_url: Annotated[
        str, typer.Option(help="The API's address, to print with the credentials.")
    ] = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}",
) -> None:
    """Build the demo world; seeding twice changes nothing."""

    async def build(settings: Settings) -> dict[str, object]:
        async with platform_of(settings) as platform:
            return await build_world(settings, platform, base_url=base_url)

    with migrated_database() as settings:
        world = asyncio.run(build(settings))
    if as_json:
        print_json(world)
    else:
        typer.echo("The demo world is there. `huggg demo --credentials` prints the log-ins.")


def doctor(*, as_json: JSON = False) -> None:
    """Check every invariant in the database, and the version of its server.

    Exits 1 if an invariant is broken.
    """

    async def act(platform: Platform) -> tuple[list[Finding], OutdatedServer | None]:
        async with platform.database.transaction() as connection:
            outdated = await outdated_server(connection)
        return await examine(platform.database), outdated

    findings, outdated = run_with_platform(act)
    if outdated is not None:
        typer.echo(outdated, err=True)
    if as_json:
        print_json([{"rule": finding.rule, "rows": finding.rows} for finding in findings])
    else:
        for finding in findings:
            _print_finding(finding)
    if any(finding.rows for finding in findings):
        raise typer.Exit(1)


def _print_finding(finding: Finding) -> None:
    out = console()
    mark = "[red]broken[/red]" if finding.rows else "[green]holds[/green]"
    out.print(f"{mark}  {finding.rule}")
    if finding.rows:
        out.print(table_of(finding.rows[:ROWS_SHOWN], list(finding.rows[0])))
    if len(finding.rows) > ROWS_SHOWN:
        out.print(f"{ROWS_SHOWN} of {len(finding.rows)} rows")
