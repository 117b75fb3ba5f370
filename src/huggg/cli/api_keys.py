"""`api-key`: the API keys of a team's programs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from huggg.cli.tables import JSON, print_rows
from huggg.identity.api_keys import ApiKey, create_key, keys, new_key, revoke_key
from huggg.identity.permissions import Scope
from huggg.identity.role import Role
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

SCOPES = ", ".join(Scope)

api_key = typer.Typer(name="api-key", help="API keys of teams.", no_args_is_help=True)


@api_key.command("create")
def key_create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the program.")],
    team_id: Annotated[UUID, typer.Option("--team", metavar="TEAM", help="The team it acts for.")],
    role: Annotated[Role, typer.Option(help="Its role in that team.")] = Role.PARTICIPANT,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            metavar="SCOPE",
            help=f"A scope that it is limited to; repeat for more, none means all. One of {SCOPES}.",
        ),
    ] = None,
) -> None:
    """Make a key and print it with its id; the key itself is never shown again."""

    async def act(platform: Platform) -> ApiKey:
        key = new_key()
        await create_key(
            platform.database,
            platform.vault,
            key,
            team_id=team_id,
            name=name,
            role=role,
            scopes=scope or (),
        )
        return key

    key = run_with_platform(act)
    typer.echo(f"id {key.id}\nkey {key.key}")


@api_key.command("list")
def key_list(*, as_json: JSON = False) -> None:
    """List all keys, revoked ones too, with the time of their last use."""

    async def act(platform: Platform) -> list[dict[str, Any]]:
        return await keys(platform.database, platform.vault)

    columns = ("id", "name", "team", "role", "scopes", "last_used_at", "revoked_at")
    print_rows(
        run_with_platform(act),
        columns,
        as_json=as_json,
        empty="No key was ever made.",
        words={"scopes": lambda scopes: "all" if len(scopes) == len(Scope) else " ".join(scopes)},
    )


@api_key.command("revoke")
def key_revoke(
    key_id: Annotated[UUID, typer.Argument(metavar="KEY", help="The key's id, from `api-key list`.")],
) -> None:
    """Revoke a key at once."""

    async def act(platform: Platform) -> bool:
        return await revoke_key(platform.database, key_id=key_id)

    if not run_with_platform(act):
        typer.echo("No live key has that id.", err=True)
        raise typer.Exit(1)
    typer.echo("Revoked.")
