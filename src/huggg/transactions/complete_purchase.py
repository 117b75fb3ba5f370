"""Complete a purchase: decide, issue the vouchers that come with it, and record all of it at once.

`buy_from_wallet` decides by the wallet's money; `settle_payment` comes with a card that was agreed on
and charged before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from huggg.database.pool import Database
from huggg.kit.codes import Vault
from huggg.kit.idempotency import Reservation
from huggg.kit.offload import offload
from huggg.kit.race import Race
from huggg.refusal import Busy
from huggg.transactions.insert_purchase import CardCharge, insert_purchase
from huggg.transactions.purchase import Purchase, PurchaseContext
from huggg.vouchers.at_purchase import NewHugggs, vouchers_at_purchase

ROUNDS_MAX = 5
"""Fewer than other races have: a round may be a hundred thousand hugggs."""


async def complete_purchase(
    database: Database,
    vault: Vault,
    *,
    gather: Callable[[], Awaitable[PurchaseContext]],
    decide: Callable[[PurchaseContext], Purchase],
    quantity: int,
    client_id: str,
    reservation: Reservation[Purchase],
    charge: CardCharge | None = None,
    shows_codes: bool = True,
) -> Purchase:
    """Gather, decide, issue and record a purchase of `quantity` hugggs; after a lost race, do so again.

    `shows_codes` tells whether the answer to it has the codes of its hugggs. Raises the errors of
    `decide` and of the brand's issuer, and Busy when concurrent calls won again and
    again.
    """
    race = Race(ROUNDS_MAX)
    while True:
        context = await gather()
        purchase = await offload(partial(decide, context), items=quantity)
        next_last_day = purchase.next_last_day
        new_hugggs = await vouchers_at_purchase(
            database,
            vault,
            purchase.hugggs,
            source=context.offer.source if context.offer else None,
            good_until=next_last_day.ends_at if next_last_day else None,
        )
        new_hugggs = replace(new_hugggs, unshown=not shows_codes)
        purchase = replace(purchase, hugggs=new_hugggs.hugggs)
        insert = partial(insert_purchase, client_id=client_id, reservation=reservation, charge=charge)
        if await _await_record(database, insert(database, vault, purchase, new_hugggs), new_hugggs):
            return purchase
        await race.lost()


async def _await_record(database: Database, insert: Awaitable[bool], new_hugggs: NewHugggs) -> bool:
    """Await the record of a purchase; put the drawn codes back unless it is made. Raises Busy."""
    try:
        is_recorded = await insert
    except Busy:  # nothing happened
        await new_hugggs.put_back(database)
        raise
    if not is_recorded:
        await new_hugggs.put_back(database)
    return is_recorded
