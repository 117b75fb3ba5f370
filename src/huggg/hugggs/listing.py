"""A page of hugggs as published: the paginator, and the eight relations that every such list has."""

from __future__ import annotations

from collections.abc import Collection

from litestar import Response

from huggg.hugggs.store import Seen
from huggg.hugggs.wire import published_huggg
from huggg.kit.pagination import PageAsked, asked_list, paginate
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, address_of, json_response, query_of

EMBEDS = (
    "message",
    "voucher",
    "voucher.segment",
    "purchase",
    "purchase.brand",
    "purchase.segments",
    "purchase.brand.stores",
    "purchase.brand.integration",
)


async def published_list(
    request: AnyRequest,
    platform: Platform,
    seen: Seen,
    *,
    page: PageAsked,
    total: int,
    supported: Collection[str] = EMBEDS,
) -> Response[bytes]:
    """Answer with a page of hugggs and what was asked to be embedded around them."""
    query = query_of(request)
    data = [
        published_huggg(huggg, now=seen.now, launch_url=platform.launch_url)
        for huggg in seen.hugggs
        if seen.now
    ]
    address = address_of(request, platform)
    answer = paginate(data, asked=page, total=total, address=address, query=query)
    embedded = await platform.embedding.embed(
        platform.database,
        "hugggs",
        seen.hugggs,
        asked=asked_list(query, "embed"),
        supported=supported,
    )
    if embedded is not None:
        answer["embedded"] = embedded
    return json_response(answer)
