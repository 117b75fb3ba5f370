"""A worker's part in refunds: a part of a card's charge goes back to the card, as it was charged.

The statement that ended the hugggs committed to the refund, whose id is the key of the call, and
enqueued this job. A worker may die between call and record: the next one asks under the same key.
"""

from __future__ import annotations

from huggg.database.pool import Database
from huggg.jobs.job import Job
from huggg.jobs.worker import Work
from huggg.payments.errors import ProcessorSilent
from huggg.payments.job_kinds import REFUND_PAYMENT
from huggg.payments.payment import processor_key
from huggg.payments.processor import PartialRefund, Processor
from huggg.payments.store import queries


async def refund(job: Job, *, database: Database, processor: Processor) -> None:
    """Give a part of a charge back, unless that is done. Raises ProcessorSilent: it is due again."""
    known_to = REFUND_PAYMENT.read(job).processor
    if known_to != processor.name:
        raise ProcessorSilent(f"This worker cannot ask the processor of the payment, {known_to}.")
    row = await database.row(queries.unsettled_refund, id=job.subject_id)
    if row is None:
        return
    part = PartialRefund(
        key=f"huggg-refund-{row['id']}",
        charge_key=processor_key(row["payment_id"]),
        charge=row["charge"],
        amount=row["amount"],
    )
    await processor.refund_part(part)
    await database.rows(queries.settle_refund, id=row["id"])


WORKS = [Work(REFUND_PAYMENT, refund)]
