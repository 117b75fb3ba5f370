"""A purchase as a value, and the rules that turn an order into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import structs

from huggg.hugggs.huggg import Huggg, HugggCodes, new_codes
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.payments.card import Card, CardRequest
from huggg.payments.errors import CardNotYours
from huggg.payments.payment import Funds
from huggg.refusal import Refusal
from huggg.transactions.errors import NotForSale, UnknownReceiver
from huggg.vouchers.source import CodeSource
from huggg.wallets.errors import InsufficientFunds, WalletNotYours

QUANTITY_MAX = 100_000
DEFAULT_THEME = "default"
SCHEDULED_AHEAD_MAX = timedelta(days=365)

Status = Literal["successful", "failed"]


@dataclass(frozen=True, slots=True)
class Order:
    """A buyer's order.

    `payer` is a wallet's id or a card. `receivers` are user ids or E.164 phone numbers; without
    receivers, `quantity` hugggs are made for the buyer to share by their links.
    """

    payer: UUID | CardRequest
    product_id: UUID
    quantity: int
    receivers: tuple[UUID | str, ...] = ()
    message: str | None = None
    title: str | None = None
    theme_id: str = DEFAULT_THEME
    delivery_method: str | None = None
    claim_limit: int | None = None  # hugggs of it that one person may claim; None: all of them
    send_date: date | None = None  # None: at once
    expiry_date: date | None = None  # None: as long as the merchant grants
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wallet:
    """The account that shall pay, as far as the decision needs it."""

    id: UUID
    commitment_id: UUID
    available: int  # pence


@dataclass(frozen=True, slots=True)
class Offer:
    """The product that shall be bought, at today's price, and the days of the order where its brand is.

    `last_day` is the latest that the merchant grants; `expiry_date` is that, or the one asked for.
    """

    product_id: UUID
    sale_price: int  # pence
    handling_fee: int  # pence
    image_url: str | None
    today: date
    last_day: date
    expiry_date: date
    expires_at: datetime
    sent_at: datetime  # now, or when the day that was asked for begins
    source: CodeSource | None = None  # the source of its hugggs' codes, if they come with the purchase


@dataclass(frozen=True, slots=True)
class PurchaseContext:
    """The facts that a purchase is decided by, as of one moment."""

    now: datetime
    wallet: Wallet | None  # None: none that the buyer may use
    offer: Offer | None  # None: nothing that can be bought
    users: dict[UUID | str, UUID]  # receivers that are users already, by id and phone number
    card: Card | None = None  # in place of the wallet: one of the two pays


@dataclass(frozen=True, slots=True)
class Terms:
    """The agreement: the order, and all that making its hugggs needs, however late."""

    sale_price: int  # pence, of each huggg
    handling_fee: int  # pence, of each huggg; of a wallet, none is taken
    expiry_date: date
    expires_at: datetime
    sent_at: datetime | None  # None: when it is bought


@dataclass(frozen=True, slots=True)
class Transaction:
    """A purchase, paid for or failed."""

    id: UUID
    sender_id: UUID
    team_id: UUID | None  # the buyer's at that time
    account_id: UUID
    product_id: UUID
    quantity: int
    retail: int  # pence
    status: Status
    title: str | None
    message: str | None
    theme_id: str
    delivery_method: str | None
    claim_limit: int | None
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Purchase:
    """The result of a decision to buy: the transaction, its hugggs, and new users."""

    transaction: Transaction
    commitment_id: UUID
    value: int  # pence, of each huggg
    hugggs: list[Huggg]
    newcomers: dict[str, UUID]  # phone number to the user it becomes


@dataclass(frozen=True, slots=True)
class FailedPurchase:
    """A purchase by card that came to nothing: the card was declined, or its charge was given back."""

    transaction_id: UUID
    why: Refusal


PurchaseOutcome = Purchase | FailedPurchase
"""The outcomes of buying by card: neither is a refusal, because both are recorded."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The result of a decision to pay by card, before the charge."""

    transaction_id: UUID
    card: Card
    terms: Terms
    retail: int  # pence
    fee: int  # pence


def decide_purchase(
    order: Order, context: PurchaseContext, *, buyer_id: UUID, team_id: UUID | None
) -> Purchase:
    """Turn an order into a purchase from a wallet.

    Raises, in this order, WalletNotYours, NotForSale, Invalid for its days, UnknownReceiver,
    InsufficientFunds. The sender learns nothing about a wallet that is not theirs, not even that the
    product exists.
    """
    if context.wallet is None:
        raise WalletNotYours
    terms = _terms(order, context)
    _check_receivers(order, context)
    if context.wallet.available < order.quantity * terms.sale_price:
        raise InsufficientFunds
    return bring_about(
        order,
        terms,
        context,
        transaction_id=new_id(),
        buyer_id=buyer_id,
        team_id=team_id,
        funds=Funds(context.wallet.id, context.wallet.commitment_id),
    )


def decide_agreement(order: Order, context: PurchaseContext) -> Agreement:
    """Turn an order into the amount that a card is charged for.

    Raises, in this order, CardNotYours, NotForSale, Invalid for its days, UnknownReceiver.
    """
    if context.card is None:
        raise CardNotYours
    terms = _terms(order, context)
    _check_receivers(order, context)
    return Agreement(
        transaction_id=new_id(),
        card=context.card,
        terms=terms,
        retail=order.quantity * terms.sale_price,
        fee=order.quantity * terms.handling_fee,
    )


def bring_about(
    order: Order,
    terms: Terms,
    context: PurchaseContext,
    *,
    transaction_id: UUID,
    buyer_id: UUID,
    team_id: UUID | None,
    funds: Funds,
) -> Purchase:
    """Make the hugggs of a purchase that was agreed on, at any time after.

    Raises Invalid if their last day is over by then.
    """
    if terms.expires_at <= context.now:
        raise Invalid("purchase.expiryDate: was over before the payment was settled.")
    strangers = (r for r in order.receivers if r not in context.users and isinstance(r, str))
    newcomers = {phone: new_id() for phone in dict.fromkeys(strangers)}
    known = context.users | newcomers
    receivers: list[UUID | None] = [known[receiver] for receiver in order.receivers]
    transaction = Transaction(
        id=transaction_id,
        sender_id=buyer_id,
        team_id=team_id,
        account_id=funds.account_id,
        product_id=order.product_id,
        quantity=order.quantity,
        retail=order.quantity * terms.sale_price,
        status="successful",
        title=order.title,
        message=order.message,
        theme_id=order.theme_id,
        delivery_method=order.delivery_method,
        claim_limit=order.claim_limit,
        tags=order.tags,
        created_at=context.now,
        updated_at=context.now,
    )
    image_url = context.offer.image_url if context.offer else None
    model = _model(transaction, terms, image_url=image_url)
    return Purchase(
        transaction=transaction,
        commitment_id=funds.commitment_id,
        value=terms.sale_price,
        hugggs=_hugggs_like(model, receivers or [None] * order.quantity),
        newcomers=newcomers,
    )


def _terms(order: Order, context: PurchaseContext) -> Terms:
    """Agree on price and days. Raises NotForSale, Invalid."""
    offer = context.offer
    if offer is None or offer.sale_price == 0:
        raise NotForSale
    _check_days(order, offer)
    return Terms(
        sale_price=offer.sale_price,
        handling_fee=offer.handling_fee,
        expiry_date=offer.expiry_date,
        expires_at=offer.expires_at,
        sent_at=None if order.send_date is None else offer.sent_at,
    )


def _check_days(order: Order, offer: Offer) -> None:
    """Check the requested days against today and against the merchant's days of validity."""
    first = order.send_date or offer.today
    if first < offer.today:
        raise Invalid("purchase.sendDate: must not be in the past.")
    if first > offer.today + SCHEDULED_AHEAD_MAX:
        raise Invalid(f"purchase.sendDate: must be at most {SCHEDULED_AHEAD_MAX.days} days ahead.")
    if offer.expiry_date < first:
        raise Invalid(f"purchase.expiryDate: must not be before {first}, when it is sent.")
    if offer.expiry_date > offer.last_day:
        raise Invalid(f"purchase.expiryDate: must not be after {offer.last_day}.")


def _check_receivers(order: Order, context: PurchaseContext) -> None:
    """Let phone numbers that we do not know become users; an unknown id cannot."""
    for index, receiver in enumerate(order.receivers):
        if isinstance(receiver, UUID) and receiver not in context.users:
            raise UnknownReceiver(f"purchase.receivers[{index}].user_id: no such user.")


def _model(transaction: Transaction, terms: Terms, *, image_url: str | None) -> Huggg:
    """Make a huggg with the values that all hugggs of the purchase have, and no codes."""
    return Huggg(
        id=new_id(),
        transaction_id=transaction.id,
        sender_id=transaction.sender_id,
        receiver_id=None,
        product_id=transaction.product_id,
        codes=HugggCodes("", ""),
        message_id=new_id() if transaction.message is not None else None,
        voucher_id=None,
        redemption_id=None,
        theme_id=transaction.theme_id,
        type="",
        expiry_date=terms.expiry_date,
        expires_at=terms.expires_at,
        created_at=transaction.created_at,
        updated_at=transaction.created_at,
        sent_at=max(terms.sent_at or transaction.created_at, transaction.created_at),
        assigned_at=None,
        assigned_client=None,
        viewed_at=None,
        viewed_client=None,
        cancelled_at=None,
        image_url=image_url,
    )


def _hugggs_like(model: Huggg, receivers: Sequence[UUID | None]) -> list[Huggg]:
    """Copy the model for each receiver: a copy takes a fifth of the time of a huggg made from values."""
    return [
        structs.replace(
            model,
            id=new_id(),
            receiver_id=receiver,
            codes=codes,
            message_id=new_id() if model.message_id else None,
        )
        for receiver, codes in zip(receivers, new_codes(len(receivers)), strict=True)
    ]
