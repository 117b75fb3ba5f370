"""`client`, `user` and `token`: programs and people that call."""

from __future__ import annotations

import sys
from typing import Annotated
from uuid import UUID

import typer

from huggg.identity.caller import UserKind
from huggg.identity.create import (
    create_client,
    create_user,
    new_client_credentials,
    set_role,
)
from huggg.identity.errors import ClientUnproven
from huggg.identity.log_in import knows_client, log_in_user, open_session
from huggg.identity.passwords import Passwords
from huggg.identity.revoke import revoke as run_revoke
from huggg.identity.role import Role
from huggg.identity.token import TokenPair
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

client = typer.Typer(name="client", help="Programs that call the API.", no_args_is_help=True)
user = typer.Typer(name="user", help="Customers, merchants' staff, operators.", no_args_is_help=True)
token = typer.Typer(name="token", help="Access tokens, for trying things.", no_args_is_help=True)


def _password(*, twice: bool) -> str:
    """Ask for a password, or read one line where nobody can be asked."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=twice)
        return typed
    return sys.stdin.readline().rstrip("\n")


@client.command("create")
def client_create(
    name: Annotated[str, typer.Argument(help="What the program is called.")],
    only_user: Annotated[
        list[str] | None, typer.Option(help="A username it may log in as; repeat for more.")
    ] = None,
    *,
    users: Annotated[bool, typer.Option(help="Whether it may log in users at all.")] = True,
    shows_hugggs: Annotated[
        bool, typer.Option(help="Whether it may show any huggg to whoever holds its link.")
    ] = False,
) -> None:
    """Register a program and print its id and secret; the secret is never shown again."""

    async def act(platform: Platform) -> tuple[str, str]:
        made = new_client_credentials()
        await create_client(
            platform.database,
            platform.vault,
            made,
            name=name,
            logs_in_users=users,
            usernames=only_user or (),
            shows_hugggs=shows_hugggs,
        )
        return made.client_id, made.client_secret

    client_id, secret = run_with_platform(act)
    typer.echo(f"client_id {client_id}\nclient_secret {secret}")


@user.command("create")
def user_create(
    username: Annotated[str, typer.Argument(help="What they log in with, mostly an e-mail address.")],
    kind: Annotated[UserKind, typer.Option(help="What they are to the platform.")] = UserKind.CUSTOMER,
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    team_id: Annotated[UUID | None, typer.Option("--team", help="The team they buy for.")] = None,
    role: Annotated[Role, typer.Option(help="What they are to that team.")] = Role.PARTICIPANT,
    brand_id: Annotated[UUID | None, typer.Option("--brand", help="The merchant they work for.")] = None,
    location: Annotated[
        list[str] | None, typer.Option(help="A location their till is bound to; none means all.")
    ] = None,
) -> None:
    """Register a person and print their id. The password is asked for, or read from standard input."""
    password = _password(twice=True)

    async def act(platform: Platform) -> UUID:
        return await create_user(
            platform.database,
            Passwords(),
            kind=kind,
            name=name or username,
            username=username,
            password=password,
            team_id=team_id,
            role=role,
            brand_id=brand_id,
            location_ids=location or (),
        )

    typer.echo(str(run_with_platform(act)))


@user.command("role")
def user_role(
    username: Annotated[str, typer.Argument(help="Whose.")],
    role: Annotated[Role, typer.Argument(help="What they shall be to their team.")],
) -> None:
    """Give a member another role in their team; it holds from their next request on."""

    async def act(platform: Platform) -> None:
        await set_role(platform.database, username=username, role=role)

    run_with_platform(act)
    typer.echo(f"{username} is {role} now.")


@token.command("create")
def token_create(
    client_id: Annotated[str, typer.Option(help="The client's id.")],
    client_secret: Annotated[str, typer.Option(envvar="HUGGG_CLIENT_SECRET", help="Its secret.")],
    username: Annotated[
        str | None, typer.Option(help="Log in as this user; the password is asked for.")
    ] = None,
) -> None:
    """Log in and print the access token."""
    password = _password(twice=False) if username is not None else ""

    async def act(platform: Platform) -> TokenPair:
        database, vault = platform.database, platform.vault
        if not await knows_client(platform, client_id=client_id, secret=client_secret):
            raise ClientUnproven
        if username is None:
            return await open_session(database, vault, client_id=client_id, user_id=None)
        return await log_in_user(
            database, vault, Passwords(), client_id=client_id, username=username, password=password
        )

    typer.echo(run_with_platform(act).access)


@token.command("revoke")
def token_revoke(
    text: Annotated[str, typer.Argument(metavar="TOKEN", help="Access or refresh.")],
) -> None:
    """End the login that a token came from, at once."""

    async def act(platform: Platform) -> bool:
        return await run_revoke(platform.database, platform.vault, token=text)

    if not run_with_platform(act):
        typer.echo("No login has that token.", err=True)
        raise typer.Exit(1)
    typer.echo("Revoked.")
