"""`POST /api/v2/transactions`, and reading them: the list, one, and the hugggs of one."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from huggg.hugggs.listing import EMBEDS, published_list
from huggg.hugggs.store import hugggs_of_transaction
from huggg.hugggs.wire import PublishedHuggg, published_huggg
from huggg.identity.caller import Caller
from huggg.kit.body import read_body
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.meter import outcome
from huggg.kit.offload import offload
from huggg.kit.operation import Embeds, One, Operation, Page
from huggg.kit.pagination import asked_list, asked_page, paginate
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest, address_of, encode, json_response, once, query_of
from huggg.transactions.buy import buy
from huggg.transactions.errors import NotForSale, TransactionNotFound, UnknownReceiver
from huggg.transactions.store import (
    Listed,
    count_transactions,
    find_transaction,
    listed,
    transactions_of,
)
from huggg.transactions.transaction import Purchase
from huggg.transactions.wire import (
    PublishedTransaction,
    TransactionAsked,
    order_from,
    published_transaction,
)
from huggg.vouchers.errors import NoIssuer, PoolEmpty
from huggg.wallets.errors import InsufficientFunds, WalletNotYours

EMBEDDED_MAX = 10_000
"""A thousand bytes each; the ids are in every answer, and the list has pages."""

TOO_MANY = f"embed: at most {EMBEDDED_MAX} hugggs fit one answer; list them instead."

EMBEDS_HUGGGS = Embeds("transactions", ("hugggs",))

BUY = Operation(
    id="createTransaction",
    tag="Transactions",
    summary="Buy hugggs",
    body=TransactionAsked,
    answer=One(PublishedTransaction),
    status=201,
    embeds=EMBEDS_HUGGGS,
    takes_idempotency_key=True,
    refuses=(
        Malformed,
        Invalid,
        WalletNotYours,
        NotForSale,
        UnknownReceiver,
        InsufficientFunds,
        PoolEmpty,
        NoIssuer,
    ),
)
TRANSACTIONS = Operation(
    id="listTransactions",
    tag="Transactions",
    summary="What the caller bought",
    answer=Page(PublishedTransaction),
    embeds=EMBEDS_HUGGGS,
    refuses=(Invalid,),
)
TRANSACTION = Operation(
    id="showTransaction",
    tag="Transactions",
    summary="One purchase",
    answer=One(PublishedTransaction),
    embeds=EMBEDS_HUGGGS,
    refuses=(TransactionNotFound, Invalid),
)
HUGGGS_OF_TRANSACTION = Operation(
    id="listTransactionHugggs",
    tag="Transactions",
    summary="The hugggs of one purchase",
    answer=Page(PublishedHuggg),
    embeds=Embeds("hugggs", EMBEDS),
    refuses=(TransactionNotFound, Invalid),
)


@post("/api/v2/transactions", operation=BUY)
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
        raise Invalid(TOO_MANY)

    def answer(purchase: Purchase) -> Answer:
        ids = [huggg.id for huggg in purchase.hugggs]
        said: dict[str, Any] = {"data": published_transaction(purchase.transaction, ids)}
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
        with outcome(platform.meter, "huggg_purchases_total", done="bought"):
            said = await buy(
                platform.database,
                platform.vault,
                order,
                caller=caller,
                reservation=reservation,
                answer=answer,
            )
        platform.meter.count("huggg_hugggs_bought_total", by=order.quantity)
        return said

    return await once(request, platform, body, caller=caller.name, act=act)


@get("/api/v2/transactions", operation=TRANSACTIONS)
async def get_transactions(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """List the caller's own purchases, newest first, failed ones too."""
    query = query_of(request)
    sender_id, page = caller.required_user(), asked_page(query)
    found = await listed(platform.database, await transactions_of(platform.database, sender_id, page))
    total = await count_transactions(platform.database, sender_id)
    data = [published_transaction(each.transaction, each.huggg_ids) for each in found]
    address = address_of(request, platform)
    answer = paginate(data, asked=page, total=total, address=address, query=query)
    return json_response(answer | await _embedded(request, platform, found))


@get("/api/v2/transactions/{transaction_id:str}", operation=TRANSACTION)
async def get_transaction(
    request: AnyRequest,
    transaction_id: FromPath[str],
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """Show one of the caller's purchases, or one that their role in the team shows them."""
    transaction = await find_transaction(platform.database, transaction_id, caller=caller)
    [found] = await listed(platform.database, [transaction])
    data = published_transaction(found.transaction, found.huggg_ids)
    return json_response({"data": data} | await _embedded(request, platform, [found]))


async def _embedded(request: AnyRequest, platform: Platform, found: list[Listed]) -> dict[str, Any]:
    """Embed their hugggs if that was asked for. Raises Invalid when they are too many for one answer."""
    asked = asked_list(query_of(request), "embed")
    if "hugggs" in asked and sum(len(each.huggg_ids) for each in found) > EMBEDDED_MAX:
        raise Invalid(TOO_MANY)
    embedded = await platform.embedding.embed(
        platform.database, "transactions", found, asked=asked, supported=EMBEDS_HUGGGS.relations
    )
    return {} if embedded is None else {"embedded": embedded}


@get("/api/v2/transactions/{transaction_id:str}/hugggs", operation=HUGGGS_OF_TRANSACTION)
async def get_hugggs_of_transaction(
    request: AnyRequest,
    transaction_id: FromPath[str],
    caller: NamedDependency[Caller],
    platform: NamedDependency[Platform],
) -> Response[bytes]:
    """List the hugggs of a purchase, in the order they were bought."""
    page = asked_page(query_of(request))
    transaction = await find_transaction(platform.database, transaction_id, caller=caller)
    seen = await hugggs_of_transaction(platform.database, platform.vault, transaction.id, page)
    total = transaction.quantity if transaction.status == "successful" else 0
    return await published_list(request, platform, seen, page=page, total=total)


HANDLERS = [post_transaction, get_transactions, get_transaction, get_hugggs_of_transaction]
