"""The reconciler: settles the payments that somebody intended and left, in every server process."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

import structlog

from huggg.kit.chores import every
from huggg.payments import store
from huggg.refusal import Unavailable
from huggg.transactions.settle_payment import Checkout, take_up

PAUSE_SECONDS = 2.0

log = structlog.get_logger()


async def run_jobs(checkout: Checkout) -> None:
    """Settle what is due, until cancelled."""
    await every(PAUSE_SECONDS, partial(settle_due, checkout), called="payments")


async def settle_due(checkout: Checkout) -> int:
    """Take up everything that is due, and say how many that was."""
    due = await store.due(checkout.platform.database, processor=checkout.processor.name)
    await asyncio.gather(*(_settle(checkout, payment_id) for payment_id in due))
    return len(due)


async def _settle(checkout: Checkout, payment_id: UUID) -> None:
    """Keep one payment that cannot be settled from holding up all the others; its lease ends."""
    try:
        await take_up(checkout, payment_id)
    except Unavailable as unsettled:
        log.warning("payment unsettled", payment=str(payment_id), why=str(unsettled))
    except Exception:
        log.exception("payment not settled", payment=str(payment_id))
