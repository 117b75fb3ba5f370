"""The till's own calls: all in one question, named redemptions, their reversal, and idempotency keys."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from huggg.http.body import NO_NUL, read_body
from huggg.http.operation import One, Operation, Parameter
from huggg.http.route import get, post, put
from huggg.http.web import Request, Response, encode, json_response, query_of
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference, till_reference
from huggg.hugggs.typed import resolve_typed
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.idempotency import EncodedAnswer, StillRunning
from huggg.kit.ids import NO_GUID, parse_id
from huggg.kit.platform import Platform
from huggg.redemptions.errors import (
    REDEMPTION_REFUSALS,
    AlreadyUnredeemed,
    CannotRedeem,
    CannotUnredeem,
    RedemptionIdUsed,
)
from huggg.redemptions.named import redeem_named
from huggg.redemptions.redeem import SpendableLookup
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.reverse import Reversal, reverse_redemption
from huggg.redemptions.till_call import guarded_at_till
from huggg.redemptions.till_view import lookup_at_till, view_at_till
from huggg.redemptions.wire import (
    PublishedRedemption,
    RedemptionBody,
    RedemptionRead,
    published_redemption,
)
from huggg.till.errors import KeyNotFound
from huggg.till.wire import (
    PublishedKey,
    PublishedReversal,
    PublishedTillView,
    published_key,
    published_reversal,
    published_till_view,
)

VIEW = Operation(
    id="showAtTill",
    tag="Till",
    summary="A huggg as a till sees it",
    query=(
        Parameter(
            "location_id",
            Annotated[str, Meta(pattern=NO_NUL, examples=["bristol17"])],
            "The location of the till: the answer is about a redemption there.",
        ),
    ),
    answer=One(PublishedTillView),
    refuses=(HugggNotFound, CannotRedeem),
)
REDEEM_NAMED = Operation(
    id="redeemHugggOnce",
    tag="Till",
    summary="Redeem a huggg under the till's own id",
    body=RedemptionBody,
    answer=One(PublishedRedemption),
    status=201,
    refuses=(
        Malformed,
        Invalid,
        *REDEMPTION_REFUSALS,
        RedemptionIdUsed,
        AlreadyUnredeemed,
        StillRunning,
    ),
)
REVERSE = Operation(
    id="reverseRedemption",
    tag="Till",
    summary="Reverse a redemption whose answer was lost",
    answer=One(PublishedReversal),
    status=201,
    refuses=(Invalid, HugggNotFound, CannotUnredeem, StillRunning),
)
KEY = Operation(
    id="showIdempotencyKey",
    tag="Till",
    summary="The outcome of an idempotency key",
    answer=One(PublishedKey),
    refuses=(KeyNotFound,),
)


def lookup_viewed(huggg_id: str, request: Request, platform: Platform) -> Lookup:
    """Prepare to read the huggg of the path and the location of the query. Raises Invalid."""
    huggg = till_reference(platform.vault, huggg_id)
    return lookup_at_till(platform.database, huggg, dict(query_of(request)).get("location_id"))


@get("/api/v2/hugggs/{huggg_id}/till", operation=VIEW, lookup=lookup_viewed)
async def get_at_till(
    request: Request,
    lookup: Lookup,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Show all that a till must know before it rings a huggg up, in one answer.

    `redeemable` tells whether a redemption would succeed. `reason` is the sentence that would refuse it.
    `treatment` and `vat` tell the till how to ring the huggg up; they are `unknown` where the product's
    data lack them.
    """
    huggg, address = lookup.huggg, request.context.address
    async with guess_guard(huggg, address=address, caller=caller, guesses=guesses):
        reference = await resolve_typed(platform, huggg, caller=caller, guesses=guesses)
        view = await view_at_till(
            platform.database,
            lookup,
            reference,
            caller=caller,
            at_location="location_id" in dict(query_of(request)),
        )
    return json_response({"data": published_till_view(view)})


def lookup_named(huggg_id: str, body: bytes, platform: Platform) -> SpendableLookup:
    """Prepare to read the huggg of the path and the location of the body. Raises Malformed, Invalid."""
    document = read_body(body, RedemptionRead)
    huggg = till_reference(platform.vault, huggg_id)
    return SpendableLookup(platform.database, huggg, document.location(), document.sale())


@put(
    "/api/v2/hugggs/{huggg_id}/redemptions/{redemption_id}",
    operation=REDEEM_NAMED,
    lookup=lookup_named,
)
async def put_redemption(
    request: Request,
    lookup: SpendableLookup,
    redemption_id: str,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Redeem a huggg under an id that the till chose, a new GUID for each redemption.

    A till whose answer was lost sends the same request again, and gets the same answer, refusals
    included. Under an id that was reversed nothing is redeemed: 422.
    """
    named_id = _id_of(redemption_id)

    async def act(reference: HugggReference) -> EncodedAnswer:
        return await redeem_named(
            platform, lookup.of(reference), named_id, caller=caller, encode=_encode_redemption
        )

    answer = await guarded_at_till(
        act,
        lookup.huggg,
        request=request,
        caller=caller,
        platform=platform,
        guesses=guesses,
        success="redeemed",
    )
    return Response(answer.body, answer.status)


def lookup_reversed(huggg_id: str, platform: Platform) -> SpendableLookup:
    """Prepare to read the huggg of the path."""
    return SpendableLookup(platform.database, till_reference(platform.vault, huggg_id), None)


@post(
    "/api/v2/hugggs/{huggg_id}/redemptions/{redemption_id}/reversal",
    operation=REVERSE,
    lookup=lookup_reversed,
)
async def post_reversal(
    request: Request,
    lookup: SpendableLookup,
    redemption_id: str,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Reverse the redemption that a till sent under an id of its own: it is taken back if it stands.

    A till sends it until it is answered. It is right whether the redemption arrived, arrives later, when
    it is refused, or was never sent. Sent again it gets the same answer.
    """
    named_id = _id_of(redemption_id)

    async def act(reference: HugggReference) -> Reversal:
        return await reverse_redemption(platform, lookup.at(reference), named_id, caller=caller)

    reversal = await guarded_at_till(
        act,
        lookup.huggg,
        request=request,
        caller=caller,
        platform=platform,
        guesses=guesses,
        success="unredeemed",
    )
    return json_response({"data": published_reversal(reversal)}, status=201)


@get("/api/v2/idempotency-keys/{key}", operation=KEY)
async def get_key(key: str, caller: Caller, platform: Platform) -> Response:
    """Show the outcome of the caller's requests with an idempotency key, and the kept answer.

    404 means that no request that takes a key arrived with it within the last 30 days: it had no effect.
    """
    outcome = await platform.idempotency.outcome(caller=caller.name, key=key)
    if outcome is None:
        raise KeyNotFound
    return json_response({"data": published_key(key, outcome)})


def _id_of(text: str) -> UUID:
    """Read the till's own id. Raises Invalid."""
    redemption = parse_id(text)
    if redemption is None:
        raise Invalid(f"redemption_id: {NO_GUID}")
    return redemption


def _encode_redemption(redemption: Redemption) -> EncodedAnswer:
    return EncodedAnswer(201, encode({"data": published_redemption(redemption)}))


ROUTES = [get_at_till, put_redemption, post_reversal, get_key]
