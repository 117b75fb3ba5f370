"""What a purchase brings about, what stops it, and how an order is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.kit.body import read_body
from huggg.kit.errors import Invalid, Refusal
from huggg.kit.ids import NO_GUID
from huggg.transactions.errors import NotForSale, UnknownReceiver
from huggg.transactions.transaction import Market, Offer, Order, Wallet, decide_purchase
from huggg.transactions.wire import TransactionAsked, order_from
from huggg.wallets.errors import InsufficientFunds, WalletNotYours
from tests.support.values import AMARA, BO, CLEO, COFFEE, NOW

WALLET, COMMITMENT = UUID(int=0xE1), UUID(int=0xE2)
PHONE = "+447400123456"

OFFER = Offer(
    COFFEE,
    sale_price=350,
    handling_fee=20,
    image_url=None,
    today=date(2026, 5, 20),
    last_day=date(2027, 5, 20),
    expiry_date=date(2027, 5, 20),
    expires_at=datetime(2027, 5, 20, 23, 0, tzinfo=UTC),
    sent_at=NOW,
)
ORDER = Order(WALLET, COFFEE, quantity=1)
MARKET = Market(NOW, Wallet(WALLET, COMMITMENT, available=1000), OFFER, users={})

Situation = tuple[Order, Market]

PURCHASE_REFUSALS: dict[type[Refusal], Callable[[Situation], Situation]] = {
    WalletNotYours: lambda s: (s[0], replace(s[1], wallet=None)),
    NotForSale: lambda s: (s[0], replace(s[1], offer=None)),
    UnknownReceiver: lambda s: (replace(s[0], receivers=(CLEO,)), s[1]),
    InsufficientFunds: lambda s: (replace(s[0], quantity=3), s[1]),
}


def test_of_all_refusals_to_sell_the_first_in_order_is_given() -> None:
    for size in range(1, len(PURCHASE_REFUSALS) + 1):
        for faults in combinations(PURCHASE_REFUSALS, size):
            situation: Situation = (ORDER, MARKET)
            for fault in faults:
                situation = PURCHASE_REFUSALS[fault](situation)
            with pytest.raises(Refusal) as refused:
                decide_purchase(*situation, buyer_id=AMARA, team_id=None)
            assert refused.type is faults[0], faults


def test_what_costs_nothing_is_not_for_sale() -> None:
    free = replace(MARKET, offer=replace(OFFER, sale_price=0))
    with pytest.raises(NotForSale):
        decide_purchase(ORDER, free, buyer_id=AMARA, team_id=None)


@pytest.mark.parametrize(
    ("asked", "offered", "sentence"),
    [
        ({"send_date": date(2026, 5, 19)}, {}, "purchase.sendDate: must not be in the past."),
        (
            {"send_date": date(2027, 5, 21)},
            {},
            "purchase.sendDate: must be at most 365 days ahead.",
        ),
        (
            {},
            {"expiry_date": date(2026, 5, 19)},
            "purchase.expiryDate: must not be before 2026-05-20, when it is sent.",
        ),
        (
            {"send_date": date(2026, 6, 1)},
            {"expiry_date": date(2026, 5, 31)},
            "purchase.expiryDate: must not be before 2026-06-01, when it is sent.",
        ),
        (
            {},
            {"expiry_date": date(2027, 5, 21)},
            "purchase.expiryDate: must not be after 2027-05-20.",
        ),
    ],
)
def test_days_that_cannot_be_are_refused_by_the_field(
    asked: dict[str, Any], offered: dict[str, Any], sentence: str
) -> None:
    market = replace(MARKET, offer=replace(OFFER, **offered))
    with pytest.raises(Invalid) as refused:
        decide_purchase(replace(ORDER, **asked), market, buyer_id=AMARA, team_id=None)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("first", [date(2026, 5, 20), date(2027, 5, 20)])
def test_the_first_and_the_last_day_that_can_be_asked_for_are_granted(first: date) -> None:
    at = datetime(first.year, first.month, first.day, 23, 0, tzinfo=UTC)
    offer = replace(OFFER, expiry_date=first, expires_at=at, sent_at=at)
    order = replace(ORDER, send_date=first, expiry_date=first)
    [huggg] = decide_purchase(order, replace(MARKET, offer=offer), buyer_id=AMARA, team_id=None).hugggs
    assert (huggg.sent_at, huggg.expiry_date, huggg.expires_at) == (at, first, at)


def test_without_a_day_a_huggg_is_sent_when_it_is_bought() -> None:
    [huggg] = decide_purchase(ORDER, MARKET, buyer_id=AMARA, team_id=None).hugggs
    assert (huggg.sent_at, huggg.created_at) == (NOW, NOW)


def test_a_receiver_nobody_knows_is_named_by_place() -> None:
    order = replace(ORDER, quantity=2, receivers=(BO, CLEO))
    with pytest.raises(UnknownReceiver) as refused:
        decide_purchase(order, replace(MARKET, users={BO: BO}), buyer_id=AMARA, team_id=None)
    assert str(refused.value) == "purchase.receivers[1].user_id: no such user."


def test_the_last_penny_can_be_spent_and_not_one_more() -> None:
    def wallet(available: int) -> Market:
        return replace(MARKET, wallet=Wallet(WALLET, COMMITMENT, available))

    bought = decide_purchase(replace(ORDER, quantity=2), wallet(700), buyer_id=AMARA, team_id=None)
    assert (bought.transaction.retail, bought.value, bought.commitment_id) == (700, 350, COMMITMENT)
    with pytest.raises(InsufficientFunds):
        decide_purchase(replace(ORDER, quantity=2), wallet(699), buyer_id=AMARA, team_id=None)


def test_unknown_phones_become_users_once_however_often_they_are_named() -> None:
    order = replace(ORDER, quantity=4, receivers=(PHONE, BO, PHONE, "+447400123457"))
    known: dict[UUID | str, UUID] = {BO: BO, "+447400123457": CLEO}
    rich = replace(MARKET, wallet=Wallet(WALLET, COMMITMENT, 10_000), users=known)
    purchase = decide_purchase(order, rich, buyer_id=AMARA, team_id=None)
    assert list(purchase.newcomers) == [PHONE]
    newcomer = purchase.newcomers[PHONE]
    assert [huggg.receiver_id for huggg in purchase.hugggs] == [newcomer, BO, newcomer, CLEO]


@given(quantity=st.integers(1, 40), price=st.integers(1, 10_000), message=st.none() | st.just("Hi"))
def test_every_huggg_of_a_purchase_is_the_buyers_and_costs_the_same(
    quantity: int, price: int, message: str | None
) -> None:
    order = replace(ORDER, quantity=quantity, message=message)
    wallet = Wallet(WALLET, COMMITMENT, available=quantity * price)
    market = replace(MARKET, wallet=wallet, offer=replace(OFFER, sale_price=price))
    purchase = decide_purchase(order, market, buyer_id=AMARA, team_id=None)
    hugggs, transaction = purchase.hugggs, purchase.transaction
    assert (transaction.quantity, transaction.retail) == (quantity, quantity * price)
    assert len({huggg.id for huggg in hugggs}) == quantity
    assert len({huggg.codes.shortcode for huggg in hugggs}) == quantity
    assert {huggg.transaction_id for huggg in hugggs} == {transaction.id}
    assert {(h.sender_id, h.owner_id, h.receiver_id) for h in hugggs} == {(AMARA, AMARA, None)}
    assert {huggg.message_id is None for huggg in hugggs} == {message is None}
    assert len({huggg.message_id for huggg in hugggs}) == (1 if message is None else quantity)


# Reading an order ----------------------------------------------------------------------------


def asked(payment: Any = None, **purchase: Any) -> bytes:
    return msgspec.json.encode(
        {
            "payment": payment or {"method": "walletCommitment", "reference": str(WALLET)},
            "purchase": {"type": "huggg", "reference": str(COFFEE), **purchase},
        }
    )


def order(**purchase: Any) -> Order:
    return order_from(read_body(asked(**purchase), TransactionAsked))


def test_the_least_order_is_one_huggg_for_nobody_yet() -> None:
    assert order() == Order(WALLET, COFFEE, quantity=1)


def test_a_full_order_is_read_whole_and_unknown_fields_are_ignored() -> None:
    assert order(
        receivers=[{"user_id": str(BO)}, {"phone_number": "07400 123456"}],
        quantity=2,
        message="Happy birthday!",
        deliveryMethod="links",
        title="June",
        themeId="stars",
        limit=1,
        sendDate="2026-06-01",
        expiryDate="2026-08-31",
        colour="green",
    ) == Order(
        WALLET,
        COFFEE,
        quantity=2,
        receivers=(BO, PHONE),
        message="Happy birthday!",
        title="June",
        theme_id="stars",
        delivery_method="links",
        claim_limit=1,
        send_date=date(2026, 6, 1),
        expiry_date=date(2026, 8, 31),
    )


@pytest.mark.parametrize(
    "nothing", [{"receivers": None}, {"message": ""}, {"message": None}, {"quantity": None}]
)
def test_empty_is_the_same_as_absent(nothing: dict[str, Any]) -> None:
    assert order(**nothing) == order()


def test_what_is_no_phone_number_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        order(receivers=[{"user_id": str(BO)}, {"phone_number": "12"}])
    assert str(refused.value) == "purchase.receivers[1].phone_number: is not a phone number."


@pytest.mark.parametrize(
    ("purchase", "sentence"),
    [
        ({"receivers": [{}]}, "purchase.receivers[0]: needs exactly one of phone_number and user_id."),
        (
            {"receivers": [{"user_id": str(BO), "phone_number": PHONE}]},
            "purchase.receivers[0]: needs exactly one of phone_number and user_id.",
        ),
        (
            {"receivers": [{"user_id": "bo"}]},
            f"purchase.receivers[0].user_id: {NO_GUID}",
        ),
        (
            {"reference": "coffee"},
            f"purchase.reference: {NO_GUID}",
        ),
        (
            {"receivers": [{"user_id": str(BO)}], "quantity": 2},
            "purchase.quantity: must be 1, one for each receiver, or absent.",
        ),
        ({"limit": 0}, "purchase.limit: must be a whole number from 1 to 100000."),
        ({"limit": 1.5}, "purchase.limit: must be a whole number from 1 to 100000."),
        ({"limit": 2}, "purchase.limit: must be at most 1, as many as there are."),
        (
            {"limit": 3, "receivers": [{"user_id": str(BO)}, {"user_id": str(CLEO)}]},
            "purchase.limit: must be at most 2, as many as there are.",
        ),
        ({"sendDate": "tomorrow"}, "purchase.sendDate: must be a day like 2026-01-05."),
        ({"sendDate": "2026-02-30"}, "purchase.sendDate: must be a day like 2026-01-05."),
        ({"sendDate": "2026-06-01T09:00:00"}, "purchase.sendDate: must be a day like 2026-01-05."),
        ({"expiryDate": "01/06/2026"}, "purchase.expiryDate: must be a day like 2026-01-05."),
        ({"expiryDate": 20260601}, "purchase.expiryDate: must be a day like 2026-01-05."),
        ({"quantity": 0}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"quantity": 100_001}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"quantity": True}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"type": "voucher"}, "purchase.type: must be huggg."),
        ({"deliveryMethod": "post"}, "purchase.deliveryMethod: must be links."),
        ({"themeId": ""}, "purchase.themeId: must be text of 1 to 64 characters."),
        ({"title": "x" * 256}, "purchase.title: must be text of at most 255 characters."),
        ({"message": "x" * 2001}, "purchase.message: must be text of at most 2000 characters."),
        ({"message": "a\0b"}, "purchase.message: must not contain NUL."),
        (
            {"payment": {"method": "walletCommitment", "reference": "w"}},
            f"payment.reference: {NO_GUID}",
        ),
        (
            {"payment": {"method": "cash", "reference": "tin"}},
            "payment.method: must be one of card, walletCommitment.",
        ),
        (
            {"payment": {"method": "walletCommitment"}},
            "payment.reference: is required.",
        ),
    ],
)
def test_an_order_that_cannot_be_is_refused_by_the_field(
    purchase: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        order(**purchase)
    assert str(refused.value) == sentence
