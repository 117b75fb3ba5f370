"""Set the logo and the cover of a brand."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.kit.errors import Invalid
from huggg.themes.picture import EncodedPicture
from huggg.themes.store import queries


async def set_brand_pictures(
    database: Database,
    brand_id: UUID,
    *,
    logo: EncodedPicture | None = None,
    cover: EncodedPicture | None = None,
) -> None:
    """Set the pictures that gift pages show of a brand; None leaves one as it is. Raises Invalid."""
    pictures = {picture.name: picture.body for picture in (logo, cover) if picture is not None}
    if not pictures:
        raise Invalid("Give a logo, a cover, or both.")
    row = await database.row(
        queries.set_brand_pictures,
        brand_id=brand_id,
        logo=logo.name if logo else None,
        cover=cover.name if cover else None,
        names=list(pictures),
        bodies=list(pictures.values()),
    )
    if row is None:
        raise Invalid(f"There is no brand {brand_id}.")
