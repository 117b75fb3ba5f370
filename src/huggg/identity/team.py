"""Teams, as their members see them."""

from __future__ import annotations

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.caller import Caller
from huggg.identity.errors import TeamNotFound
from huggg.identity.role import Right
from huggg.kit.ids import parse_id

queries = Queries(__file__)


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
