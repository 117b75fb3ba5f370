"""`GET /{shortcode}`, its places, and its forms: the gift page."""

from __future__ import annotations

from msgspec import Struct

from huggg.gift.attempt import CHANGED, CONFLICT, code_refused, pin_refused
from huggg.gift.code import show_code
from huggg.gift.door import HOLDER, GiftDoor
from huggg.gift.gift import PageState, Show, page_state, way_to_show
from huggg.gift.visit import Visit
from huggg.html.forms import fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.http.route import get, post
from huggg.http.web import Request, Response
from huggg.redemptions.store_pin import redeem_by_pin
from huggg.refusal import Refusal
from huggg.vouchers.issuers.registry import Issuers

SHOW = page_operation("showGift", "A gift, to the holder of its link")
PLACES = page_operation("listGiftPlaces", "All places where a gift can be used")
CODE = page_operation("showGiftCode", "Show a gift's code")
REDEEM = page_operation("redeemGift", "Redeem a gift by a store's PIN")

USABLE = frozenset({PageState.WAITING, PageState.CLAIMED})


class CodeForm(Struct):
    """The form that asks for a code; `segment` where the codes of a product are kept by segment."""

    segment: str | None = None


class PinForm(Struct):
    """The form that staff fill in on the recipient's phone."""

    location: str
    pin: str


@get("/{shortcode}", operation=SHOW)
async def get_gift(request: Request, shortcode: str, gift_door: GiftDoor) -> Response:
    """Show a gift in its state. It changes nothing, however many programs open the link."""
    return await gift_door.serve(request, shortcode, gift_door.page)


@get("/{shortcode}/places", operation=PLACES)
async def get_places(request: Request, shortcode: str, gift_door: GiftDoor) -> Response:
    """Show all places of a gift."""
    return await gift_door.serve(request, shortcode, gift_door.places)


@post("/{shortcode}/code", operation=CODE)
async def post_code(
    request: Request, shortcode: str, body: bytes, gift_door: GiftDoor, issuers: Issuers
) -> Response:
    """Show the code, and draw it first where the gift has none; the huggg stays unspent."""

    async def act(visit: Visit) -> Response:
        if page_state(visit.gift.huggg, now=visit.now) not in USABLE:
            return see_other(visit.path)
        if way_to_show(visit.gift, visit.offering.integration_id) is Show.PIN:
            return await gift_door.page(visit, status=CONFLICT)
        segment = None
        try:
            segment = fill(request, body, CodeForm).segment if body else None
            shown = await show_code(visit, segment, gift_door.platform, issuers)
        except CHANGED:
            return see_other(visit.path)
        except Refusal as refusal:
            attempt = code_refused(refusal, visit.language, segment or "")
            return await gift_door.page(visit, attempt=attempt)
        return await gift_door.page(visit, shown=shown)

    return await gift_door.serve(request, shortcode, act)


@post("/{shortcode}/redemption", operation=REDEEM)
async def post_redemption(
    request: Request, shortcode: str, body: bytes, gift_door: GiftDoor
) -> Response:
    """Redeem a gift at the store whose PIN its staff entered."""

    async def act(visit: Visit) -> Response:
        chosen = ""
        try:
            form = fill(request, body, PinForm)
            chosen = form.location
            await redeem_by_pin(
                gift_door.platform,
                gift_door.guesses,
                visit.gift.huggg.id,
                location_id=form.location,
                pin=form.pin,
                client_id=HOLDER.client_id,
            )
        except CHANGED:
            pass  # its page says so
        except Refusal as refusal:
            return await gift_door.page(visit, attempt=pin_refused(refusal, visit.language, chosen))
        return see_other(visit.path)

    return await gift_door.serve(request, shortcode, act)


ROUTES = [get_gift, get_places, post_code, post_redemption]
