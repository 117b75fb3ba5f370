"""Themes and pictures in the database."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.themes.colours import Colours
from huggg.themes.theme import Pictures, Theme

queries = Queries(__file__)


async def find_theme(database: Database, team_id: UUID, theme_id: str) -> Theme | None:
    """Find a team's theme, or its parent's of that id; None without either."""
    row = await database.row(queries.theme, team_id=team_id, id=theme_id)
    return None if row is None else _theme_from(row)


async def own_theme(database: Database, team_id: UUID, theme_id: str) -> Theme | None:
    """Find a team's own theme."""
    row = await database.row(queries.own_theme, team_id=team_id, id=theme_id)
    return None if row is None else _theme_from(row)


async def themes(database: Database, *, team_id: UUID | None) -> list[Record]:
    """List the themes of a team, or of all."""
    return await database.rows(queries.themes, team_id=team_id)


async def brand_pictures(database: Database, brand_id: UUID) -> Pictures:
    """Give the pictures of a brand."""
    row = await database.row(queries.brand_pictures, brand_id=brand_id)
    return Pictures() if row is None else Pictures(row["logo"], row["cover"])


async def find_picture(database: Database, name: str) -> bytes | None:
    """Find a picture by the name under which it is served."""
    row = await database.row(queries.picture, name=name)
    return None if row is None else row["body"]


def _theme_from(row: Record) -> Theme:
    return Theme(
        team_id=row["team_id"],
        id=row["id"],
        label=row["label"],
        colours=Colours(row["ground"], row["ink"], row["accent"], row["night_accent"]),
        pictures=Pictures(row["logo"], row["cover"]),
    )
