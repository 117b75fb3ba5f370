"""Reverse a hold: an advice, right in every state of the hold, and sent until it is answered."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from huggg.database.pool import Database
from huggg.holds.hold import Hold, HoldFacts, HoldState, own_hold, state_of
from huggg.holds.store import hold_facts_from, queries
from huggg.hugggs.lookup import Lookup
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.race import Race
from huggg.redemptions.unredeem import take_back


class EndedHold(Struct, frozen=True, gc=False):
    """A hold that ended without a redemption that stands: reversed, or lapsed before."""

    hold: Hold
    state: HoldState
    ended_at: datetime


async def reverse_hold(database: Database, vault: Vault, lookup: Lookup, *, caller: Caller) -> EndedHold:
    """End the hold of a lookup by `lookup_hold`, and take back the redemption that it became.

    A hold that was reversed or that lapsed stays as it is. Raises the errors of `own_hold`, those of
    `decide_unredemption` for a confirmed hold, and Busy.
    """
    race = Race()
    while True:
        row = await lookup.row()
        facts, hold = own_hold(await hold_facts_from(database, row), caller, now=row["now"])
        state = state_of(facts, hold, row["now"])
        if state is HoldState.CONFIRMED and facts.redemption is not None:
            await take_back(database, vault, hold.huggg_id, facts.redemption.id, caller=caller)
            continue
        if state is not HoldState.HELD:
            return EndedHold(hold, state, _end_of(facts, hold))
        if await _record(database, hold, caller, row["now"]):
            return EndedHold(hold, HoldState.REVERSED, row["now"])
        await race.lost()


def _end_of(facts: HoldFacts, hold: Hold) -> datetime:
    taken_back_at = facts.redemption.reversed_at if facts.redemption is not None else None
    return taken_back_at or hold.reversed_at or hold.ends_at


async def _record(database: Database, hold: Hold, caller: Caller, at: datetime) -> bool:
    row = await database.row(
        queries.reverse,
        huggg_id=hold.huggg_id,
        id=hold.id,
        at=at,
        user_id=caller.user_id,
        client_id=caller.client_id,
    )
    return row is not None
