"""What a read answers: a page of entities or one of them, and beside them what was to be embedded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from huggg.kit.operation import Embeds
from huggg.kit.pagination import PageAsked, paginate
from huggg.kit.platform import Platform
from huggg.kit.query import asked_list
from huggg.kit.web import Request, Response, address_of, json_response, query_of


async def page_response(
    request: Request,
    platform: Platform,
    rows: Sequence[Any],
    *,
    data: Sequence[Any],
    page: PageAsked,
    total: int,
    embeds: Embeds,
) -> Response:
    """Answer with a page of entities; `data` are the `rows` as they are published."""
    query = query_of(request)
    asked = asked_list(query, "embed")
    linked = platform.embedding.link(embeds.source, rows, data, asked=asked, supported=embeds.relations)
    address = address_of(request, platform)
    answer = paginate(linked, asked=page, total=total, address=address, query=query)
    return await _with_embedded(platform, answer, rows, asked=asked, embeds=embeds)


async def entity_response(
    request: Request,
    platform: Platform,
    row: Any,  # noqa: ANN401 - of whatever noun
    *,
    data: Any,  # noqa: ANN401 - as above
    embeds: Embeds,
) -> Response:
    """Answer with one entity; `data` is the `row` as it is published."""
    asked = asked_list(query_of(request), "embed")
    if not asked:
        return json_response({"data": data})
    [linked] = platform.embedding.link(
        embeds.source, [row], [data], asked=asked, supported=embeds.relations
    )
    answer = {"data": linked}
    return await _with_embedded(platform, answer, [row], asked=asked, embeds=embeds)


async def _with_embedded(
    platform: Platform,
    answer: dict[str, Any],
    rows: Sequence[Any],
    *,
    asked: Collection[str],
    embeds: Embeds,
) -> Response:
    embedded = await platform.embedding.embed(
        platform.database, embeds.source, rows, asked=asked, supported=embeds.relations
    )
    if embedded is not None:
        answer["embedded"] = embedded
    return json_response(answer)
