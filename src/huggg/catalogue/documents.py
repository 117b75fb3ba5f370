"""Brands, products and stores as published documents, for those that are born here.

Key order and quirks (`latitiude`, a price twice, empty strings) are those of the published lists.
Imported documents never pass through here: they stay as they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from huggg.kit.money import pounds

CHEAPEST_FIRST = 100_000_000
"""A product's published `weight` falls as its price rises; clients sort by it."""


BRAND: dict[str, Any] = {
    "id": None,
    "created_at": None,
    "updated_at": None,
    "name": None,
    "internal_name": "",
    "logo": "",
    "colour": "",
    "success": "Sent! Who is next?",
    "share": None,
    "weight": None,
    "deleted_at": None,
    "expiry": None,
    "website": None,
    "integration_id": None,
    "user_id": "",
    "email": None,
    "vat": 20,
    "faq": None,
    "description": "",
    "redeem": None,
    "location_text": "",
    "map_pin_url": "",
    "consolidated": None,
    "default_location_description_markdown": "",
    "products": None,
    "consolidated_products": None,
    "stores": None,
    "logo_url": None,
}
"""The keys of a brand in their published order, with the values that all new ones have."""

PRODUCT: dict[str, Any] = {
    "id": None,
    "created_at": None,
    "updated_at": None,
    "brand_id": None,
    "description": None,
    "campaign": None,
    "label": None,
    "internal_name": "",
    "integration": "",
    "price": None,
    "over_18_offer": None,
    "redemption_instructions": None,
    "image": "",
    "subtitle": None,
    "weight": None,
    "recipient_description": None,
    "tag_group_id": "",
    "tag_id": "",
    "open_graph_image": "",
    "active": 1,
    "on_app": 1,
    "on_imessage": 1,
    "handling_fee": 0,
    "sale_price": None,
    "huggg_tag": None,
    "vat_voucher_type": "SPV",
    "vat": None,
    "brand_name": None,
    "brand_weight": None,
    "image_url": None,
    "claim_image": "",
    "claim_image_url": None,
    "imessage_image": "",
    "imessage_image_url": None,
    "open_graph_image_url": None,
}
"""The keys and values of a product, likewise."""


def brand_document(
    brand_id: UUID,
    *,
    name: str,
    integration_id: int,
    at: str,
    weight: int = 1000,
    expiry_days: int = 365,
    consolidated: bool = False,
    website: str | None = None,
    location_text: str = "",
    products: Sequence[UUID] = (),
    consolidated_products: Sequence[UUID] = (),
    stores: Sequence[UUID] = (),
) -> dict[str, Any]:
    """Write a brand; `at` is the published form of the time it was made."""
    return BRAND | {
        "id": str(brand_id),
        "created_at": at,
        "updated_at": at,
        "name": name,
        "share": f"I just sent a treat from {name}.",
        "weight": weight,
        "expiry": expiry_days,
        "website": website,
        "integration_id": integration_id,
        "location_text": location_text,
        "consolidated": int(consolidated),
        "products": [str(i) for i in products],
        "consolidated_products": [str(i) for i in consolidated_products],
        "stores": [str(i) for i in stores],
    }


def product_document(
    product_id: UUID,
    brand: dict[str, Any],
    *,
    label: str,
    sale_price: int,
    description: str,
    redemption_instructions: str,
    over_18: bool = False,
) -> dict[str, Any]:
    """Write a product of `brand`; `sale_price` in pence."""
    return PRODUCT | {
        "id": str(product_id),
        "created_at": brand["created_at"],
        "updated_at": brand["updated_at"],
        "brand_id": brand["id"],
        "description": description,
        "label": label,
        "price": pounds(sale_price),
        "over_18_offer": int(over_18),
        "redemption_instructions": redemption_instructions,
        "subtitle": brand["location_text"],
        "weight": CHEAPEST_FIRST - 5_000 * sale_price,
        "recipient_description": description,
        "sale_price": sale_price,
        "brand_name": brand["name"],
        "brand_weight": brand["weight"],
    }


def store_document(
    store_id: UUID, brand: dict[str, Any], *, name: str, latitude: str, longitude: str
) -> dict[str, Any]:
    """Write a store of `brand`; the latitude stands twice, once misspelt, as published."""
    return {
        "id": str(store_id),
        "brand_id": brand["id"],
        "latitiude": latitude,
        "longitude": longitude,
        "website": brand["website"],
        "name": name,
        "description": "",
        "visible": 1,
        "description_markdown": "",
        "image": "",
        "image_url": "",
        "latitude": latitude,
    }
