"""Options: the products that the receiver of a choice can pick, as its page shows them."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.catalogue.store import Product, load_brands, load_products
from huggg.database.pool import Database
from huggg.gift.documents import text_in, texts_of
from huggg.themes.colours import Colours, colours_of
from huggg.themes.store import brand_pictures
from huggg.themes.theme import Pictures


class OptionBrand(Struct, frozen=True):
    """The brand of an option."""

    name: str
    colours: Colours
    pictures: Pictures


class Option(Struct, frozen=True):
    """A product that the receiver can pick."""

    product_id: UUID
    product: str
    brand: OptionBrand


async def read_options(database: Database, product_ids: list[UUID]) -> tuple[Option, ...]:
    """Read the products of a choice, in its order; another product has none."""
    if not product_ids:
        return ()
    products = {product.id: product for product in await load_products(database, product_ids)}
    brands = await _brands(database, {product.brand_id for product in products.values()})
    return tuple(_option(products[each], brands) for each in product_ids)


async def _brands(database: Database, brand_ids: set[UUID]) -> dict[UUID, OptionBrand]:
    brands = {}
    for brand in await load_brands(database, list(brand_ids)):
        texts = texts_of(msgspec.json.encode(brand.document))
        brands[brand.id] = OptionBrand(
            name=text_in(texts, "name"),
            colours=colours_of(brand.id, text_in(texts, "colour")),
            pictures=await brand_pictures(database, brand.id),
        )
    return brands


def _option(product: Product, brands: dict[UUID, OptionBrand]) -> Option:
    label = text_in(texts_of(product.document), "label")
    return Option(product.id, label, brands[product.brand_id])
