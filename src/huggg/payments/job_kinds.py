"""The kinds of jobs about payments; each is enqueued with its intent."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from huggg.jobs.job import JobKind


class SettlePayment(Struct, frozen=True):
    """The processor that knows the payment."""

    processor: str


SETTLE_PAYMENT = JobKind(
    name="payment.settle",
    payload=SettlePayment,
    lease=timedelta(seconds=60),  # longer than a processor's answer takes
    wait_max=timedelta(minutes=17),
    attempts_max=200,  # more than fit before a payment is given up for its age
)

REFUND_PAYMENT = JobKind(
    name="payment.refund",
    payload=SettlePayment,
    lease=timedelta(seconds=60),  # longer than two answers of a processor take
    wait_max=timedelta(hours=1),
    attempts_max=200,  # more than a week
)
