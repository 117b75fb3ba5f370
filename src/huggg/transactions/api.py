"""`POST /api/v2/transactions`, and the reads: the list, one transaction, the hugggs of one."""

from __future__ import annotations

from functools import partial

from huggg.database.meter import outcome
from huggg.http.body import read_body
from huggg.http.cursor import requested_walk
from huggg.http.listing import entity_response, page_response, requested_embeds
from huggg.http.operation import Embeds, Link, One, Operation, Page
from huggg.http.pagination import NEWEST_FIRST
from huggg.http.route import get, post
from huggg.http.web import Request, Response, run_idempotently
from huggg.hugggs.listing import EMBEDS, published_list
from huggg.hugggs.store import BEFORE_HUGGGS, hugggs_of_transaction, passed_over
from huggg.hugggs.wire import PublishedHuggg
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.idempotency import Reservation
from huggg.kit.offload import offload
from huggg.kit.platform import Platform
from huggg.notifications.channel import Channels
from huggg.notifications.delivery import Channel
from huggg.payments.card import CardRequest
from huggg.payments.errors import CardDeclined, CardNotYours, CardsNotTaken, ProcessorSilent
from huggg.payments.processor import Processor
from huggg.transactions.answers import answer_in
from huggg.transactions.buy_by_card import buy_by_card
from huggg.transactions.buy_from_wallet import buy_from_wallet
from huggg.transactions.errors import NotForSale, TransactionNotFound, UnknownReceiver
from huggg.transactions.order import Order
from huggg.transactions.plan import AnswerShape
from huggg.transactions.purchase import PurchaseOutcome
from huggg.transactions.read_receivers import BadReceivers, refuse_receivers, with_unknown_users
from huggg.transactions.settle_payment import Checkout
from huggg.transactions.store import (
    ListedTransaction,
    count_transactions,
    find_transaction,
    transactions_of,
    with_huggg_ids,
)
from huggg.transactions.wire import (
    PublishedTransaction,
    TransactionBody,
    order_from,
    published_listed_transaction,
)
from huggg.vouchers.errors import NoIssuer, PoolEmpty
from huggg.wallets.errors import InsufficientFunds, WalletNotYours

EMBEDDED_MAX = 10_000
"""A thousand bytes each; the ids are in every answer, and the list has pages."""

READ_EMBEDDED_MAX = 1_000
"""The maximum for a read, which a caller may repeat: a larger one would delay other requests."""

TOO_MANY = f"embed: at most {EMBEDDED_MAX} hugggs fit one answer; list them instead."

EMBEDS_HUGGGS = Embeds("transactions", ("hugggs",))

BUY = Operation(
    id="createTransaction",
    tag="Transactions",
    summary="Buy hugggs",
    body=TransactionBody,
    example={
        "payment": {
            "method": "walletCommitment",
            "reference": "0e2d7c1a-3f57-4a0d-9a06-4f7b3c1d2e90",
        },
        "purchase": {
            "type": "huggg",
            "reference": "9358edae-2f40-4b5f-b5b1-588f96341d4b",
            "receivers": [{"phone_number": "07911 123456"}],
            "message": "Have one on me.",
        },
    },
    answer=One(PublishedTransaction),
    status=201,
    leads_to=(
        Link("showTransaction", "transaction_id", "/data/id"),
        Link("listTransactionHugggs", "transaction_id", "/data/id"),
        Link("showHuggg", "huggg_id", "/data/hugggs/0"),
        Link("generateVoucher", "huggg_id", "/data/hugggs/0"),
        Link("showAdjustmentCodes", "huggg_id", "/data/hugggs/0"),
        Link("redeemHuggg", "huggg_id", "/data/hugggs/0"),
    ),
    embeds=EMBEDS_HUGGGS,
    takes_idempotency_key=True,
    refuses=(
        Malformed,
        Invalid,
        CardsNotTaken,
        WalletNotYours,
        CardNotYours,
        NotForSale,
        UnknownReceiver,
        InsufficientFunds,
        CardDeclined,
        ProcessorSilent,
        PoolEmpty,
        NoIssuer,
    ),
)
TRANSACTIONS = Operation(
    id="listTransactions",
    tag="Transactions",
    summary="Purchases of the caller",
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
    embeds=EMBEDS,
    refuses=(TransactionNotFound, Invalid),
)


@post("/api/v2/transactions", operation=BUY)
async def post_transaction(
    request: Request,
    body: bytes,
    caller: Caller,
    platform: Platform,
    processor: Processor,
    launch_url: str,
    channels: Channels,
) -> Response:
    """Buy hugggs, one or a hundred thousand, from a wallet of the caller's team or a card of the caller.

    The order of `receivers` is kept: `hugggs[i]` of the answer, and the i-th embedded huggg, is for
    `receivers[i]`, in this answer and in every later read of the purchase.
    """
    caller.required_user()
    document, order = await _requested_order(body, platform, channels)
    embed_hugggs = "hugggs" in requested_embeds(request, EMBEDS_HUGGGS, also=document.embed)
    if embed_hugggs and order.quantity > EMBEDDED_MAX:
        raise Invalid(TOO_MANY)

    shape = AnswerShape.WITH_HUGGGS if embed_hugggs else AnswerShape.TRANSACTION

    async def act(reservation: Reservation[PurchaseOutcome]) -> PurchaseOutcome:
        if isinstance(order.payer, CardRequest):
            checkout = Checkout(platform, processor, launch_url)
            return await buy_by_card(
                checkout, order, caller=caller, shape=shape, reservation=reservation
            )
        with outcome(platform.meter, "huggg_purchases_total", success="bought"):
            purchase = await buy_from_wallet(
                platform.database,
                platform.vault,
                order,
                caller=caller,
                reservation=reservation,
                shows_codes=embed_hugggs,
            )
        platform.meter.count("huggg_hugggs_bought_total", by=order.quantity)
        return purchase

    encoder = answer_in(shape, platform.idempotency.refused, launch_url=launch_url)
    return await run_idempotently(request, platform, body, caller=caller.name, act=act, encode=encoder)


async def _requested_order(
    body: bytes, platform: Platform, channels: Channels
) -> tuple[TransactionBody, Order]:
    """Read a body. Raises Malformed, Invalid; BadReceivers names unknown users, too."""
    read_order = partial(_read_order, body, channels.set_up)
    try:
        return await offload(read_order, items=body.count(b"{"))
    except BadReceivers as refusal:
        raise await with_unknown_users(platform.database, refusal) from None


def _read_order(body: bytes, set_up: frozenset[Channel]) -> tuple[TransactionBody, Order]:
    """Read a body. Raises Malformed, Invalid, and BadReceivers, which names all bad receivers."""
    try:
        document = read_body(body, TransactionBody)
    except Invalid as refusal:
        raise refuse_receivers(body, refusal, shape=TransactionBody) from None
    return document, order_from(document, set_up)


@get("/api/v2/transactions", operation=TRANSACTIONS)
async def get_transactions(
    request: Request,
    caller: Caller,
    platform: Platform,
    launch_url: str,
) -> Response:
    """List the caller's own purchases, newest first, failed ones too."""
    sender_id, page = caller.required_user(), requested_walk(request, platform, NEWEST_FIRST)
    total = await count_transactions(platform.database, sender_id)
    transactions = await transactions_of(platform.database, sender_id, page, total=total)
    rows = await with_huggg_ids(platform.database, platform.vault, transactions)
    _check_embeddable(request, rows)
    return await page_response(
        request,
        platform,
        rows,
        data=[published_listed_transaction(row, launch_url=launch_url) for row in rows],
        page=page,
        total=total,
        key=lambda row: (row.id,),
        embeds=EMBEDS_HUGGGS,
    )


@get("/api/v2/transactions/{transaction_id}", operation=TRANSACTION)
async def get_transaction(
    request: Request,
    transaction_id: str,
    caller: Caller,
    platform: Platform,
    launch_url: str,
) -> Response:
    """Show a purchase of the caller, or one that the caller's role in the team shows."""
    transaction = await find_transaction(platform.database, transaction_id, caller=caller)
    [row] = await with_huggg_ids(platform.database, platform.vault, [transaction])
    _check_embeddable(request, [row])
    data = published_listed_transaction(row, launch_url=launch_url)
    return await entity_response(request, platform, row, data=data, embeds=EMBEDS_HUGGGS)


def _check_embeddable(request: Request, rows: list[ListedTransaction]) -> None:
    """Refuse to embed more hugggs than fit one answer. Raises Invalid."""
    if "hugggs" in requested_embeds(request, EMBEDS_HUGGGS):
        count = sum(len(row.huggg_ids) for row in rows)
        if count > READ_EMBEDDED_MAX:
            raise Invalid(
                f"embed: at most {READ_EMBEDDED_MAX} hugggs fit this answer; list them instead."
            )


@get("/api/v2/transactions/{transaction_id}/hugggs", operation=HUGGGS_OF_TRANSACTION)
async def get_hugggs_of_transaction(
    request: Request,
    transaction_id: str,
    caller: Caller,
    platform: Platform,
    launch_url: str,
) -> Response:
    """List the hugggs of a purchase, in the order of its `receivers`."""
    page = requested_walk(request, platform, BEFORE_HUGGGS)
    transaction = await find_transaction(platform.database, transaction_id, caller=caller)
    snapshot = await hugggs_of_transaction(platform.database, platform.vault, transaction.id, page)
    total = transaction.quantity if transaction.status == "successful" else 0
    last = passed_over(page) + len(snapshot.hugggs)
    return await published_list(
        request,
        platform,
        snapshot,
        launch_url=launch_url,
        page=page,
        total=total,
        key=lambda _: (last,),
    )


ROUTES = [
    post_transaction,
    get_transactions,
    get_transaction,
    get_hugggs_of_transaction,
]
