"""A pool's policies for codes that end before their hugggs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from huggg.database.pool import Database
from huggg.vouchers.store import queries


class ShortCodes(StrEnum):
    """The policy for a draw where no code is good as long as the huggg."""

    REFUSED = "refused"
    GIVEN = "given"  # the one that is good longest, with its own last day


class EndedCodes(StrEnum):
    """The policy for a request for a voucher whose code has ended, while its huggg has not."""

    SHOWN = "shown"  # the same one, as published
    REPLACED = "replaced"  # another one: for codes that are known to be unspent when they end


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """Both answers of a pool."""

    short_codes: ShortCodes
    ended_codes: EndedCodes


async def pool_policy(
    database: Database,
    *,
    segment_id: UUID,
    short_codes: ShortCodes | None = None,
    ended_codes: EndedCodes | None = None,
) -> PoolPolicy | None:
    """Change the policies that are not None, and return both; None for a segment without a pool."""
    row = await database.row(
        queries.pool_policy, segment_id=segment_id, short_codes=short_codes, ended_codes=ended_codes
    )
    return row and PoolPolicy(ShortCodes(row["short_codes"]), EndedCodes(row["ended_codes"]))
