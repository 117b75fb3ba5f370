"""`client`: the programs that call the API, and locking them out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from asyncpg import Record

from huggg.cli.lock_out import disable, enable
from huggg.cli.tables import JSON, print_row, print_rows
from huggg.identity.create import create_client, new_client_credentials, new_client_secret
from huggg.identity.directory import clients, show_client
from huggg.identity.lock_out import set_client_active
from huggg.identity.rotate_secret import rotate_secret
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

client = typer.Typer(name="client", help="Programs that call the API.", no_args_is_help=True)

CLIENT_ID = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id, from `client list`.")]


@client.command("create")
def client_create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the program.")],
    only_user: Annotated[
        list[str] | None,
        typer.Option(metavar="USERNAME", help="A username it may log in as; repeat for more."),
    ] = None,
    *,
    users: Annotated[bool, typer.Option(help="Let the program log users in.")] = True,
    shows_hugggs: Annotated[
        bool, typer.Option(help="Let the program show any huggg to the holder of its link.")
    ] = False,
) -> None:
    """Register a program and print its id and secret; the secret is never shown again."""

    async def act(platform: Platform) -> tuple[str, str]:
        credentials = new_client_credentials()
        await create_client(
            platform.database,
            platform.vault,
            credentials,
            name=name,
            logs_in_users=users,
            usernames=only_user or (),
            shows_hugggs=shows_hugggs,
        )
        return credentials.client_id, credentials.client_secret

    client_id, secret = run_with_platform(act)
    typer.echo(f"client_id {client_id}\nclient_secret {secret}")


@client.command("list")
def client_list(*, as_json: JSON = False) -> None:
    """List all programs, with the rights of each."""

    async def act(platform: Platform) -> list[Record]:
        return await clients(platform.database)

    columns = ("id", "name", "logs_in_users", "every_user", "shows_hugggs", "active", "created_at")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="There is no client yet.")


@client.command("show")
def client_show(client_id: CLIENT_ID, *, as_json: JSON = False) -> None:
    """Show a program, the users that it may log in, and the number of its active logins."""

    async def act(platform: Platform) -> dict[str, Any]:
        return await show_client(platform.database, platform.vault, client_id)

    print_row(run_with_platform(act), as_json=as_json)


@client.command("disable")
def client_disable(client_id: CLIENT_ID) -> None:
    """Lock a program out at once, and end every login that it made."""
    disable(client_id, _set_active)


@client.command("enable")
def client_enable(client_id: CLIENT_ID) -> None:
    """Let a program in again; it has to log in again."""
    enable(client_id, _set_active)


@client.command("rotate-secret")
def client_rotate_secret(
    client_id: CLIENT_ID,
    overlap_hours: Annotated[
        float, typer.Option(min=0, max=24 * 90, help="The hours for which the old secret still works.")
    ] = 24,
) -> None:
    """Give a program a new secret and print it once; 0 hours end the old one now."""
    secret = new_client_secret()

    async def act(platform: Platform) -> datetime | None:
        return await rotate_secret(
            platform.database,
            platform.vault,
            client_id=client_id,
            secret=secret,
            overlap=timedelta(hours=overlap_hours),
        )

    until = run_with_platform(act)
    typer.echo(f"client_secret {secret}")
    if until is None:
        typer.echo("The old secret no longer works.", err=True)
    else:
        typer.echo(f"The old secret works until {until:%Y-%m-%d %H:%M} UTC.", err=True)


async def _set_active(platform: Platform, client_id: str, /, *, active: bool) -> Record:
    return await set_client_active(platform.database, client_id, active=active)
