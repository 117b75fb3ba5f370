"""`user`: people that call the API, and locking them out."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.asking import ask_secret
from huggg.cli.lock_out import disable, enable
from huggg.cli.tables import JSON, print_row, print_rows
from huggg.identity.caller import UserKind
from huggg.identity.create import create_user, set_role
from huggg.identity.directory import show_user, users
from huggg.identity.lock_out import set_password, set_user_active
from huggg.identity.passwords import Passwords
from huggg.identity.role import Role, StaffRole
from huggg.identity.username import clean_username
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

user = typer.Typer(name="user", help="Customers, merchants' staff, operators.", no_args_is_help=True)

USER = Annotated[str, typer.Argument(metavar="USER", help="A username, or a user's id.")]


@user.command("create")
def user_create(
    username: Annotated[
        str, typer.Argument(metavar="USERNAME", help="The username, mostly an e-mail address.")
    ],
    kind: Annotated[UserKind, typer.Option(help="The kind of user.")] = UserKind.CUSTOMER,
    name: Annotated[str | None, typer.Option(help="Their name; unset, their username.")] = None,
    team_id: Annotated[
        UUID | None, typer.Option("--team", metavar="TEAM", help="The team they buy for.")
    ] = None,
    role: Annotated[Role, typer.Option(help="Their role in that team.")] = Role.PARTICIPANT,
    brand_id: Annotated[
        UUID | None, typer.Option("--brand", metavar="BRAND", help="The merchant they work for.")
    ] = None,
    location: Annotated[
        list[str] | None,
        typer.Option(metavar="LOCATION", help="A location their till is bound to; none means all."),
    ] = None,
    staff_role: Annotated[
        StaffRole, typer.Option(help="Of a merchant's user: their role at the till page.")
    ] = StaffRole.MANAGER,
) -> None:
    """Register a person and print their id. The password is asked for, or read from standard input."""
    password = ask_secret("Password", twice=True)

    async def act(platform: Platform) -> UUID:
        return await create_user(
            platform.database,
            platform.vault,
            Passwords(),
            kind=kind,
            name=clean_username(username) if name is None else name,
            username=username,
            password=password,
            team_id=team_id,
            role=role,
            brand_id=brand_id,
            location_ids=location or (),
            staff_role=staff_role,
        )

    typer.echo(str(run_with_platform(act)))


@user.command("list")
def user_list(
    team_id: Annotated[
        UUID | None, typer.Option("--team", metavar="TEAM", help="Only members of this team.")
    ] = None,
    brand_id: Annotated[
        UUID | None, typer.Option("--brand", metavar="BRAND", help="Only staff of this brand.")
    ] = None,
    *,
    with_recipients: Annotated[
        bool, typer.Option("--all", help="Recipients and users of API keys too: they cannot log in.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """List the people that can log in."""

    async def act(platform: Platform) -> list[dict[str, Any]]:
        return await users(
            platform.database,
            platform.vault,
            team_id=team_id,
            brand_id=brand_id,
            with_recipients=with_recipients,
        )

    columns = ("id", "username", "name", "kind", "team", "role", "brand", "active", "created_at")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="There is no such user.")


@user.command("show")
def user_show(username_or_id: USER, *, as_json: JSON = False) -> None:
    """Show a person, their team or merchant, and the number of their active logins."""

    async def act(platform: Platform) -> dict[str, Any]:
        return await show_user(platform.database, platform.vault, username_or_id)

    print_row(run_with_platform(act), as_json=as_json)


@user.command("role")
def user_role(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="The user.")],
    role: Annotated[Role, typer.Argument(metavar="ROLE", help="The new role in their team.")],
) -> None:
    """Give a member another role in their team, from their next request on."""

    async def act(platform: Platform) -> None:
        await set_role(platform.database, platform.vault, username=username, role=role)

    run_with_platform(act)
    typer.echo(f"{username} is {role} now.")


@user.command("disable")
def user_disable(username_or_id: USER) -> None:
    """Lock a person, or the user of an API key, out at once, and end every login."""
    disable(username_or_id, _set_active)


@user.command("enable")
def user_enable(username_or_id: USER) -> None:
    """Let a person in again; they have to log in again."""
    enable(username_or_id, _set_active)


@user.command("password")
def user_password(username_or_id: USER) -> None:
    """Give a person another password, and end every login.

    The password is asked for, or read from standard input.
    """

    async def act(platform: Platform) -> int:
        await show_user(platform.database, platform.vault, username_or_id)  # or there is none
        password = ask_secret("New password", twice=True)
        return await set_password(
            platform.database, platform.vault, Passwords(), username_or_id, password
        )

    typer.echo(f"The password is set. Logins ended: {run_with_platform(act)}.")


async def _set_active(platform: Platform, username_or_id: str, /, *, active: bool) -> Record:
    return await set_user_active(platform.database, platform.vault, username_or_id, active=active)
