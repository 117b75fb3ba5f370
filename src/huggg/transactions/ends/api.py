"""Cancelling a huggg, or the remaining hugggs of a purchase: ours, not published.

`POST …/hugggs/{id}/cancellation` and `…/transactions/{id}/cancellation`.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

from msgspec import Meta
from msgspec.structs import asdict

from huggg.http.body import Name, read_body
from huggg.http.leniency import LenientBody
from huggg.http.operation import One, Operation
from huggg.http.published import PoundsText
from huggg.http.route import post
from huggg.http.web import Request, Response, json_response
from huggg.hugggs.errors import (
    CannotChangeHuggg,
    HugggAlreadyCancelled,
    HugggAlreadyExpired,
    HugggAlreadySpent,
    HugggAtTill,
    HugggNotFound,
)
from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.visible import lookup_requested, parties_to
from huggg.hugggs.wire import PublishedHuggg, published_huggg
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.money import pounds
from huggg.kit.platform import Platform
from huggg.transactions.ends.cancel import cancel_huggg, cancel_transaction
from huggg.transactions.ends.end import author_of
from huggg.transactions.errors import (
    NothingToCancel,
    TransactionNotFound,
)
from huggg.transactions.store import find_transaction, with_huggg_ids
from huggg.transactions.wire import PublishedTransaction, published_listed_transaction


class CancellationBody(LenientBody):
    """The body of a cancellation."""

    reason: Annotated[Name | None, Meta(description="Kept with the event of each huggg, sealed.")] = None


class CancelledTransaction(PublishedTransaction, kw_only=True):
    """A purchase whose remaining hugggs were cancelled."""

    cancelled: Annotated[int, Meta(description="The number of hugggs that this call cancelled.")]
    at_tills: Annotated[
        int, Meta(description="The number of hugggs that tills hold, which this call left as they are.")
    ]
    amount: Annotated[PoundsText, Meta(description="The value of these hugggs, in pounds.")]
    returned: Annotated[
        PoundsText,
        Meta(
            description="The part of it that went back to the wallet, or is on its way back to the card;"
            " the rest follows or stays, as the refund policy says."
        ),
    ]


EXAMPLE = {"reason": "Ordered twice."}

CANCEL_HUGGG = Operation(
    id="cancelHuggg",
    tag="Hugggs",
    summary="Cancel a huggg",
    body=CancellationBody,
    body_required=False,
    example=EXAMPLE,
    answer=One(PublishedHuggg),
    status=201,
    refuses=(
        Malformed,
        Invalid,
        HugggNotFound,
        CannotChangeHuggg,
        HugggAlreadySpent,
        HugggAlreadyCancelled,
        HugggAlreadyExpired,
        HugggAtTill,
    ),
)
CANCEL_TRANSACTION = Operation(
    id="cancelTransaction",
    tag="Transactions",
    summary="Cancel the remaining hugggs of a purchase",
    body=CancellationBody,
    body_required=False,
    example=EXAMPLE,
    answer=One(CancelledTransaction),
    status=201,
    refuses=(Malformed, Invalid, TransactionNotFound, NothingToCancel, HugggAtTill),
)


@post("/api/v2/hugggs/{huggg_id}/cancellation", operation=CANCEL_HUGGG, lookup=lookup_requested)
async def post_huggg_cancellation(
    request: Request,
    lookup: Lookup,
    body: bytes,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    launch_url: str,
) -> Response:
    """Cancel a huggg that is neither redeemed nor expired, for good.

    Its sender may, and so may members of the sender's team whose role shows the order. Its value goes
    back to the wallet or to the card that paid, as the refund policy of team and brand says. Where
    an answer had a code that the merchant's tills take by themselves, it stays, unless the policy
    returns it even so. The link of a cancelled huggg says so, and its `deleted_at` is the moment of
    cancellation. A second cancellation is refused and changes nothing.
    """
    document = read_body(body, CancellationBody)
    database, address = platform.database, request.context.address
    async with guess_guard(lookup.huggg, address=address, caller=caller, guesses=guesses):
        cancelled = await cancel_huggg(
            database,
            platform.vault,
            lookup,
            parties=partial(parties_to, caller, database=database),
            author=author_of(caller),
            reason=document.reason,
        )
    data = published_huggg(cancelled, now=cancelled.updated_at, launch_url=launch_url)
    return json_response({"data": data}, status=201)


@post("/api/v2/transactions/{transaction_id}/cancellation", operation=CANCEL_TRANSACTION)
async def post_transaction_cancellation(
    transaction_id: str,
    body: bytes,
    caller: Caller,
    platform: Platform,
    launch_url: str,
) -> Response:
    """Cancel all hugggs of a purchase that are neither redeemed nor expired, for good.

    The same callers may as for one of its hugggs, and the value goes the same way. The answer is the
    purchase with `cancelled`, the number of hugggs that this call cancelled, `amount`, their value, and
    `returned`, the part of it that went back at once. Hugggs that a till holds at this moment are left
    as they are; `at_tills` is their number. A large purchase takes several steps: after a 503 some
    hugggs may be cancelled, and the call can be sent again for the rest.
    """
    document = read_body(body, CancellationBody)
    database = platform.database
    transaction = await find_transaction(database, transaction_id, caller=caller)
    cancelled_hugggs = await cancel_transaction(
        database, platform.vault, transaction.id, author=author_of(caller), reason=document.reason
    )
    [row] = await with_huggg_ids(database, platform.vault, [transaction])
    data = CancelledTransaction(
        **asdict(published_listed_transaction(row, launch_url=launch_url)),
        cancelled=cancelled_hugggs.together.count,
        at_tills=cancelled_hugggs.at_tills,
        amount=pounds(cancelled_hugggs.together.value),
        returned=pounds(cancelled_hugggs.together.returned),
    )
    return json_response({"data": data}, status=201)


ROUTES = [post_huggg_cancellation, post_transaction_cancellation]
