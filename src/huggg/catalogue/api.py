"""`GET /api/v2/brands`: what can be given, and where."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency

from huggg.catalogue.published import PublishedBrand
from huggg.catalogue.store import brands_page, count_brands
from huggg.catalogue.wire import published_brand
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid
from huggg.kit.listing import page_response
from huggg.kit.operation import Embeds, Operation, Page, Parameter
from huggg.kit.pagination import asked_page
from huggg.kit.platform import Platform
from huggg.kit.query import asked_choice, asked_ids
from huggg.kit.web import AnyRequest, query_of

EMBEDS = ("products", "consolidated_products", "stores")
PLATFORMS = ("app", "imessage")

BRANDS = Operation(
    id="listBrands",
    tag="Catalogue",
    summary="What can be given",
    answer=Page(PublishedBrand),
    query=(
        Parameter("id[]", list[UUID], "Only these brands."),
        Parameter("platform", Literal["app", "imessage"], "Only products that are sold there."),
    ),
    embeds=Embeds("brands", EMBEDS),
    refuses=(Invalid,),
)


@get("/api/v2/brands", operation=BRANDS)
async def get_brands(
    request: AnyRequest,
    caller: NamedDependency[Caller],  # noqa: ARG001 - any valid token may read the catalogue, but there must be one
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """List the active brands, heaviest first."""
    query = query_of(request)
    page, ids = asked_page(query), asked_ids(query, "id")
    sold_on = asked_choice(query, "platform", PLATFORMS)
    brands = await brands_page(platform.database, page, ids=ids, sold_on=sold_on)
    total = await count_brands(platform.database, ids=ids)
    data = [published_brand(brand) for brand in brands]
    return await page_response(
        request, platform, "brands", brands, data=data, page=page, total=total, supported=EMBEDS
    )


HANDLERS = [get_brands]
