"""Encoders of a purchase: the answer to its buyer, in each form that can be requested."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huggg.http.web import encode
from huggg.hugggs.wire import published_huggg
from huggg.kit.idempotency import Answer
from huggg.refusal import Refusal
from huggg.transactions.plan import Form
from huggg.transactions.transaction import FailedPurchase, Purchase, PurchaseOutcome
from huggg.transactions.wire import published_transaction


def answer_in(
    form: Form, refused: Callable[[Refusal], Answer], *, launch_url: str
) -> Callable[[PurchaseOutcome], Answer]:
    """Choose the encoder of a form; a failed purchase is answered as `refused` answers its refusal."""

    def answer(outcome: PurchaseOutcome) -> Answer:
        if isinstance(outcome, FailedPurchase):
            return refused(outcome.why)
        if form is Form.HUG:
            [only] = _hugggs(outcome, launch_url)
            return Answer(200, encode({"success": True, "hug": only}))
        ids = [huggg.id for huggg in outcome.hugggs]
        body: dict[str, Any] = {"data": published_transaction(outcome.transaction, ids)}
        if form is Form.WITH_HUGGGS:
            body["embedded"] = {"hugggs": _hugggs(outcome, launch_url)}
        return Answer(201, encode(body))

    return answer


def _hugggs(purchase: Purchase, launch_url: str) -> list[Any]:
    now = purchase.transaction.created_at
    return [published_huggg(huggg, now=now, launch_url=launch_url) for huggg in purchase.hugggs]
