"""Redeem: a huggg is spent at a location, once."""

from __future__ import annotations

import asyncpg

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.idempotency import UNKEYED, Reservation
from huggg.kit.ids import new_id
from huggg.kit.race import Race
from huggg.redemptions.redemption import Redemption, decide_redemption
from huggg.redemptions.store import location_from, spendable_from

ONE_LIVE_REDEMPTION = "one_live_redemption"  # the index that says it a second time

queries = Queries(__file__)


def lookup_spendable(database: Database, huggg: HugggReference, location_id: str | None) -> Lookup:
    """Prepare to read a huggg and a location for a decision to redeem, and the clock."""
    return Lookup(database, queries.spendable, huggg, location_id=location_id)


async def redeem(
    database: Database,
    vault: Vault,
    lookup: Lookup,
    *,
    caller: Caller,
    reservation: Reservation[Redemption] = UNKEYED,
) -> Redemption:
    """Redeem the huggg of a lookup by `lookup_spendable`.

    Raises the errors of `decide_redemption`, and Busy when concurrent calls won again and again. A call
    that loses a race decides again and mostly meets the refusal that the winner caused.
    """
    race = Race()
    while True:
        row = await lookup.row()
        redemption = decide_redemption(
            spendable_from(row), location_from(row), caller=caller, now=row["now"]
        )
        if await insert_redemption(database, vault, redemption, reservation):
            return redemption
        await race.lost()


async def insert_redemption(
    database: Database,
    vault: Vault,
    redemption: Redemption,
    reservation: Reservation[Redemption] = UNKEYED,
) -> bool:
    """Spend the huggg; False if its state has changed since the decision."""
    try:
        recorded = await database.each(
            queries.redeem,
            id=redemption.id,
            huggg_id=redemption.huggg_id,
            brand_id=redemption.brand_id,
            location_id=redemption.location_id,
            user_id=redemption.user_id,
            client_id=redemption.client_id,
            at=redemption.created_at,
            transfer_id=new_id(),
            **reservation.completion(vault, redemption, redemption.id),
        )
    except asyncpg.UniqueViolationError as taken:
        if taken.constraint_name != ONE_LIVE_REDEMPTION:
            raise
        return False
    return recorded is not None
