"""What a purchase is answered, in each form that can be asked for, by whoever records it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huggg.http.web import encode
from huggg.hugggs.wire import published_huggg
from huggg.kit.idempotency import Answer
from huggg.transactions.plan import Form
from huggg.transactions.transaction import Purchase
from huggg.transactions.wire import published_transaction


def answer_in(form: Form, *, launch_url: str) -> Callable[[Purchase], Answer]:
    """Choose how to answer."""

    def hugggs(purchase: Purchase) -> list[Any]:
        now = purchase.transaction.created_at
        return [published_huggg(huggg, now=now, launch_url=launch_url) for huggg in purchase.hugggs]

    def transaction(purchase: Purchase) -> Answer:
        ids = [huggg.id for huggg in purchase.hugggs]
        said: dict[str, Any] = {"data": published_transaction(purchase.transaction, ids)}
        if form is Form.WITH_HUGGGS:
            said["embedded"] = {"hugggs": hugggs(purchase)}
        return Answer(201, encode(said))

    def hug(purchase: Purchase) -> Answer:
        [only] = hugggs(purchase)
        return Answer(200, encode({"success": True, "hug": only}))

    return hug if form is Form.HUG else transaction
