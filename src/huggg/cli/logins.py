"""`session` and `token`: logins, and ending them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from huggg.cli.asking import ask_secret
from huggg.cli.tables import JSON, print_rows
from huggg.identity.directory import live_sessions, show_client, show_user
from huggg.identity.errors import ClientUnproven
from huggg.identity.lock_out import end_sessions
from huggg.identity.log_in import knows_client, log_in_user, open_session
from huggg.identity.passwords import Passwords
from huggg.identity.revoke import revoke as run_revoke
from huggg.identity.token import TokenPair
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

session = typer.Typer(name="session", help="Active logins.", no_args_is_help=True)
token = typer.Typer(name="token", help="Access tokens, for trials of the API.", no_args_is_help=True)

LINES_MAX = 1_000_000
OF_USER = Annotated[
    str | None,
    typer.Option("--user", metavar="USER", help="Only logins of this user: a username, or an id."),
]
OF_CLIENT = Annotated[
    str | None, typer.Option("--client", metavar="CLIENT", help="Only logins by this client.")
]


@session.command("list")
def session_list(
    username_or_id: OF_USER = None,
    client_id: OF_CLIENT = None,
    most: Annotated[
        int, typer.Option("--limit", min=1, max=LINES_MAX, help="The maximum of lines.")
    ] = 100,
    *,
    as_json: JSON = False,
) -> None:
    """List the active logins, newest first."""

    async def act(platform: Platform) -> list[dict[str, Any]]:
        user_id, client = await _requested_logins(platform, username_or_id, client_id)
        database, vault = platform.database, platform.vault
        return await live_sessions(database, vault, most=most, user_id=user_id, client_id=client)

    columns = ("id", "user", "client", "client_id", "created_at", "expires_at")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="There is no such active login.")


@session.command("end")
def session_end(
    session_id: Annotated[
        UUID | None, typer.Argument(metavar="LOGIN", help="The login's id, from `session list`.")
    ] = None,
    username_or_id: OF_USER = None,
    client_id: OF_CLIENT = None,
) -> None:
    """End one login, or all logins of a user or a client, at once and with all tokens."""
    if (session_id is None) == (username_or_id is None and client_id is None):
        raise typer.BadParameter("name a login, or all logins of a --user, a --client or both.")

    async def act(platform: Platform) -> int:
        user_id, client = await _requested_logins(platform, username_or_id, client_id)
        return await end_sessions(
            platform.database, session_id=session_id, user_id=user_id, client_id=client
        )

    count = run_with_platform(act)
    if session_id is not None and not count:
        typer.echo("No active login has that id.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Logins ended: {count}.")


@token.command("create")
def token_create(
    client_id: Annotated[str, typer.Option(metavar="CLIENT", help="The client's id.")],
    username: Annotated[
        str | None,
        typer.Option(metavar="USERNAME", help="Log in as this user; the password is asked for."),
    ] = None,
) -> None:
    """Log in and print the access token.

    The client's secret comes from HUGGG_CLIENT_SECRET, from the terminal, or from standard input.
    """
    secret = ask_secret("Client secret", envvar="HUGGG_CLIENT_SECRET")
    password = ask_secret("Password") if username is not None else ""

    async def act(platform: Platform) -> TokenPair:
        database, vault = platform.database, platform.vault
        if not await knows_client(platform, client_id=client_id, secret=secret):
            raise ClientUnproven
        if username is None:
            return await open_session(database, vault, client_id=client_id, user_id=None)
        return await log_in_user(
            database, vault, Passwords(), client_id=client_id, username=username, password=password
        )

    typer.echo(run_with_platform(act).access)


@token.command("revoke")
def token_revoke() -> None:
    """End the login of a token at once.

    The access or refresh token is asked for, or read from standard input.
    """
    text = ask_secret("Token")

    async def act(platform: Platform) -> bool:
        return await run_revoke(platform.database, platform.vault, token=text)

    if not run_with_platform(act):
        typer.echo("No login has that token.", err=True)
        raise typer.Exit(1)
    typer.echo("Revoked.")


async def _requested_logins(
    platform: Platform, username_or_id: str | None, client_id: str | None
) -> tuple[UUID | None, str | None]:
    """Find the user and the client of the options. Raises Invalid for one that does not exist."""
    database, vault = platform.database, platform.vault
    user = None if username_or_id is None else await show_user(database, vault, username_or_id)
    client = None if client_id is None else await show_client(database, vault, client_id)
    return None if user is None else user["id"], None if client is None else client["id"]
