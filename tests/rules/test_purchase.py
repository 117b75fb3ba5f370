"""A purchase: its effects, its refusals, and how an order is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.http.body import read_body
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.ids import NO_GUID
from huggg.notifications.delivery import Channel
from huggg.payments.card import Card
from huggg.payments.errors import CardNotYours
from huggg.payments.payment import Funds
from huggg.people.labels import Labels
from huggg.people.person_key import PersonKey, new_person_key
from huggg.refusal import Refusal
from huggg.transactions.decide_purchase import decide_agreement, decide_purchase, fulfil_order
from huggg.transactions.errors import NotForSale, UnknownReceiver
from huggg.transactions.order import Order
from huggg.transactions.purchase import Agreement, OwnMessage, Purchase, PurchaseContext, Wallet
from huggg.transactions.receivers import KnownReceiver, Receiver, ReceiverDetails
from huggg.transactions.terms import LastDay, Offer, Terms
from huggg.transactions.transaction import Transaction
from huggg.transactions.wire import TransactionBody, order_from
from huggg.wallets.errors import InsufficientFunds, WalletNotYours
from tests.support.keys import TEST_KEYS
from tests.support.values import AMARA, BO, CLEO, COFFEE, FIRST, NOW, huggg

WALLET, COMMITMENT, TEAM = UUID(int=0xE1), UUID(int=0xE2), UUID(int=0xE3)
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
CHOICE: dict[str, Any] = {"is_choice": True, "can_be_picked": True}
ORDER = Order(WALLET, COFFEE, quantity=1)
FUNDED = Wallet(WALLET, COMMITMENT, available=1000)
MARKET = PurchaseContext(NOW, FUNDED, OFFER, users={}, sender_key=PersonKey(AMARA, b"sealed"))

Situation = tuple[Order, PurchaseContext]

SENDING = "purchase.sendDate: must be a day like 2026-12-24, or an instant like 2026-12-24T09:00:00Z."

EMAIL_BO = KnownReceiver(BO, frozenset({Channel.EMAIL, Channel.SMS}))
SMS_CLEO = KnownReceiver(CLEO, frozenset({Channel.SMS}))

BO_ALONE: dict[Receiver, KnownReceiver] = {BO: KnownReceiver(BO)}

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


def test_a_product_that_costs_nothing_is_not_for_sale() -> None:
    free = replace(MARKET, offer=replace(OFFER, sale_price=0))
    with pytest.raises(NotForSale):
        decide_purchase(ORDER, free, buyer_id=AMARA, team_id=None)


@pytest.mark.parametrize(
    ("changes", "offered", "sentence"),
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
        (
            {"send_date": date(2026, 6, 1)},
            CHOICE | {"first_last_day": LastDay(date(2026, 5, 31), NOW)},
            "purchase.claimExpiryDate: must not be before 2026-06-01, when it is sent.",
        ),
        (
            {},
            {"first_last_day": LastDay(date(2026, 5, 31), NOW)},
            "purchase.claimExpiryDate: needs deliveryMethod group, or a product that is a choice.",
        ),
        (
            {"send_at": NOW - timedelta(microseconds=1)},
            {"sends_on": date(2026, 5, 20)},
            "purchase.sendDate: must not be in the past.",
        ),
        (
            {"send_at": NOW + timedelta(days=400)},
            {"sends_on": date(2027, 6, 24)},
            "purchase.sendDate: must be at most 365 days ahead.",
        ),
        (
            {},
            CHOICE | {"first_last_day": LastDay(date(2027, 5, 21), NOW)},
            "purchase.claimExpiryDate: must not be after 2027-05-20, the last day to redeem.",
        ),
    ],
)
def test_days_that_cannot_be_are_refused_by_the_field(
    changes: dict[str, Any], offered: dict[str, Any], sentence: str
) -> None:
    market = replace(MARKET, offer=replace(OFFER, **offered))
    with pytest.raises(Invalid) as refused:
        decide_purchase(replace(ORDER, **changes), market, buyer_id=AMARA, team_id=None)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("first", [date(2026, 5, 20), date(2027, 5, 20)])
def test_the_first_and_the_last_day_that_can_be_asked_for_are_granted(first: date) -> None:
    at = datetime(first.year, first.month, first.day, 23, 0, tzinfo=UTC)
    offer = replace(OFFER, expiry_date=first, expires_at=at, sent_at=at)
    order = replace(ORDER, send_date=first, expiry_date=first)
    [huggg] = decide_purchase(order, replace(MARKET, offer=offer), buyer_id=AMARA, team_id=None).hugggs
    assert (huggg.sent_at, huggg.expiry_date, huggg.expires_at) == (at, first, at)


def test_hugggs_with_two_last_days_have_the_first_and_then_the_next() -> None:
    first = LastDay(date(2026, 7, 1), datetime(2026, 7, 1, 23, 0, tzinfo=UTC))
    market = replace(MARKET, offer=replace(OFFER, first_last_day=first, **CHOICE))
    bought = decide_purchase(ORDER, market, buyer_id=AMARA, team_id=None)
    assert [(huggg.expiry_date, huggg.expires_at) for huggg in bought.hugggs] == [
        (first.day, first.ends_at)
    ]
    assert bought.next_last_day == LastDay(OFFER.expiry_date, OFFER.expires_at)
    assert decide_purchase(ORDER, MARKET, buyer_id=AMARA, team_id=None).next_last_day is None


@pytest.mark.parametrize("day", [date(2026, 6, 1), OFFER.expiry_date])
def test_the_last_day_to_claim_may_be_the_day_of_sending_or_the_last_day_to_redeem(day: date) -> None:
    offer = replace(OFFER, first_last_day=LastDay(day, OFFER.expires_at), **CHOICE)
    [huggg] = buy(replace(ORDER, send_date=date(2026, 6, 1)), offer=offer).hugggs
    assert huggg.expiry_date == day


def test_an_order_may_ask_for_this_very_instant() -> None:
    offer = replace(OFFER, sends_on=OFFER.today)
    assert buy(replace(ORDER, send_at=NOW), offer=offer).hugggs


def test_a_receiver_whom_the_orders_method_cannot_reach_is_named_before_wallet_or_card_pay() -> None:
    order = replace(ORDER, receivers=(CLEO,), delivery_method="email")
    context = replace(MARKET, users={CLEO: SMS_CLEO}, card=Card("pm_1", None))
    for decide in (
        lambda: decide_purchase(order, context, buyer_id=AMARA, team_id=None),
        lambda: decide_agreement(order, context),
    ):
        with pytest.raises(UnknownReceiver) as refused:
            decide()
        assert str(refused.value) == "purchase.receivers[0].user_id: has no e-mail address."


def test_without_a_day_a_huggg_is_sent_when_it_is_bought() -> None:
    [huggg] = decide_purchase(ORDER, MARKET, buyer_id=AMARA, team_id=None).hugggs
    assert (huggg.sent_at, huggg.created_at) == (NOW, NOW)


def test_a_receiver_nobody_knows_is_named_by_place() -> None:
    order = replace(ORDER, quantity=2, receivers=(BO, CLEO))
    with pytest.raises(UnknownReceiver) as refused:
        decide_purchase(
            order, replace(MARKET, users={BO: KnownReceiver(BO)}), buyer_id=AMARA, team_id=None
        )
    assert str(refused.value) == "purchase.receivers[1].user_id: no such user."


def test_the_last_penny_can_be_spent_and_not_one_more() -> None:
    def wallet(available: int) -> PurchaseContext:
        return replace(MARKET, wallet=Wallet(WALLET, COMMITMENT, available))

    bought = decide_purchase(replace(ORDER, quantity=2), wallet(700), buyer_id=AMARA, team_id=None)
    assert (bought.transaction.retail, bought.value, bought.commitment_id) == (700, 350, COMMITMENT)
    with pytest.raises(InsufficientFunds):
        decide_purchase(replace(ORDER, quantity=2), wallet(699), buyer_id=AMARA, team_id=None)


def test_unknown_phones_become_users_once_however_often_they_are_named() -> None:
    order = replace(ORDER, quantity=4, receivers=(PHONE, BO, PHONE, "+447400123457"))
    known = {**BO_ALONE, "+447400123457": KnownReceiver(CLEO)}
    rich = replace(MARKET, wallet=Wallet(WALLET, COMMITMENT, 10_000), users=known)
    purchase = decide_purchase(order, rich, buyer_id=AMARA, team_id=None)
    [newcomer] = purchase.newcomers
    assert newcomer.address == PHONE
    assert [huggg.receiver_id for huggg in purchase.hugggs] == [newcomer.id, BO, newcomer.id, CLEO]


def test_an_address_becomes_one_user_in_all_its_spellings_with_the_first_name() -> None:
    spellings = ("Bo@Example.test", PHONE, "bo@example.test", "dee@example.test")
    names = ("Bo", None, "Robert", "Dee")
    order = replace(
        ORDER,
        quantity=4,
        receivers=spellings,
        details=tuple(ReceiverDetails(name=name) for name in names),
    )
    purchase = buy(order)
    assert [(each.address, each.name) for each in purchase.newcomers] == [
        ("Bo@Example.test", "Bo"),
        (PHONE, ""),
        ("dee@example.test", "Dee"),
    ]
    bo, phone, dee = (each.id for each in purchase.newcomers)
    assert [huggg.receiver_id for huggg in purchase.hugggs] == [bo, phone, bo, dee]


@pytest.mark.parametrize(
    ("method", "channels", "planned"),
    [
        ("email", frozenset[Channel](), ["email", "email", "email", "email"]),
        ("sms", frozenset[Channel](), ["sms", "sms", "sms", "sms"]),
        ("links", frozenset(Channel), []),
        ("print", frozenset(Channel), []),
        (None, frozenset(Channel), ["email", "sms", "sms", "email"]),
        (None, frozenset({Channel.SMS}), ["sms", "sms", "sms", "email"]),
        (None, frozenset({Channel.EMAIL}), ["email", None, None, "email"]),
    ],
)
def test_each_receiver_is_written_to_by_the_orders_method_or_by_a_channel_that_is_set_up(
    method: str | None, channels: frozenset[Channel], planned: list[str | None]
) -> None:
    cleo = replace(SMS_CLEO, channels=frozenset(Channel)) if method == "email" else SMS_CLEO
    order = replace(
        ORDER,
        quantity=4,
        receivers=(BO, CLEO, PHONE, "dee@example.test"),
        delivery_method=method,
        channels=channels,
    )
    purchase = buy(order, users={BO: EMAIL_BO, CLEO: cleo})
    phone, dee = (each.id for each in purchase.newcomers)
    people = (BO, CLEO, phone, dee)
    assert [(each.huggg_id, each.person_id, each.channel.value) for each in purchase.deliveries] == [
        (huggg.id, person, channel)
        for huggg, person, channel in zip(purchase.hugggs, people, planned, strict=False)
        if channel is not None
    ]


def test_a_delivery_has_the_orders_name_where_the_user_has_another_and_its_language() -> None:
    details = (
        ReceiverDetails(name="Bo", language="cy"),
        ReceiverDetails(name="Dee"),
        ReceiverDetails(name="Desdemona", language="fr"),
        ReceiverDetails(),
        ReceiverDetails(),
    )
    receivers = (BO, "dee@example.test", "Dee@example.test", PHONE, BO)
    order = replace(ORDER, quantity=5, receivers=receivers, details=details, channels=frozenset(Channel))
    purchase = buy(order, users={BO: EMAIL_BO})
    assert [(each.name, each.language) for each in purchase.deliveries] == [
        ("Bo", "cy"),
        (None, None),
        ("Desdemona", "fr"),
        (None, None),
        (None, None),
    ]


def test_without_details_a_delivery_has_the_users_own_name_and_language() -> None:
    order = replace(ORDER, quantity=2, receivers=(BO, PHONE), channels=frozenset(Channel))
    planned = buy(order, users={BO: EMAIL_BO}).deliveries
    assert [(each.name, each.language) for each in planned] == [(None, None), (None, None)]


def test_a_message_is_shared_or_of_one_huggg_and_each_of_them_is_marked() -> None:
    details = (ReceiverDetails(message="For you"), ReceiverDetails())
    order = replace(ORDER, quantity=2, receivers=(BO, CLEO), details=details)
    users: dict[Receiver, KnownReceiver] = {BO: KnownReceiver(BO), CLEO: KnownReceiver(CLEO)}
    purchase = buy(order, users=users)
    first, second = purchase.hugggs
    assert purchase.messages == [OwnMessage(first.id, BO, "For you")]
    assert (isinstance(first.message_id, UUID), second.message_id) == (True, None)
    assert (purchase.message, purchase.message_receiver_id) == (None, None)
    shared = buy(replace(order, message="Hello"), users=users)
    assert shared.message == "Hello"
    assert len({huggg.message_id for huggg in shared.hugggs} - {None}) == 2


def test_the_one_receiver_of_all_hugggs_is_the_messages_receiver() -> None:
    users: dict[Receiver, KnownReceiver] = {BO: KnownReceiver(BO), CLEO: KnownReceiver(CLEO)}

    def receiver_of(*receivers: Receiver) -> UUID | None:
        order = replace(ORDER, quantity=max(len(receivers), 1), receivers=receivers, message="Hi")
        return buy(order, users=users).message_receiver_id

    assert receiver_of(BO) == BO
    assert receiver_of(BO, BO) == BO
    assert receiver_of(BO, CLEO) is None
    assert receiver_of() is None


def test_a_purchase_has_the_keys_of_its_sender_and_of_receivers_that_have_one() -> None:
    vault = Vault(TEST_KEYS)
    amara, bo = (new_person_key(vault, each) for each in (AMARA, BO))
    users: dict[Receiver, KnownReceiver] = {BO: KnownReceiver(BO, key=bo), CLEO: KnownReceiver(CLEO)}
    order = replace(ORDER, quantity=2, receivers=(BO, CLEO))
    assert buy(order, users=users, sender_key=amara).keys == {AMARA: amara, BO: bo}


def test_only_a_purchase_for_a_group_has_a_link() -> None:
    link = buy(replace(ORDER, delivery_method="group")).group_link
    assert link is not None
    assert len(link.code) == 15
    assert buy(replace(ORDER, delivery_method="links")).group_link is None


def test_a_huggg_of_a_choice_knows_the_choice() -> None:
    [chosen] = buy(ORDER, offer=replace(OFFER, **CHOICE)).hugggs
    [plain] = buy(ORDER).hugggs
    assert (chosen.choice_id, plain.choice_id) == (COFFEE, None)


def test_a_huggg_that_is_paid_for_after_its_day_of_sending_is_sent_at_once() -> None:
    terms = Terms(350, 20, OFFER.expiry_date, OFFER.expires_at, sent_at=NOW - timedelta(days=1))
    assert [huggg.sent_at for huggg in bring(MARKET, terms).hugggs] == [NOW]


def buy(order: Order, **context: Any) -> Purchase:
    rich = Wallet(WALLET, COMMITMENT, 10_000)
    market = replace(MARKET, wallet=rich, **context)
    return decide_purchase(order, market, buyer_id=AMARA, team_id=None)


def test_a_purchase_says_all_that_was_asked_for_and_its_hugggs_say_it_too() -> None:
    order = replace(
        ORDER,
        receivers=(BO,),
        message="Happy birthday!",
        title="June",
        theme_id="stars",
        delivery_method="links",
        claim_limit=1,
        tags=("HR", "June"),
    )
    market = replace(
        MARKET, offer=replace(OFFER, image_url="https://x.test/cup.png"), users={BO: KnownReceiver(BO)}
    )
    purchase = decide_purchase(order, market, buyer_id=AMARA, team_id=TEAM)
    transaction, [new_huggg] = purchase.transaction, purchase.hugggs
    assert transaction == Transaction(
        id=transaction.id,
        sender_id=AMARA,
        team_id=TEAM,
        account_id=WALLET,
        product_id=COFFEE,
        quantity=1,
        retail=350,
        status="successful",
        theme_id="stars",
        delivery_method="links",
        claim_limit=1,
        created_at=NOW,
        updated_at=NOW,
    )
    assert purchase.labels == Labels("June", ("HR", "June"))
    assert new_huggg == huggg(
        id=new_huggg.id,
        transaction_id=transaction.id,
        receiver_id=BO,
        codes=new_huggg.codes,
        message_id=new_huggg.message_id,
        theme_id="stars",
        expiry_date=OFFER.expiry_date,
        expires_at=OFFER.expires_at,
        image_url="https://x.test/cup.png",
    )
    assert all(isinstance(each, UUID) for each in (transaction.id, new_huggg.id, new_huggg.message_id))


def test_a_purchase_that_a_card_paid_is_made_though_the_product_is_not_sold_any_more() -> None:
    [huggg] = bring(replace(MARKET, offer=None)).hugggs
    assert (huggg.image_url, huggg.expires_at) == (None, OFFER.expires_at)


def test_hugggs_paid_for_after_their_last_day_are_not_made() -> None:
    assert bring(replace(MARKET, now=OFFER.expires_at - timedelta(microseconds=1))).hugggs
    with pytest.raises(Invalid) as refused:
        bring(replace(MARKET, now=OFFER.expires_at))
    assert str(refused.value) == "purchase.expiryDate: was over before the payment was settled."


AGREED = Terms(350, 20, OFFER.expiry_date, OFFER.expires_at, sent_at=None)


def bring(market: PurchaseContext, terms: Terms = AGREED) -> Purchase:
    funds = Funds(WALLET, COMMITMENT)
    return fulfil_order(
        ORDER, terms, market, transaction_id=FIRST, buyer_id=AMARA, team_id=None, funds=funds
    )


def test_a_card_is_charged_for_each_huggg_and_for_handling_each() -> None:
    market = replace(MARKET, wallet=None, card=Card("pm_1", "cus_1"))
    order = replace(ORDER, quantity=3, send_date=date(2026, 6, 1))
    offer = replace(OFFER, sent_at=datetime(2026, 5, 31, 23, 0, tzinfo=UTC))
    agreed = decide_agreement(order, replace(market, offer=offer))
    assert agreed == Agreement(
        transaction_id=agreed.transaction_id,
        card=Card("pm_1", "cus_1"),
        terms=Terms(350, 20, OFFER.expiry_date, OFFER.expires_at, sent_at=offer.sent_at),
        retail=1050,
        fee=60,
    )
    assert isinstance(agreed.transaction_id, UUID)


def test_a_huggg_without_a_day_is_sent_when_its_card_was_charged() -> None:
    agreed = decide_agreement(ORDER, replace(MARKET, card=Card("pm_1", None)))
    assert agreed.terms.sent_at is None


def test_of_all_refusals_to_charge_a_card_the_first_in_order_is_given() -> None:
    market = replace(MARKET, card=Card("pm_1", None), offer=None)
    order = replace(ORDER, receivers=(CLEO,))
    for at, refusal in (
        (replace(market, card=None), CardNotYours),
        (market, NotForSale),
        (replace(market, offer=replace(OFFER, expiry_date=date(2026, 5, 1))), Invalid),
        (replace(market, offer=OFFER), UnknownReceiver),
    ):
        with pytest.raises(refusal):
            decide_agreement(order, at)


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


def body_of(payment: Any = None, **purchase: Any) -> bytes:
    return msgspec.json.encode(
        {
            "payment": payment or {"method": "walletCommitment", "reference": str(WALLET)},
            "purchase": {"type": "huggg", "reference": str(COFFEE), **purchase},
        }
    )


def order(**purchase: Any) -> Order:
    return order_from(read_body(body_of(**purchase), TransactionBody))


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


def test_text_that_is_no_phone_number_is_refused_by_name() -> None:
    with pytest.raises(Invalid) as refused:
        order(receivers=[{"user_id": str(BO)}, {"phone_number": "12"}])
    assert str(refused.value) == "purchase.receivers[1].phone_number: is not a phone number."


@pytest.mark.parametrize(
    ("purchase", "sentence"),
    [
        (
            {"receivers": [{}]},
            "purchase.receivers[0]: needs exactly one of email, phone_number and user_id.",
        ),
        (
            {"receivers": [{"user_id": str(BO), "phone_number": PHONE}]},
            "purchase.receivers[0]: needs exactly one of email, phone_number and user_id.",
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
        ({"sendDate": "tomorrow"}, SENDING),
        ({"sendDate": "2026-02-30"}, SENDING),
        ({"sendDate": "2026-06-01T09:00:00"}, SENDING),
        ({"expiryDate": "01/06/2026"}, "purchase.expiryDate: must be a day like 2026-01-05."),
        ({"expiryDate": 20260601}, "purchase.expiryDate: must be a day like 2026-01-05."),
        ({"quantity": 0}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"quantity": 100_001}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"quantity": True}, "purchase.quantity: must be a whole number from 1 to 100000."),
        ({"type": "voucher"}, "purchase.type: must be huggg."),
        (
            {"deliveryMethod": "post"},
            "purchase.deliveryMethod: must be one of email, group, links, print, sms.",
        ),
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
