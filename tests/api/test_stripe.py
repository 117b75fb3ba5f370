"""Cards through Stripe: its library, against a server of ours that behaves as Stripe does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.database.doctor import examine
from huggg.kit.ids import new_id
from huggg.kit.platform import Platform
from huggg.payments import stripe as adapter
from huggg.payments.card import Card, CardDetails
from huggg.payments.errors import BadSignature, ProcessorSilent, UnknownCard
from huggg.payments.processor import Charge, Charged, Declined, KeyReusedError, PartialRefund
from huggg.payments.stripe import StripeProcessor
from huggg.settings.settings import Settings, read_settings
from huggg.settings.values import SettingError
from huggg.transactions.purchase import FailedPurchase
from huggg.transactions.settle_payment import Checkout, settle_by_hand
from tests.conftest import served
from tests.support.cards import Books, give_card, pay
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.stripe_server import KEY, WEBHOOK_SECRET, FakeStripe, signed, stripe_server
from tests.support.world import COFFEE_PENCE, LAUNCH_URL, World, build_world

PAYMENT = UUID(int=0xF1)
SUCCEEDED = {
    "type": "payment_intent.succeeded",
    "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
}
ASKED = Charge(f"huggg-payment-{PAYMENT}", 370, Card("pm_ok", "cus_amara"), "huggg 1")


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing between us and loopback."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
async def fake() -> AsyncIterator[FakeStripe]:
    async with stripe_server() as running:
        yield running


@pytest.fixture
async def stripe(fake: FakeStripe) -> AsyncIterator[StripeProcessor]:
    processor = StripeProcessor(KEY, webhook_secret=WEBHOOK_SECRET, url=fake.url)
    yield processor
    await processor.close()


# The adapter ---------------------------------------------------------------------------------


async def test_a_charge_is_a_payment_intent_confirmed_off_session(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    assert await stripe.charge(ASKED) == Charged("pi_1")
    [(method, path, form, key)] = fake.requests
    assert (method, path, key) == ("POST", "/v1/payment_intents", ASKED.key)
    assert form == {
        "amount": "370",
        "currency": "gbp",
        "description": "huggg 1",
        "confirm": "true",
        "off_session": "true",
        "error_on_requires_action": "true",
        "customer": "cus_amara",
        "payment_method": "pm_ok",
        "payment_method_types[0]": "card",
        "metadata[huggg_payment]": str(PAYMENT),
    }


async def test_a_one_off_token_is_charged_with_its_owner_there(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    assert await stripe.charge(replace(ASKED, card=Card("tok_visa", None))) == Charged("pi_1")
    form = fake.requests[0][2]
    assert form["payment_method_data[card][token]"] == "tok_visa"
    assert "off_session" not in form
    assert "payment_method" not in form


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("pm_declined_insufficient_funds", "The card has insufficient funds."),
        ("pm_declined_expired_card", "The card has expired."),
        ("pm_declined_stolen_card", "The card was declined."),
        ("pm_declined_something_new", "The card was declined."),
        ("pm_authentication", "The card's bank wants its owner to confirm, which cannot be done here."),
        ("pm_unknown", "The card cannot be charged."),
    ],
)
async def test_a_charge_that_stripe_will_never_make_is_declined_in_our_words(
    fake: FakeStripe, stripe: StripeProcessor, card: str, reason: str
) -> None:
    request = replace(ASKED, card=Card(card, "cus_amara"))
    for _ in range(2):
        assert await stripe.charge(request) == Declined(reason)
    assert fake.charged() == []


@pytest.mark.parametrize("accident", ["lose", "fail", "hang", "refuse connections", "busy", "in use"])
async def test_an_answer_that_settles_nothing_is_silence_and_the_same_key_charges_once(
    fake: FakeStripe, stripe: StripeProcessor, accident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "CALL_SECONDS_MAX", 0.5)
    fake.behaviour.append(accident)
    with pytest.raises(ProcessorSilent):
        await stripe.charge(ASKED)
    assert len(fake.requests) == 1  # the library does not try again on its own
    monkeypatch.setattr(adapter, "CALL_SECONDS_MAX", 5.0)
    assert await stripe.charge(ASKED) == Charged("pi_1")
    assert len(fake.charged()) == 1


async def test_a_wrong_key_is_no_decline(fake: FakeStripe) -> None:
    processor = StripeProcessor("sk_test_theirs", url=fake.url)
    with pytest.raises(ProcessorSilent):
        await processor.charge(ASKED)
    await processor.close()


async def test_the_same_key_with_another_amount_is_an_error(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    await stripe.charge(ASKED)
    with pytest.raises(KeyReusedError):
        await stripe.charge(replace(ASKED, amount=371))
    assert [intent["amount"] for intent in fake.charged()] == [370]


async def test_a_charge_in_process_is_looked_at_again(fake: FakeStripe, stripe: StripeProcessor) -> None:
    charge_request = replace(ASKED, card=Card("pm_processing", "cus_amara"))
    assert await stripe.charge(charge_request) == Charged("pi_1")
    assert [request[:2] for request in fake.requests][1] == ("GET", "/v1/payment_intents/pi_1")


async def test_a_charge_in_process_is_not_known_to_be_one(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    fake.behaviour.append("lose")
    with pytest.raises(ProcessorSilent):
        await stripe.charge(replace(ASKED, card=Card("pm_processing", "cus_amara")))
    with pytest.raises(ProcessorSilent):
        await stripe.find(ASKED.key)
    fake.intents["pi_1"]["status"] = "requires_payment_method"
    assert await stripe.find(ASKED.key) is None
    fake.intents["pi_1"]["status"] = "succeeded"
    assert await stripe.find(ASKED.key) == Charged("pi_1")


async def test_a_charge_is_found_by_its_key_until_it_is_given_back(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    assert await stripe.find(ASKED.key) is None
    await stripe.charge(ASKED)
    assert await stripe.find(ASKED.key) == Charged("pi_1")
    for _ in range(2):
        await stripe.refund(ASKED.key, "pi_1")
    assert [r[3] for r in fake.requests if r[1] == "/v1/refunds"] == [f"{ASKED.key}-refund"] * 2
    assert fake.refunds == ["pi_1"]
    assert await stripe.find(ASKED.key) is None


async def test_a_refund_that_was_made_otherwise_is_made(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    await stripe.charge(ASKED)
    await stripe.refund("huggg-payment-of-somebody", "pi_1")
    await stripe.refund(ASKED.key, "pi_1")
    assert fake.refunds == ["pi_1"]
    with pytest.raises(ProcessorSilent):
        await stripe.refund(ASKED.key + "-2", "pi_9")


def part(number: int, amount: int = 70) -> PartialRefund:
    return PartialRefund(f"huggg-refund-{number}", ASKED.key, "pi_1", amount)


async def test_parts_of_a_charge_are_given_back_once_each_also_after_stripe_forgot_their_keys(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    await stripe.charge(ASKED)
    for number in range(4):
        await stripe.refund_part(part(number))
    fake._kept.clear()  # a day later
    for number in range(4):  # the first ones are on the second page of the list
        await stripe.refund_part(part(number))
    keys = [each["metadata"]["huggg_refund"] for each in fake.parts]
    assert (keys, sum(each["amount"] for each in fake.parts)) == (
        [f"huggg-refund-{number}" for number in range(4)],
        280,
    )
    sent = [
        (form["amount"], key)
        for _, path, form, key in fake.requests
        if "amount" in form and "refunds" in path
    ]
    assert sent == [("70", f"huggg-refund-{number}") for number in range(4)]


async def test_a_part_whose_answer_was_lost_is_found_and_not_given_back_again(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    await stripe.charge(ASKED)
    fake.behaviour.extend(["do", "lose"])
    with pytest.raises(ProcessorSilent):
        await stripe.refund_part(part(1))
    await stripe.refund_part(part(1))
    assert [each["amount"] for each in fake.parts] == [70]


async def test_a_part_that_stripe_refuses_or_did_not_make_is_asked_for_again(
    fake: FakeStripe, stripe: StripeProcessor
) -> None:
    await stripe.charge(ASKED)
    with pytest.raises(ProcessorSilent):
        await stripe.refund_part(part(1, amount=371))
    await stripe.refund_part(part(2))
    fake.parts[0]["status"] = "failed"
    fake._kept.clear()
    await stripe.refund_part(part(2))
    assert [each["status"] for each in fake.parts] == ["failed", "succeeded"]


async def test_a_card_is_known_by_what_stripe_says_of_it(stripe: StripeProcessor) -> None:
    looks = CardDetails("visa", "4242", 8, 2031, customer="cus_amara")
    assert await stripe.details(Card("pm_ok", None)) == looks
    assert await stripe.details(Card("pm_ok", "cus_amara")) == looks
    with pytest.raises(UnknownCard, match="no card of that customer"):
        await stripe.details(Card("pm_ok", "cus_cleo"))
    with pytest.raises(UnknownCard, match="Stripe has no card pm_unknown"):
        await stripe.details(Card("pm_unknown", None))


def test_stripe_needs_a_key() -> None:
    with pytest.raises(SettingError, match="HUGGG_STRIPE_KEY is unset"):
        read_settings({"HUGGG_CARD_PROCESSOR": "stripe"})


# The whole way -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shop:
    """A server that takes cards through Stripe."""

    world: World
    stripe: FakeStripe
    books: Books

    async def event(self, document: Any, **how: Any) -> httpx2.Response:
        """Let Stripe call back."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return await self.world.http.post(
            "/webhooks/stripe", content=body, headers={"Stripe-Signature": signed(body, **how)}
        )

    async def settle(self) -> int:
        processor = StripeProcessor(KEY, webhook_secret=WEBHOOK_SECRET, url=self.stripe.url)
        try:
            return await self.books.reconcile(processor)
        finally:
            await processor.close()


@pytest.fixture
async def shop(settings: Settings, platform: Platform, fake: FakeStripe) -> AsyncIterator[Shop]:
    chosen = replace(
        settings,
        card_processor="stripe",
        stripe_key=KEY,
        stripe_webhook_secret=WEBHOOK_SECRET,
        stripe_url=fake.url,
    )
    async with served(chosen) as http:
        world = await build_world(platform, http)
        yield Shop(world, fake, Books(world, chosen))


async def stripe_card(shop: Shop, reference: str) -> str:
    return await give_card(
        shop.world, shop.world.amara, reference, processor="stripe", customer="cus_amara"
    )


async def holds(shop: Shop) -> None:
    assert [f.rule for f in await examine(shop.world.platform.database) if f.rows] == []


async def test_a_purchase_is_charged_once_and_declines_are_told(shop: Shop) -> None:
    card = await stripe_card(shop, "pm_ok")
    assert (await pay(shop.world, card)).status_code == 201
    [intent] = shop.stripe.charged()
    [payment] = await shop.books.payments(card)
    assert (intent["amount"], intent["id"]) == (COFFEE_PENCE, payment["charge"])
    assert intent["metadata"] == {"huggg_payment": str(payment["id"])}
    poor = await stripe_card(shop, "pm_declined_insufficient_funds")
    answer = await pay(shop.world, poor)
    assert (answer.status_code, answer.json()) == (402, {"error": "The card has insufficient funds."})
    await holds(shop)


@pytest.mark.parametrize("accident", ["lose", "fail", "refuse connections"])
async def test_an_unknown_outcome_is_reconciled_by_the_same_key(shop: Shop, accident: str) -> None:
    card = await stripe_card(shop, "pm_ok")
    shop.stripe.behaviour.append(accident)
    assert (await pay(shop.world, card, key="k")).status_code == 503
    assert await shop.settle() == 1
    assert (await pay(shop.world, card, key="k")).status_code == 201
    assert len(shop.stripe.charged()) == 1
    assert len({request[3] for request in shop.stripe.requests}) == 1
    await holds(shop)


async def test_news_from_stripe_lets_a_payment_be_looked_at_at_once(shop: Shop) -> None:
    database = shop.world.platform.database
    card = await stripe_card(shop, "pm_ok")
    shop.stripe.behaviour.append("lose")
    assert (await pay(shop.world, card)).status_code == 503
    await sql(database, "UPDATE jobs SET due_at = now() + interval '1 hour'")
    answers = await asyncio.gather(*(shop.event(SUCCEEDED) for _ in range(3)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, "{}")}
    assert await scalar(database, "SELECT due_at <= now() FROM jobs") is True
    assert await shop.settle() == 1
    async with nothing_moves(database):
        assert (await shop.event(SUCCEEDED)).status_code == 200
    await holds(shop)


async def test_the_content_of_a_webhook_is_not_believed(shop: Shop) -> None:
    """An event that claims success for a payment of ours, with its id, moves nothing at all."""
    database = shop.world.platform.database
    card = await stripe_card(shop, "pm_ok")
    shop.stripe.behaviour.append("refuse connections")
    assert (await pay(shop.world, card)).status_code == 503
    [payment] = await shop.books.payments(card)
    liar = {"id": "pi_77", "object": "payment_intent", "metadata": {"huggg_payment": str(payment["id"])}}
    async with nothing_moves(database):
        answer = await shop.event({"type": "payment_intent.succeeded", "data": {"object": liar}})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "document",
    [
        {"type": "customer.created", "data": {"object": {"id": "cus_1", "object": "customer"}}},
        {"type": "charge.refunded", "data": {"object": {"id": "ch_1", "object": "charge"}}},
        {"data": {"object": {"id": "../v1/charges", "object": "payment_intent"}}},
        {"data": {"object": {"id": "pi_unheard_of", "object": "payment_intent"}}},
        {},
        [],
        b"{",
        b"",
    ],
)
async def test_an_event_about_nothing_of_ours_is_thanked_for(shop: Shop, document: Any) -> None:
    async with nothing_moves(shop.world.platform.database):
        answer = await shop.event(document)
    assert (answer.status_code, answer.json()) == (200, {})


async def test_a_call_that_stripe_did_not_sign_is_refused(shop: Shop) -> None:
    body = json.dumps(SUCCEEDED).encode()
    answers = [
        await shop.event(SUCCEEDED, secret="whsec_theirs"),
        await shop.event(SUCCEEDED, age=301),
        await shop.event(b"\xff"),
        await shop.world.http.post("/webhooks/stripe", content=body),
        await shop.world.http.post(
            "/webhooks/stripe", content=body, headers={"Stripe-Signature": "t=x,v1"}
        ),
    ]
    refusal = (400, {"error": "The signature is not valid."})
    for odd in (b"t=1,v1=\xff", b"\xff", "t=\u00b9,v1=\u00e9".encode(), b"t=" + b"9" * 5000 + b",v1=a"):
        headers = {b"Stripe-Signature": odd}
        answers.append(await shop.world.http.post("/webhooks/stripe", content=body, headers=headers))
    assert [(answer.status_code, answer.json()) for answer in answers] == [refusal] * 9
    assert shop.stripe.requests == []


@pytest.mark.parametrize("deep", [b'{"data":' * 50_000, b'{"x":' + b"[" * 90_000])
async def test_an_event_that_is_nested_too_deeply_is_refused(shop: Shop, deep: bytes) -> None:
    answer = await shop.event(deep)
    assert (answer.status_code, answer.json()) == (400, {"error": "The body is nested too deeply."})


async def test_without_its_secret_nobody_is_believed_to_be_stripe(fake: FakeStripe) -> None:
    processor = StripeProcessor(KEY, url=fake.url)
    with pytest.raises(BadSignature):
        await processor.payment_of_event(b"{}", signed(b"{}", secret=""))
    await processor.close()


async def test_a_payment_of_another_processor_is_left_to_it(shop: Shop) -> None:
    database = shop.world.platform.database
    card = await stripe_card(shop, "pm_ok")
    shop.stripe.behaviour.append("lose")
    assert (await pay(shop.world, card, key="k")).status_code == 503
    await sql(database, "UPDATE payments SET processor = 'fake'")
    await sql(database, """UPDATE jobs SET payload = '{"processor": "fake"}'""")
    async with nothing_moves(database, but=["jobs"]):
        await shop.settle()
    failure = await scalar(database, "SELECT failure FROM jobs WHERE lease_id IS NULL")
    assert failure == "This worker cannot ask the processor of the payment, fake."
    assert len(shop.stripe.requests) == 1
    await sql(database, "UPDATE idempotency_keys SET lease_until = now() - interval '1s'")
    assert (await pay(shop.world, card, key="k")).status_code == 503
    assert len(shop.stripe.requests) == 1


async def test_where_stripe_is_not_used_it_is_not_heard(world: World) -> None:
    answer = await world.http.post("/webhooks/stripe", content=b"{}")
    assert answer.status_code == 422


@pytest.mark.parametrize("charged", [True, False])
async def test_a_payment_left_to_a_person_is_settled_by_what_stripe_finds(
    shop: Shop,
    charged: bool,  # noqa: FBT001
) -> None:
    database = shop.world.platform.database
    card = await stripe_card(shop, "pm_ok")
    shop.stripe.behaviour.append("lose" if charged else "refuse connections")
    assert (await pay(shop.world, card, key="k")).status_code == 503
    await sql(database, "UPDATE payments SET created_at = now() - interval '23 hours'")
    assert await shop.settle() == 1
    [payment] = await shop.books.payments(card)
    assert payment["status"] is None
    processor = StripeProcessor(KEY, url=shop.stripe.url)
    outcome = await settle_by_hand(Checkout(shop.world.platform, processor, LAUNCH_URL), payment["id"])
    assert isinstance(outcome, FailedPurchase) is not charged
    with pytest.raises(UnknownCard, match="it is settled, in hand, or was never made"):
        await settle_by_hand(Checkout(shop.world.platform, processor, LAUNCH_URL), payment["id"])
    with pytest.raises(UnknownCard):
        await settle_by_hand(Checkout(shop.world.platform, processor, LAUNCH_URL), new_id())
    await processor.close()
    answer = await pay(shop.world, card, key="k")
    assert answer.status_code == (201 if charged else 402)
    if isinstance(outcome, FailedPurchase):
        assert answer.json() == {"error": str(outcome.refusal)}
    else:
        assert answer.json()["data"]["id"] == str(outcome.transaction.id)
    assert len(shop.stripe.charged()) == int(charged)
    await holds(shop)
