"""Teams, as their members see them and as operators do."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.caller import Caller
from huggg.identity.errors import TeamNotFound
from huggg.identity.role import Right
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.ids import parse_id
from huggg.people.store import names_of

queries = Queries(__file__)


KEEP_DAYS_MAX = 3650


class CodeViewers(StrEnum):
    """The people who may see the code of a huggg on its gift page, as its team wishes."""

    HOLDERS = "holders"  # as published: each holder of the link, before and after the claim
    CLAIMER = "claimer"  # once the huggg is claimed, the browsers of its claimer


async def find_team(database: Database, text: str, *, caller: Caller) -> Record:
    """Find the caller's own team, or a subteam they may see. Raises TeamNotFound."""
    row = await database.row(
        queries.team,
        id=parse_id(text),
        own_id=caller.team_id,
        sees_subteams=caller.may(Right.SEE_SUBTEAMS),
    )
    if row is None:
        raise TeamNotFound
    return row


async def teams(database: Database) -> list[Record]:
    """List all teams, each subteam after its parent."""
    return await database.rows(queries.teams)


async def show_team(database: Database, vault: Vault, team_id: UUID) -> dict[str, Any]:
    """Describe a team, with the ids of its subteams and the usernames of its members. Raises Invalid."""
    row = await database.row(queries.describe_team, id=team_id)
    if row is None:
        raise Invalid(f"There is no team {team_id}.")
    names = await names_of(database, vault, row["members"])
    return {**row, "members": sorted(names.values())}


async def set_code_viewers(database: Database, team_id: UUID, viewers: CodeViewers) -> None:
    """Say who may see the codes of a team's hugggs, also of those bought before. Raises Invalid."""
    if await database.row(queries.set_code_viewers, id=team_id, code_viewers=viewers) is None:
        raise Invalid(f"There is no team {team_id}.")


async def set_messages(
    database: Database, team_id: UUID, *, language: str | None, legacy_sms: bool | None
) -> None:
    """Set the language and the reminders of a team's receivers; None keeps a value. Raises Invalid."""
    row = await database.row(queries.set_messages, id=team_id, language=language, legacy_sms=legacy_sms)
    if row is None:
        raise Invalid(f"There is no team {team_id}.")


async def set_retention(database: Database, team_id: UUID, keep_days: int | None) -> None:
    """Set for how long data about people are kept after the end of a huggg; None: for ever.

    Raises Invalid.
    """
    if await database.row(queries.set_retention, id=team_id, keep_days=keep_days) is None:
        raise Invalid(f"There is no team {team_id}.")
