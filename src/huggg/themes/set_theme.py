"""Save, change and remove the themes of teams."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.kit.errors import Invalid
from huggg.themes.picture import EncodedPicture
from huggg.themes.store import own_theme, queries
from huggg.themes.theme import ChosenColours, check_id, check_label, colours_chosen

UNCHANGED = ChosenColours()


async def set_theme(
    database: Database,
    team_id: UUID,
    theme_id: str,
    *,
    label: str | None = None,
    colours: ChosenColours = UNCHANGED,
    logo: EncodedPicture | None = None,
    cover: EncodedPicture | None = None,
) -> None:
    """Save a theme, or change it: a part that is None stays as it was. Pages show it in half a minute.

    Raises Invalid, also for colours in which a text would be hard to read.
    """
    check_id(theme_id)
    before = await own_theme(database, team_id, theme_id)
    new_label = label or (before.label if before else theme_id)
    check_label(new_label)
    all_colours = colours_chosen(colours, before.colours if before else None)
    pictures = {picture.name: picture.body for picture in (logo, cover) if picture is not None}
    row = await database.row(
        queries.set_theme,
        team_id=team_id,
        id=theme_id,
        label=new_label,
        ground=all_colours.ground,
        ink=all_colours.ink,
        accent=all_colours.accent,
        night_accent=all_colours.night_accent,
        logo=logo.name if logo else None,
        cover=cover.name if cover else None,
        names=list(pictures),
        bodies=list(pictures.values()),
    )
    if row is None:
        raise Invalid(f"There is no team {team_id}.")


async def remove_theme(database: Database, team_id: UUID, theme_id: str) -> None:
    """Remove a theme: hugggs that name it are shown in their brand's look. Raises Invalid."""
    if await database.row(queries.remove_theme, team_id=team_id, id=theme_id) is None:
        raise Invalid(f"Team {team_id} has no theme {theme_id}.")
