"""The Transaction and the body that makes one, as published on the transactions page.

The method `walletCommitment`, `quantity`, `title`, `themeId`, `limit` and `deliveryMethod` come from
clients of the live API; `sendDate`, `expiryDate`, `claimExpiryDate` and `super_url` are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from huggg.http.body import NO_NUL, Name, Prose
from huggg.http.leniency import LenientBody
from huggg.http.published import Day, Guid, PoundsText, TimeOfDay, Timestamp
from huggg.kit.clock import timestamp
from huggg.kit.errors import Invalid
from huggg.kit.money import pounds
from huggg.notifications.delivery import Channel
from huggg.payments.card import CardRequest
from huggg.transactions.group_link import GROUP
from huggg.transactions.order import DEFAULT_THEME, QUANTITY_MAX, Order
from huggg.transactions.read_receivers import REACHED_BY, ReceiverBody, known_id, read_receivers
from huggg.transactions.sending import EXAMPLES, read_sending
from huggg.transactions.store import ListedTransaction
from huggg.transactions.transaction import Status, Transaction

Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
Theme = Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]


class PaymentBody(LenientBody):
    """The source of the money: a wallet, or a stored card, by its id."""

    method: Annotated[
        Literal["walletCommitment", "card"],
        Meta(description="A wallet of the caller's team, or a card of the caller."),
    ]
    reference: Annotated[Name, Meta(description="The wallet's or the card's id.")]


class PurchaseBody(LenientBody):
    """The product, the receivers, and the message to them."""

    type: Literal["huggg"]
    reference: Annotated[Name, Meta(description="The product's id.")]
    receivers: Annotated[list[ReceiverBody], Meta(min_length=1, max_length=QUANTITY_MAX)] | None = None
    message: Annotated[Prose | None, Meta(description="The message that the recipients see.")] = None
    quantity: Annotated[Quantity | None, Meta(description="The number of hugggs; 1 unless given.")] = (
        None
    )
    deliveryMethod: Annotated[  # noqa: N815 - published
        Literal["links", "email", "sms", "print", "group"] | None,
        Meta(
            description="links: the caller hands out the links. email, sms: each receiver gets a message"
            " with the link. print: the links are printed (`printTransaction`). group: one link"
            " (`super_url`) for `quantity` people, each of whom takes one huggg by a confirmed e-mail"
            " address, until `claimExpiryDate`. Unless given, receivers named by an e-mail address get"
            " mail, and those named by a number an SMS, where the server sends them."
        ),
    ] = None
    title: Annotated[Name | None, Meta(description="The name of the order.")] = None
    themeId: Annotated[  # noqa: N815 - published
        Theme | None, Meta(description="The theme of the gift page.")
    ] = None
    limit: Annotated[
        Quantity | None,
        Meta(description="The number of its hugggs that one person may claim."),
    ] = None
    sendDate: Annotated[  # noqa: N815 - beside the published ones
        Name | None,
        Meta(
            description="The day on which the hugggs are sent, from its beginning in the brand's time"
            " zone, or an instant with its offset; at once unless given. Before it only their sender"
            " sees the hugggs, and no caller can redeem them or draw their vouchers.",
            examples=EXAMPLES,
        ),
    ] = None
    expiryDate: Annotated[  # noqa: N815 - beside the published ones
        date | None,
        Meta(description="The last day of the hugggs, within the merchant's days of validity."),
    ] = None
    claimExpiryDate: Annotated[  # noqa: N815 - beside the published ones
        date | None,
        Meta(
            description="For a group the last day to claim, and for a choice the last day to pick. The"
            " value of hugggs that are not claimed or picked by then goes back; the others are good"
            " until `expiryDate`."
        ),
    ] = None


class TransactionBody(LenientBody):
    """The body of `POST /api/v2/transactions`."""

    payment: PaymentBody
    purchase: PurchaseBody
    embed: list[Name] | None = None


class PublishedTransaction(Struct):
    """One purchase."""

    id: Guid
    created_at: Timestamp
    updated_at: Timestamp
    retail: Annotated[PoundsText, Meta(description="All hugggs together, in pounds.")]
    status: Annotated[Status, Meta(examples=["successful"])]
    hugggs: Sequence[Guid]
    purchased_at_date: Day
    purchased_at_time: TimeOfDay
    super_url: Annotated[
        str | UnsetType,
        Meta(
            description="The link of a group, in purchases for one alone.",
            examples=["https://launch.huggg.example/super/k3v9x2m8q4t7w1z"],
        ),
    ] = UNSET


def order_from(document: TransactionBody, channels: frozenset[Channel] = frozenset()) -> Order:
    """Turn strings into types; `channels` are those that this server is set up for.

    Raises Invalid, which names the field, and BadReceivers, which names all bad receivers.
    """
    purchase = document.purchase
    method = purchase.deliveryMethod
    receivers, details = read_receivers(purchase.receivers or (), method=method)
    if method in REACHED_BY and not receivers:
        raise Invalid(f"purchase.receivers: deliveryMethod {method} needs receivers.")
    if method == GROUP:
        _check_group(purchase)
    sending = read_sending(purchase.sendDate, "purchase.sendDate")
    if receivers and purchase.quantity not in (None, len(receivers)):
        raise Invalid(f"purchase.quantity: must be {len(receivers)}, one for each receiver, or absent.")
    quantity = len(receivers) or purchase.quantity or 1
    if purchase.limit is not None and purchase.limit > quantity:
        raise Invalid(f"purchase.limit: must be at most {quantity}, as many as there are.")
    return Order(
        payer=_payer(document.payment),
        product_id=known_id(purchase.reference, "purchase.reference"),
        quantity=quantity,
        receivers=receivers,
        details=details,
        message=purchase.message or None,
        title=purchase.title,
        theme_id=purchase.themeId or DEFAULT_THEME,
        delivery_method=method,
        channels=channels,
        claim_limit=1 if method == GROUP else purchase.limit,
        send_date=sending.day,
        send_at=sending.at,
        claim_expiry_date=purchase.claimExpiryDate,
        expiry_date=purchase.expiryDate,
    )


def _check_group(purchase: PurchaseBody) -> None:
    """Check the fields that a group needs or excludes. Raises Invalid, which names the field."""
    if purchase.receivers is not None:
        raise Invalid("purchase.receivers: deliveryMethod group takes a number of people, in quantity.")
    if purchase.quantity is None:
        raise Invalid("purchase.quantity: deliveryMethod group needs the number of people.")
    if purchase.claimExpiryDate is None:
        raise Invalid("purchase.claimExpiryDate: deliveryMethod group needs the last day to claim.")
    if purchase.limit not in (None, 1):
        raise Invalid("purchase.limit: must be 1 or absent, because each person of a group takes one.")


def published_transaction(
    transaction: Transaction, hugggs: Sequence[UUID], *, super_url: str | None = None
) -> PublishedTransaction:
    """Write a Transaction with the ids of its hugggs, in the key order of its property page.

    `super_url` is the address of its group's link.
    """
    at = timestamp(transaction.created_at)
    return PublishedTransaction(
        id=transaction.id,
        created_at=at,
        updated_at=timestamp(transaction.updated_at),
        retail=pounds(transaction.retail),
        status=transaction.status,
        hugggs=hugggs,
        purchased_at_date=at[:10],
        purchased_at_time=at[11:],
        super_url=UNSET if super_url is None else super_url,
    )


def published_listed_transaction(entry: ListedTransaction, *, launch_url: str) -> PublishedTransaction:
    """Write a Transaction that was looked up."""
    url = entry.link.url(launch_url) if entry.link else None
    return published_transaction(entry.transaction, entry.huggg_ids, super_url=url)


def _payer(payment: PaymentBody) -> UUID | CardRequest:
    if payment.method == "card":
        return CardRequest(payment.reference)
    return known_id(payment.reference, "payment.reference")
