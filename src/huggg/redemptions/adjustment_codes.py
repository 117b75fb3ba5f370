"""Adjustment codes: a merchant's codes for the product of a huggg, for a till to ring up."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
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


async def adjustment_codes(
    database: Database, huggg: HugggReference, *, caller: Caller
) -> AdjustmentCodes:
    """Look up the caller's merchant's codes for a huggg. Raises the errors of `decide_adjustment`."""
    row = await database.one(
        queries.adjustment_codes,
        id=huggg.id,
        fingerprints=huggg.fingerprints,
        brand_id=caller.brand_id,
    )
    spendable = decide_adjustment(spendable_from(row), caller=caller, now=row["now"])
    return AdjustmentCodes(spendable.product_id, row["codes"])
