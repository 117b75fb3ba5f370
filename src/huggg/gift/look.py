"""The look of a gift's page: the sender's theme where there is one, and the brand's own look."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from msgspec import Struct

from huggg.database.pool import Database
from huggg.gift.offering import KEPT_MAX, TTL_SECONDS, Offering
from huggg.kit.cached import CachedByKey
from huggg.themes.colours import Colours
from huggg.themes.store import find_theme
from huggg.themes.theme import Pictures, Theme

ThemeKey = tuple[UUID, str]


class PageLook(Struct, frozen=True):
    """The colours and pictures of a page; pictures are addresses, empty without one."""

    colours: Colours
    cover: str
    sender_logo: str
    brand_logo: str


class Themes(CachedByKey[ThemeKey, Theme | None]):
    """The themes that a process has read lately, by team and id. One per process."""

    def __init__(self, database: Database) -> None:
        super().__init__(partial(_read, database), seconds=TTL_SECONDS, keys_max=KEPT_MAX)

    async def of(self, team_id: UUID | None, theme_id: str) -> Theme | None:
        """Give a theme of a team; a sender without a team has none. Raises DatabaseAwayError."""
        return None if team_id is None else await self.get((team_id, theme_id))


async def _read(database: Database, key: ThemeKey) -> Theme | None:
    return await find_theme(database, *key)


def look_of(offering: Offering, theme: Theme | None) -> PageLook:
    """Choose the colours and pictures of a page: the sender's come first, beside the brand's logo."""
    brand = offering.pictures
    pictures = theme.pictures if theme else Pictures()
    return PageLook(
        colours=theme.colours if theme else offering.colours,
        cover=picture_address(pictures.cover or brand.cover),
        sender_logo=picture_address(pictures.logo),
        brand_logo=picture_address(brand.logo),
    )


def picture_address(name: str | None) -> str:
    """Give the address of a picture on this server; empty without one."""
    return f"/pictures/{name}" if name else ""
