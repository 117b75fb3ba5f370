"""A purchase's plan outlives the process that stored it: any release reads what an earlier one wrote."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from huggg.transactions.plan import AnswerShape, PurchasePlan, encode_plan, read_plan

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
    text = json.dumps(json.loads(encode_plan(PLAN)) | {"form": stored}).encode()

    assert read_plan(text).shape is shape
    assert json.loads(encode_plan(read_plan(text))) == json.loads(text)
