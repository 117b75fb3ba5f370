"""`POST /api/v2/hugs`: the first API's way to send one huggg to a number, paid by card."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from huggg.http.body import Name, Prose, read_body
from huggg.http.leniency import LenientBody
from huggg.http.operation import Operation
from huggg.http.route import post
from huggg.http.web import Request, Response, run_idempotently
from huggg.hugggs.wire import PublishedHuggg
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.idempotency import Reservation
from huggg.kit.phone import e164
from huggg.kit.platform import Platform
from huggg.notifications.channel import Channels
from huggg.notifications.delivery import Channel
from huggg.payments.card import CardRequest
from huggg.payments.errors import CardDeclined, CardNotYours, CardsNotTaken, ProcessorSilent
from huggg.payments.processor import Processor
from huggg.transactions.answers import answer_in
from huggg.transactions.buy_by_card import buy_by_card
from huggg.transactions.errors import NotForSale
from huggg.transactions.order import Order
from huggg.transactions.plan import AnswerShape
from huggg.transactions.purchase import PurchaseOutcome
from huggg.transactions.read_receivers import known_id
from huggg.transactions.settle_payment import Checkout
from huggg.vouchers.errors import NoIssuer, PoolEmpty

TAGS_MAX = 20


class HugBody(LenientBody):
    """The body of `POST /api/v2/hugs`: by `token`, a one-off card, or `card`, a stored one."""

    receiver: Annotated[Name, Meta(description="A phone number in any spelling.")]
    purchase: Annotated[Name, Meta(description="The product's id.")]
    message: Prose | None = None
    tags: Annotated[list[Name], Meta(max_length=TAGS_MAX)] | None = None
    token: Annotated[Name | None, Meta(description="A one-off card, as its processor calls it.")] = None
    card: Annotated[Name | None, Meta(description="The id of a stored card.")] = None


class HugSent(Struct):
    """The huggg that was sent."""

    success: Annotated[bool, Meta(examples=[True])]
    hug: PublishedHuggg


HUG = Operation(
    id="sendHug",
    tag="Legacy",
    summary="Send one huggg, paid by card",
    body=HugBody,
    example={
        "receiver": "07911 123456",
        "purchase": "9358edae-2f40-4b5f-b5b1-588f96341d4b",
        "message": "Have one on me.",
        "tags": ["thanks"],
        "card": "card_1a2b3c",
    },
    answer=HugSent,
    takes_idempotency_key=True,
    refuses=(
        Malformed,
        Invalid,
        CardsNotTaken,
        CardNotYours,
        NotForSale,
        CardDeclined,
        ProcessorSilent,
        PoolEmpty,
        NoIssuer,
    ),
)


@post("/api/v2/hugs", operation=HUG)
async def post_hug(
    request: Request,
    body: bytes,
    caller: Caller,
    platform: Platform,
    processor: Processor,
    launch_url: str,
    channels: Channels,
) -> Response:
    """Send one huggg to a phone number."""
    caller.required_user()
    order = hug_order(read_body(body, HugBody), channels.set_up)

    async def act(reservation: Reservation[PurchaseOutcome]) -> PurchaseOutcome:
        checkout = Checkout(platform, processor, launch_url)
        return await buy_by_card(
            checkout, order, caller=caller, shape=AnswerShape.HUG, reservation=reservation
        )

    encoder = answer_in(AnswerShape.HUG, platform.idempotency.refused, launch_url=launch_url)
    return await run_idempotently(request, platform, body, caller=caller.name, act=act, encode=encoder)


def hug_order(document: HugBody, channels: frozenset[Channel] = frozenset()) -> Order:
    """Turn strings into types; `channels` are those that this server is set up for.

    Raises Invalid, which names the field.
    """
    if bool(document.token) == bool(document.card):
        raise Invalid("card: exactly one of token and card is needed.")
    return Order(
        payer=CardRequest(document.card or document.token or "", stored=bool(document.card)),
        product_id=known_id(document.purchase, "purchase"),
        quantity=1,
        receivers=(e164(document.receiver, "receiver"),),
        message=document.message or None,
        channels=channels,
        tags=tuple(document.tags or ()),
    )


ROUTES = [post_hug]
