"""The Transaction and the body that makes one, as published on the transactions page.

The method `walletCommitment`, `quantity`, `title`, `themeId`, `limit` and `deliveryMethod` come from
clients of the live API; `sendDate` and `expiryDate` are ours.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import phonenumbers
from msgspec import Meta, Struct

from huggg.hugggs.huggg import Huggg
from huggg.kit.body import NO_NUL, Name, Prose
from huggg.kit.clock import timestamp
from huggg.kit.errors import Invalid
from huggg.kit.ids import parse_id
from huggg.kit.money import pounds
from huggg.payments.card import CardAsked
from huggg.transactions.transaction import DEFAULT_THEME, QUANTITY_MAX, Order, Transaction

HOME_REGION = "GB"  # a number written without a country is British

Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
Theme = Annotated[str, Meta(min_length=1, max_length=64, pattern=NO_NUL)]


class ReceiverAsked(Struct):
    """One receiver: exactly one of the two."""

    phone_number: Name | None = None
    user_id: Name | None = None


class PaymentAsked(Struct):
    """Where the money comes from: a wallet, or a stored card, by its id."""

    method: Literal["walletCommitment", "card"]
    reference: Name


class PurchaseAsked(Struct):
    """What is bought, for whom, and what is said with it."""

    type: Literal["huggg"]
    reference: Name
    receivers: Annotated[list[ReceiverAsked], Meta(max_length=QUANTITY_MAX)] | None = None
    message: Prose | None = None
    quantity: Quantity | None = None
    deliveryMethod: Literal["links"] | None = None  # noqa: N815 - published
    title: Name | None = None
    themeId: Theme | None = None  # noqa: N815 - published
    limit: Quantity | None = None
    sendDate: date | None = None  # noqa: N815 - beside the published ones
    expiryDate: date | None = None  # noqa: N815 - beside the published ones


class TransactionAsked(Struct):
    """The body of `POST /api/v2/transactions`."""

    payment: PaymentAsked
    purchase: PurchaseAsked
    embed: list[str] = []


def order_from(asked: TransactionAsked) -> Order:
    """Turn strings into types. Raises Invalid naming the field."""
    purchase = asked.purchase
    receivers = tuple(
        _receiver(receiver, f"purchase.receivers[{i}]")
        for i, receiver in enumerate(purchase.receivers or ())
    )
    if receivers and purchase.quantity not in (None, len(receivers)):
        raise Invalid(f"purchase.quantity: must be {len(receivers)}, one for each receiver, or absent.")
    quantity = len(receivers) or purchase.quantity or 1
    if purchase.limit is not None and purchase.limit > quantity:
        raise Invalid(f"purchase.limit: must be at most {quantity}, as many as there are.")
    return Order(
        payer=_payer(asked.payment),
        product_id=known_id(purchase.reference, "purchase.reference"),
        quantity=quantity,
        receivers=receivers,
        message=purchase.message or None,
        title=purchase.title,
        theme_id=purchase.themeId or DEFAULT_THEME,
        delivery_method=purchase.deliveryMethod,
        claim_limit=purchase.limit,
        send_date=purchase.sendDate,
        expiry_date=purchase.expiryDate,
    )


def published_transaction(transaction: Transaction, hugggs: list[Huggg]) -> dict[str, Any]:
    """Write a Transaction, in the key order of its property page."""
    at = timestamp(transaction.created_at)
    return {
        "id": transaction.id,
        "created_at": at,
        "updated_at": timestamp(transaction.updated_at),
        "retail": pounds(transaction.retail),
        "status": transaction.status,
        "hugggs": [huggg.id for huggg in hugggs],
        "purchased_at_date": at[:10],
        "purchased_at_time": at[11:],
    }


def _payer(asked: PaymentAsked) -> UUID | CardAsked:
    if asked.method == "card":
        return CardAsked(asked.reference)
    return known_id(asked.reference, "payment.reference")


def _receiver(asked: ReceiverAsked, field: str) -> UUID | str:
    if (asked.phone_number is None) == (asked.user_id is None):
        raise Invalid(f"{field}: needs exactly one of phone_number and user_id.")
    if asked.user_id is not None:
        return known_id(asked.user_id, f"{field}.user_id")
    return e164(asked.phone_number or "", f"{field}.phone_number")


def known_id(text: str, field: str) -> UUID:
    """Read an id. Raises Invalid naming the field."""
    found = parse_id(text)
    if found is None:
        raise Invalid(f"{field}: must be a GUID.")
    return found


def e164(text: str, field: str) -> str:
    """Read a phone number in any spelling. Raises Invalid naming the field."""
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        raise Invalid(f"{field}: is not a phone number.") from None
    if not phonenumbers.is_valid_number(number):
        raise Invalid(f"{field}: is not a phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
