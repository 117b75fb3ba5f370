"""A huggg's voucher, and the segment it was drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from huggg.database.pool import Database
from huggg.http.embedding import Entity, Relation
from huggg.hugggs.huggg import Huggg
from huggg.identity.permissions import Scope
from huggg.kit.codes import Vault
from huggg.vouchers.store import vouchers_of
from huggg.vouchers.voucher import Voucher
from huggg.vouchers.wire import PublishedVoucher, published_voucher


def vouchers_relations(vault: Vault, segments: Entity) -> list[Relation]:
    """Name the relations; reading a voucher opens its code, hence the vault."""

    async def load(database: Database, huggg_ids: list[UUID]) -> Sequence[Voucher]:
        return await vouchers_of(database, vault, huggg_ids)

    # A huggg shows the same code: to read a voucher takes its scope, and none that makes vouchers.
    vouchers = Entity(
        "vouchers",
        load,
        published_voucher,
        PublishedVoucher,
        key=attrgetter("huggg_id"),
        scope=Scope.HUGGGS_READ,
    )
    return [
        Relation("hugggs", "voucher", vouchers, _voucher_keys),
        Relation("vouchers", "segment", segments, _segment_keys),
    ]


def _voucher_keys(huggg: Huggg) -> list[UUID]:
    return [huggg.id] if huggg.voucher_id is not None else []


def _segment_keys(voucher: Voucher) -> list[UUID]:
    return [voucher.segment_id] if voucher.segment_id is not None else []
