"""`GET /api/v2/cards`, and `POST /webhooks/stripe`, where the processor has news for us."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from huggg.identity.caller import Caller
from huggg.kit.pagination import asked_page, paginate
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, address_of, json_response, query_of
from huggg.payments.cards import cards_of, count_cards
from huggg.payments.processor import Processor
from huggg.payments.store import look_now
from huggg.payments.wire import published_card


@get("/api/v2/cards")
async def get_cards(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
    processor: NamedDependency[Processor],
) -> Response[bytes]:
    """List the caller's own cards, those that can be paid with here."""
    user_id, query = caller.required_user(), query_of(request)
    page = asked_page(query)
    rows = await cards_of(platform.database, user_id=user_id, processor=processor.name, page=page)
    total = await count_cards(platform.database, user_id=user_id, processor=processor.name)
    data = [published_card(row) for row in rows]
    address = address_of(request, platform)
    return json_response(paginate(data, asked=page, total=total, address=address, query=query))


@post("/webhooks/stripe", status_code=200)
async def post_stripe_event(
    request: AnyRequest,
    body: RawBody,
    platform: NamedDependency[Platform],
    processor: NamedDependency[Processor],
) -> dict[str, Any]:
    """Hear that something happened to a charge, and look.

    Nothing that the event says is believed: the charge is fetched, and the reconciler asks about its
    payment by its own key. So an event that comes twice, late, or about strangers' charges does nothing.
    """
    payment_id = await processor.heard(body, request.headers.get("Stripe-Signature", ""))
    if payment_id is not None:
        await look_now(platform.database, payment_id)
    return {}


HANDLERS = [get_cards, post_stripe_event]
