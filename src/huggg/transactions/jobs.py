"""A worker's part in purchases: it settles the payments that no request brought to their end."""

from __future__ import annotations

from functools import partial

from huggg.jobs.job import Hopeless, Job
from huggg.jobs.worker import Work
from huggg.kit.chores import Chore
from huggg.payments import store
from huggg.payments.errors import ProcessorSilent
from huggg.payments.job_kinds import SETTLE_PAYMENT
from huggg.payments.payment import is_too_old
from huggg.transactions.settle_payment import Checkout, finish

ADOPT_SECONDS = 10.0

LEFT_TO_OPERATOR = "Its key may be forgotten, so it is not charged any more: run `huggg payment settle`."


def payments_chore(checkout: Checkout) -> Chore:
    """Describe the chore that gives payments of older servers their jobs."""
    adopt = partial(store.adopt_payments, checkout.platform.database)
    return Chore("payments of older servers", ADOPT_SECONDS, adopt)


async def settle_payment(job: Job, *, checkout: Checkout) -> None:
    """Bring a payment to its end, unless it is settled.

    Raises ProcessorSilent while the outcome is unknown, and Hopeless for a payment that is so old that
    its processor may have forgotten its key: it is left to an operator.
    """
    processor_name = SETTLE_PAYMENT.read(job).processor
    if processor_name != checkout.processor.name:
        raise ProcessorSilent(f"This worker cannot ask the processor of the payment, {processor_name}.")
    unsettled = await store.unsettled_payment(checkout.platform.database, job.subject_id)
    if unsettled is None:
        return
    if is_too_old(unsettled.payment, unsettled.now):
        await store.give_up(checkout.platform.database, unsettled.payment.id)
        raise Hopeless(LEFT_TO_OPERATOR)
    await finish(checkout, unsettled.payment)


WORKS = [Work(SETTLE_PAYMENT, settle_payment)]
