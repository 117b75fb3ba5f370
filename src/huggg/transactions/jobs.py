"""The reconciler: settles the payments that were intended and left, in every worker."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

import structlog

from huggg.kit.chores import Chore
from huggg.payments import store
from huggg.refusal import Unavailable
from huggg.transactions.settle_payment import Checkout, take_up

PAUSE_SECONDS = 2.0

log = structlog.get_logger()


def payments_chore(checkout: Checkout) -> Chore:
    """Describe the chore that settles the payments that are due."""
    return Chore("payments", PAUSE_SECONDS, partial(settle_due, checkout))


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
