"""`theme` and `brand pictures`: the colours and pictures of gift pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.brands import brand
from huggg.cli.tables import JSON, print_rows
from huggg.cli.whole_files import read_file
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.themes.picture import FILE_BYTES_MAX, EncodedPicture, PictureUse, encode_picture
from huggg.themes.set_brand_pictures import set_brand_pictures
from huggg.themes.set_theme import remove_theme, set_theme
from huggg.themes.store import themes
from huggg.themes.theme import ChosenColours

theme = typer.Typer(name="theme", help="Themes of the gift pages of a team.", no_args_is_help=True)

TEAM_ID = Annotated[UUID, typer.Argument(metavar="TEAM", help="The team's id, from `team list`.")]
THEME_ID = Annotated[
    str,
    typer.Argument(metavar="THEME", help="The id that purchases name; `default` is for all others."),
]
LOGO = Annotated[Path | None, typer.Option(metavar="FILE", help="The logo: PNG, JPEG, WebP or GIF.")]
COVER = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The picture at the top, cut to 960 by 272 pixels."),
]


@theme.command("set")
def set_(
    team_id: TEAM_ID,
    theme_id: THEME_ID,
    label: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    ground: Annotated[
        str | None, typer.Option(help="The colour behind the cover, like #6b2fb3.")
    ] = None,
    ink: Annotated[str | None, typer.Option(help="The colour of text on the ground.")] = None,
    accent: Annotated[str | None, typer.Option(help="The colour of buttons and links by day.")] = None,
    night_accent: Annotated[
        str | None, typer.Option(help="The colour of buttons and links in the dark scheme.")
    ] = None,
    logo: LOGO = None,
    cover: COVER = None,
) -> None:
    """Save a theme for the gift pages of a team, or change it; options left out stay as they are.

    A new ground decides the other colours, unless they are given. huggg refuses colours between which
    the contrast is too low for text. Pages show the change within half a minute.
    """
    pictures = _encode_pictures(logo, cover)

    async def act(platform: Platform) -> None:
        await set_theme(
            platform.database,
            team_id,
            theme_id,
            label=label,
            colours=ChosenColours(ground, ink, accent, night_accent),
            logo=pictures.get(PictureUse.LOGO),
            cover=pictures.get(PictureUse.COVER),
        )

    run_with_platform(act)
    typer.echo("Set.")


@theme.command("list")
def list_(
    team_id: Annotated[
        UUID | None, typer.Option("--team", metavar="TEAM", help="Only those of this team.")
    ] = None,
    *,
    as_json: JSON = False,
) -> None:
    """List the themes of teams' gift pages."""

    async def act(platform: Platform) -> list[Record]:
        return await themes(platform.database, team_id=team_id)

    columns = (
        "team_id",
        "team",
        "id",
        "label",
        "ground",
        "ink",
        "accent",
        "night_accent",
        "logo",
        "cover",
    )
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="There is no theme yet.")


@theme.command("remove")
def remove(team_id: TEAM_ID, theme_id: THEME_ID) -> None:
    """Remove a theme: gifts that name it are shown in the colours of their brand."""

    async def act(platform: Platform) -> None:
        await remove_theme(platform.database, team_id, theme_id)

    run_with_platform(act)
    typer.echo("Removed.")


@brand.command("pictures")
def brand_pictures(
    brand_id: Annotated[
        UUID, typer.Argument(metavar="BRAND", help="The brand's id, from `brand list`.")
    ],
    logo: LOGO = None,
    cover: COVER = None,
) -> None:
    """Set the logo and the cover that gift pages show of a brand; one left out stays as it is."""
    pictures = _encode_pictures(logo, cover)

    async def act(platform: Platform) -> None:
        await set_brand_pictures(
            platform.database,
            brand_id,
            logo=pictures.get(PictureUse.LOGO),
            cover=pictures.get(PictureUse.COVER),
        )

    run_with_platform(act)
    typer.echo("Set.")


def _encode_pictures(logo: Path | None, cover: Path | None) -> dict[PictureUse, EncodedPicture]:
    """Draw the given files anew, before the database is asked for. Raises Invalid, OSError."""
    files = {PictureUse.LOGO: logo, PictureUse.COVER: cover}
    return {
        use: encode_picture(read_file(file, bytes_max=FILE_BYTES_MAX), use)
        for use, file in files.items()
        if file
    }
