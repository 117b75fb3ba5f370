"""A purchase's plan outlives the process that stored it: any release reads what an earlier one wrote."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import pytest

from huggg.transactions.plan import AnswerShape, PurchasePlan, encode_plan, read_plan
from huggg.transactions.transaction import LastDay

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


def test_a_plan_keeps_the_next_last_day_and_one_of_an_earlier_release_has_none() -> None:
    then = LastDay(date(2027, 6, 30), datetime(2027, 6, 30, 23, tzinfo=UTC))
    plan = msgspec.structs.replace(PLAN, next_last_day=then)
    assert read_plan(encode_plan(plan)).terms.next_last_day == then
    stored = json.loads(encode_plan(plan))
    del stored["next_last_day"]
    assert read_plan(json.dumps(stored).encode()).terms.next_last_day is None
