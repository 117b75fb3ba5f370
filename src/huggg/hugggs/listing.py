"""A page of hugggs as published: the paginator, and the ten relations that every such list has."""

from __future__ import annotations

from collections.abc import Callable

from huggg.http.listing import page_response
from huggg.http.operation import Embeds
from huggg.http.pagination import PageRequest, SortKey
from huggg.http.web import Request, Response
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.store import HugggSnapshot
from huggg.hugggs.wire import PublishedHuggg, published_huggg
from huggg.kit.platform import Platform

EMBEDS = Embeds(
    "hugggs",
    (
        "message",
        "voucher",
        "voucher.segment",
        "purchase",
        "purchase.brand",
        "purchase.segments",
        "purchase.choices",
        "purchase.choices.brand",
        "purchase.brand.stores",
        "purchase.brand.integration",
    ),
)


def newest_first(huggg: Huggg) -> SortKey:
    """Tell where a huggg stands in a list that begins with the latest."""
    return (huggg.id,)


def published_hugggs(snapshot: HugggSnapshot, *, launch_url: str) -> list[PublishedHuggg]:
    """Write hugggs as they were seen together, as of that moment."""
    return [
        published_huggg(huggg, now=snapshot.now, launch_url=launch_url)
        for huggg in snapshot.hugggs
        if snapshot.now
    ]


async def published_list(
    request: Request,
    platform: Platform,
    snapshot: HugggSnapshot,
    *,
    launch_url: str,
    page: PageRequest,
    total: int,
    key: Callable[[Huggg], SortKey] = newest_first,
    embeds: Embeds = EMBEDS,
) -> Response:
    """Answer with a page of hugggs and the requested embeds."""
    return await page_response(
        request,
        platform,
        snapshot.hugggs,
        data=published_hugggs(snapshot, launch_url=launch_url),
        page=page,
        total=total,
        key=key,
        embeds=embeds,
    )
