"""The terms of a purchase: its price and its days, agreed on before any huggg is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from huggg.kit.errors import Invalid
from huggg.transactions.errors import NotForSale
from huggg.transactions.group_link import GROUP
from huggg.transactions.order import Order
from huggg.vouchers.source import CodeSource

SCHEDULED_AHEAD_MAX = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class LastDay:
    """A last day, and the instant where the brand is at which it is over."""

    day: date
    ends_at: datetime


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
class Terms:
    """The agreement: the order, and all that making its hugggs needs, however late."""

    sale_price: int  # pence, of each huggg
    handling_fee: int  # pence, of each huggg; of a wallet, none is taken
    expiry_date: date
    expires_at: datetime
    sent_at: datetime | None  # None: when it is bought
    next_last_day: LastDay | None = None  # once a huggg is claimed or chosen


def agree_on_terms(order: Order, offer: Offer | None, *, now: datetime) -> Terms:
    """Agree on price and days. Raises NotForSale, Invalid."""
    if offer is None or offer.sale_price == 0 or (offer.is_choice and not offer.can_be_picked):
        raise NotForSale
    _check_days(order, offer, now=now)
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
