"""The rules that turn an order into a purchase, or into the amount that a card is charged for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.payments.errors import CardNotYours
from huggg.payments.payment import Funds
from huggg.people.labels import Labels
from huggg.people.person_key import PersonKey
from huggg.transactions.group_link import GROUP, new_group_link
from huggg.transactions.new_hugggs import hugggs_like, model_huggg
from huggg.transactions.new_receivers import newcomers_of, plan_deliveries
from huggg.transactions.order import Order, own_messages
from huggg.transactions.purchase import Agreement, Newcomer, OwnMessage, Purchase, PurchaseContext
from huggg.transactions.receivers import check_known, check_receivers
from huggg.transactions.terms import Terms, agree_on_terms
from huggg.transactions.transaction import Transaction
from huggg.wallets.errors import InsufficientFunds, WalletNotYours


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
    terms = agree_on_terms(order, context.offer, now=context.now)
    check_receivers(order.receivers, context.users, method=order.delivery_method)
    if context.wallet.available < order.quantity * terms.sale_price:
        raise InsufficientFunds
    return fulfil_order(
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
    terms = agree_on_terms(order, context.offer, now=context.now)
    check_receivers(order.receivers, context.users, method=order.delivery_method)
    return Agreement(
        transaction_id=new_id(),
        card=context.card,
        terms=terms,
        retail=order.quantity * terms.sale_price,
        fee=order.quantity * terms.handling_fee,
    )


def fulfil_order(
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

    Raises Invalid if their last day is over by then, and UnknownReceiver if a receiver was erased.
    """
    if terms.expires_at <= context.now:
        raise Invalid("purchase.expiryDate: was over before the payment was settled.")
    transaction = _transaction(
        order, terms, transaction_id, buyer_id=buyer_id, team_id=team_id, funds=funds, now=context.now
    )
    newcomers = newcomers_of(order, context)
    receivers = _receiver_ids(order, context, newcomers)
    texts = own_messages(order)
    model = model_huggg(transaction, terms, context.offer, has_message=order.message is not None)
    hugggs = hugggs_like(model, receivers or [None] * order.quantity, own=texts)
    return Purchase(
        transaction=transaction,
        commitment_id=funds.commitment_id,
        value=terms.sale_price,
        hugggs=hugggs,
        newcomers=list({newcomer.id: newcomer for newcomer in newcomers.values()}.values()),
        deliveries=plan_deliveries(order, context, newcomers, hugggs),
        labels=Labels(order.title, order.tags),
        message=order.message,
        message_receiver_id=receivers[0] if len(set(receivers)) == 1 else None,
        messages=[
            OwnMessage(hugggs[place].id, hugggs[place].receiver_id, text)
            for place, text in texts.items()
        ],
        keys=_keys(context, buyer_id),
        next_last_day=terms.next_last_day,
        group_link=new_group_link() if order.delivery_method == GROUP else None,
    )


def _transaction(
    order: Order,
    terms: Terms,
    transaction_id: UUID,
    *,
    buyer_id: UUID,
    team_id: UUID | None,
    funds: Funds,
    now: datetime,
) -> Transaction:
    return Transaction(
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
        created_at=now,
        updated_at=now,
    )


def _receiver_ids(
    order: Order, context: PurchaseContext, newcomers: dict[str, Newcomer]
) -> list[UUID | None]:
    user_ids = {receiver: user.id for receiver, user in context.users.items()}
    user_ids |= {receiver: newcomer.id for receiver, newcomer in newcomers.items()}
    check_known(order.receivers, user_ids)
    return [user_ids[receiver] for receiver in order.receivers]


def _keys(context: PurchaseContext, buyer_id: UUID) -> dict[UUID, PersonKey]:
    receivers = {user.id: user.key for user in context.users.values() if user.key is not None}
    return receivers | {buyer_id: context.sender_key}
