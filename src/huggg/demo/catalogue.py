"""The demo world's catalogue as a published page, which goes through the ordinary import."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from huggg.catalogue.documents import brand_document, product_document, store_document
from huggg.demo.brands import (
    ALL,
    ANY_COFFEE,
    BRANDS,
    CHOICE,
    CHOSEN,
    CITIES,
    SHOPLESS,
    DemoBrand,
    DemoProduct,
    adjustment_codes,
    demo_id,
    product_id,
    sold_by,
)

BORN = "2026-01-05 09:00:00"

INSTRUCTIONS = {
    1: "Show the number at the till.",
    2: "Ask the staff to enter the shop's PIN on your phone.",
    3: "Show the QR code and ask to pay by gift card.",
    4: "Pick your area and show the code at the box office.",
    5: "Show the QR code at the till.",
    6: "Show the barcode at the till.",
}


def demo_page() -> dict[str, Any]:
    """Write the whole catalogue as one published page, with our own entities beside."""
    brands = (*BRANDS, *SHOPLESS)
    documents = {brand.slug: _brand(brand) for brand in brands}
    return {
        "data": list(documents.values()),
        "embedded": {
            "products": [_product(b, p, documents[b.slug]) for b in brands for p in b.products],
            "stores": [_store(b, city, documents[b.slug]) for b in BRANDS for city in b.cities],
            "segments": [_segment(b, name) for b in BRANDS for name in b.segments],
            "locations": [_location(b, city) for b in BRANDS for city in b.cities],
            "adjustment_codes": [_codes(b, owner, p) for b in BRANDS for owner, p in sold_by(b)],
            "choices": [_choice()],
        },
    }


def _brand(brand: DemoBrand) -> dict[str, Any]:
    return brand_document(
        brand.id,
        name=brand.name,
        integration_id=brand.integration_id,
        at=BORN,
        weight=brand.weight,
        consolidated=brand in SHOPLESS,
        website=f"https://{brand.slug}.example",
        location_text="the UK" if brand.cities == ALL else " and ".join(brand.cities[:2]),
        products=[product_id(brand, product) for product in brand.products],
        consolidated_products=[
            product_id(owner, product) for owner, product in sold_by(brand) if owner is not brand
        ],
        stores=[_store_id(b, city) for b in _participants(brand) for city in b.cities],
    )


def _participants(brand: DemoBrand) -> list[DemoBrand]:
    """List the brands in whose shops a brand's products are honoured, once each."""
    if brand is ANY_COFFEE:
        return [b for b in BRANDS if b.honours_any_coffee]
    if brand is CHOICE:
        return [b for b in BRANDS if b.slug in dict(CHOSEN)]
    return [brand]


def _choice() -> dict[str, Any]:
    product_ids = [demo_id("product", slug, label) for slug, label in CHOSEN]
    return {"product_id": product_id(CHOICE, CHOICE.products[0]), "product_ids": product_ids}


def _store_id(brand: DemoBrand, city: str) -> UUID:
    return demo_id("store", brand.slug, city)


def _product(brand: DemoBrand, product: DemoProduct, document: dict[str, Any]) -> dict[str, Any]:
    return product_document(
        product_id(brand, product),
        document,
        label=product.label,
        sale_price=product.sale_price,
        description=f"{product.label} at {brand.name}." if brand.cities else f"{product.label}.",
        redemption_instructions=INSTRUCTIONS[brand.integration_id],
        over_18="Gin" in brand.name,
    )


def _store(brand: DemoBrand, city: str, document: dict[str, Any]) -> dict[str, Any]:
    latitude, longitude = _street(brand, city)
    return store_document(
        _store_id(brand, city),
        document,
        name=f"{brand.name} ({city})",
        latitude=latitude,
        longitude=longitude,
    )


def _street(brand: DemoBrand, city: str) -> tuple[str, str]:
    """Pick a spot within a mile of the middle of the city, the same one every time."""
    dice = _store_id(brand, city).bytes
    north, east = (
        (int.from_bytes(dice[i : i + 3]) / 2**24 - 0.5) * reach for i, reach in ((0, 0.026), (3, 0.04))
    )
    latitude, longitude = CITIES[city]
    return f"{float(latitude) + north:.7f}", f"{float(longitude) + east:.7f}"


def _segment(brand: DemoBrand, name: str) -> dict[str, Any]:
    return {
        "id": str(demo_id("segment", brand.slug, name)),
        "name": name,
        "brand_id": str(brand.id),
        "product_ids": [str(product_id(brand, product)) for product in brand.products],
    }


def _location(brand: DemoBrand, city: str) -> dict[str, Any]:
    return {
        "id": f"{brand.slug}-{city.lower()}",
        "brand_id": str(brand.id),
        "store_id": str(_store_id(brand, city)),
        "name": f"{brand.name}, {city}",
    }


def _codes(brand: DemoBrand, owner: DemoBrand, product: DemoProduct) -> dict[str, Any]:
    return {
        "brand_id": str(brand.id),
        "product_id": str(product_id(owner, product)),
        "codes": adjustment_codes(brand, product),
    }
