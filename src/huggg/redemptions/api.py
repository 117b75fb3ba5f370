"""The till's three calls: adjustment codes, redeem, unredeem."""

from __future__ import annotations

from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from huggg.hugggs.reference import reference
from huggg.identity.caller import Caller
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.ids import NIL, parse_id
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, encode, json_response, once
from huggg.redemptions.adjustment_codes import adjustment_codes
from huggg.redemptions.redeem import redeem
from huggg.redemptions.redemption import LATEST, Redemption
from huggg.redemptions.unredeem import unredeem
from huggg.redemptions.wire import (
    check_patch,
    location_asked,
    published_adjustment_codes,
    published_redemption,
)


@get("/api/v2/hugggs/{huggg_id:str}/product/adjustment-codes")
async def get_adjustment_codes(
    huggg_id: FromPath[str], caller: NamedDependency[Caller], platform: NamedDependency[Platform]
) -> Response[bytes]:
    """Tell a till what the huggg may be rung up as."""
    huggg = reference(platform.vault, huggg_id)
    found = await adjustment_codes(platform.database, huggg, caller=caller)
    return json_response({"data": published_adjustment_codes(found)})


@post("/api/v2/hugggs/{huggg_id:str}/redemptions")
async def post_redemption(
    request: AnyRequest,
    huggg_id: FromPath[str],
    body: RawBody,
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """Redeem a huggg at a location."""
    huggg, location_id = reference(platform.vault, huggg_id), location_asked(body)

    def answer(redemption: Redemption) -> Answer:
        return Answer(201, encode({"data": published_redemption(redemption)}))

    async def act(reservation: Reservation) -> Answer:
        return await redeem(
            platform.database,
            platform.vault,
            huggg,
            location_id,
            caller=caller,
            reservation=reservation,
            answer=answer,
        )

    return await once(request, platform, body, caller=caller.name, act=act)


@patch("/api/v2/hugggs/{huggg_id:str}/redemptions/{redemption_id:str}")
async def patch_redemption(
    request: AnyRequest,
    huggg_id: FromPath[str],
    redemption_id: FromPath[str],
    body: RawBody,
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """Take a redemption back."""
    check_patch(body)
    huggg = reference(platform.vault, huggg_id)
    # A redemption id that is no GUID is a redemption that nobody has: the nil one.
    asked = None if redemption_id == LATEST else parse_id(redemption_id) or NIL

    def answer(redemption: Redemption) -> Answer:
        return Answer(200, encode({"data": published_redemption(redemption)}))

    async def act(reservation: Reservation) -> Answer:
        return await unredeem(
            platform.database,
            platform.vault,
            huggg,
            asked,
            caller=caller,
            reservation=reservation,
            answer=answer,
        )

    return await once(request, platform, body, caller=caller.name, act=act)


HANDLERS = [get_adjustment_codes, post_redemption, patch_redemption]
