"""The kit of a device: all that it needs to judge a scan without the server, in one answer."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from msgspec import Struct

from huggg.database.connections import IS_SLOW
from huggg.database.pool import Database
from huggg.kit.chores import in_batches
from huggg.kit.offload import in_slow_thread
from huggg.kit.platform import Platform
from huggg.kit.shared_reads import SharedReads
from huggg.offline.code import brands_name, product_name
from huggg.offline.revoked import RevokedFilter, revoked_filter, sequence_entry, whole_entry
from huggg.offline.rule import OfflineRule
from huggg.offline.store import queries, rule_of


class HonouredProduct(Struct, frozen=True):
    """A product that the brand honours, as a till shows it."""

    id: UUID
    label: str | None
    adjustment_codes: list[str]

    @property
    def name(self) -> bytes:
        """Name it as offline codes do."""
        return product_name(self.id)


class OfflineKit(Struct, frozen=True):
    """The facts by which a brand's devices accept codes; without a rule they accept none."""

    brand_id: UUID
    rule: OfflineRule | None
    public_keys: dict[int, bytes]
    brand_sets: list[bytes]  # the names of those that the brand belongs to
    products: list[HonouredProduct]
    revoked: RevokedFilter


class OfflineKits(SharedReads[UUID, OfflineKit]):
    """The kits of brands. One per process.

    Each device of a brand asks three times a minute, and those that ask at once share a reading. It is a
    slow operation: it takes most of a second where a hundred thousand codes were shown.
    """

    def __init__(self, platform: Platform) -> None:
        super().__init__(partial(_read_as_slow_operation, platform))


async def _read_as_slow_operation(platform: Platform, brand_id: UUID) -> OfflineKit:
    IS_SLOW.set(True)  # of a context that no request has
    return await read_kit(platform, brand_id)


async def read_kit(platform: Platform, brand_id: UUID) -> OfflineKit:
    """Read the kit of a brand's devices; the same one as long as nothing in it changed."""
    database = platform.database
    products = await database.rows(queries.honoured_products, brand_id=brand_id)
    return OfflineKit(
        brand_id=brand_id,
        rule=await rule_of(database, brand_id),
        public_keys=platform.vault.public_keys,
        brand_sets=sorted({brands_name(row["honoured_by"]) for row in products}),
        products=[HonouredProduct(row["id"], row["label"], row["codes"]) for row in products],
        revoked=await read_revoked(platform, brand_id),
    )


async def read_revoked(platform: Platform, brand_id: UUID) -> RevokedFilter:
    """Make the filter of the codes that a brand's devices may be shown and must not accept."""
    rows = await platform.database.rows(queries.revoked, brand_id=brand_id)
    entries = (
        whole_entry(row["huggg_id"])
        if row["whole"]
        else sequence_entry(row["huggg_id"], row["sequence"])
        for row in rows
    )
    return await in_slow_thread(partial(revoked_filter, entries))


async def forget_ended_codes(database: Database) -> None:
    """Forget the shown codes whose end has come. Raises Unavailable."""
    await in_batches(database, queries.forget_ended_codes)
