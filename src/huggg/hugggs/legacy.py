"""`GET /api/v2/huggg/get/{id}`: the first API's way to read a huggg, with everything inside it.

This answer nests the entities that later answers embed: the product with its brand, the brand with its
stores twice (whole as `locations`, by id as `stores`), the message with its conversation, and the
sender. All of it stands under `data` and again under `hug`.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

from huggg.catalogue.published import PublishedBrand, PublishedProduct, PublishedStore
from huggg.catalogue.store import Brand, load_brands, load_products, load_stores, sellers_of
from huggg.database.pool import Database
from huggg.http.operation import Operation
from huggg.http.route import get
from huggg.http.web import Request, Response, json_response
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.store import messages_of, queries
from huggg.hugggs.visible import lookup_requested, shown_huggg
from huggg.hugggs.wire import PublishedHuggg, PublishedMessage, published_huggg, published_message
from huggg.identity.caller import Caller
from huggg.identity.wire import user_type
from huggg.kit.codes import Vault
from huggg.kit.platform import Platform
from huggg.people.personal_data import personal_from


class LegacyBrand(PublishedBrand, kw_only=True):
    """A brand with its stores in it."""

    locations: Annotated[
        list[PublishedStore],
        Meta(description="For a consolidated brand, the stores of all brands that sell the product."),
    ]


class LegacyProduct(PublishedProduct, kw_only=True):
    """A product with its brand in it."""

    brand: LegacyBrand


class LegacyConversation(Struct):
    """The conversation of a message: every message starts its own."""

    id: str = "0"


class LegacyMessage(PublishedMessage, kw_only=True):
    """A message with its conversation in it."""

    conversation: LegacyConversation


class LegacySender(Struct):
    """The buyer, as far as the holder of the huggg's link may know."""

    id: UUID
    name: str
    active: int
    type: int


class LegacyHuggg(PublishedHuggg, kw_only=True):
    """A huggg with its product, message and sender in it."""

    purchase: LegacyProduct
    message: LegacyMessage | None
    sender: LegacySender


class LegacyEnvelope(Struct):
    """The same huggg under both of its published names."""

    data: LegacyHuggg
    hug: LegacyHuggg


LEGACY_HUGGG = Operation(
    id="showHugggWhole",
    tag="Legacy",
    summary="One huggg with everything inside it",
    answer=LegacyEnvelope,
    refuses=(HugggNotFound,),
)


@get("/api/v2/huggg/get/{huggg_id}", operation=LEGACY_HUGGG, lookup=lookup_requested)
async def get_legacy_huggg(
    request: Request,
    lookup: Lookup,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    launch_url: str,
) -> Response:
    """Show a huggg as the first API did.

    Its product with that product's brand and stores, its message and its sender are nested in it. All of
    it appears twice, under `data` and under `hug`.
    """
    database = platform.database
    huggg, now = await shown_huggg(request, platform, lookup, caller=caller, guesses=guesses)
    published = published_huggg(huggg, now=now, launch_url=launch_url)
    nested_huggg = msgspec.to_builtins(published) | {
        "purchase": await _purchase(database, huggg.product_id),
        "message": await _message(database, platform.vault, huggg),
        "sender": await _sender(platform, huggg.sender_id),
    }
    return json_response({"data": nested_huggg, "hug": nested_huggg})


async def _purchase(database: Database, product_id: UUID) -> dict[str, Any]:
    [product] = await load_products(database, [product_id])
    [brand] = await load_brands(database, [product.brand_id])
    document = msgspec.json.decode(product.document, type=dict[str, Raw])
    return document | {"brand": await _brand(database, brand, product_id)}


async def _brand(database: Database, brand: Brand, product_id: UUID) -> dict[str, Any]:
    """Put the stores into a brand: its own, or for a consolidated one those of all brands that sell."""
    lists: dict[str, Any] = {
        "products": brand.products,
        "consolidated_products": brand.consolidated_products,
    }
    store_ids = brand.embedded_stores
    if _is_shopless(brand):
        shops = await load_brands(database, await sellers_of(database, product_id))
        store_ids = list(dict.fromkeys(store for shop in shops for store in shop.embedded_stores))
    stores = {store.id: store.document for store in await load_stores(database, store_ids)}
    locations = [
        msgspec.json.decode(stores[store], type=dict[str, Any]) | {"brand_id": brand.id}
        for store in store_ids
        if store in stores
    ]
    return brand.document | lists | {"stores": store_ids, "locations": locations}


def _is_shopless(brand: Brand) -> bool:
    return bool(msgspec.json.decode(brand.document["consolidated"]))


async def _message(database: Database, vault: Vault, huggg: Huggg) -> dict[str, Any] | None:
    if huggg.message_id is None:
        return None
    [message] = await messages_of(database, vault, [huggg.id])
    published: dict[str, Any] = msgspec.to_builtins(published_message(message))
    return published | {"conversation": LegacyConversation()}


async def _sender(platform: Platform, user_id: UUID) -> LegacySender:
    row = await platform.database.one(queries.sender, id=user_id)
    name = personal_from(platform.vault, row).name
    return LegacySender(row["id"], name, int(row["active"]), user_type(row))


ROUTES = [get_legacy_huggg]
