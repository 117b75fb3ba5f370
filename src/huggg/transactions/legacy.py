"""`POST /api/v2/hugs`: the first API's way to send one huggg to a number, paid by card."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import RawBody
from msgspec import Meta, Struct

from huggg.identity.caller import Caller
from huggg.kit.body import Name, Prose, read_body
from huggg.kit.errors import Invalid
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, once
from huggg.payments.card import CardAsked
from huggg.payments.processor import Processor
from huggg.transactions.buy_by_card import buy_by_card
from huggg.transactions.plan import Form
from huggg.transactions.settle import Desk
from huggg.transactions.transaction import Order
from huggg.transactions.wire import e164, known_id

TAGS_MAX = 20


class HugAsked(Struct):
    """The body of `POST /api/v2/hugs`: by `token`, a one-off card, or `card`, a stored one."""

    receiver: Name
    purchase: Name
    message: Prose | None = None
    tags: Annotated[list[Name], Meta(max_length=TAGS_MAX)] | None = None
    token: Name | None = None
    card: Name | None = None


@post("/api/v2/hugs", status_code=200)
async def post_hug(
    request: AnyRequest,
    body: RawBody,
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
    processor: NamedDependency[Processor],
) -> Response[bytes]:
    """Send one huggg to a phone number."""
    caller.required_user()
    order = hug_order(read_body(body, HugAsked))

    async def act(reservation: Reservation) -> Answer:
        return await buy_by_card(
            Desk(platform, processor), order, caller=caller, reservation=reservation, form=Form.HUG
        )

    return await once(request, platform, body, caller=caller.name, act=act)


def hug_order(asked: HugAsked) -> Order:
    """Turn strings into types. Raises Invalid naming the field."""
    if bool(asked.token) == bool(asked.card):
        raise Invalid("card: exactly one of token and card is needed.")
    return Order(
        payer=CardAsked(asked.card or asked.token or "", stored=bool(asked.card)),
        product_id=known_id(asked.purchase, "purchase"),
        quantity=1,
        receivers=(e164(asked.receiver, "receiver"),),
        message=asked.message or None,
        tags=tuple(asked.tags or ()),
    )


HANDLERS = [post_hug]
