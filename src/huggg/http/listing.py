"""The answers of reads: a page of entities or one of them, with the requested embeds beside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from huggg.http.cursor import cursor_after
from huggg.http.operation import Embeds
from huggg.http.pagination import PageRequest, SortKey, paginate
from huggg.http.query import all_items, requested_list
from huggg.http.slips import excerpt, refuse_slip, tell_ignored
from huggg.http.web import Request, Response, address_of, json_response, query_of
from huggg.kit.platform import Platform


async def page_response(
    request: Request,
    platform: Platform,
    rows: Sequence[Any],
    *,
    data: Sequence[Any],
    page: PageRequest,
    total: int,
    key: Callable[[Any], SortKey],
    embeds: Embeds,
) -> Response:
    """Answer with a page of entities; `data` are the `rows` as they are published.

    `key` tells where a row stands in the list's order, for the cursor of the page after this one.
    """
    query, relations = query_of(request), requested_embeds(request, embeds)
    linked = request.site.embedding.link(embeds.source, rows, data, relations=relations)
    answer, links = paginate(
        linked,
        page=page,
        total=total,
        address=address_of(request),
        query=query,
        cursor=lambda: cursor_after(key(rows[-1]), request, platform),
    )
    response = await _with_embedded(request, platform, answer, rows, relations=relations, embeds=embeds)
    response.headers = {**response.headers, "Link": links}
    return response


async def entity_response(
    request: Request,
    platform: Platform,
    row: Any,  # noqa: ANN401 - a row of any noun
    *,
    data: Any,  # noqa: ANN401 - as above
    embeds: Embeds,
) -> Response:
    """Answer with one entity; `data` is the `row` as it is published."""
    relations = requested_embeds(request, embeds) if query_of(request) else ()
    if not relations:
        return json_response({"data": data})
    [linked] = request.site.embedding.link(embeds.source, [row], [data], relations=relations)
    answer = {"data": linked}
    return await _with_embedded(request, platform, answer, [row], relations=relations, embeds=embeds)


def requested_embeds(
    request: Request, embeds: Embeds, *, also: Collection[str] | None = None
) -> list[str]:
    """Collect the supported relations that the query, and `also` the body, ask for.

    Raises Invalid for one that is nearly a supported one, and Forbidden for one that the scopes of the
    caller's API key do not cover. An unsupported one is reported and ignored, because existing clients
    ask for some that a list does not have.
    """
    relations = [*all_items(also or ()), *requested_list(query_of(request), "embed")]
    for relation in relations:
        if relation and relation not in embeds.relations:
            refuse_slip(f"embed.{excerpt(relation)}", relation, embeds.relations)
            tell_ignored(f"embed.{relation}")
    supported = [relation for relation in relations if relation in embeds.relations]
    request.site.embedding.check(embeds, supported, request.scopes)
    return supported


async def _with_embedded(
    request: Request,
    platform: Platform,
    answer: dict[str, Any],
    rows: Sequence[Any],
    *,
    relations: Collection[str],
    embeds: Embeds,
) -> Response:
    embedded = await request.site.embedding.embed(
        platform.database, embeds.source, rows, relations=relations
    )
    if embedded is not None:
        answer["embedded"] = embedded
    return json_response(answer)
