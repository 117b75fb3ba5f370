"""The catalogue from the database: each entity by its ids, many at a time, in one statement each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Raw

from huggg.catalogue.errors import BrandNotFound, ProductNotFound
from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.http.pagination import ONE, PageRequest, SortKey
from huggg.kit.ids import NIL

queries = Queries(__file__)

BEFORE_BRANDS: SortKey = (2**62, -1, NIL)
BEFORE_PRODUCTS: SortKey = (-1, NIL)
BEFORE_STORES: SortKey = (NIL,)
"""Keys before all of the three lists' own, in their orders."""


@dataclass(frozen=True, slots=True)
class Brand:
    """A merchant, or a consolidated brand, which has no shops of its own.

    `document` is as imported, each value unchanged, its three lists left blank. A consolidated brand's
    `stores` may be blank although it has stores: those are in `embedded_stores`.
    """

    id: UUID
    document: dict[str, Raw]
    products: list[UUID]
    consolidated_products: list[UUID]
    stores: list[UUID]
    embedded_stores: list[UUID]
    integration_id: int | None
    weight: int
    position: int


@dataclass(frozen=True, slots=True)
class Product:
    """An offer at a fixed price, in pence; of a choice, `choice_ids` are the products to pick from."""

    id: UUID
    document: Raw
    brand_id: UUID
    sale_price: int
    active: bool
    segment_ids: list[UUID]
    choice_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class Store:
    """A place, as it is shown to people; where a till stands is a location."""

    id: UUID
    document: Raw
    brand_id: UUID


@dataclass(frozen=True, slots=True)
class Segment:
    """A group of vouchers behind a product, one cinema region for instance."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class BrandIntegration:
    """The way a brand's hugggs are redeemed."""

    id: int
    name: str


async def brands_page(
    database: Database, page: PageRequest, *, ids: Sequence[UUID] | None, sold_on: str | None
) -> list[Brand]:
    """Read a page of the active brands, these or all, each with its products on a platform or on any."""
    weight, position, brand_id = page.after or BEFORE_BRANDS
    rows = await database.rows(
        queries.brands_page,
        size=page.size,
        offset=page.offset,
        after_weight=weight,
        after_position=position,
        after_id=brand_id,
        ids=ids,
        sold_on=sold_on,
    )
    return [brand_from(row) for row in rows]


async def count_brands(database: Database, *, ids: Sequence[UUID] | None) -> int:
    """Count the active brands, these or all."""
    return await database.count(queries.count_brands, ids=ids)


async def find_brand(database: Database, brand_id: UUID | None, *, sold_on: str | None) -> Brand:
    """Read an active brand as its list shows it. Raises BrandNotFound, also for no id at all."""
    brands = await brands_page(database, ONE, ids=[brand_id], sold_on=sold_on) if brand_id else []
    if not brands:
        raise BrandNotFound
    return brands[0]


async def products_page(
    database: Database, page: PageRequest, *, brand_ids: Sequence[UUID] | None, sold_on: str | None
) -> list[Product]:
    """Read a page of the products on sale, of these brands or any, on a platform or any."""
    read_rows = _row_reader(database, brand_ids)
    price, product_id = page.after or BEFORE_PRODUCTS
    rows = await read_rows(
        queries.products_page,
        size=page.size,
        offset=page.offset,
        after_price=price,
        after_id=product_id,
        brand_ids=brand_ids,
        sold_on=sold_on,
    )
    return [_product(row) for row in rows]


async def count_products(
    database: Database, *, brand_ids: Sequence[UUID] | None, sold_on: str | None
) -> int:
    """Count the products on sale, of these brands or any, on a platform or any."""
    read_rows = _row_reader(database, brand_ids)
    [row] = await read_rows(queries.count_products, brand_ids=brand_ids, sold_on=sold_on)
    return int(row["total"])


async def find_product(database: Database, product_id: UUID | None) -> Product:
    """Read a product that can be bought. Raises ProductNotFound, also for no id at all."""
    row = await database.row(queries.product_on_offer, id=product_id) if product_id else None
    if row is None:
        raise ProductNotFound
    return _product(row)


async def stores_page(
    database: Database, page: PageRequest, *, brand_ids: Sequence[UUID] | None
) -> list[Store]:
    """Read a page of the stores that are shown, of these brands or any."""
    read_rows = _row_reader(database, brand_ids)
    [store_id] = page.after or BEFORE_STORES
    rows = await read_rows(
        queries.stores_page,
        size=page.size,
        offset=page.offset,
        after_id=store_id,
        brand_ids=brand_ids,
    )
    return [store_from(row) for row in rows]


async def count_stores(database: Database, *, brand_ids: Sequence[UUID] | None) -> int:
    """Count the stores that are shown, of these brands or any."""
    [row] = await _row_reader(database, brand_ids)(queries.count_stores, brand_ids=brand_ids)
    return int(row["total"])


def _row_reader(
    database: Database, brand_ids: Sequence[UUID] | None
) -> Callable[..., Awaitable[list[Record]]]:
    return database.rows if brand_ids is None else database.planned


async def load_brands(database: Database, ids: Sequence[UUID]) -> list[Brand]:
    """Read brands, also those that are no longer given."""
    return [brand_from(row) for row in await database.by_key(queries.brands, ids)]


async def sellers_of(database: Database, product_id: UUID) -> list[UUID]:
    """Name the shops that sell a product."""
    return [row["id"] for row in await database.rows(queries.sellers, product_id=product_id)]


async def load_products(database: Database, ids: Sequence[UUID]) -> list[Product]:
    """Read products."""
    return [_product(row) for row in await database.by_key(queries.products, ids)]


async def load_stores(database: Database, ids: Sequence[UUID]) -> list[Store]:
    """Read stores."""
    return [store_from(row) for row in await database.by_key(queries.stores, ids)]


async def load_segments(database: Database, ids: Sequence[UUID]) -> list[Segment]:
    """Read segments."""
    return [Segment(row["id"], row["name"]) for row in await database.by_key(queries.segments, ids)]


async def load_integrations(database: Database, ids: Sequence[int]) -> list[BrandIntegration]:
    """Read integrations."""
    return [
        BrandIntegration(row["id"], row["name"])
        for row in await database.by_key(queries.integrations, ids)
    ]


def brand_from(row: Record) -> Brand:
    """Read a row."""
    return Brand(
        id=row["id"],
        document=msgspec.json.decode(row["published"], type=dict[str, Raw]),
        products=row["products"],
        consolidated_products=row["consolidated_products"],
        stores=row["stores"],
        embedded_stores=row["embedded_stores"],
        integration_id=row["integration_id"],
        weight=row["weight"],
        position=row["position"],
    )


def store_from(row: Record) -> Store:
    """Read a row."""
    return Store(row["id"], Raw(row["published"]), row["brand_id"])


def _product(row: Record) -> Product:
    return Product(
        id=row["id"],
        document=Raw(row["published"]),
        brand_id=row["brand_id"],
        sale_price=row["sale_price"],
        active=row["active"],
        segment_ids=row["segment_ids"],
        choice_ids=row["choice_ids"],
    )
