"""`POST /api/v2/transactions` and `GET /api/v2/transactions/{id}/hugggs`."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from huggg.hugggs.listing import published_list
from huggg.hugggs.store import hugggs_of_transaction
from huggg.hugggs.wire import published_huggg
from huggg.identity.caller import Caller
from huggg.kit.body import read_body
from huggg.kit.errors import Invalid
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.ids import parse_id
from huggg.kit.offload import offload
from huggg.kit.pagination import asked_page
from huggg.kit.platform import Platform
from huggg.kit.query import asked_list
from huggg.kit.web import AnyRequest, encode, once, query_of
from huggg.transactions.buy import buy
from huggg.transactions.errors import TransactionNotFound
from huggg.transactions.store import find_transaction
from huggg.transactions.transaction import Purchase
from huggg.transactions.wire import TransactionAsked, order_from, published_transaction

EMBEDDED_MAX = 10_000
"""A thousand bytes each; the ids are in every answer, and the list has pages."""


@post("/api/v2/transactions")
async def post_transaction(
    request: AnyRequest,
    body: RawBody,
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """Buy hugggs, one or a hundred thousand, from a wallet of the caller's team."""
    caller.required_user()
    asked = read_body(body, TransactionAsked)
    receivers = len(asked.purchase.receivers or ())
    order = await offload(partial(order_from, asked), items=receivers)
    embed_hugggs = "hugggs" in [*asked.embed, *asked_list(query_of(request), "embed")]
    if embed_hugggs and order.quantity > EMBEDDED_MAX:
        raise Invalid(f"embed: at most {EMBEDDED_MAX} hugggs fit one answer; list them instead.")

    def answer(purchase: Purchase) -> Answer:
        said: dict[str, Any] = {"data": published_transaction(purchase.transaction, purchase.hugggs)}
        if embed_hugggs:
            now = purchase.transaction.created_at
            said["embedded"] = {
                "hugggs": [
                    published_huggg(huggg, now=now, launch_url=platform.launch_url)
                    for huggg in purchase.hugggs
                ]
            }
        return Answer(201, encode(said))

    async def act(reservation: Reservation) -> Answer:
        return await buy(
            platform.database,
            platform.vault,
            order,
            caller=caller,
            reservation=reservation,
            answer=answer,
        )

    return await once(request, platform, body, caller=caller.name, act=act)


@get("/api/v2/transactions/{transaction_id:str}/hugggs")
async def get_hugggs_of_transaction(
    request: AnyRequest,
    transaction_id: FromPath[str],
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """List the hugggs of one of the caller's purchases, in the order they were bought."""
    buyer_id, page = caller.required_user(), asked_page(query_of(request))
    asked_id = parse_id(transaction_id)
    if asked_id is None:
        raise TransactionNotFound
    transaction = await find_transaction(platform.database, transaction_id=asked_id, sender_id=buyer_id)
    seen = await hugggs_of_transaction(platform.database, platform.vault, transaction.id, page)
    return await published_list(request, platform, seen, page=page, total=transaction.quantity)


HANDLERS = [post_transaction, get_hugggs_of_transaction]
