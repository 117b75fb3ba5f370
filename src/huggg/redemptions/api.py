"""The till's three calls: adjustment codes, redeem, unredeem."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta

from huggg.http.body import read_body
from huggg.http.operation import Link, One, Operation, Parameter
from huggg.http.route import get, patch, post
from huggg.http.web import Request, Response, encode, json_response
from huggg.hugggs.errors import HugggNotFound, HugggNotYetSent
from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference, till_reference
from huggg.hugggs.typed import resolve_typed
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.idempotency import EncodedAnswer, Reservation
from huggg.kit.ids import NIL, parse_id
from huggg.kit.platform import Platform
from huggg.redemptions.adjustment_codes import adjustment_codes, lookup_adjustable
from huggg.redemptions.errors import (
    REDEMPTION_REFUSALS,
    AlreadyUnredeemed,
    CannotRedeem,
    CannotUnredeem,
    HugggAlreadyRedeemed,
    NoAdjustmentOnceRedeemed,
    NotTheLatest,
    RedemptionNotFound,
)
from huggg.redemptions.redeem import SpendableLookup, redeem
from huggg.redemptions.redemption import LATEST, Redemption
from huggg.redemptions.repeat import preferred_seconds, redeemed_just_now
from huggg.redemptions.till_call import keyed_at_till, or_instead
from huggg.redemptions.unredeem import RedeemedLookup, unredeem
from huggg.redemptions.wire import (
    PublishedAdjustmentCodes,
    PublishedRedemption,
    RedemptionBody,
    RedemptionPatched,
    RedemptionRead,
    check_patch,
    published_adjustment_codes,
    published_redemption,
)

ADJUSTMENT_CODES = Operation(
    id="showAdjustmentCodes",
    tag="Till",
    summary="The adjustment codes of a huggg",
    answer=One(PublishedAdjustmentCodes),
    refuses=(HugggNotFound, CannotRedeem, NoAdjustmentOnceRedeemed, HugggNotYetSent),
)
REDEEM = Operation(
    id="redeemHuggg",
    tag="Till",
    summary="Redeem a huggg",
    body=RedemptionBody,
    answer=One(PublishedRedemption),
    status=201,
    headers=(
        Parameter(
            "Prefer",
            Annotated[str, Meta(examples=["repeat=15"])],
            "`repeat=15`: answer a second scan at this till within 15 seconds with the redemption.",
        ),
    ),
    answer_headers=("Preference-Applied",),
    leads_to=(Link("unredeemHuggg", "huggg_id", "/data/huggg_id"),),
    takes_idempotency_key=True,
    refuses=(
        Malformed,
        *REDEMPTION_REFUSALS,
    ),
)
UNREDEEM = Operation(
    id="unredeemHuggg",
    tag="Till",
    summary="Take a redemption back",
    body=RedemptionPatched,
    answer=One(PublishedRedemption),
    takes_idempotency_key=True,
    refuses=(
        Malformed,
        Invalid,
        HugggNotFound,
        CannotUnredeem,
        RedemptionNotFound,
        NotTheLatest,
        AlreadyUnredeemed,
    ),
)


def lookup_named(huggg_id: str, platform: Platform) -> Lookup:
    """Prepare to read the huggg of the path."""
    return lookup_adjustable(platform.database, till_reference(platform.vault, huggg_id))


@get(
    "/api/v2/hugggs/{huggg_id}/product/adjustment-codes",
    operation=ADJUSTMENT_CODES,
    lookup=lookup_named,
)
async def get_adjustment_codes(
    request: Request,
    lookup: Lookup,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Show the codes that a till may ring up for the huggg.

    Before its day a scheduled huggg is answered 404. A merchant's user may name the huggg by its redeem
    code, see `redeemHuggg`.
    """
    huggg, address = lookup.huggg, request.context.address
    async with guess_guard(huggg, address=address, caller=caller, guesses=guesses):
        reference = await resolve_typed(platform, huggg, caller=caller, guesses=guesses)
        codes = await adjustment_codes(lookup, reference, caller=caller)
    return json_response({"data": published_adjustment_codes(codes)})


def lookup_requested(huggg_id: str, body: bytes, platform: Platform) -> SpendableLookup:
    """Prepare to read the huggg of the path and the location of the body. Raises Malformed, Invalid."""
    huggg = till_reference(platform.vault, huggg_id)
    document = read_body(body, RedemptionRead)
    return SpendableLookup(platform.database, huggg, document.location(), document.sale())


@post("/api/v2/hugggs/{huggg_id}/redemptions", operation=REDEEM, lookup=lookup_requested)
async def post_redemption(
    request: Request,
    lookup: SpendableLookup,
    body: bytes,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Redeem a huggg at a location: by its owner, or by staff of a merchant that honours it.

    Before its day a scheduled huggg is answered 404, and its sender gets 405. A till redeems a huggg
    whose code was shown to its recipient like any other: showing a code spends nothing.

    A merchant's user may type the redeem code in place of the id, in either case, with blanks or
    hyphens. The server searches for it among hugggs that are sent, not expired and not cancelled, and
    that this merchant honours or has redeemed. A code that two of them share is answered 404, and so is
    every redeem code from a caller that acts for no merchant. A user may send ten wrong codes a minute,
    and a merchant's users together a hundred an hour. Beyond that, redeem codes are answered 429, and
    ids and shortcodes are still served.

    A till that sends `Prefer: repeat=15` gets the answer of the redemption that stands, in place of 405,
    if it made that redemption at the same location within so many seconds: a second scan. The header
    `Preference-Applied` tells it apart.
    """
    reference, seconds = lookup.huggg, preferred_seconds(request.lines(b"prefer"))

    async def act(
        resolved_reference: HugggReference, reservation: Reservation[Redemption]
    ) -> Redemption:
        nonlocal reference
        reference = resolved_reference
        return await redeem(
            platform.database,
            platform.vault,
            lookup.at(resolved_reference),
            caller=caller,
            sale=lookup.sale,
            reservation=reservation,
        )

    call = keyed_at_till(
        act,
        lookup.huggg,
        request=request,
        body=body,
        caller=caller,
        platform=platform,
        guesses=guesses,
        success="redeemed",
        encode=partial(_answer, 201),
    )
    if seconds is None:
        return await call

    async def earlier_answer() -> Response | None:
        redemption = await redeemed_just_now(
            platform.database, reference, lookup.location_id, seconds, caller=caller
        )
        return None if redemption is None else _repeated_answer(redemption, seconds)

    return await or_instead(call, HugggAlreadyRedeemed, earlier_answer)


def _repeated_answer(redemption: Redemption, seconds: int) -> Response:
    """Answer a second scan as the first one was answered, and name the preference."""
    answer = _answer(201, redemption)
    return Response(answer.body, answer.status, headers={"Preference-Applied": f"repeat={seconds}"})


def lookup_redeemed(
    huggg_id: str, redemption_id: str, body: bytes, platform: Platform
) -> RedeemedLookup:
    """Prepare to read the huggg of the path and its redemptions. Raises Malformed, Invalid."""
    check_patch(body)
    # An id that is no GUID is the id of no redemption, as the nil one is.
    requested = None if redemption_id == LATEST else parse_id(redemption_id) or NIL
    return RedeemedLookup(platform.database, till_reference(platform.vault, huggg_id), requested)


@patch(
    "/api/v2/hugggs/{huggg_id}/redemptions/{redemption_id}",
    operation=UNREDEEM,
    lookup=lookup_redeemed,
)
async def patch_redemption(
    request: Request,
    lookup: RedeemedLookup,
    body: bytes,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Take a redemption back, by its id or as `latest`: staff of the merchant where it was redeemed.

    `latest` is the redemption that stands. After it is taken back none stands, so a second `latest` is
    answered 404; the id of the redemption is answered 422, as taken back before. A merchant's user may
    name the huggg by its redeem code, see `redeemHuggg`.
    """

    async def act(
        resolved_reference: HugggReference, reservation: Reservation[Redemption]
    ) -> Redemption:
        return await unredeem(
            platform.database,
            platform.vault,
            lookup.at(resolved_reference),
            lookup.requested,
            caller=caller,
            reservation=reservation,
        )

    return await keyed_at_till(
        act,
        lookup.huggg,
        request=request,
        body=body,
        caller=caller,
        platform=platform,
        guesses=guesses,
        success="unredeemed",
        encode=partial(_answer, 200),
    )


def _answer(status: int, redemption: Redemption) -> EncodedAnswer:
    return EncodedAnswer(status, encode({"data": published_redemption(redemption)}))


ROUTES = [get_adjustment_codes, post_redemption, patch_redemption]
