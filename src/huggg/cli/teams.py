"""`team create`, `list`, `show`, `policy`, `retention` and `messages`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.asking import YES, confirm
from huggg.cli.tables import JSON, print_row, print_rows
from huggg.identity.create import create_team
from huggg.identity.team import (
    KEEP_DAYS_MAX,
    CodeViewers,
    set_code_viewers,
    set_messages,
    set_retention,
    show_team,
    teams,
)
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.languages.language import NAMES
from huggg.server.process import run_with_platform

team = typer.Typer(name="team", help="Teams of buyers who share wallets.", no_args_is_help=True)


@team.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the team.")],
    parent_id: Annotated[
        UUID | None, typer.Option("--parent", metavar="TEAM", help="The parent, for a subteam.")
    ] = None,
) -> None:
    """Register a team and print its id; open wallets for it with `huggg wallet create`."""

    async def act(platform: Platform) -> UUID:
        return await create_team(platform.database, name=name, parent_id=parent_id)

    typer.echo(str(run_with_platform(act)))


@team.command("list")
def list_(*, as_json: JSON = False) -> None:
    """List all teams, each subteam after its parent."""

    async def act(platform: Platform) -> list[Record]:
        return await teams(platform.database)

    columns = ("id", "name", "parent", "members", "created_at")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="There is no team yet.")


@team.command()
def show(
    team_id: Annotated[UUID, typer.Argument(metavar="TEAM", help="The team's id, from `team list`.")],
    *,
    as_json: JSON = False,
) -> None:
    """Show a team with its subteams and members."""

    async def act(platform: Platform) -> dict[str, Any]:
        return await show_team(platform.database, platform.vault, team_id)

    print_row(run_with_platform(act), as_json=as_json)


@team.command()
def policy(
    team_id: Annotated[UUID, typer.Argument(metavar="TEAM", help="The team's id, from `team list`.")],
    code_viewers: Annotated[
        CodeViewers,
        typer.Option(help="The people who see the code of a claimed huggg."),
    ],
) -> None:
    """Set who sees the codes of all hugggs that a team bought or will buy.

    With `claimer`, only the browser that claimed a huggg shows its code, and each browser that confirms
    the address of the huggg's message. With `holders`, the default, each holder of the link sees the
    code.
    """

    async def act(platform: Platform) -> None:
        await set_code_viewers(platform.database, team_id, code_viewers)

    run_with_platform(act)
    typer.echo(f"The code of a claimed huggg is shown to: {code_viewers}.")


@team.command()
def retention(
    team_id: Annotated[UUID, typer.Argument(metavar="TEAM", help="The team's id, from `team list`.")],
    days: Annotated[
        int | None,
        typer.Option(min=0, max=KEEP_DAYS_MAX, help="The days to keep data after a huggg's end."),
    ] = None,
    *,
    forever: Annotated[bool, typer.Option("--forever", help="Keep the data for ever.")] = False,
    yes: YES = False,
) -> None:
    """Set the days for which data about people are kept after the end of each huggg of a team.

    Then a worker erases messages, thank-yous, addresses, and receivers without a log-in whom no other
    team keeps. Hugggs, money, counts and events stay. By default, a team keeps data for ever.
    """
    if (days is None) != forever:
        raise Invalid("Exactly one of --days and --forever is needed.")

    async def act(platform: Platform) -> None:
        if days is not None and not yes:
            row = await show_team(platform.database, platform.vault, team_id)
            confirm(
                f"Erase data about people {days} days after the end of each huggg of {row['name']}?"
                " No command brings the data back.",
                refusal="Nothing was set: no command brings erased data back.",
            )
        await set_retention(platform.database, team_id, days)

    run_with_platform(act)
    period = "for ever" if days is None else f"for {days} days after the end of a huggg"
    typer.echo(f"Data about people are kept {period}.")


class SmsReminders(StrEnum):
    """The slots of a team's SMS reminders."""

    STANDARD = "standard"
    LEGACY = "legacy"


@team.command()
def messages(
    team_id: Annotated[UUID, typer.Argument(metavar="TEAM", help="The team's id, from `team list`.")],
    language: Annotated[
        str | None, typer.Option(help="The language of messages to its receivers, such as cy.")
    ] = None,
    sms_reminders: Annotated[
        SmsReminders | None, typer.Option(help="The slots of reminders by SMS.")
    ] = None,
) -> None:
    """Set the language and the reminders of messages to the receivers of a team's hugggs.

    A receiver's own choice of a language comes first. With `legacy`, reminders by SMS follow 1, 7, 12
    and 23 days and 11 months after sending, the slots of the published statuses 6 to 10.
    """
    if language is not None and language not in NAMES:
        raise Invalid(f"language: must be one of {', '.join(sorted(NAMES))}.")
    legacy = None if sms_reminders is None else sms_reminders is SmsReminders.LEGACY

    async def act(platform: Platform) -> None:
        await set_messages(platform.database, team_id, language=language, legacy_sms=legacy)

    run_with_platform(act)
