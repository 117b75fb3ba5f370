"""A payment's key, its patience, and the ledger of the fake processor."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from huggg.payments.card import Card
from huggg.payments.disabled import DisabledProcessor
from huggg.payments.errors import CardsNotTaken, ProcessorSilent, UnknownCard
from huggg.payments.fake import BEHAVIOURS, FILE_NAME, FakeProcessor, behaviour_of
from huggg.payments.payment import (
    Payment,
    PaymentState,
    is_too_old,
    payment_named,
)
from huggg.payments.processor import Charge, Charged, Declined, KeyReusedError, Processor
from huggg.refusal import Unavailable
from tests.support.values import AMARA, NOW, TRANSACTION

ID = UUID(int=0xF1)
PAYMENT = Payment(
    id=ID,
    transaction_id=TRANSACTION,
    user_id=AMARA,
    team_id=None,
    client_id="app",
    key_caller=None,
    key=None,
    card=Card("fake_ok", None),
    retail=350,
    fee=20,
    state=PaymentState.INTENDED,
    sealed_plan=b"sealed",
    older_plan=None,
    buyer_key=None,
    charge=None,
    refusal=None,
    reason=None,
    created_at=NOW,
)


def charge_of(card: str, amount: int = 370, key: str = "huggg-payment-1") -> Charge:
    return Charge(key, amount, Card(card, None), "huggg 1")


def test_a_payment_has_one_key_for_ever_and_the_key_names_it() -> None:
    again = replace(PAYMENT, state=PaymentState.REFUNDING)
    assert PAYMENT.processor_key == again.processor_key
    assert payment_named(PAYMENT.processor_key) == ID
    assert payment_named("somebody else's") is None
    assert PAYMENT.amount == 370


@pytest.mark.parametrize(
    ("state", "hours", "too_old"),
    [
        (PaymentState.INTENDED, 22.9, False),
        (PaymentState.INTENDED, 23, True),
        (PaymentState.REFUNDING, 23, False),
        (PaymentState.REFUNDING, 1000, False),
    ],
)
def test_no_key_is_sent_that_may_have_been_forgotten(
    state: PaymentState,
    hours: float,
    too_old: bool,  # noqa: FBT001
) -> None:
    assert is_too_old(replace(PAYMENT, state=state), NOW + timedelta(hours=hours)) is too_old


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_a_cards_behaviour_is_the_first_word_of_its_reference(
    tmp_path: Path, behaviour: str
) -> None:
    for reference in (f"fake_{behaviour}", f"fake_{behaviour}_amara"):
        assert behaviour_of(Card(reference, None)) == behaviour
        assert (await FakeProcessor(tmp_path).details(Card(reference, None))).last4 == "4242"
    for reference in (behaviour, f"fake_{behaviour}y", "fake_", "4242", ""):
        assert behaviour_of(Card(reference, None)) is None
        with pytest.raises(UnknownCard):
            await FakeProcessor(tmp_path).details(Card(reference, None))


async def test_the_ledger_is_its_owners_alone_also_one_that_an_older_release_made(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / FILE_NAME
    for _ in range(2):
        await FakeProcessor(tmp_path).find("no such key")
        assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
        ledger.chmod(0o644)


async def test_the_same_key_is_the_same_charge_in_every_process(tmp_path: Path) -> None:
    first, second = FakeProcessor(tmp_path), FakeProcessor(tmp_path)
    charged = await first.charge(charge_of("fake_ok"))
    assert isinstance(charged, Charged)
    assert await second.charge(charge_of("fake_ok")) == charged
    assert [entry.amount for entry in second.ledger()] == [370]
    for other in (charge_of("fake_ok", 371), charge_of("fake_ok_bo")):
        with pytest.raises(KeyReusedError):
            await second.charge(other)
    assert len(first.ledger()) == 1


async def test_a_charge_is_found_until_it_is_given_back_which_it_is_once(tmp_path: Path) -> None:
    fake = FakeProcessor(tmp_path)
    assert await fake.find("huggg-payment-1") is None
    charged = await fake.charge(charge_of("fake_stuck"))
    assert isinstance(charged, Charged)
    assert await fake.find("huggg-payment-1") == charged
    with pytest.raises(ProcessorSilent):
        await fake.refund("huggg-payment-1", charged.reference)
    for _ in range(2):
        await fake.refund("huggg-payment-1", charged.reference)
    assert [entry.refunded for entry in fake.ledger()] == [True]
    assert await fake.find("huggg-payment-1") is None
    with pytest.raises(KeyReusedError):
        await fake.refund("huggg-payment-2", "nothing")


async def test_lost_is_charged_and_silent_is_not(tmp_path: Path) -> None:
    fake = FakeProcessor(tmp_path)
    for card, entries in (("fake_silent", 0), ("fake_lost", 2), ("fake_away", 2)):
        with pytest.raises(ProcessorSilent):
            await fake.charge(charge_of(card, key=card))
        assert len(fake.ledger()) <= entries
        if card != "fake_away":
            assert isinstance(await fake.charge(charge_of(card, key=card)), Charged)
    with pytest.raises(ProcessorSilent):
        await fake.charge(charge_of("fake_away", key="fake_away"))
    assert [entry.card for entry in fake.ledger()] == ["fake_silent", "fake_lost"]


async def test_a_declined_payment_stays_declined(tmp_path: Path) -> None:
    fake = FakeProcessor(tmp_path)
    for _ in range(2):
        declined = await fake.charge(charge_of("fake_declined"))
        assert declined == Declined("The card has insufficient funds.")
    assert await fake.charge(charge_of("4242", key="2")) == Declined("There is no such card.")
    assert [entry.charged for entry in fake.ledger()] == [False, False]


async def test_a_disabled_processor_takes_no_cards() -> None:
    disabled: Processor = DisabledProcessor()
    assert not disabled.takes_cards
    for call in (
        disabled.charge(charge_of("fake_ok")),
        disabled.find("1"),
        disabled.refund("1", "1"),
        disabled.details(Card("fake_ok", None)),
        disabled.payment_of_event(b"", ""),
    ):
        with pytest.raises(CardsNotTaken):
            await call
    await disabled.close()


def test_silence_may_mean_that_it_happened() -> None:
    assert issubclass(ProcessorSilent, Unavailable)
