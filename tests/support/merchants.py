"""Merchants of every integration, for stories about vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

import msgspec

from huggg.catalogue.documents import brand_document, product_document
from huggg.catalogue.importing import import_catalogue
from huggg.kit.ids import new_id
from huggg.kit.platform import Platform
from huggg.vouchers.configure import set_issuer
from huggg.vouchers.import_codes import import_codes
from huggg.vouchers.import_report import ImportReport
from huggg.vouchers.issuers.issuer import IssuerKind

AT = "2026-01-05 09:00:00"
TICKET_PENCE = 100


@dataclass(frozen=True, slots=True)
class Merchant:
    """A brand with one product, and the product's segments."""

    brand: UUID
    product: UUID
    segments: tuple[UUID, ...]


async def add_pool_merchant(platform: Platform) -> Merchant:
    """Import a brand whose hugggs come with a code of a pool, which is empty yet."""
    merchant = await add_merchant(platform, 1, segments=1)
    await set_issuer(
        platform.database,
        platform.vault,
        platform.outgoing,
        scope_id=merchant.brand,
        kind=IssuerKind.POOL,
        pool_id=merchant.segments[0],
    )
    return merchant


async def add_merchant(platform: Platform, integration_id: int, segments: int = 2) -> Merchant:
    """Import a brand of this integration."""
    merchant = Merchant(new_id(), new_id(), tuple(new_id() for _ in range(segments)))
    brand = brand_document(
        merchant.brand,
        name=f"Merchant of {integration_id}",
        integration_id=integration_id,
        at=AT,
        weight=1,
        products=[merchant.product],
    )
    product = product_document(
        merchant.product,
        brand,
        label="Ticket",
        sale_price=TICKET_PENCE,
        description="A ticket.",
        redemption_instructions="Show it.",
    )
    listed = [
        {
            "id": str(segment),
            "name": f"Region {number}",
            "brand_id": str(merchant.brand),
            "product_ids": [str(merchant.product)],
        }
        for number, segment in enumerate(merchant.segments)
    ]
    page = {"data": [brand], "embedded": {"products": [product], "stores": [], "segments": listed}}
    await import_catalogue(platform.database, msgspec.json.encode(page))
    return merchant


async def load(platform: Platform, segment: UUID, codes: Sequence[str]) -> ImportReport:
    """Put codes into a segment's pool."""
    file = BytesIO("\n".join(codes).encode())
    return await import_codes(platform.database, platform.vault, file, segment_id=segment)
