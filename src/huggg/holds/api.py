"""Holds: `POST /api/v2/hugggs/{id}/holds`, and `…/confirmation` and `…/reversal` of one."""

from __future__ import annotations

from huggg.holds.confirm import confirm_hold
from huggg.holds.errors import HoldLapsed, HoldNotFound, HoldReversed
from huggg.holds.hold import Hold
from huggg.holds.place import place_hold, placed_before
from huggg.holds.reverse import EndedHold, reverse_hold
from huggg.holds.store import lookup_hold
from huggg.holds.wire import (
    ConfirmationBody,
    HoldBody,
    PublishedHold,
    PublishedHoldEnd,
    published_hold,
    published_hold_end,
)
from huggg.http.body import read_body
from huggg.http.operation import One, Operation
from huggg.http.route import post
from huggg.http.web import Request, Response, encode, json_response
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference, till_reference
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.idempotency import EncodedAnswer, Reservation
from huggg.kit.ids import NIL, parse_id
from huggg.kit.platform import Platform
from huggg.redemptions.errors import (
    REDEMPTION_REFUSALS,
    AlreadyUnredeemed,
    CannotRedeem,
    CannotUnredeem,
    HugggAlreadyRedeemed,
    HugggHeld,
)
from huggg.redemptions.redeem import SpendableLookup
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.till_call import guarded_at_till, keyed_at_till, or_instead
from huggg.redemptions.wire import PublishedRedemption, published_redemption

HOLD = Operation(
    id="holdHuggg",
    tag="Till",
    summary="Hold a huggg",
    body=HoldBody,
    answer=One(PublishedHold),
    status=201,
    takes_idempotency_key=True,
    refuses=(
        Malformed,
        Invalid,
        *REDEMPTION_REFUSALS,
    ),
)
CONFIRM = Operation(
    id="confirmHold",
    tag="Till",
    summary="Redeem a held huggg",
    body=ConfirmationBody,
    body_required=False,
    answer=One(PublishedRedemption),
    status=201,
    refuses=(
        Malformed,
        Invalid,
        HugggNotFound,
        CannotRedeem,
        HoldNotFound,
        AlreadyUnredeemed,
        HoldReversed,
        HoldLapsed,
        HugggAlreadyRedeemed,
    ),
)
REVERSE = Operation(
    id="reverseHold",
    tag="Till",
    summary="Reverse a hold",
    answer=One(PublishedHoldEnd),
    status=201,
    refuses=(HugggNotFound, CannotRedeem, HoldNotFound, CannotUnredeem),
)


def lookup_to_hold(huggg_id: str, body: bytes, platform: Platform) -> Lookup:
    """Prepare to read the huggg of the path and the location of the body. Raises Malformed, Invalid."""
    huggg = till_reference(platform.vault, huggg_id)
    return SpendableLookup(platform.database, huggg, read_body(body, HoldBody).location_id)


@post("/api/v2/hugggs/{huggg_id}/holds", operation=HOLD, lookup=lookup_to_hold)
async def post_hold(
    request: Request,
    lookup: Lookup,
    body: bytes,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Keep a huggg for a till, by staff of a merchant that honours it, for up to 15 minutes.

    Until the hold is confirmed, reversed or lapsed, no other call redeems, cancels, expires or moves the
    huggg. A huggg that is held is answered 405. The till that holds it gets the same answer again, while
    the hold stands, if it asks with the same `reference`: the same user, at the same location.
    """
    document, huggg = read_body(body, HoldBody), lookup.huggg

    async def act(resolved_reference: HugggReference, reservation: Reservation[Hold]) -> Hold:
        nonlocal huggg
        huggg = resolved_reference
        return await place_hold(
            platform.database,
            platform.vault,
            lookup.at(resolved_reference),
            seconds=document.seconds,
            reference=document.reference,
            caller=caller,
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
        success="held",
        encode=_answer,
    )
    if document.reference is None:
        return await call
    location_id, reference = document.location_id, document.reference

    async def earlier_answer() -> Response | None:
        before = await placed_before(platform.database, huggg, location_id, reference, caller=caller)
        return None if before is None else json_response({"data": published_hold(before)}, status=201)

    return await or_instead(call, HugggHeld, earlier_answer)


def _answer(hold: Hold) -> EncodedAnswer:
    return EncodedAnswer(201, encode({"data": published_hold(hold)}))


def lookup_of_hold(huggg_id: str, hold_id: str, platform: Platform) -> Lookup:
    """Prepare to read the huggg and the hold of the path; an id that is no GUID is that of no hold."""
    huggg = till_reference(platform.vault, huggg_id)
    return lookup_hold(platform.database, huggg, parse_id(hold_id) or NIL)


@post("/api/v2/hugggs/{huggg_id}/holds/{hold_id}/confirmation", operation=CONFIRM, lookup=lookup_of_hold)
async def post_confirmation(
    request: Request,
    lookup: Lookup,
    body: bytes,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Redeem a held huggg at the location of its hold, also if its last day ended meanwhile.

    A confirmation that is sent again gets the same answer. The hold is its key, so it needs no other.
    """
    sale = read_body(body, ConfirmationBody).sale()

    async def act(reference: HugggReference) -> Redemption:
        return await confirm_hold(
            platform.database, platform.vault, lookup.at(reference), caller=caller, sale=sale
        )

    redemption = await guarded_at_till(
        act,
        lookup.huggg,
        request=request,
        caller=caller,
        platform=platform,
        guesses=guesses,
        success="redeemed",
    )
    return json_response({"data": published_redemption(redemption)}, status=201)


@post("/api/v2/hugggs/{huggg_id}/holds/{hold_id}/reversal", operation=REVERSE, lookup=lookup_of_hold)
async def post_hold_reversal(
    request: Request,
    lookup: Lookup,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
) -> Response:
    """Reverse a hold: the huggg is free at once. The till repeats a reversal until it is answered.

    The reversal of a confirmed hold takes its redemption back. A lapsed hold stays lapsed. A repeated
    reversal gets the same answer, and a later confirmation is refused.
    """

    async def act(reference: HugggReference) -> EndedHold:
        return await reverse_hold(platform.database, platform.vault, lookup.at(reference), caller=caller)

    ended = await guarded_at_till(
        act,
        lookup.huggg,
        request=request,
        caller=caller,
        platform=platform,
        guesses=guesses,
        success="released",
    )
    return json_response({"data": published_hold_end(ended)}, status=201)


ROUTES = [post_hold, post_confirmation, post_hold_reversal]
