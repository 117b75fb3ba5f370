"""A purchase as a value, and the rules that turn an order into one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from huggg.hugggs.huggg import Huggg, new_codes
from huggg.kit.ids import new_id
from huggg.transactions.errors import NotForSale, UnknownReceiver
from huggg.vouchers.source import CodeSource
from huggg.wallets.errors import InsufficientFunds, WalletNotYours

QUANTITY_MAX = 100_000
DEFAULT_THEME = "default"

Status = Literal["successful", "failed"]


@dataclass(frozen=True, slots=True)
class Order:
    """What a buyer asks for.

    `receivers` are user ids or E.164 phone numbers; when there are none, `quantity` hugggs are made
    without a receiver, to be shared by their links.
    """

    wallet_id: UUID
    product_id: UUID
    quantity: int
    receivers: tuple[UUID | str, ...] = ()
    message: str | None = None
    title: str | None = None
    theme_id: str = DEFAULT_THEME
    delivery_method: str | None = None


@dataclass(frozen=True, slots=True)
class Wallet:
    """The account that shall pay, as far as the decision needs it."""

    id: UUID
    commitment_id: UUID
    available: int  # pence


@dataclass(frozen=True, slots=True)
class Offer:
    """The product that shall be bought, at today's price and with the last day it would have."""

    product_id: UUID
    sale_price: int  # pence
    image_url: str | None
    expiry_date: date
    expires_at: datetime
    source: CodeSource | None = None  # who gives its hugggs their codes, if they come with the purchase


@dataclass(frozen=True, slots=True)
class Market:
    """What is true at the moment of buying."""

    now: datetime
    wallet: Wallet | None  # None: none that the buyer may use
    offer: Offer | None  # None: nothing that can be bought
    users: dict[UUID | str, UUID]  # receivers who are users already, by id and phone number


@dataclass(frozen=True, slots=True)
class Transaction:
    """A purchase that is paid for."""

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
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a decision to buy brings about: the transaction, its hugggs, and people met on the way."""

    transaction: Transaction
    commitment_id: UUID
    value: int  # pence, of each huggg
    hugggs: list[Huggg]
    newcomers: dict[str, UUID]  # phone number to the user it becomes


def decide_purchase(order: Order, market: Market, *, buyer_id: UUID, team_id: UUID | None) -> Purchase:
    """Turn an order into a purchase.

    Raises, in this order, WalletNotYours, NotForSale, UnknownReceiver, InsufficientFunds. The sender
    learns nothing about a wallet that is not theirs, not even that the product exists.
    """
    if market.wallet is None:
        raise WalletNotYours
    if market.offer is None or market.offer.sale_price == 0:
        raise NotForSale
    newcomers = {phone: new_id() for phone in dict.fromkeys(_strangers(order, market))}
    if market.wallet.available < order.quantity * market.offer.sale_price:
        raise InsufficientFunds
    transaction = _transaction(order, market.offer, buyer_id=buyer_id, team_id=team_id, now=market.now)
    known = market.users | newcomers
    receivers: list[UUID | None] = [known[receiver] for receiver in order.receivers]
    return Purchase(
        transaction=transaction,
        commitment_id=market.wallet.commitment_id,
        value=market.offer.sale_price,
        hugggs=[
            _huggg(transaction, market.offer, receiver_id=receiver)
            for receiver in receivers or [None] * order.quantity
        ],
        newcomers=newcomers,
    )


def _strangers(order: Order, market: Market) -> Iterator[str]:
    """Find the phone numbers we do not know, which become users; an unknown id cannot."""
    for place, receiver in enumerate(order.receivers):
        if receiver in market.users:
            continue
        if isinstance(receiver, UUID):
            raise UnknownReceiver(f"purchase.receivers[{place}].user_id: no such user.")
        yield receiver


def _transaction(
    order: Order, offer: Offer, *, buyer_id: UUID, team_id: UUID | None, now: datetime
) -> Transaction:
    return Transaction(
        id=new_id(),
        sender_id=buyer_id,
        team_id=team_id,
        account_id=order.wallet_id,
        product_id=order.product_id,
        quantity=order.quantity,
        retail=order.quantity * offer.sale_price,
        status="successful",
        title=order.title,
        message=order.message,
        theme_id=order.theme_id,
        delivery_method=order.delivery_method,
        created_at=now,
        updated_at=now,
    )


def _huggg(transaction: Transaction, offer: Offer, *, receiver_id: UUID | None) -> Huggg:
    return Huggg(
        id=new_id(),
        transaction_id=transaction.id,
        sender_id=transaction.sender_id,
        receiver_id=receiver_id,
        product_id=transaction.product_id,
        codes=new_codes(),
        message_id=new_id() if transaction.message is not None else None,
        voucher_id=None,
        redemption_id=None,
        theme_id=transaction.theme_id,
        type="",
        expiry_date=offer.expiry_date,
        expires_at=offer.expires_at,
        created_at=transaction.created_at,
        updated_at=transaction.created_at,
        sent_at=transaction.created_at,
        assigned_at=None,
        assigned_client=None,
        viewed_at=None,
        viewed_client=None,
        cancelled_at=None,
        image_url=offer.image_url,
    )
