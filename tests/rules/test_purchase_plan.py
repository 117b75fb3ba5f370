"""A purchase's plan outlives the process that stored it: any release reads plans of earlier ones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import structs

from huggg.kit.codes import SealBrokenError, Vault
from huggg.payments.card import Card
from huggg.payments.payment import Payment, PaymentState
from huggg.people.person_key import new_person_key
from huggg.transactions.plan import AnswerShape, PurchasePlan, plan_in, seal_plan
from huggg.transactions.terms import LastDay
from tests.support.keys import TEST_KEYS
from tests.support.values import AMARA, NOW, TRANSACTION

VAULT = Vault(TEST_KEYS)
BUYER = new_person_key(VAULT, AMARA)

PLAN = PurchasePlan(
    product_id=UUID(int=7),
    quantity=1,
    receivers=[],
    message=None,
    title=None,
    theme_id="",
    delivery_method=None,
    claim_limit=None,
    tags=[],
    sale_price=350,
    handling_fee=0,
    expiry_date=date(2026, 12, 31),
    expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    sent_at=None,
    shape=AnswerShape.TRANSACTION,
)


@pytest.mark.parametrize(
    ("stored", "shape"),
    [
        ("transaction", AnswerShape.TRANSACTION),
        ("transaction with hugggs", AnswerShape.WITH_HUGGGS),
        ("hug", AnswerShape.HUG),
    ],
)
def test_the_shape_of_the_answer_is_stored_as_its_form(stored: str, shape: AnswerShape) -> None:
    text = json.dumps(json.loads(msgspec.json.encode(PLAN)) | {"form": stored}).encode()

    read = plan_in(VAULT, payment(older_plan=text))
    assert read.shape is shape
    assert json.loads(msgspec.json.encode(read)) == json.loads(text)


def payment(**more: Any) -> Payment:
    facts: dict[str, Any] = {
        "id": UUID(int=9),
        "transaction_id": TRANSACTION,
        "user_id": AMARA,
        "team_id": None,
        "client_id": "app",
        "key_caller": None,
        "key": None,
        "card": Card("fake_ok", None),
        "retail": 350,
        "fee": 0,
        "state": PaymentState.INTENDED,
        "charge": None,
        "refusal": None,
        "sealed_plan": None,
        "older_plan": None,
        "buyer_key": BUYER,
        "reason": None,
    }
    return Payment(**{**facts, "created_at": NOW, **more})


def test_a_plan_opens_for_its_payment_and_its_buyer_alone() -> None:
    plan = structs.replace(PLAN, message="Dear Rosalind", receivers=["+447700900123"])
    sealed = seal_plan(VAULT, plan, payment_id=UUID(int=9), buyer=BUYER)
    assert b"Rosalind" not in sealed
    assert plan_in(VAULT, payment(sealed_plan=sealed)) == plan
    for other in (
        payment(sealed_plan=sealed, id=UUID(int=8)),
        payment(sealed_plan=sealed, buyer_key=new_person_key(VAULT, AMARA)),
        payment(sealed_plan=sealed, buyer_key=None),
    ):
        with pytest.raises(SealBrokenError):
            plan_in(VAULT, other)


def test_a_plan_keeps_the_next_last_day_and_one_of_an_earlier_release_has_none() -> None:
    then = LastDay(date(2027, 6, 30), datetime(2027, 6, 30, 23, tzinfo=UTC))
    plan = structs.replace(PLAN, next_last_day=then)
    sealed = seal_plan(VAULT, plan, payment_id=UUID(int=9), buyer=BUYER)
    assert plan_in(VAULT, payment(sealed_plan=sealed)).terms.next_last_day == then
    stored = json.loads(msgspec.json.encode(plan))
    del stored["next_last_day"]
    older = payment(older_plan=json.dumps(stored).encode())
    assert plan_in(VAULT, older).terms.next_last_day is None
