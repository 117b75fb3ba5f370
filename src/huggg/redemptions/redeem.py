"""Redeem: a huggg is spent at a location, once."""

from __future__ import annotations

from uuid import UUID

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
from huggg.redemptions.sale import NO_SALE, Sale
from huggg.redemptions.store import location_from, sale_document, spendable_from

ONCE = frozenset({"one_live_redemption", "one_redemption_a_hold", "redemptions_pkey"})
"""The unique indexes that restate the rule, and refuse the later of concurrent redemptions."""

queries = Queries(__file__)


class SpendableLookup(Lookup):
    """Reads a huggg, a location and the clock for a decision to redeem; keeps the sale for the route."""

    def __init__(
        self,
        database: Database,
        huggg: HugggReference,
        location_id: str | None,
        sale: Sale = NO_SALE,
    ) -> None:
        super().__init__(database, queries.spendable, huggg, location_id=location_id)
        self.location_id = location_id
        self.sale = sale

    def of(self, huggg: HugggReference) -> SpendableLookup:
        """Look this huggg up likewise, as `at` does, and keep the sale."""
        if huggg is self.huggg:
            return self
        return SpendableLookup(self.database, huggg, self.location_id, self.sale)


async def redeem(
    database: Database,
    vault: Vault,
    lookup: Lookup,
    *,
    caller: Caller,
    sale: Sale = NO_SALE,
    redemption_id: UUID | None = None,
    reservation: Reservation[Redemption] = UNKEYED,
) -> Redemption:
    """Redeem the huggg of a `SpendableLookup`, under the till's own `redemption_id` if it gave one.

    Raises the errors of `decide_redemption`, and Busy when concurrent calls won again and again. A call
    that loses a race decides again and mostly meets the refusal that the winner caused.
    """
    race = Race()
    while True:
        row = await lookup.row()
        redemption = decide_redemption(
            spendable_from(row),
            location_from(row),
            caller=caller,
            now=row["now"],
            sale=sale,
            redemption_id=redemption_id,
        )
        if await insert_redemption(database, vault, redemption, reservation, link=row["codes"]):
            return redemption
        await race.lost()


async def insert_redemption(
    database: Database,
    vault: Vault,
    redemption: Redemption,
    reservation: Reservation[Redemption] = UNKEYED,
    *,
    link: bytes | None = None,
) -> bool:
    """Spend the huggg; False if its state has changed since the decision.

    `link` are its codes as the decision read them, sealed: it may have moved since. A confirmation needs
    none, as no huggg moves from a hold.
    """
    try:
        row = await database.each(
            queries.redeem,
            id=redemption.id,
            huggg_id=redemption.huggg_id,
            brand_id=redemption.brand_id,
            location_id=redemption.location_id,
            user_id=redemption.user_id,
            client_id=redemption.client_id,
            link=link,
            at=redemption.created_at,
            transfer_id=new_id(),
            hold_id=redemption.hold_id,
            sale=sale_document(redemption.sale),
            **reservation.completion(vault, redemption, redemption.id),
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name not in ONCE:
            raise
        return False
    return row is not None
