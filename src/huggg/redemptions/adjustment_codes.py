"""Adjustment codes: a merchant's codes for the product of a huggg, for a till to ring up."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.redemptions.redemption import decide_adjustment
from huggg.redemptions.store import spendable_from

queries = Queries(__file__)


@dataclass(frozen=True, slots=True)
class AdjustmentCodes:
    """A product, and the codes of one merchant for it; a huggg is spent against exactly one."""

    product_id: UUID
    codes: list[str]


def lookup_adjustable(database: Database, huggg: HugggReference) -> Lookup:
    """Prepare to read a huggg and the codes of the caller's merchant, and the clock."""
    return Lookup(database, queries.adjustable, huggg, brand_id=None)


async def adjustment_codes(lookup: Lookup, huggg: HugggReference, *, caller: Caller) -> AdjustmentCodes:
    """Give the caller's merchant's codes for the huggg of a lookup by `lookup_adjustable`.

    `huggg` differs from the lookup's where a redeem code was resolved to an id. Raises the errors of
    `decide_adjustment`.
    """
    row = await lookup.at(huggg, brand_id=caller.brand_id).row()
    spendable = decide_adjustment(spendable_from(row), caller=caller, now=row["now"])
    return AdjustmentCodes(spendable.product_id, row["codes"])
