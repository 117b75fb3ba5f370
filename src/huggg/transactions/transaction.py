"""A purchase as a value, and the rules that turn an order into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct, structs

from huggg.hugggs.huggg import Huggg, HugggCodes, new_codes
from huggg.kit.email import email_key
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.notifications.delivery import Channel, NewDelivery
from huggg.payments.card import Card, CardRequest
from huggg.payments.errors import CardNotYours
from huggg.payments.payment import Funds
from huggg.people.labels import Labels
from huggg.people.person_key import PersonKey
from huggg.refusal import Refusal
from huggg.transactions.errors import NotForSale
from huggg.transactions.group_link import GROUP, GroupLink, new_group_link
from huggg.transactions.receivers import (
    NO_DETAILS,
    KnownReceiver,
    Receiver,
    ReceiverDetails,
    channel_for,
    check_receivers,
    is_email,
)
from huggg.vouchers.source import CodeSource
from huggg.wallets.errors import InsufficientFunds, WalletNotYours

QUANTITY_MAX = 100_000
DEFAULT_THEME = "default"
SCHEDULED_AHEAD_MAX = timedelta(days=365)

Status = Literal["successful", "failed"]


@dataclass(frozen=True, slots=True)
class Order:
    """A buyer's order.

    `payer` is a wallet's id or a card. `receivers` are user ids, E.164 phone numbers or e-mail
    addresses, and `details` say more about each, if anything is said of any. Without receivers,
    `quantity` hugggs are made for the buyer to share by their links. `channels` are those that the
    server that took the order is set up for.
    """

    payer: UUID | CardRequest
    product_id: UUID
    quantity: int
    receivers: tuple[Receiver, ...] = ()
    details: tuple[ReceiverDetails, ...] = ()
    message: str | None = None
    title: str | None = None
    theme_id: str = DEFAULT_THEME
    delivery_method: str | None = None
    channels: frozenset[Channel] = frozenset()
    claim_limit: int | None = None  # hugggs of it that one person may claim; None: all of them
    send_date: date | None = None  # without it and `send_at`: at once
    send_at: datetime | None = None
    claim_expiry_date: date | None = None  # the first of two last days; None: there is one
    expiry_date: date | None = None  # None: as long as the merchant grants
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LastDay:
    """A last day, and the instant where the brand is at which it is over."""

    day: date
    ends_at: datetime


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
    `first_last_day` is the first of two that the order asks for.
    """

    product_id: UUID
    sale_price: int  # pence
    handling_fee: int  # pence
    image_url: str | None
    today: date
    last_day: date
    expiry_date: date
    expires_at: datetime
    sent_at: datetime  # now, or the requested instant, or when the requested day begins
    sends_on: date | None = None  # the day of the requested instant
    first_last_day: LastDay | None = None
    source: CodeSource | None = None  # the source of its hugggs' codes, if they come with the purchase
    is_choice: bool = False
    can_be_picked: bool = False  # some product of the choice


@dataclass(frozen=True, slots=True)
class PurchaseContext:
    """The facts that a purchase is decided by, as of one moment."""

    now: datetime
    wallet: Wallet | None  # None: none that the buyer may use
    offer: Offer | None  # None: nothing that can be bought
    users: dict[Receiver, KnownReceiver]  # receivers that are users already
    sender_key: PersonKey | None = None  # None: the buyer was erased
    card: Card | None = None  # in place of the wallet: one of the two pays


@dataclass(frozen=True, slots=True)
class Terms:
    """The agreement: the order, and all that making its hugggs needs, however late."""

    sale_price: int  # pence, of each huggg
    handling_fee: int  # pence, of each huggg; of a wallet, none is taken
    expiry_date: date
    expires_at: datetime
    sent_at: datetime | None  # None: when it is bought
    next_last_day: LastDay | None = None  # once a huggg is claimed or chosen


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
    theme_id: str
    delivery_method: str | None
    claim_limit: int | None
    created_at: datetime
    updated_at: datetime


class Newcomer(Struct, frozen=True, gc=False):
    """A receiver who becomes a user with the purchase, reached by a number or an address."""

    id: UUID
    reached: str
    name: str = ""


class OwnMessage(Struct, frozen=True, gc=False):
    """The message of one huggg, in place of its purchase's."""

    huggg_id: UUID
    person_id: UUID | None
    message: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """The result of a decision to buy: the transaction, its hugggs, and new users."""

    transaction: Transaction
    commitment_id: UUID
    value: int  # pence, of each huggg
    hugggs: list[Huggg]
    newcomers: list[Newcomer]
    deliveries: list[NewDelivery]
    labels: Labels
    message: str | None  # of all hugggs but those with one of their own
    message_receiver_id: UUID | None  # the one receiver of all hugggs
    messages: list[OwnMessage]
    keys: dict[UUID, PersonKey]  # of the sender, and of receivers who were users before
    next_last_day: LastDay | None = None  # of its hugggs, once they are claimed or chosen
    group_link: GroupLink | None = None


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
    check_receivers(order.receivers, context.users, method=order.delivery_method)
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
    check_receivers(order.receivers, context.users, method=order.delivery_method)
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
    newcomers = _newcomers(order, context)
    known = {receiver: user.id for receiver, user in context.users.items()}
    known |= {receiver: newcomer.id for receiver, newcomer in newcomers.items()}
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
        theme_id=order.theme_id,
        delivery_method=order.delivery_method,
        claim_limit=order.claim_limit,
        created_at=context.now,
        updated_at=context.now,
    )
    own = own_messages(order)
    hugggs = _hugggs_like(
        _model(transaction, terms, context.offer, has_message=order.message is not None),
        receivers or [None] * order.quantity,
        own=own,
    )
    return Purchase(
        transaction=transaction,
        commitment_id=funds.commitment_id,
        value=terms.sale_price,
        hugggs=hugggs,
        newcomers=list({newcomer.id: newcomer for newcomer in newcomers.values()}.values()),
        deliveries=_deliveries(order, context, newcomers, hugggs),
        labels=Labels(order.title, order.tags),
        message=order.message,
        message_receiver_id=receivers[0] if len(set(receivers)) == 1 else None,
        messages=[
            OwnMessage(hugggs[place].id, hugggs[place].receiver_id, text) for place, text in own.items()
        ],
        keys=_keys(context, buyer_id),
        next_last_day=terms.next_last_day,
        group_link=new_group_link() if order.delivery_method == GROUP else None,
    )


def _keys(context: PurchaseContext, buyer_id: UUID) -> dict[UUID, PersonKey]:
    keys = {user.id: user.key for user in context.users.values()} | {buyer_id: context.sender_key}
    return {person_id: key for person_id, key in keys.items() if key is not None}


def own_messages(order: Order) -> dict[int, str]:
    """Find the receivers that get a message of their own, by position."""
    return {place: each.message for place, each in enumerate(order.details) if each.message}


def _newcomers(order: Order, context: PurchaseContext) -> dict[str, Newcomer]:
    """Let numbers and addresses that are no user's become users, one for all spellings of an address."""
    names = [each.name for each in order.details] or [None] * len(order.receivers)
    newcomers: dict[str, Newcomer] = {}
    by_key: dict[str, Newcomer] = {}
    for receiver, name in zip(order.receivers, names, strict=True):
        if isinstance(receiver, str) and receiver not in context.users and receiver not in newcomers:
            key = email_key(receiver) if is_email(receiver) else receiver
            if key not in by_key:
                by_key[key] = Newcomer(new_id(), receiver, name or "")
            newcomers[receiver] = by_key[key]
    return newcomers


def _deliveries(
    order: Order, context: PurchaseContext, newcomers: dict[str, Newcomer], hugggs: list[Huggg]
) -> list[NewDelivery]:
    """Plan a message to each receiver whom one reaches, by the order's method."""
    planned = []
    for place, receiver in enumerate(order.receivers):
        known = context.users.get(receiver)
        channel = channel_for(receiver, known, method=order.delivery_method, set_up=order.channels)
        if channel is not None:
            details = order.details[place] if order.details else NO_DETAILS
            newcomer = None if known else newcomers[str(receiver)]
            person = known or newcomer
            assert person is not None  # noqa: S101 - a receiver is a user by now
            is_named = newcomer is not None and newcomer.name == (details.name or "")
            planned.append(
                NewDelivery(
                    huggg_id=hugggs[place].id,
                    person_id=person.id,
                    channel=channel,
                    name=None if is_named else details.name,
                    language=details.language,
                )
            )
    return planned


def _terms(order: Order, context: PurchaseContext) -> Terms:
    """Agree on price and days. Raises NotForSale, Invalid."""
    offer = context.offer
    if offer is None or offer.sale_price == 0 or (offer.is_choice and not offer.can_be_picked):
        raise NotForSale
    _check_days(order, offer, now=context.now)
    last = LastDay(offer.expiry_date, offer.expires_at)
    first = offer.first_last_day
    return Terms(
        sale_price=offer.sale_price,
        handling_fee=offer.handling_fee,
        expiry_date=(first or last).day,
        expires_at=(first or last).ends_at,
        sent_at=None if order.send_date is None and order.send_at is None else offer.sent_at,
        next_last_day=None if first is None else last,
    )


def _check_days(order: Order, offer: Offer, *, now: datetime) -> None:
    """Check the requested days against today and against the merchant's days of validity."""
    first = order.send_date or offer.sends_on or offer.today
    if first < offer.today or (order.send_at is not None and order.send_at < now):
        raise Invalid("purchase.sendDate: must not be in the past.")
    if first > offer.today + SCHEDULED_AHEAD_MAX:
        raise Invalid(f"purchase.sendDate: must be at most {SCHEDULED_AHEAD_MAX.days} days ahead.")
    if offer.expiry_date < first:
        raise Invalid(f"purchase.expiryDate: must not be before {first}, when it is sent.")
    if offer.expiry_date > offer.last_day:
        raise Invalid(f"purchase.expiryDate: must not be after {offer.last_day}.")
    if offer.first_last_day is not None:
        if order.delivery_method != GROUP and not offer.is_choice:
            raise Invalid(
                "purchase.claimExpiryDate: needs deliveryMethod group, or a product that is a choice."
            )
        _check_first_last_day(offer.first_last_day.day, first=first, last=offer.expiry_date)


def _check_first_last_day(day: date, *, first: date, last: date) -> None:
    if day < first:
        raise Invalid(f"purchase.claimExpiryDate: must not be before {first}, when it is sent.")
    if day > last:
        raise Invalid(f"purchase.claimExpiryDate: must not be after {last}, the last day to redeem.")


def _model(transaction: Transaction, terms: Terms, offer: Offer | None, *, has_message: bool) -> Huggg:
    """Make a huggg with the values that all hugggs of the purchase have, and no codes."""
    return Huggg(
        id=new_id(),
        transaction_id=transaction.id,
        sender_id=transaction.sender_id,
        receiver_id=None,
        product_id=transaction.product_id,
        codes=HugggCodes("", ""),
        message_id=new_id() if has_message else None,
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
        image_url=offer.image_url if offer else None,
        choice_id=transaction.product_id if offer and offer.is_choice else None,
    )


def _hugggs_like(
    model: Huggg, receivers: Sequence[UUID | None], *, own: Mapping[int, str]
) -> list[Huggg]:
    """Copy the model for each receiver: a copy takes a fifth of the time of a huggg made from values.

    `own` are the messages of single receivers, by position.
    """
    return [
        structs.replace(
            model,
            id=new_id(),
            receiver_id=receiver,
            codes=codes,
            message_id=new_id() if model.message_id or place in own else None,
        )
        for place, (receiver, codes) in enumerate(zip(receivers, new_codes(len(receivers)), strict=True))
    ]
