"""Reverse a redemption: an advice, right in every state of it, and sent until it is answered.

A redemption that stands is taken back. One that was refused, or never arrived, is forestalled: where it
arrives later, it is refused.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from huggg.hugggs.lookup import Lookup
from huggg.identity.caller import Caller
from huggg.kit.platform import Platform
from huggg.kit.race import Race
from huggg.redemptions.errors import AlreadyUnredeemed
from huggg.redemptions.named import key_of
from huggg.redemptions.redemption import check_reversal
from huggg.redemptions.store import find_redemption, spendable_from
from huggg.redemptions.unredeem import take_back


class ReversalState(StrEnum):
    """The state of a redemption that does not stand and never will."""

    REVERSED = "reversed"  # it stood, and was taken back
    FORESTALLED = "forestalled"  # it never stood


class Reversal(Struct, frozen=True, gc=False):
    """The end of a redemption under the till's own id."""

    id: UUID
    huggg_id: UUID
    state: ReversalState
    at: datetime


async def reverse_redemption(
    platform: Platform, lookup: Lookup, redemption_id: UUID, *, caller: Caller
) -> Reversal:
    """Make sure that no redemption under this id stands, now or later.

    Raises the errors of `check_reversal`, StillRunning while the redemption is being recorded, and Busy.
    """
    race = Race()
    while True:
        row = await lookup.row()
        spendable = spendable_from(row)
        before = (
            None
            if spendable is None
            else await find_redemption(platform.database, spendable.id, redemption_id)
        )
        huggg = check_reversal(spendable, before, caller=caller, now=row["now"])
        if before is None:
            key = key_of(huggg.id, redemption_id, caller)
            outcome = await platform.idempotency.forestall(**key, refusal=AlreadyUnredeemed())
            if outcome is not None and outcome.is_refused:
                return Reversal(redemption_id, huggg.id, ReversalState.FORESTALLED, outcome.created_at)
        elif before.reversed_at is not None:
            return Reversal(redemption_id, huggg.id, ReversalState.REVERSED, before.reversed_at)
        else:
            await take_back(platform.database, platform.vault, huggg.id, redemption_id, caller=caller)
            continue
        await race.lost()
