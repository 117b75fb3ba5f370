"""Changing a huggg, or the remaining hugggs of a purchase: ours, not published.

`PATCH …/hugggs/{id}` and `…/transactions/{id}`.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from huggg.http.body import Name, read_body
from huggg.http.leniency import LenientBody
from huggg.http.operation import One, Operation
from huggg.http.route import patch
from huggg.http.web import Request, Response, json_response
from huggg.hugggs.errors import (
    CannotChangeHuggg,
    HugggAlreadyCancelled,
    HugggAlreadyExpired,
    HugggAlreadySpent,
    HugggAtTill,
    HugggCodeShown,
    HugggNotFound,
)
from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.listing import published_hugggs
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.store import load_hugggs
from huggg.hugggs.visible import lookup_requested, parties_to
from huggg.hugggs.wire import PublishedHuggg
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.platform import Platform
from huggg.notifications.channel import Channels
from huggg.transactions.changes.change import Changes, change_huggg, change_transaction
from huggg.transactions.ends.end import author_of
from huggg.transactions.errors import (
    NothingToChange,
    TransactionNotFound,
    UnknownReceiver,
)
from huggg.transactions.read_receivers import ReceiverBody, details_from, receiver_from
from huggg.transactions.receivers import NO_DETAILS, Receiver, ReceiverDetails
from huggg.transactions.sending import EXAMPLES, read_sending
from huggg.transactions.store import find_transaction, with_huggg_ids
from huggg.transactions.wire import PublishedTransaction, published_listed_transaction

NOTHING_ASKED = (
    "At least one of expiryDate, claimExpiryDate, sendDate, receiver, title, reasonCode is needed."
)


class ChangeBody(LenientBody):
    """The body of a change; a field that is absent or null stays as it is."""

    expiryDate: Annotated[  # noqa: N815 - as in a purchase
        date | None, Meta(description="The last day, within the merchant's days of validity.")
    ] = None
    claimExpiryDate: Annotated[  # noqa: N815 - as in a purchase
        date | None,
        Meta(description="The last day to claim, of hugggs of a group that are not claimed yet."),
    ] = None
    sendDate: Annotated[  # noqa: N815 - as in a purchase
        Name | None,
        Meta(
            description="The day of sending where the brand is, or an instant with its offset; only"
            " while the huggg is scheduled.",
            examples=EXAMPLES,
        ),
    ] = None
    receiver: Annotated[
        ReceiverBody | None,
        Meta(
            description="The new receiver, by exactly one of email, phone_number and user_id, with a"
            " `name` and a `language` for messages; a `message` is refused."
        ),
    ] = None
    title: Annotated[
        Name | None, Meta(description="The name of the order; an empty text takes it away.")
    ] = None
    reasonCode: Annotated[  # noqa: N815 - beside the others
        Name | None, Meta(description="The order's label for the books; empty takes it away.")
    ] = None


class MessageBody(Struct):
    """The part of the body that cannot be changed."""

    message: Raw | UnsetType = UNSET


CHANGE_EXAMPLE = {"expiryDate": "2026-12-31", "title": "Winter party"}
CHANGE_HUGGG = Operation(
    id="changeHuggg",
    tag="Hugggs",
    summary="Change a huggg",
    body=ChangeBody,
    example=CHANGE_EXAMPLE,
    answer=One(PublishedHuggg),
    refuses=(
        Malformed,
        Invalid,
        HugggNotFound,
        CannotChangeHuggg,
        UnknownReceiver,
        HugggAlreadySpent,
        HugggAlreadyCancelled,
        HugggAlreadyExpired,
        HugggAtTill,
        HugggCodeShown,
    ),
)
CHANGE_TRANSACTION = Operation(
    id="changeTransaction",
    tag="Transactions",
    summary="Change the remaining hugggs of a purchase",
    body=ChangeBody,
    example=CHANGE_EXAMPLE,
    answer=One(PublishedTransaction),
    refuses=(Malformed, Invalid, TransactionNotFound, NothingToChange),
)


@patch("/api/v2/hugggs/{huggg_id}", operation=CHANGE_HUGGG, lookup=lookup_requested)
async def patch_huggg(
    request: Request,
    lookup: Lookup,
    body: bytes,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    launch_url: str,
    channels: Channels,
) -> Response:
    """Change a huggg that is neither redeemed, cancelled nor expired.

    The callers that may cancel the huggg may change it. `receiver` gives the huggg to another user or
    number, under a new shortcode: the old link finds nothing any more, and the claim is undone. If the
    purchase was delivered by mail or SMS, the new receiver gets a message with the new link. A huggg
    keeps its receiver once an answer to that person had an issued code, or to a client for them. `title`
    and `reasonCode` are those of the huggg's purchase. The message never changes. A call changes all
    fields that it names, or none.
    """
    changes = changes_from(body)
    database, vault, address = platform.database, platform.vault, request.context.address
    async with guess_guard(lookup.huggg, address=address, caller=caller, guesses=guesses):
        huggg_id = await change_huggg(
            database,
            vault,
            lookup,
            changes,
            parties=partial(parties_to, caller, database=database),
            author=author_of(caller),
            set_up=channels.set_up,
        )
    snapshot = await load_hugggs(database, vault, [huggg_id])
    [data] = published_hugggs(snapshot, launch_url=launch_url)
    return json_response({"data": data})


@patch("/api/v2/transactions/{transaction_id}", operation=CHANGE_TRANSACTION)
async def patch_transaction(
    transaction_id: str,
    body: bytes,
    caller: Caller,
    platform: Platform,
    launch_url: str,
) -> Response:
    """Change all hugggs of a purchase that are neither redeemed, cancelled nor expired, and its labels.

    The callers that may cancel the purchase may change it. A day must suit each of these hugggs, or none
    changes.
    """
    changes = changes_from(body)
    database = platform.database
    transaction = await find_transaction(database, transaction_id, caller=caller)
    await change_transaction(database, platform.vault, transaction.id, changes, author=author_of(caller))
    transaction = await find_transaction(database, transaction_id, caller=caller)
    [row] = await with_huggg_ids(database, platform.vault, [transaction])
    return json_response({"data": published_listed_transaction(row, launch_url=launch_url)})


def changes_from(body: bytes) -> Changes:
    """Read a body, and turn strings into types. Raises Malformed, Invalid, which names the field."""
    if read_body(body, MessageBody).message is not UNSET:
        raise Invalid("message: cannot be changed.")
    document = read_body(body, ChangeBody)
    receiver, details = _receiver(document.receiver)
    send_date, send_at = read_sending(document.sendDate, "sendDate")
    changes = Changes(
        expiry_date=document.expiryDate,
        claim_expiry_date=document.claimExpiryDate,
        send_date=send_date,
        send_at=send_at,
        receiver=receiver,
        receiver_details=details,
        title=document.title,
        reason_code=document.reasonCode,
    )
    if changes == Changes():
        raise Invalid(NOTHING_ASKED)
    return changes


def _receiver(body: ReceiverBody | None) -> tuple[Receiver | None, ReceiverDetails]:
    """Read the new receiver, who gets the message of the one before."""
    if body is None:
        return None, NO_DETAILS
    if body.message is not None:
        raise Invalid("receiver.message: cannot be changed.")
    return receiver_from(body, "receiver"), details_from(body, "receiver")


ROUTES = [patch_huggg, patch_transaction]
