"""`GET /api/v2/cards`, and `POST /webhooks/stripe`, by which the processor reports changes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from huggg.http.cursor import requested_walk
from huggg.http.listing import page_response
from huggg.http.operation import Embeds, Operation, Page, Parameter
from huggg.http.route import get, post
from huggg.http.web import Request, Response, json_response
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.platform import Platform
from huggg.payments.cards import BEFORE_CARDS, cards_of, count_cards
from huggg.payments.errors import BadSignature, CardsNotTaken
from huggg.payments.processor import Processor
from huggg.payments.store import make_due
from huggg.payments.wire import PublishedCard, StripeEvent, published_card
from huggg.refusal import Unavailable

NOTHING = Embeds("cards", ())


class WebhookReceipt(Struct):
    """The empty answer to a webhook."""


CARDS = Operation(
    id="listCards",
    tag="Account",
    summary="The caller's cards",
    answer=Page(PublishedCard),
    refuses=(Invalid,),
)
STRIPE_EVENT = Operation(
    id="receiveStripeEvent",
    tag="Processor",
    summary="Webhook of the card processor",
    body=StripeEvent,
    example={
        "id": "evt_1a2b3c",
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": "pi_1a2b3c", "object": "payment_intent"}},
    },
    headers=(
        Parameter(
            "Stripe-Signature",
            Annotated[str, Meta(examples=["t=1767603600,v1=5257a869e7ecebeda32affa62cdca3fa"])],
            "Stripe's signature of the body.",
            required=True,
        ),
    ),
    answer=WebhookReceipt,
    refuses=(BadSignature, Malformed, CardsNotTaken, Unavailable),
)


@get("/api/v2/cards", operation=CARDS)
async def get_cards(
    request: Request,
    caller: Caller,
    platform: Platform,
    processor: Processor,
) -> Response:
    """List the caller's own cards that this server's processor can charge."""
    user_id, page = caller.required_user(), requested_walk(request, platform, BEFORE_CARDS)
    rows = await cards_of(platform.database, user_id=user_id, processor=processor.name, page=page)
    return await page_response(
        request,
        platform,
        rows,
        data=[published_card(row) for row in rows],
        page=page,
        total=await count_cards(platform.database, user_id=user_id, processor=processor.name),
        key=lambda card: (card["added_at"], card["id"]),
        embeds=NOTHING,
    )


@post("/webhooks/stripe", operation=STRIPE_EVENT)
async def post_stripe_event(
    request: Request,
    body: bytes,
    platform: Platform,
    processor: Processor,
) -> Response:
    """Receive the processor's report of a change to a charge, and check that charge.

    The server trusts no content of the event: it fetches the charge, and a worker asks for the
    payment by its own key. So an event that comes twice, late, or about a charge of another system
    changes nothing.
    """
    payment_id = await processor.payment_of_event(body, request.header(b"stripe-signature") or "")
    if payment_id is not None:
        await make_due(platform.database, payment_id)
    return json_response(WebhookReceipt())


ROUTES = [get_cards, post_stripe_event]
