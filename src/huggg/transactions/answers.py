"""Encoders of a purchase: the answer to its buyer, in each shape that can be requested."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huggg.http.web import encode
from huggg.hugggs.wire import published_huggg
from huggg.kit.idempotency import EncodedAnswer
from huggg.refusal import Refusal
from huggg.transactions.plan import AnswerShape
from huggg.transactions.purchase import FailedPurchase, Purchase, PurchaseOutcome
from huggg.transactions.wire import published_transaction


def answer_in(
    shape: AnswerShape, refused: Callable[[Refusal], EncodedAnswer], *, launch_url: str
) -> Callable[[PurchaseOutcome], EncodedAnswer]:
    """Choose the encoder of a shape; a failed purchase is answered as `refused` answers its refusal."""

    def answer(outcome: PurchaseOutcome) -> EncodedAnswer:
        if isinstance(outcome, FailedPurchase):
            return refused(outcome.refusal)
        if shape is AnswerShape.HUG:
            [huggg] = _hugggs(outcome, launch_url)
            return EncodedAnswer(200, encode({"success": True, "hug": huggg}))
        ids = [huggg.id for huggg in outcome.hugggs]
        url = outcome.group_link.url(launch_url) if outcome.group_link else None
        body: dict[str, Any] = {"data": published_transaction(outcome.transaction, ids, super_url=url)}
        if shape is AnswerShape.WITH_HUGGGS:
            body["embedded"] = {"hugggs": _hugggs(outcome, launch_url)}
        return EncodedAnswer(201, encode(body))

    return answer


def _hugggs(purchase: Purchase, launch_url: str) -> list[Any]:
    now = purchase.transaction.created_at
    return [published_huggg(huggg, now=now, launch_url=launch_url) for huggg in purchase.hugggs]
