"""Gifts from the database, found by the shortcodes of their links."""

from __future__ import annotations

from asyncio import gather
from datetime import datetime

from asyncpg import Record
from msgspec import Struct

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.gift.gift import GiftRedemption, ShownGift
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.message_text import huggg_message
from huggg.hugggs.store import huggg_from
from huggg.identity.team import CodeViewers
from huggg.kit.codes import Vault
from huggg.people.personal_data import personal_from

queries = Queries(__file__)


class GiftSnapshot(Struct, frozen=True):
    """A gift, and the instant at which it was read."""

    gift: ShownGift
    now: datetime


async def find_gift(database: Database, vault: Vault, shortcode: str) -> GiftSnapshot:
    """Read the gift of a link. Raises HugggNotFound.

    All fingerprints that a shortcode may have are looked up, found or not: one after the other, an
    existing gift would be found sooner than a missing one is given up.
    """
    fingerprints = vault.fingerprints("shortcode", shortcode)
    if len(fingerprints) == 1:  # mostly: one key, and no task of its own for it
        row = await database.each(queries.gift, fingerprint=fingerprints[0])
    else:
        rows = await gather(*(database.each(queries.gift, fingerprint=each) for each in fingerprints))
        row = next((row for row in rows if row is not None), None)
    if row is None:
        raise HugggNotFound
    return GiftSnapshot(_gift_from(row, vault), row["now"])


def _gift_from(row: Record, vault: Vault) -> ShownGift:
    redemption = None if row["spent_at"] is None else GiftRedemption(row["spent_at"], row["spent_where"])
    return ShownGift(
        huggg=huggg_from(row, vault),
        link=row["codes"],
        team_id=row["team_id"],
        sender=row["team"] or personal_from(vault, row, id="sender_id").name,
        message=huggg_message(vault, row),
        redemption=redemption,
        viewers=CodeViewers(row["code_viewers"]),
        thanked=row["thanked"],
        version=row["version"],
    )
