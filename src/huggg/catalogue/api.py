"""The routes of the catalogue: brands, products, stores, each listed or one by one, and the map."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta

from huggg.catalogue.errors import BrandNotFound, ProductNotFound
from huggg.catalogue.published import (
    PublishedBrand,
    PublishedProduct,
    PublishedStore,
    TileOfClusters,
    TileOfStores,
)
from huggg.catalogue.store import (
    BEFORE_BRANDS,
    BEFORE_PRODUCTS,
    BEFORE_STORES,
    brands_page,
    count_brands,
    count_products,
    count_stores,
    find_brand,
    find_product,
    products_page,
    stores_page,
)
from huggg.catalogue.tiles import pins_of
from huggg.catalogue.view import GRANULARITY_MAX, read_view
from huggg.catalogue.wire import (
    published_brand,
    published_product,
    published_store,
    published_tile,
)
from huggg.http.body import NO_NUL
from huggg.http.cursor import requested_walk
from huggg.http.listing import entity_response, page_response
from huggg.http.operation import Each, Embeds, One, Operation, Page, Parameter
from huggg.http.query import Query, requested_choice, requested_ids, requested_whole
from huggg.http.route import get
from huggg.http.web import Request, Response, json_response, query_of
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid
from huggg.kit.ids import parse_id
from huggg.kit.platform import Platform

BRAND_EMBEDS = Embeds("brands", ("products", "consolidated_products", "stores"))
PRODUCT_EMBEDS = Embeds("products", ("brand", "segments", "choices", "choices.brand"))
STORE_EMBEDS = Embeds("stores", ("brand",))

Id = Annotated[str, Meta(pattern=NO_NUL, examples=["11111111-1111-4111-8111-111111111111"])]
Platforms = Literal["app", "imessage"]
SOLD_ON = Parameter("platform", Platforms, "Only products that are sold on this platform.")
LISTED_ON = Parameter(
    "platform",
    Platforms,
    "In the lists of a brand only products that are sold on this platform; no brand is left out.",
)
OF_BRANDS = Parameter(
    "brand_id[]", list[Id], "Only of these brands; an id that is no GUID matches none."
)

BRANDS = Operation(
    id="listBrands",
    tag="Catalogue",
    keepable=True,
    summary="Brands",
    answer=Page(PublishedBrand),
    query=(
        Parameter("id[]", list[Id], "Only these brands; an id that is no GUID matches none."),
        LISTED_ON,
    ),
    embeds=BRAND_EMBEDS,
    refuses=(Invalid,),
)
BRAND = Operation(
    id="showBrand",
    tag="Catalogue",
    keepable=True,
    summary="One brand",
    answer=One(PublishedBrand),
    query=(LISTED_ON,),
    embeds=BRAND_EMBEDS,
    refuses=(BrandNotFound, Invalid),
)
PRODUCTS = Operation(
    id="listProducts",
    tag="Catalogue",
    keepable=True,
    summary="Products on sale",
    answer=Page(PublishedProduct),
    query=(OF_BRANDS, SOLD_ON),
    embeds=PRODUCT_EMBEDS,
    refuses=(Invalid,),
)
PRODUCT = Operation(
    id="showProduct",
    tag="Catalogue",
    keepable=True,
    summary="One product",
    answer=One(PublishedProduct),
    embeds=PRODUCT_EMBEDS,
    refuses=(ProductNotFound, Invalid),
)
STORES = Operation(
    id="listStores",
    tag="Catalogue",
    keepable=True,
    summary="Stores",
    answer=Page(PublishedStore),
    query=(OF_BRANDS,),
    embeds=STORE_EMBEDS,
    refuses=(Invalid,),
)
TILES = Operation(
    id="showTiles",
    tag="Catalogue",
    keepable=True,
    summary="A map",
    answer=Each((TileOfStores, TileOfClusters)),
    query=(
        Parameter(
            "platform", Platforms, "Only stores with an offer on this platform; `app` unless given."
        ),
        Parameter(
            "granularity",
            Annotated[int, Meta(ge=0, le=GRANULARITY_MAX)],
            "A map's zoom, for clusters of that fineness instead of stores.",
        ),
    ),
    refuses=(Invalid,),
)


@get("/api/v2/brands", operation=BRANDS)
async def get_brands(
    request: Request,
    caller: Caller,  # noqa: ARG001 - the route requires a caller, of any kind
    platform: Platform,
) -> Response:
    """List the active brands, heaviest first."""
    query = query_of(request)
    page, ids = requested_walk(request, platform, BEFORE_BRANDS), requested_ids(query, "id")
    brands = await brands_page(platform.database, page, ids=ids, sold_on=_sold_on(query))
    total = await count_brands(platform.database, ids=ids)
    data = [published_brand(brand) for brand in brands]
    return await page_response(
        request,
        platform,
        brands,
        data=data,
        page=page,
        total=total,
        key=lambda brand: (brand.weight, brand.position, brand.id),
        embeds=BRAND_EMBEDS,
    )


@get("/api/v2/brands/{brand_id}", operation=BRAND)
async def get_brand(
    request: Request,
    brand_id: str,
    caller: Caller,  # noqa: ARG001 - as above
    platform: Platform,
) -> Response:
    """Show a brand as the list does."""
    sold_on = _sold_on(query_of(request))
    brand = await find_brand(platform.database, parse_id(brand_id), sold_on=sold_on)
    data = published_brand(brand)
    return await entity_response(request, platform, brand, data=data, embeds=BRAND_EMBEDS)


@get("/api/v2/products", operation=PRODUCTS)
async def get_products(
    request: Request,
    caller: Caller,  # noqa: ARG001 - as above
    platform: Platform,
) -> Response:
    """List the products that can be bought, cheapest first."""
    query = query_of(request)
    page = requested_walk(request, platform, BEFORE_PRODUCTS)
    brand_ids, sold_on = requested_ids(query, "brand_id"), _sold_on(query)
    products = await products_page(platform.database, page, brand_ids=brand_ids, sold_on=sold_on)
    total = await count_products(platform.database, brand_ids=brand_ids, sold_on=sold_on)
    data = [published_product(product) for product in products]
    return await page_response(
        request,
        platform,
        products,
        data=data,
        page=page,
        total=total,
        key=lambda product: (product.sale_price, product.id),
        embeds=PRODUCT_EMBEDS,
    )


@get("/api/v2/products/{product_id}", operation=PRODUCT)
async def get_product(
    request: Request,
    product_id: str,
    caller: Caller,  # noqa: ARG001 - as above
    platform: Platform,
) -> Response:
    """Show a product, if it can be bought."""
    product = await find_product(platform.database, parse_id(product_id))
    data = published_product(product)
    return await entity_response(request, platform, product, data=data, embeds=PRODUCT_EMBEDS)


@get("/api/v2/stores", operation=STORES)
async def get_stores(
    request: Request,
    caller: Caller,  # noqa: ARG001 - as above
    platform: Platform,
) -> Response:
    """List the stores of active brands."""
    query = query_of(request)
    page = requested_walk(request, platform, BEFORE_STORES)
    brand_ids = requested_ids(query, "brand_id")
    stores = await stores_page(platform.database, page, brand_ids=brand_ids)
    total = await count_stores(platform.database, brand_ids=brand_ids)
    data = [published_store(store) for store in stores]
    return await page_response(
        request,
        platform,
        stores,
        data=data,
        page=page,
        total=total,
        key=lambda store: (store.id,),
        embeds=STORE_EMBEDS,
    )


@get("/api/v2/tiles/{corners}", operation=TILES)
async def get_tiles(
    request: Request,
    corners: str,
    caller: Caller,  # noqa: ARG001 - as above
    platform: Platform,
) -> Response:
    """Show the rectangle between two opposite corners of the map, as one tile.

    The corners are `latitude,longitude:latitude,longitude`, in either order. If the first longitude is
    east of the second, the tile is the narrower rectangle: between the two, or across the 180th
    meridian. The pins of a tile are stores. They are clusters, each with the count of its stores, if the
    request has a `granularity` or there are too many stores to show. An area without stores has no pins.
    """
    view, query = read_view(corners), query_of(request)
    sold_on = _sold_on(query) or "app"
    granularity = requested_whole(query, "granularity", least=0, most=GRANULARITY_MAX)
    pins = await pins_of(platform.database, view, sold_on=sold_on, granularity=granularity)
    return json_response({"data": [published_tile(pins)]})


def _sold_on(query: Query) -> str | None:
    return requested_choice(query, "platform", get_args(Platforms))


ROUTES = [get_brands, get_brand, get_products, get_product, get_stores, get_tiles]
