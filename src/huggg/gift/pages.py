"""`GET /{shortcode}`, its places, and its forms: the gift page."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta, Struct

from huggg.gift.attempt import (
    CONFLICT,
    STALE_REFUSALS,
    claim_attempt,
    code_attempt,
    pick_attempt,
    pin_attempt,
    thanks_attempt,
)
from huggg.gift.code import show_code
from huggg.gift.door import BROWSER, HOLDER, SHORTCODE, GiftDoor
from huggg.gift.gift import PageState, Show, page_state, way_to_show
from huggg.gift.ticket import read_ticket
from huggg.gift.visit import Visit
from huggg.gift.watch import GiftWatch
from huggg.html.forms import InvalidForm, fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.http.errors import error_response
from huggg.http.route import get, post
from huggg.http.web import Receive, Request, Response
from huggg.hugggs.claim import claim, claiming_browser
from huggg.hugggs.pick import pick
from huggg.hugggs.store import lookup_huggg
from huggg.hugggs.thank import THANKS_MAX, thank
from huggg.hugggs.view import view
from huggg.kit.codes import random_text
from huggg.kit.ids import parse_id
from huggg.kit.platform import Platform
from huggg.redemptions.store_pin import redeem_by_pin
from huggg.refusal import Refusal
from huggg.vouchers.issuers.registry import Issuers

SHOW = page_operation("showGift", "A gift, to the holder of its link")
PLACES = page_operation("listGiftPlaces", "All places where a gift can be used")
CODE = page_operation("showGiftCode", "Show a gift's code")
REDEEM = page_operation("redeemGift", "Redeem a gift by a store's PIN")

PICK = page_operation("pickGift", "Pick the product of a gift that is a choice")
CLAIM = page_operation("claimGift", "Accept a gift in this browser")
VIEW = page_operation("viewGift", "Note that a person opened a gift")
THANK = page_operation("thankSender", "Thank the sender of a gift")
WATCH = page_operation("watchGift", "Wait until a gift has changed")

NO_CONTENT = 204
TEXT = "text/plain; charset=utf-8"
SECRET_SYMBOLS = 43  # of 62: 256 bits

USABLE = frozenset({PageState.WAITING, PageState.CLAIMED})


class CodeForm(Struct):
    """The form that asks for a code; `segment` where the codes of a product are kept by segment."""

    segment: str | None = None


class PickForm(Struct):
    """The form that picks one of the products of a choice."""

    product: str


class PinForm(Struct):
    """The form that staff fill in on the recipient's phone."""

    location: str
    pin: str


@get("/{shortcode}", operation=SHOW, only=SHORTCODE)
async def get_gift(request: Request, shortcode: str, gift_door: GiftDoor) -> Response:
    """Show a gift in its state. It changes nothing, however many programs open the link."""
    return await gift_door.serve(request, shortcode, gift_door.page)


@get("/{shortcode}/places", operation=PLACES, only=SHORTCODE)
async def get_places(request: Request, shortcode: str, gift_door: GiftDoor) -> Response:
    """Show all places of a gift."""
    return await gift_door.serve(request, shortcode, gift_door.places)


@post("/{shortcode}/code", operation=CODE, only=SHORTCODE)
async def post_code(
    request: Request, shortcode: str, body: bytes, gift_door: GiftDoor, issuers: Issuers
) -> Response:
    """Show the code, and draw it first where the gift has none; the huggg stays unspent."""

    async def act(visit: Visit) -> Response:
        if page_state(visit.gift.huggg, now=visit.now) not in USABLE or not visit.may_show:
            return see_other(visit.path)
        if way_to_show(visit.gift, visit.offering.integration_id) is Show.PIN:
            return await gift_door.page(visit, status=CONFLICT)
        segment = None
        try:
            segment = fill(request, body, CodeForm).segment if body else None
            shown_code = await show_code(visit, segment, gift_door.platform, issuers)
        except STALE_REFUSALS:
            return see_other(visit.path)
        except Refusal as refusal:
            attempt = code_attempt(refusal, visit.language, segment or "")
            return await gift_door.page(visit, attempt=attempt)
        agent = request.header(b"user-agent") or ""
        passes = await gift_door.passes.links(visit, shown_code, agent)
        return await gift_door.page(visit, shown_code=shown_code, passes=passes)

    return await gift_door.serve(request, shortcode, act)


@post("/{shortcode}/choice", operation=PICK, only=SHORTCODE)
async def post_choice(request: Request, shortcode: str, body: bytes, gift_door: GiftDoor) -> Response:
    """Pick one of the products that the gift stands for; of several tabs the first one decides."""

    async def act(visit: Visit) -> Response:
        if not visit.may_show:
            return see_other(visit.path)
        database, vault = gift_door.platform.database, gift_door.platform.vault
        lookup = lookup_huggg(database, visit.link(vault))
        try:
            product_id = parse_id(fill(request, body, PickForm).product)
            await pick(database, vault, lookup, product_id, caller=HOLDER)
        except STALE_REFUSALS:
            pass  # its page says so
        except Refusal as refusal:
            return await gift_door.page(visit, attempt=pick_attempt(refusal, visit.language))
        return see_other(visit.path)

    return await gift_door.serve(request, shortcode, act)


@post("/{shortcode}/redemption", operation=REDEEM, only=SHORTCODE)
async def post_redemption(
    request: Request, shortcode: str, body: bytes, gift_door: GiftDoor
) -> Response:
    """Redeem a gift at the store whose PIN its staff entered."""

    async def act(visit: Visit) -> Response:
        if not visit.may_show or visit.gift.huggg.awaits_pick:
            return see_other(visit.path)
        location_id = ""
        try:
            form = fill(request, body, PinForm)
            location_id = form.location
            await redeem_by_pin(
                gift_door.platform,
                gift_door.guesses,
                visit.gift.huggg,
                location_id=form.location,
                pin=form.pin,
                client_id=HOLDER.client_id,
            )
        except STALE_REFUSALS:
            pass  # its page says so
        except Refusal as refusal:
            return await gift_door.page(visit, attempt=pin_attempt(refusal, visit.language, location_id))
        return see_other(visit.path)

    return await gift_door.serve(request, shortcode, act)


@post("/{shortcode}/claim", operation=CLAIM, only=SHORTCODE)
async def post_claim(request: Request, shortcode: str, gift_door: GiftDoor) -> Response:
    """Give the gift to the browser that asks, which holds a secret from then on."""

    async def act(visit: Visit) -> Response:
        database, vault = gift_door.platform.database, gift_door.platform.vault
        secret = BROWSER.read(request, vault, now=visit.now) or random_text(SECRET_SYMBOLS)
        lookup = lookup_huggg(database, visit.link(vault))
        claimer = claiming_browser(secret, client_id=HOLDER.client_id)
        try:
            await claim(database, vault, lookup, claimer=claimer)
        except STALE_REFUSALS:
            return see_other(visit.path)
        except Refusal as refusal:
            return await gift_door.page(visit, attempt=claim_attempt(refusal, visit.language))
        return see_other(visit.path, cookies=(BROWSER.line(secret, vault, now=visit.now),))

    return await gift_door.serve(request, shortcode, act)


@post("/{shortcode}/view", operation=VIEW, only=SHORTCODE)
async def post_view(request: Request, shortcode: str, gift_door: GiftDoor) -> Response:
    """Note that a person opened the gift: its script says so, once the reader does something."""

    async def act(visit: Visit) -> Response:
        if visit.gift.huggg.viewed_at is None:
            await _note_view(visit, gift_door.platform)
        return Response(b"", NO_CONTENT)

    return await gift_door.serve(request, shortcode, act)


async def _note_view(visit: Visit, platform: Platform) -> None:
    """Note the first view, also where a rotation of keys seals the codes of the link meanwhile."""
    huggg_id, client_id, now = visit.gift.huggg.id, HOLDER.client_id, visit.now
    note = partial(view, platform.database, huggg_id=huggg_id, client_id=client_id, now=now)
    if not await note(link=visit.gift.link):
        row = await lookup_huggg(platform.database, visit.link(platform.vault)).row()
        if row["id"] is not None:
            await note(link=row["codes"])


class ThanksForm(Struct):
    """The form that thanks the sender."""

    thanks: Annotated[str, Meta(min_length=1, max_length=THANKS_MAX)]


@post("/{shortcode}/thanks", operation=THANK, only=SHORTCODE)
async def post_thanks(request: Request, shortcode: str, body: bytes, gift_door: GiftDoor) -> Response:
    """Take a thank-you for the sender, once."""

    async def act(visit: Visit) -> Response:
        database, vault, thanks = gift_door.platform.database, gift_door.platform.vault, ""
        try:
            thanks = fill(request, body, ThanksForm).thanks
            await thank(database, vault, lookup_huggg(database, visit.link(vault)), thanks)
        except STALE_REFUSALS:
            return see_other(visit.path)
        except InvalidForm as refusal:
            thanks = refusal.texts.get("thanks", "")
            return await gift_door.page(visit, attempt=thanks_attempt(refusal, visit.language, thanks))
        except Refusal as refusal:
            return await gift_door.page(visit, attempt=thanks_attempt(refusal, visit.language, thanks))
        return see_other(visit.path)

    return await gift_door.serve(request, shortcode, act)


@get("/live/{ticket}", operation=WATCH)
async def get_news(
    request: Request, ticket: str, receive: Receive, platform: Platform, gift_watch: GiftWatch
) -> Response:
    """Answer when the gift of a page has changed (200), or after a while without a change (204).

    A page waits here without a slot of its process and without a statement: one reader asks for all.
    """
    try:
        watched = read_ticket(ticket, platform.vault)
    except ValueError:
        return error_response(404)
    request.context.slot.release()
    request.forget_headers()  # a browser's are kilobytes, and ten thousand pages may wait
    has_changed = await gift_watch.wait(watched, receive)
    return Response(b"changed", media_type=TEXT) if has_changed else Response(b"", NO_CONTENT)


ROUTES = [
    get_gift,
    get_places,
    post_code,
    post_choice,
    post_redemption,
    post_claim,
    post_view,
    post_thanks,
    get_news,
]
