"""Payments and cards in the database, and the leases of the attempts that settle payments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries, Statement
from huggg.kit.idempotency import Reservation
from huggg.kit.queues import Queue
from huggg.payments.card import Card
from huggg.payments.payment import LEASE, Payment, PaymentState
from huggg.refusal import Refusal

queries = Queries(__file__)

BATCH = 20

KEPT_BY_STATUS = {409: "PoolEmpty", 422: "Invalid"}
"""Refusals of refunds that a server of the release before decided on: it keeps their statuses alone."""


class Claimed(NamedTuple):
    """A payment that this attempt has leased, and the instant of the lease."""

    payment: Payment
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
    plan: bytes,
    reservation: Reservation[Any],
) -> Payment | None:
    """Commit to charging; None if another attempt has the reservation by now."""
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
        plan=plan.decode(),
        lease=LEASE,
    )
    return None if row is None else _payment(row)


async def payment_of(database: Database, reservation: Reservation[Any]) -> UUID | None:
    """Name the payment that this key was used for before."""
    if reservation.key is None:
        return None
    row = await database.row(queries.of_key, key_caller=reservation.caller, key=reservation.key)
    return None if row is None else row["id"]


async def claim(database: Database, payment_id: UUID, *, processor: str) -> Claimed | None:
    """Lease a payment; None if another attempt has it, or it is settled."""
    return await _claimed(database, queries.claim, payment_id, processor)


async def claim_given_up(database: Database, payment_id: UUID, *, processor: str) -> Claimed | None:
    """Take the turn of a payment that was left to a person."""
    return await _claimed(database, queries.claim_given_up, payment_id, processor)


async def _claimed(
    database: Database, statement: Statement, payment_id: UUID, processor: str
) -> Claimed | None:
    row = await database.row(statement, id=payment_id, processor=processor, lease=LEASE)
    return None if row is None else Claimed(_payment(row), row["now"])


async def due(database: Database, *, processor: str) -> list[UUID]:
    """Name the payments that are due and not leased, the longest due first."""
    rows = await database.rows(queries.due, processor=processor, limit=BATCH)
    return [row["id"] for row in rows]


async def postpone(database: Database, payment_id: UUID, wait: timedelta) -> None:
    """Let go of a payment's turn; it is due again after a while, or when its caller comes back."""
    await database.rows(queries.postpone, id=payment_id, wait=wait)


async def make_due(database: Database, payment_id: UUID) -> None:
    """Make a postponed payment due at once; one that a process is at, or that is settled, stays."""
    await database.rows(queries.make_due, id=payment_id)


async def decide_refund(
    database: Database, payment: Payment, *, charge: str, why: Refusal, status: int
) -> bool:
    """Commit to giving a charge back; False when something else became of the payment.

    The status is for servers of the release before, which answer by it.
    """
    row = await database.row(
        queries.decide_refund,
        id=payment.id,
        charge=charge,
        refusal=type(why).__name__,
        refused=status,
        reason=str(why),
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
        plan=row["plan"].encode(),
        charge=row["charge"],
        refusal=row["refusal"] or KEPT_BY_STATUS.get(row["refused"]),
        reason=row["reason"],
        created_at=row["created_at"],
        attempts=row["attempts"],
    )


def payments_queue() -> Queue:
    """Describe the payments that wait to be settled, for monitoring."""
    return Queue("payments", queries.payment_lag)
