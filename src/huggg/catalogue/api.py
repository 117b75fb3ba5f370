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
from huggg.kit.ids import parse_id
from huggg.kit.operation import Embeds, Operation, Page, Parameter
from huggg.kit.pagination import Query, asked_list, asked_page, paginate
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, address_of, json_response, query_of

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
    page, ids, sold_on = asked_page(query), _ids(query), _sold_on(query)
    brands = await brands_page(platform.database, page, ids=ids, sold_on=sold_on)
    total = await count_brands(platform.database, ids=ids)
    data = [published_brand(brand) for brand in brands]
    address = address_of(request, platform)
    answer = paginate(data, asked=page, total=total, address=address, query=query)
    embedded = await platform.embedding.embed(
        platform.database, "brands", brands, asked=asked_list(query, "embed"), supported=EMBEDS
    )
    if embedded is not None:
        answer["embedded"] = embedded
    return json_response(answer)


def _ids(query: Query) -> list[UUID] | None:
    texts = asked_list(query, "id")
    found = [id_ for text in texts if (id_ := parse_id(text))]
    if len(found) < len(texts):
        raise Invalid("id[]: must be a GUID.")
    return found or None


def _sold_on(query: Query) -> str | None:
    platform = dict(query).get("platform")
    if platform is not None and platform not in PLATFORMS:
        raise Invalid(f"platform: must be one of {', '.join(PLATFORMS)}.")
    return platform


HANDLERS = [get_brands]
