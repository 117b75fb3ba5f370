"""`POST /api/v2/transactions` and `GET /api/v2/transactions/{id}/hugggs`."""

from __future__ import annotations

from functools import partial

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from huggg.hugggs.listing import published_list
from huggg.hugggs.store import hugggs_of_transaction
from huggg.identity.caller import Caller
from huggg.kit.body import read_body
from huggg.kit.errors import Invalid
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.ids import parse_id
from huggg.kit.offload import offload
from huggg.kit.pagination import asked_list, asked_page
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, once, query_of
from huggg.payments.card import CardAsked
from huggg.payments.processor import Processor
from huggg.transactions.answers import answer_in
from huggg.transactions.buy import buy
from huggg.transactions.buy_by_card import buy_by_card
from huggg.transactions.errors import TransactionNotFound
from huggg.transactions.plan import Form
from huggg.transactions.settle import Desk
from huggg.transactions.store import find_transaction
from huggg.transactions.wire import TransactionAsked, order_from

EMBEDDED_MAX = 10_000
"""A thousand bytes each; the ids are in every answer, and the list has pages."""


@post("/api/v2/transactions")
async def post_transaction(
    request: AnyRequest,
    body: RawBody,
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
    processor: NamedDependency[Processor],
) -> Response[bytes]:
    """Buy hugggs, one or a hundred thousand, from a wallet of the caller's team or a card of theirs."""
    caller.required_user()
    asked = read_body(body, TransactionAsked)
    receivers = len(asked.purchase.receivers or ())
    order = await offload(partial(order_from, asked), items=receivers)
    embed_hugggs = "hugggs" in [*asked.embed, *asked_list(query_of(request), "embed")]
    if embed_hugggs and order.quantity > EMBEDDED_MAX:
        raise Invalid(f"embed: at most {EMBEDDED_MAX} hugggs fit one answer; list them instead.")

    form = Form.WITH_HUGGGS if embed_hugggs else Form.TRANSACTION

    async def act(reservation: Reservation) -> Answer:
        if isinstance(order.payer, CardAsked):
            desk = Desk(platform, processor)
            return await buy_by_card(desk, order, caller=caller, reservation=reservation, form=form)
        return await buy(
            platform.database,
            platform.vault,
            order,
            caller=caller,
            reservation=reservation,
            answer=answer_in(form, launch_url=platform.launch_url),
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
    total = transaction.quantity if transaction.status == "successful" else 0
    return await published_list(request, platform, seen, page=page, total=total)


HANDLERS = [post_transaction, get_hugggs_of_transaction]
