"""Receivers at a purchase: those who become users, and the message that reaches each."""

from __future__ import annotations

from huggg.hugggs.huggg import Huggg
from huggg.kit.email import email_key
from huggg.kit.ids import new_id
from huggg.notifications.delivery import NewDelivery
from huggg.transactions.order import Order
from huggg.transactions.purchase import Newcomer, PurchaseContext
from huggg.transactions.receivers import NO_DETAILS, channel_for, is_email


def newcomers_of(order: Order, context: PurchaseContext) -> dict[str, Newcomer]:
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


def plan_deliveries(
    order: Order, context: PurchaseContext, newcomers: dict[str, Newcomer], hugggs: list[Huggg]
) -> list[NewDelivery]:
    """Plan a message to each receiver whom one reaches, by the order's method."""
    deliveries = []
    for place, receiver in enumerate(order.receivers):
        user = context.users.get(receiver)
        channel = channel_for(receiver, user, method=order.delivery_method, set_up=order.channels)
        if channel is not None:
            details = order.details[place] if order.details else NO_DETAILS
            newcomer = None if user else newcomers[str(receiver)]
            person = user or newcomer
            assert person is not None  # noqa: S101 - a receiver is a user by now
            is_named = newcomer is not None and newcomer.name == (details.name or "")
            deliveries.append(
                NewDelivery(
                    huggg_id=hugggs[place].id,
                    person_id=person.id,
                    channel=channel,
                    name=None if is_named else details.name,
                    language=details.language,
                )
            )
    return deliveries
