"""Payments in the database: the intent, the job of settling it, and later decisions about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.jobs.job import Job
from huggg.jobs.queue import hasten
from huggg.kit.idempotency import Reservation
from huggg.kit.ids import new_id
from huggg.payments.card import Card
from huggg.payments.job_kinds import SETTLE_PAYMENT, SettlePayment
from huggg.payments.payment import Payment, PaymentState, is_too_old
from huggg.people.person_key import person_key
from huggg.refusal import Refusal

queries = Queries(__file__)


class LeasedPayment(NamedTuple):
    """A payment, and the lease of its job, under which this attempt may settle it."""

    payment: Payment
    job: Job
    left_to_operator: bool = False  # its key may be forgotten, so nothing is charged under it any more


class UnsettledPayment(NamedTuple):
    """A payment that is not settled, and when that was so."""

    payment: Payment
    given_up: bool  # and left to an operator
    now: datetime


async def intend(
    database: Database,
    *,
    payment_id: UUID,
    transaction_id: UUID,
    user_id: UUID,
    team_id: UUID | None,
    client_id: str,
    processor: str,
    card: Card,
    retail: int,
    fee: int,
    sealed_plan: bytes,
    reservation: Reservation[Any],
) -> LeasedPayment | None:
    """Commit to charging under a lease; None if another attempt has the reservation by now."""
    job = Job(
        kind=SETTLE_PAYMENT.name,
        subject_id=payment_id,
        customer_id=team_id or user_id,
        payload=msgspec.json.encode(SettlePayment(processor)).decode(),
        attempts=1,
        lease_id=new_id(),
    )
    row = await database.row(
        queries.intend,
        id=payment_id,
        transaction_id=transaction_id,
        user_id=user_id,
        team_id=team_id,
        client_id=client_id,
        key_caller=reservation.caller,
        key=reservation.key,
        key_attempt=reservation.attempt,
        processor=processor,
        card=card.reference,
        customer=card.customer,
        retail=retail,
        fee=fee,
        sealed_plan=sealed_plan,
        lease_id=job.lease_id,
        lease=SETTLE_PAYMENT.lease,
    )
    return None if row is None else LeasedPayment(_payment(row), job)


async def payment_of(database: Database, reservation: Reservation[Any]) -> UUID | None:
    """Name the payment that this key was used for before."""
    if reservation.key is None:
        return None
    row = await database.row(queries.of_key, key_caller=reservation.caller, key=reservation.key)
    return None if row is None else row["id"]


async def lease_payment(
    database: Database, payment_id: UUID, *, processor: str, by_operator: bool = False
) -> LeasedPayment | None:
    """Lease a payment's job; None while another attempt is under way, and for a payment that is settled.

    One that was given up is for operators only.
    """
    row = await database.row(
        queries.lease_payment,
        id=payment_id,
        processor=processor,
        by_operator=by_operator,
        lease_id=new_id(),
        lease=SETTLE_PAYMENT.lease,
    )
    unsettled = None if row is None else await unsettled_payment(database, payment_id)
    if row is None or unsettled is None:
        return None
    left_to_operator = unsettled.given_up or is_too_old(unsettled.payment, unsettled.now)
    return LeasedPayment(unsettled.payment, Job(**row), left_to_operator=left_to_operator)


async def unsettled_payment(database: Database, payment_id: UUID) -> UnsettledPayment | None:
    """Read a payment, unless it is settled, and the clock."""
    row = await database.row(queries.unsettled_payment, id=payment_id)
    if row is None:
        return None
    return UnsettledPayment(_payment(row), given_up=row["given_up_at"] is not None, now=row["now"])


async def adopt_payments(database: Database) -> None:
    """Give the payments of older servers, which know no jobs, jobs of their own. Raises Unavailable."""
    await database.rows(queries.adopt_payments)


async def make_due(database: Database, payment_id: UUID) -> None:
    """Make a payment due at once that waits for another attempt; one that is being settled stays."""
    await hasten(database, SETTLE_PAYMENT, payment_id)


async def decide_refund(database: Database, payment: Payment, *, charge: str, refusal: Refusal) -> bool:
    """Commit to giving a charge back; False when something else became of the payment."""
    row = await database.row(
        queries.decide_refund,
        id=payment.id,
        charge=charge,
        refusal=type(refusal).__name__,
        reason=str(refusal),
    )
    return row is not None


async def give_up(database: Database, payment_id: UUID) -> None:
    """Leave a payment to a person: its key may be forgotten, and asking again could charge again."""
    await database.rows(queries.give_up, id=payment_id)


async def unsettled(database: Database) -> list[Record]:
    """List the payments whose outcome is not known yet."""
    return await database.rows(queries.unsettled)


def _payment(row: Record) -> Payment:
    return Payment(
        id=row["id"],
        transaction_id=row["transaction_id"],
        user_id=row["user_id"],
        team_id=row["team_id"],
        client_id=row["client_id"],
        key_caller=row["key_caller"],
        key=row["key"],
        card=Card(row["card"], row["customer"]),
        retail=row["retail"],
        fee=row["fee"],
        state=PaymentState(row["state"]),
        sealed_plan=row["sealed_plan"],
        older_plan=None if row["plan"] is None else row["plan"].encode(),
        buyer_key=person_key(row["user_id"], row["buyer_key"]),
        charge=row["charge"],
        refusal=row["refusal"],
        reason=row["reason"],
        created_at=row["created_at"],
    )
