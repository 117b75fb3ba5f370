"""`GET /api/v2/hugggs/sent`, `…/received`, `…/{id}`, `POST …/{id}/claim`, and `POST /api/v2/search`.

`POST …/{id}/choice` is ours, for a product that stands for several.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from huggg.http.body import Name, read_body
from huggg.http.cursor import cursor_after, requested_walk
from huggg.http.listing import entity_response
from huggg.http.operation import CURSOR_PARAMETER, Each, Embeds, One, Operation, Page
from huggg.http.pagination import NEWEST_FIRST, link_header, url_after
from huggg.http.route import get, post
from huggg.http.web import Request, Response, address_of, json_response, query_of
from huggg.hugggs.claim import claim, claiming_user
from huggg.hugggs.errors import (
    CannotPick,
    ClaimLimitReached,
    HugggAlreadyCancelled,
    HugggAlreadyClaimed,
    HugggAlreadyExpired,
    HugggAlreadyPicked,
    HugggAlreadySpent,
    HugggNotFound,
    HugggScheduled,
    NoChoice,
)
from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.listing import EMBEDS, published_hugggs, published_list
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.pick import pick
from huggg.hugggs.query import SearchBody, SearchResult, read_search
from huggg.hugggs.search import BEFORE, filters_of, key_of, search
from huggg.hugggs.showing import note_shown
from huggg.hugggs.store import (
    count_received,
    count_sent,
    hugggs_received,
    hugggs_sent,
)
from huggg.hugggs.thank import find_thanks
from huggg.hugggs.visible import lookup_requested, shown_huggg, visible_huggg
from huggg.hugggs.wire import PublishedHuggg, PublishedThanks, published_huggg, published_thanks
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.ids import parse_id
from huggg.kit.platform import Platform

OWN_EMBEDS = Embeds("hugggs", (*EMBEDS.relations, "redeemed"))

SENT = Operation(
    id="listSentHugggs",
    tag="Hugggs",
    summary="Hugggs the caller bought",
    answer=Page(PublishedHuggg),
    embeds=OWN_EMBEDS,
    refuses=(Invalid,),
)
RECEIVED = Operation(
    id="listReceivedHugggs",
    tag="Hugggs",
    summary="Hugggs the caller was given",
    answer=Page(PublishedHuggg),
    embeds=OWN_EMBEDS,
    refuses=(Invalid,),
)
HUGGG = Operation(
    id="showHuggg",
    tag="Hugggs",
    summary="One huggg",
    answer=One(PublishedHuggg),
    embeds=OWN_EMBEDS,
    refuses=(HugggNotFound, Invalid),
)
CLAIM = Operation(
    id="claimHuggg",
    tag="Hugggs",
    summary="Claim a huggg",
    answer=One(PublishedHuggg),
    status=201,
    refuses=(
        HugggNotFound,
        HugggScheduled,
        HugggAlreadyClaimed,
        HugggAlreadySpent,
        HugggAlreadyCancelled,
        HugggAlreadyExpired,
        ClaimLimitReached,
    ),
)


class PickBody(Struct, forbid_unknown_fields=True):
    """The body of a pick."""

    product_id: Name


PICK = Operation(
    id="pickProduct",
    tag="Hugggs",
    summary="Pick the product of a choice",
    body=PickBody,
    example={"product_id": "9358edae-2f40-4b5f-b5b1-588f96341d4b"},
    answer=One(PublishedHuggg),
    status=201,
    refuses=(
        Malformed,
        Invalid,
        HugggNotFound,
        HugggAlreadyClaimed,
        NoChoice,
        HugggAlreadyPicked,
        HugggScheduled,
        HugggAlreadySpent,
        HugggAlreadyCancelled,
        HugggAlreadyExpired,
        CannotPick,
    ),
)
THANKS = Operation(
    id="listThanks",
    tag="Hugggs",
    summary="The thank-you for a huggg",
    answer=Each((PublishedThanks,)),
    refuses=(HugggNotFound,),
)
SEARCH = Operation(
    id="searchHugggs",
    tag="Hugggs",
    summary="Search hugggs",
    query=(CURSOR_PARAMETER,),
    body=SearchBody,
    body_required=False,
    example={
        "from": 0,
        "size": 20,
        "query": {"bool": {"must": [{"match": {"status": {"query": "redeemed", "operator": "or"}}}]}},
        "sort": [{"huggg.updated_at": {"order": "desc"}}],
    },
    answer=SearchResult,
    refuses=(Malformed, Invalid),
    slow=True,
)


@get("/api/v2/hugggs/sent", operation=SENT)
async def get_sent(
    request: Request,
    caller: Caller,
    platform: Platform,
    launch_url: str,
) -> Response:
    """List the hugggs that the caller bought, newest first, in every state."""
    sender_id, page = caller.required_user(), requested_walk(request, platform, NEWEST_FIRST)
    total = await count_sent(platform.database, sender_id)
    snapshot = await hugggs_sent(platform.database, platform.vault, sender_id, page, total=total)
    return await published_list(
        request, platform, snapshot, launch_url=launch_url, page=page, total=total, embeds=OWN_EMBEDS
    )


@get("/api/v2/hugggs/received", operation=RECEIVED)
async def get_received(
    request: Request,
    caller: Caller,
    platform: Platform,
    launch_url: str,
) -> Response:
    """List the hugggs that the caller received, newest first. A scheduled huggg appears on its day."""
    receiver_id, page = caller.required_user(), requested_walk(request, platform, NEWEST_FIRST)
    total = await count_received(platform.database, receiver_id)
    snapshot = await hugggs_received(platform.database, platform.vault, receiver_id, page, total=total)
    return await published_list(
        request, platform, snapshot, launch_url=launch_url, page=page, total=total, embeds=OWN_EMBEDS
    )


@get("/api/v2/hugggs/{huggg_id}", operation=HUGGG, lookup=lookup_requested)
async def get_huggg(
    request: Request,
    lookup: Lookup,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    launch_url: str,
) -> Response:
    """Show a huggg to its sender, its receiver, and users whose role shows its order.

    Other callers get 404, and so does its receiver before the day of sending.
    """
    huggg, now = await shown_huggg(request, platform, lookup, caller=caller, guesses=guesses)
    data = published_huggg(huggg, now=now, launch_url=launch_url)
    return await entity_response(request, platform, huggg, data=data, embeds=OWN_EMBEDS)


@post("/api/v2/hugggs/{huggg_id}/claim", operation=CLAIM, lookup=lookup_requested)
async def post_claim(
    request: Request,
    lookup: Lookup,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    launch_url: str,
) -> Response:
    """Make the calling user the receiver of a huggg, once.

    A huggg that was sent to a user is that user's to claim. One without a receiver is taken by the first
    user who claims it: holding the link is enough. The answer is the huggg with `receiver_id`,
    `assigned_date` and `assigned_client`. A user who claims a huggg again gets the same answer. The
    `limit` of the purchase holds for the hugggs that one user claims. Claiming spends nothing, and a
    huggg need not be claimed to be redeemed.
    """
    claimer, address = claiming_user(caller), request.context.address
    async with guess_guard(lookup.huggg, address=address, caller=caller, guesses=guesses):
        huggg, row = await claim(platform.database, platform.vault, lookup, claimer=claimer)
    if await note_shown(platform.database, [row], to_receiver=True):
        huggg = replace(huggg, code="")
    assert huggg.assigned_at is not None  # noqa: S101 - it is claimed
    data = published_huggg(huggg, now=huggg.assigned_at, launch_url=launch_url)
    return json_response({"data": data}, status=201)


@post("/api/v2/hugggs/{huggg_id}/choice", operation=PICK, lookup=lookup_requested)
async def post_choice(
    request: Request,
    lookup: Lookup,
    body: bytes,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    launch_url: str,
) -> Response:
    """Pick one of the products that a choice stands for; from then on the huggg is for that product.

    The named receiver may, and without one each holder of the link, as for a claim; a trusted client
    speaks for the holder. `purchase.choices` embeds the products. Before the pick the huggg is neither
    drawn nor redeemed. A pick is final: the same pick again gets the same answer, and another one is
    refused and changes nothing. Picking does not claim.
    """
    product_id, address = parse_id(read_body(body, PickBody).product_id), request.context.address
    async with guess_guard(lookup.huggg, address=address, caller=caller, guesses=guesses):
        huggg, now = await pick(platform.database, platform.vault, lookup, product_id, caller=caller)
    data = published_huggg(huggg, now=now, launch_url=launch_url)
    return json_response({"data": data}, status=201)


@get("/api/v2/hugggs/{huggg_id}/thanks", operation=THANKS, lookup=lookup_requested)
async def get_thanks(
    request: Request, lookup: Lookup, caller: Caller, platform: Platform, guesses: Guesses
) -> Response:
    """Show the thank-you that the huggg's recipient wrote on its gift page: none, or one.

    Each caller that may see the huggg may see its thank-you. A huggg that moves to another receiver has
    none of the one before.
    """
    huggg, _ = await visible_huggg(request, platform, lookup, caller=caller, guesses=guesses)
    thanks = await find_thanks(platform.database, platform.vault, huggg.id)
    return json_response({"data": [published_thanks(thanks)] if thanks else []})


@post("/api/v2/search", operation=SEARCH)
async def post_search(
    request: Request,
    body: bytes,
    caller: Caller,
    platform: Platform,
    launch_url: str,
) -> Response:
    """Search the hugggs that the caller bought, in a subset of Elasticsearch's query language.

    The body has `from`, `size` (at most 300), `query.bool.must[]` of `match`, `term` and `range`, and
    one `sort`. Fields, with or without `huggg.` before them: `status` (redeemed, sent, expired,
    cancelled), `product_id`, `brand_id` and `message` (by `match` only); for `range` `created_at`,
    `updated_at`, `sent_date` and `expiry_date`, of which all but `sent_date` can be sorted by. Any other
    part of the language is refused by name.

    A message is found by its words, in any script and in either case: a run of letters and digits is a
    word, each symbol such as `£` is a word, and every other character separates words. A written word
    that splits, such as `O'Brien`, is found where all of its parts are. Scripts without blanks are found
    by any part.

    A full answer has a `Link` header: the same body, sent to its `next`, finds the following hugggs.
    Sorted by `created_at` or `expiry_date`, each huggg is found once even if hugggs change meanwhile;
    sorted by `updated_at`, a huggg that changes meanwhile moves.
    """
    criteria = read_search(body)
    sender_id, filters = caller.required_user(), filters_of(criteria)
    criteria.after = requested_walk(request, platform, BEFORE[criteria.order_by], filters=filters).after
    if criteria.after is not None and criteria.offset:
        raise Invalid("from: cannot be asked for together with cursor.")
    snapshot = await search(platform.database, platform.vault, criteria, sender_id=sender_id)
    response = SearchResult(published_hugggs(snapshot, launch_url=launch_url))
    if not criteria.size or len(snapshot.hugggs) < criteria.size:
        return json_response(response)
    cursor = cursor_after(key_of(snapshot.hugggs[-1], criteria), request, platform, filters=filters)
    link = url_after(address_of(request), query_of(request), cursor)
    return json_response(response, headers={"Link": link_header({"next": link})})


ROUTES = [get_sent, get_received, get_huggg, post_claim, post_choice, post_search, get_thanks]
