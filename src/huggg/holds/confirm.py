"""Confirm a hold: the huggg that a till holds is redeemed there, once."""

from __future__ import annotations

from huggg.database.pool import Database
from huggg.holds.hold import decide_confirmation
from huggg.holds.store import hold_facts_from
from huggg.hugggs.lookup import Lookup
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.race import Race
from huggg.redemptions.redeem import insert_redemption
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.sale import NO_SALE, Sale


async def confirm_hold(
    database: Database, vault: Vault, lookup: Lookup, *, caller: Caller, sale: Sale = NO_SALE
) -> Redemption:
    """Redeem the huggg of a lookup by `lookup_hold`, or give the redemption that the hold became before.

    Raises the errors of `decide_confirmation`, and Busy when concurrent calls won again and again.
    """
    race = Race()
    while True:
        row = await lookup.row()
        facts = await hold_facts_from(database, row)
        redemption = decide_confirmation(facts, caller=caller, now=row["now"], sale=sale)
        before = facts.redemption if facts is not None else None
        if redemption is before or await insert_redemption(database, vault, redemption):
            return redemption
        await race.lost()
