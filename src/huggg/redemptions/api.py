"""The till's three calls: adjustment codes, redeem, unredeem."""

from __future__ import annotations

from huggg.database.meter import outcome
from huggg.http.operation import Link, One, Operation
from huggg.http.route import get, patch, post
from huggg.http.web import Request, Response, encode, json_response, run_idempotently
from huggg.hugggs.errors import HugggNotFound, HugggNotYetSent
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.looking_up import looking_up
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import till_reference
from huggg.hugggs.typed import resolve_typed
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.ids import NIL, parse_id
from huggg.kit.platform import Platform
from huggg.redemptions.adjustment_codes import adjustment_codes
from huggg.redemptions.errors import (
    AlreadyUnredeemed,
    CannotRedeem,
    CannotUnredeem,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    InvalidLocation,
    NoAdjustmentOnceRedeemed,
    NotTheLatest,
    RedemptionNotFound,
)
from huggg.redemptions.redeem import lookup_spendable, redeem
from huggg.redemptions.redemption import LATEST, Redemption
from huggg.redemptions.unredeem import unredeem
from huggg.redemptions.wire import (
    PublishedAdjustmentCodes,
    PublishedRedemption,
    RedemptionAsked,
    RedemptionPatched,
    check_patch,
    location_asked,
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
    body=RedemptionAsked,
    answer=One(PublishedRedemption),
    status=201,
    leads_to=(Link("unredeemHuggg", "huggg_id", "/data/huggg_id"),),
    takes_idempotency_key=True,
    refuses=(
        Malformed,
        HugggNotFound,
        CannotRedeem,
        HugggAlreadyRedeemed,
        HugggCancelled,
        HugggExpired,
        HugggNotYetSent,
        InvalidLocation,
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


@get("/api/v2/hugggs/{huggg_id}/product/adjustment-codes", operation=ADJUSTMENT_CODES)
async def get_adjustment_codes(
    request: Request,
    huggg_id: str,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Show the codes that a till may ring up for the huggg.

    Before its day a scheduled huggg is answered 404. A merchant's user may name the huggg by its redeem
    code, see `redeemHuggg`.
    """
    huggg = till_reference(platform.vault, huggg_id)
    async with looking_up(huggg, request=request, caller=caller, guesses=guesses):
        found = await adjustment_codes(
            platform.database,
            await resolve_typed(platform.database, huggg, caller=caller, guesses=guesses),
            caller=caller,
        )
    return json_response({"data": published_adjustment_codes(found)})


def lookup_requested(huggg_id: str, body: bytes, platform: Platform) -> Lookup:
    """Look at the huggg of the path and the location of the body. Raises Malformed, Invalid."""
    huggg = till_reference(platform.vault, huggg_id)
    return lookup_spendable(platform.database, huggg, location_asked(body))


@post("/api/v2/hugggs/{huggg_id}/redemptions", operation=REDEEM, looks=lookup_requested)
async def post_redemption(
    request: Request,
    look: Lookup,
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
    """

    def answer(redemption: Redemption) -> Answer:
        return Answer(201, encode({"data": published_redemption(redemption)}))

    async def act(reservation: Reservation) -> Answer:
        with outcome(platform.meter, "huggg_redemptions_total", done="redeemed"):
            async with looking_up(look.huggg, request=request, caller=caller, guesses=guesses):
                return await redeem(
                    platform.database,
                    platform.vault,
                    look.at(
                        await resolve_typed(
                            platform.database, look.huggg, caller=caller, guesses=guesses
                        )
                    ),
                    caller=caller,
                    reservation=reservation,
                    answer=answer,
                )

    return await run_idempotently(request, platform, body, caller=caller.name, act=act)


@patch("/api/v2/hugggs/{huggg_id}/redemptions/{redemption_id}", operation=UNREDEEM)
async def patch_redemption(
    request: Request,
    huggg_id: str,
    redemption_id: str,
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
    check_patch(body)
    huggg = till_reference(platform.vault, huggg_id)
    # A redemption id that is no GUID is a redemption that nobody has: the nil one.
    asked = None if redemption_id == LATEST else parse_id(redemption_id) or NIL

    def answer(redemption: Redemption) -> Answer:
        return Answer(200, encode({"data": published_redemption(redemption)}))

    async def act(reservation: Reservation) -> Answer:
        with outcome(platform.meter, "huggg_redemptions_total", done="unredeemed"):
            async with looking_up(huggg, request=request, caller=caller, guesses=guesses):
                return await unredeem(
                    platform.database,
                    platform.vault,
                    await resolve_typed(platform.database, huggg, caller=caller, guesses=guesses),
                    asked,
                    caller=caller,
                    reservation=reservation,
                    answer=answer,
                )

    return await run_idempotently(request, platform, body, caller=caller.name, act=act)


ROUTES = [get_adjustment_codes, post_redemption, patch_redemption]
