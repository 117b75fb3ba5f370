"""The kind of job that settles a payment; it is enqueued with the intent to charge."""

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
