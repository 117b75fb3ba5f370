"""Place a hold: a till keeps a huggg to itself for a time."""

from __future__ import annotations

from huggg.database.pool import Database
from huggg.holds.hold import Hold, decide_hold, repeated_hold
from huggg.holds.store import hold_facts_from, lookup_hold, queries
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.idempotency import UNKEYED, Reservation
from huggg.kit.race import Race
from huggg.redemptions.store import location_from, spendable_from


async def place_hold(
    database: Database,
    vault: Vault,
    lookup: Lookup,
    *,
    seconds: int,
    reference: str | None,
    caller: Caller,
    reservation: Reservation[Hold] = UNKEYED,
) -> Hold:
    """Hold the huggg of a `SpendableLookup`.

    Raises the errors of `decide_hold`, and Busy when concurrent calls won again and again.
    """
    race = Race()
    while True:
        row = await lookup.row()
        hold = decide_hold(
            spendable_from(row),
            location_from(row),
            seconds=seconds,
            reference=reference,
            caller=caller,
            now=row["now"],
        )
        if await _insert(database, vault, hold, reservation, link=row["codes"]):
            return hold
        await race.lost()


async def placed_before(
    database: Database, huggg: HugggReference, location_id: str, reference: str, *, caller: Caller
) -> Hold | None:
    """Give the hold that stands, if it is this till's for the same sale: see `repeated_hold`."""
    row = await lookup_hold(database, huggg, None).row()
    facts = await hold_facts_from(database, row)
    return repeated_hold(facts, location_id, reference, caller=caller, now=row["now"])


async def _insert(
    database: Database,
    vault: Vault,
    hold: Hold,
    reservation: Reservation[Hold],
    *,
    link: bytes,
) -> bool:
    row = await database.each(
        queries.place,
        id=hold.id,
        huggg_id=hold.huggg_id,
        brand_id=hold.brand_id,
        location_id=hold.location_id,
        user_id=hold.user_id,
        client_id=hold.client_id,
        reference=hold.reference,
        link=link,
        at=hold.created_at,
        ends_at=hold.ends_at,
        **reservation.completion(vault, hold, hold.id),
    )
    return row is not None
